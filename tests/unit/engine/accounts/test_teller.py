"""A snapshot says how the run stands, and while nothing moves: what waits, for which host, why, until when."""

from __future__ import annotations

import asyncio

import pytest

from crawler.core.events import Event, Snapshot, Wait
from crawler.engine.accounts.tally import Tally
from crawler.engine.accounts.teller import MOST_WAITS, Teller
from tests.unit.engine.fakes import A, B, Clock, WatchedFrontier, visit_of


class Told:
    """A teller and what it said."""

    def __init__(self, clock: Clock, max_pages: int | None = None) -> None:
        self.frontier = WatchedFrontier(clock, delay_s=0)
        self.tally = Tally()
        self.events: list[Event] = []
        self.teller = Teller(self.frontier, self.tally, self.events.append, interval_s=2.0, max_pages=max_pages)


@pytest.fixture
def told(clock: Clock) -> Told:
    return Told(clock)


def test_a_snapshot_has_the_figures_of_frontier_and_tally(told: Told, clock: Clock) -> None:
    told.frontier.discover([f"{A}/{number}" for number in range(5)], depth=0, parent=None)
    told.frontier.finish(told.frontier.reserve(1)[0])
    told.frontier.reserve(1)
    told.tally.add(visit_of(f"{A}/0", "timeout"), "a.test")
    told.tally.bytes_received = 99
    clock.at += 3
    snapshot = told.teller.snapshot()
    assert (snapshot.done, snapshot.failed, snapshot.queued, snapshot.in_flight, snapshot.known) == (1, 1, 3, 1, 5)
    assert (snapshot.elapsed_s, snapshot.bytes_received, snapshot.hosts) == (pytest.approx(3), 99, 1)
    assert (snapshot.errors, snapshot.max_pages, snapshot.eta_s) == ({"timeout": 1}, None, None)


def test_what_waits_is_named_with_its_reason_and_the_seconds_left_soonest_first(told: Told, clock: Clock) -> None:
    told.frontier.discover([f"{A}/1", f"{A}/2", f"{B}/1", "http://c.test/"], depth=0, parent=None)
    told.frontier.block_host("b.test", clock.now() + 30, "retry-after")
    told.frontier.block_host("a.test", None, "robots")
    clock.at += 10
    assert list(told.teller.snapshot().waits) == [
        Wait("b.test", "retry-after", 20, 1),
        Wait("a.test", "robots", None, 2),
    ]


def test_a_wait_is_never_negative_and_few_are_named(told: Told, clock: Clock) -> None:
    for number in range(20):
        told.frontier.discover([f"http://{number}.test/"], depth=0, parent=None)
        told.frontier.block_host(f"{number}.test", clock.now() + number, "backoff")
    waits = told.teller.snapshot().waits
    assert len(waits) == MOST_WAITS
    assert all(wait.wait_s is not None and wait.wait_s >= 0 for wait in waits)


def test_an_end_is_foretold_only_where_a_limit_makes_it_possible(clock: Clock) -> None:
    told = Told(clock, max_pages=100)
    assert told.teller.snapshot().eta_s is None  # nothing moves
    clock.at += 5
    told.tally.pages = 10
    snapshot = told.teller.snapshot()
    assert (snapshot.rate, snapshot.eta_s, snapshot.max_pages) == (pytest.approx(2), pytest.approx(45), 100)


def test_snapshots_come_at_once_and_then_at_each_interval(told: Told, clock: Clock) -> None:
    async def listen() -> None:
        telling = asyncio.create_task(told.teller.run())
        await asyncio.sleep(7)
        telling.cancel()

    clock.run(listen())
    assert len(told.events) == 4
    assert all(isinstance(event, Snapshot) for event in told.events)
