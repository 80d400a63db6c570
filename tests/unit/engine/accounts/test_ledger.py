"""The output is flushed before the frontier commits, and what was written by half is never committed at all."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.core.errors import OutputClosed, OutputFailed
from crawler.core.events import Event, Visited, Warned
from crawler.core.visit import Request
from crawler.engine.accounts.ledger import AT_ONCE, INTERVAL_S, MOST_HELD_BYTES, Ledger
from crawler.engine.accounts.tally import Tally
from tests.unit.engine.fakes import A, Clock, RecordingSink, WatchedFrontier, visit_of


class Desk:
    """A ledger over fakes that note down what happens in which order."""

    def __init__(self, clock: Clock, most: int = 100) -> None:
        self.log: list[str] = []
        self.events: list[Event] = []
        self.frontier = WatchedFrontier(clock, self.log, per_host=1000)
        self.sink = RecordingSink(self.log)
        self.tally = Tally()
        self.ledger = Ledger(
            self.frontier, self.sink, self.tally, lambda: {"pages": self.tally.pages}, self.events.append, most=most
        )

    def enter(self, *paths: str, **more: Any) -> None:
        """Visits the pages at `paths`."""
        self.frontier.discover([f"{A}/{path}" for path in paths], depth=0, parent=None)
        for request in self.frontier.reserve(len(paths)):
            self.ledger.enter(request, visit_of(request.url, **more))


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)


def test_a_commit_flushes_the_output_first_and_stores_its_position_with_the_notes(desk: Desk) -> None:
    desk.enter("1", "2")
    desk.ledger.commit()
    assert desk.log == [f"finish {A}/1", f"finish {A}/2", f"write {A}/1", f"write {A}/2", "flush", "commit"]
    assert desk.frontier.commits == [("2", {"pages": 2})]


def test_the_output_is_told_of_the_end_once_it_is_committed(desk: Desk) -> None:
    desk.ledger.commit(final=True)
    desk.ledger.conclude()
    assert desk.log == ["flush", "commit", "end", "flush", "commit", "close for good"]


def test_the_output_is_told_of_no_end_that_could_not_be_committed(desk: Desk) -> None:
    desk.sink.refuses_flush = OutputFailed("disk full")
    with pytest.raises(OutputFailed):
        desk.ledger.conclude()
    assert "close for good" not in desk.log


@pytest.mark.parametrize("error", [OutputFailed("disk full"), OutputClosed("no reader")])
def test_an_output_that_cannot_be_flushed_commits_nothing(desk: Desk, error: Exception) -> None:
    desk.enter("1")
    desk.sink.refuses_flush = error
    with pytest.raises(type(error)):
        desk.ledger.commit()
    assert desk.frontier.commits == []
    assert desk.ledger.due() is not None
    desk.sink.refuses_flush = None
    desk.ledger.commit()  # the sink still holds it
    assert desk.frontier.commits == [("1", {"pages": 1})]


def test_after_a_visit_that_could_not_be_written_nothing_is_ever_committed(desk: Desk) -> None:
    desk.enter("1")
    desk.ledger.commit()
    desk.sink.refuses_write = OutputFailed("disk full")
    desk.enter("2")
    with pytest.raises(OutputFailed):
        desk.ledger.commit()
    desk.sink.refuses_write = None
    desk.enter("3")
    desk.ledger.commit()
    assert [position for position, _ in desk.frontier.commits] == ["1"]


def test_visits_are_written_down_a_few_at_a_time_and_large_ones_at_once(desk: Desk) -> None:
    desk.enter(*map(str, range(AT_ONCE - 1)))
    assert (desk.sink.visits, desk.tally.pages, desk.events) == ([], AT_ONCE - 1, [])
    desk.enter("last")
    assert len(desk.sink.visits) == len(desk.events) == AT_ONCE
    desk.enter("large", body_bytes=MOST_HELD_BYTES + 1)
    assert len(desk.sink.visits) == len(desk.events) == AT_ONCE + 1


def test_a_visit_is_counted_and_told_once_it_is_written(desk: Desk) -> None:
    desk.enter("1", error="timeout")
    desk.ledger.commit()
    assert (desk.tally.pages, desk.tally.errors) == (1, {"timeout": 1})
    (event,) = desk.events
    assert isinstance(event, Visited)
    assert (event.visit.url, event.host) == (f"{A}/1", "a.test")


def test_a_visit_counts_for_the_host_of_its_url_not_for_where_it_was_redirected_to(desk: Desk) -> None:
    desk.enter("1", final_url="http://b.test/")
    desk.ledger.commit()
    assert list(desk.tally.hosts) == ["a.test"]


def test_enough_visits_are_committed_at_once(clock: Clock) -> None:
    desk = Desk(clock, most=3)
    desk.enter(*"12")
    assert desk.frontier.commits == []
    desk.enter(*"3456")
    assert [position for position, _ in desk.frontier.commits] == ["3", "6"]


def test_visits_are_committed_after_a_while_and_not_before(desk: Desk, clock: Clock) -> None:
    desk.enter("1")
    desk.ledger.commit_if_due()
    assert desk.frontier.commits == []
    due = desk.ledger.due()
    assert due == clock.now() + INTERVAL_S
    clock.at += INTERVAL_S
    desk.ledger.commit_if_due()
    assert len(desk.frontier.commits) == 1
    assert desk.ledger.due() is None


def test_the_first_visit_after_a_long_wait_is_committed_at_once(desk: Desk, clock: Clock) -> None:
    clock.at += 60
    desk.enter("1")
    desk.ledger.commit_if_due()
    assert len(desk.frontier.commits) == 1


def test_nothing_new_means_no_commit(desk: Desk, clock: Clock) -> None:
    clock.at += 60
    desk.ledger.commit_if_due()
    assert desk.log == []
    assert desk.ledger.due() is None


def test_a_wait_that_a_restart_must_respect_is_committed_at_once(desk: Desk, clock: Clock) -> None:
    desk.frontier.block_host("a.test", clock.now() + 60, "retry-after")
    desk.ledger.commit_if_due()
    assert len(desk.frontier.commits) == 1
    desk.ledger.commit_if_due()
    assert len(desk.frontier.commits) == 1


def test_what_changed_without_a_visit_is_committed_after_a_while(desk: Desk, clock: Clock) -> None:
    desk.ledger.touch()
    desk.ledger.commit_if_due()
    assert desk.frontier.commits == []
    clock.at += INTERVAL_S
    desk.ledger.commit_if_due()
    assert len(desk.frontier.commits) == 1


def test_what_is_to_do_and_what_waits_is_committed_after_a_while_and_hastens_nothing(clock: Clock) -> None:
    desk = Desk(clock, most=2)
    desk.frontier.discover([f"{A}/{number}" for number in range(9)], depth=0, parent=None)
    desk.frontier.block_host("b.test", None, "robots")
    assert desk.ledger.due() == clock.now() + INTERVAL_S
    desk.enter("x")
    desk.ledger.commit_if_due()
    assert desk.frontier.commits == []
    clock.at += INTERVAL_S
    desk.ledger.commit_if_due()
    assert len(desk.frontier.commits) == 1
    assert desk.ledger.due() is None


def test_a_vain_try_is_told_to_the_frontier_as_it_was_given(desk: Desk, clock: Clock) -> None:
    desk.frontier = WatchedFrontier(clock, delay_s=9)
    desk.frontier.discover([f"{A}/1", f"{A}/2"], depth=0, parent=None)
    (request,) = desk.frontier.reserve(5)
    ledger = Ledger(desk.frontier, desk.sink, desk.tally, dict, desk.events.append, most=9)
    ledger.enter(Request(*request)._replace(attempts=1), visit_of(request.url, "connect"))
    assert desk.frontier.reserve(5) == []
    clock.at += 9.1
    assert len(desk.frontier.reserve(5)) == 1


def test_each_required_field_that_pages_lack_is_warned_about_once(desk: Desk) -> None:
    for number, missing in enumerate([("a",), ("a", "b"), ("a", "b"), ("c", "d")]):
        desk.enter(str(number), missing=missing)
    warnings = [event.message for event in desk.events if isinstance(event, Warned)]
    rest = "from now on it is only counted, as missing_fields in the summary"
    assert warnings == [
        f"{A}/0 lacks the required field a; {rest}",
        f"{A}/1 lacks the required field b; {rest}",
        f"{A}/3 lacks the required fields c, d; {rest.replace('it is', 'they are')}",
    ]


def test_a_hop_is_written_and_committed_with_what_it_leads_to(desk: Desk) -> None:
    desk.ledger.enter_hop(visit_of(f"{A}/hop"))
    desk.ledger.touch()
    desk.ledger.commit()
    assert [position for position, _ in desk.frontier.commits] == ["1"]
    assert desk.tally.pages == 0


def test_after_a_hop_that_could_not_be_written_nothing_is_ever_committed(desk: Desk) -> None:
    desk.sink.refuses_write = OutputFailed("disk full")
    with pytest.raises(OutputFailed):
        desk.ledger.enter_hop(visit_of(f"{A}/hop"))
    desk.sink.refuses_write = None
    desk.enter("1")
    desk.ledger.commit()
    assert desk.frontier.commits == []
