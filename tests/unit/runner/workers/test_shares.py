"""How many processes there are, and what part each has."""

from __future__ import annotations

import os

import pytest

from crawler.engine.section import ConcurrencySection
from crawler.runner.workers import shares as module
from crawler.runner.workers.shares import cores, shares, shares_of


def test_one_process_has_everything() -> None:
    assert shares(32, 1) == [32]


@pytest.mark.parametrize("processes", range(2, 12))
@pytest.mark.parametrize("number", [12, 32, 200])
def test_nothing_is_lost_and_nobody_is_left_without(number: int, processes: int) -> None:
    found = shares(number, processes)
    assert len(found) == processes
    assert sum(found) == number
    assert min(found) >= 1
    assert found[0] <= min(found[1:])
    assert max(found[1:]) - min(found[1:]) <= 1


def test_whoever_coordinates_many_visits_hardly_any() -> None:
    assert shares(32, 2) == [10, 22]
    assert shares(64, 8)[0] == 1


@pytest.mark.parametrize(
    ("settings", "processes"),
    [
        ({}, 1),
        ({"workers": 4}, 4),
        ({"workers": 4, "total": 3}, 3),
        ({"workers": 4, "connections": 2}, 2),
        ({"workers": 4, "total": 1}, 1),
    ],
)
def test_there_are_no_more_processes_than_they_have_to_do(settings: dict[str, int], processes: int) -> None:
    section = ConcurrencySection.model_validate(settings)
    assert len(shares_of(section)) == processes
    assert sum(shares_of(section)) == (section.connections or section.total)


def test_auto_is_one_for_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cores", lambda: 5)
    assert len(shares_of(ConcurrencySection(workers="auto"))) == 5


def test_a_control_group_may_allow_less_than_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    quota = tmp_path_factory.mktemp("cgroup") / "cpu.max"
    monkeypatch.setattr(module, "_QUOTA", quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert cores() == 8
    for text, number in (("max 100000\n", 8), ("250000 100000\n", 2), ("5000 100000\n", 1)):
        quota.write_text(text)
        assert cores() == number
