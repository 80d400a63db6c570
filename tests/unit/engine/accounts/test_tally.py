"""Numbers of a run: each visit once, bounded however many hosts, the same after a restart."""

from __future__ import annotations

import json

import pytest

from crawler.core.visit import Headers, Response
from crawler.engine.accounts import tally as module
from crawler.engine.accounts.tally import OTHER_HOSTS, Tally
from tests.unit.engine.fakes import A, B, Clock, visit_of


def busy_tally() -> Tally:
    """A tally with something of everything."""
    tally = Tally()
    tally.add(visit_of(f"{A}/", http_version="HTTP/2", bytes_received=10), "a.test")
    tally.add(visit_of(f"{A}/1", "timeout"), "a.test")
    tally.add(visit_of(f"{A}/2", "http_status", status=404), "a.test")
    tally.add(visit_of(f"{B}/", duplicate_of=f"{A}/", ok=False, status=301), "b.test")
    tally.receive(Response(f"{A}/", 200, "HTTP/2", Headers(), bytes_received=40))
    tally.receive(None)
    tally.refuse("scope", 7)
    tally.refuse("scope")
    tally.extra["http2_fallbacks"] += 1
    return tally


def test_each_visit_counts_once_as_usable_failed_or_duplicate() -> None:
    tally = busy_tally()
    assert (tally.pages, tally.ok, tally.failed, tally.duplicates) == (4, 1, 2, 1)
    assert tally.statuses == {"200": 1, "404": 1, "301": 1}
    assert tally.errors == {"timeout": 1, "http_status": 1}
    assert tally.hosts == {"a.test": [3, 2, 10], "b.test": [1, 0, 0]}
    assert (tally.http_versions, tally.refused, tally.bytes_received) == ({"HTTP/2": 1}, {"scope": 8}, 40)


def test_what_is_stored_is_json_and_brings_everything_back(clock: Clock) -> None:
    before = busy_tally()
    clock.at += 30
    after = Tally(json.loads(json.dumps(before.state())))
    clock.at += 5
    assert after.elapsed_s == pytest.approx(35)
    assert before.state() == after.state()
    after.add(visit_of(f"{A}/9"), "a.test")
    assert (after.pages, after.hosts["a.test"][0]) == (5, 4)


def test_what_an_older_version_did_not_store_begins_at_nothing() -> None:
    assert Tally({"pages": 3}).state().keys() == Tally().state().keys()
    assert Tally(None).pages == Tally({}).pages == 0


def test_hosts_with_figures_of_their_own_are_bounded_and_the_rest_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_HOSTS", 2)
    tally = Tally()
    for host in ("a", "b", "c", "d", "c", "a"):
        tally.add(visit_of(f"http://{host}/", bytes_received=1), host)
    assert tally.hosts == {"a": [2, 0, 2], "b": [1, 0, 1], OTHER_HOSTS: [3, 0, 3]}


def test_the_rate_is_that_of_the_last_ten_seconds(clock: Clock) -> None:
    tally = Tally()
    assert tally.rate() == 0.0
    for second in range(60):
        clock.at += 1
        tally.pages += 2 if second < 40 else 5
        rate = tally.rate()
        assert second != 30 or rate == pytest.approx(2)
    assert rate == pytest.approx(5)


def test_the_rate_of_a_run_that_goes_on_does_not_count_what_was_there_before(clock: Clock) -> None:
    tally = Tally({"pages": 5000})
    tally.rate()
    clock.at += 2
    tally.pages += 4
    assert tally.rate() == pytest.approx(2)


def test_the_rate_needs_no_more_memory_the_longer_it_is_asked_for(clock: Clock) -> None:
    tally = Tally()
    for _ in range(1000):
        clock.at += 0.25
        tally.rate()
    assert len(vars(tally)["_recent"]) < 50


def test_the_figures_of_the_summary_come_largest_first(clock: Clock) -> None:
    tally = busy_tally()
    tally.add(visit_of(f"{A}/5", "timeout"), "a.test")
    clock.at += 10
    figures = tally.figures()
    assert (figures["elapsed_s"], figures["pages"], figures["rate"]) == (10.0, 5, 0.5)
    assert list(figures["errors"].items()) == [("timeout", 2), ("http_status", 1)]
    assert list(figures["hosts"].items()) == [
        ("a.test", {"pages": 4, "failed": 3, "bytes": 10}),
        ("b.test", {"pages": 1, "failed": 0, "bytes": 0}),
    ]
    assert (figures["http2_fallbacks"], figures["requests"]) == (1, 0)
    json.dumps(figures)


def test_a_summary_of_no_time_at_all_has_no_rate(clock: Clock) -> None:
    assert Tally().figures()["rate"] == 0.0


def test_required_fields_that_pages_lack_are_counted_by_field() -> None:
    tally = Tally()
    tally.add(visit_of(f"{A}/1", missing=("price",)), "a.test")
    tally.add(visit_of(f"{A}/2", missing=("name", "price")), "a.test")
    assert tally.figures()["missing_fields"] == {"price": 2, "name": 1}
    assert Tally(json.loads(json.dumps(tally.state()))).missing_fields == {"price": 2, "name": 1}


def test_changes_are_counted_and_survive_a_restart() -> None:
    tally = Tally()
    for change in ("new", None, "gone", "new"):
        tally.add(visit_of("http://a.test/", change=change), "a.test")
    assert Tally(tally.state()).figures()["changes"] == {"new": 2, "gone": 1}
