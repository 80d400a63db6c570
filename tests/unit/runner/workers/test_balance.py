"""Whoever coordinates visits less while it is the busiest, and as much as it may when it is not."""

from __future__ import annotations

import pytest

from crawler.runner.workers.balance import EVERY_S, Balance


class Machine:
    """A clock, and what the processes have used by then."""

    def __init__(self, most: float = 10.0) -> None:
        self.at = self.own_s = self.others_s = 0.0
        self.balance = Balance(most, now=lambda: self.at, cpu_s=lambda: self.own_s)

    def pass_time(self, own: float, others: float, steps: int = 1, step_s: float = EVERY_S) -> float:
        for _ in range(steps):
            self.at += step_s
            self.own_s += own * step_s
            self.others_s += others * step_s
            share = self.balance.weigh(self.others_s)
        return share


def test_it_begins_with_all_that_it_may_have() -> None:
    assert Machine(7).pass_time(0.0, 0.0) == 7


def test_the_busiest_takes_less_and_less_but_never_nothing() -> None:
    machine = Machine()
    assert machine.pass_time(1.0, 0.5) < 10
    assert machine.pass_time(1.0, 0.5, steps=100) == 1


@pytest.mark.parametrize(("own", "others"), [(0.5, 1.0), (0.1, 0.05)])
def test_it_comes_back_when_others_are_busier_or_nobody_is(own: float, others: float) -> None:
    machine = Machine()
    machine.pass_time(1.0, 0.5, steps=5)
    assert machine.pass_time(own, others, steps=100) == 10


def test_equals_stay_as_they_are() -> None:
    machine = Machine()
    before = machine.pass_time(1.0, 0.5, steps=3)
    assert machine.pass_time(0.95, 1.0, steps=20) == before
    assert machine.pass_time(1.0, 0.95, steps=20) == before


def test_it_looks_a_few_times_a_second_at_most() -> None:
    machine = Machine()
    assert machine.pass_time(1.0, 0.5, steps=5, step_s=EVERY_S / 10) == 10
