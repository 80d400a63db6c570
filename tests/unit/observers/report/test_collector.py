"""What is counted visit by visit, at a bounded size, over restarts."""

from __future__ import annotations

import json
from typing import Any

from crawler.core.visit import Visit
from crawler.observers.report.collector import DEEPEST, MOST_HOSTS, MOST_SLOW, MOST_TYPES, Collector
from tests.unit.observers.occasions import a_visit


def visit(**changes: Any) -> Visit:
    return a_visit(**{"content_type": "text/html"} | changes).visit


def test_each_visit_is_counted_where_it_belongs() -> None:
    collector = Collector()
    collector.add(visit(depth=2, elapsed_s=0.5, bytes_received=10), "a")
    collector.add(visit(depth=2, elapsed_s=1.5, bytes_received=20, content_type=None), "a")
    failed = a_visit("timeout", depth=3).visit
    collector.add(failed, "a")
    plain = collector.plain()
    assert plain["depths"] == {2: 2, 3: 1}
    assert plain["hosts"] == {"a": [2, 2.0]}
    assert plain["content_types"] == {"text/html": 1, "(none)": 1}
    assert [(seconds, status) for seconds, _, status in plain["slowest"]] == [(1.5, 200), (0.5, 200)]
    (interval,) = plain["series"]
    assert (interval["pages"], interval["failed"], interval["bytes"]) == (3, 1, 30)


def test_the_slowest_are_kept_and_no_others() -> None:
    collector = Collector()
    for number in range(100):
        collector.add(visit(elapsed_s=float(number * 37 % 100), url=f"http://h/{number * 37 % 100}"), "h")
    slowest = collector.plain()["slowest"]
    assert [seconds for seconds, _, _ in slowest] == [float(number) for number in range(99, 99 - MOST_SLOW, -1)]
    assert slowest[0][1] == "http://h/99"


def test_hosts_types_depths_and_urls_of_any_number_and_size_are_bounded() -> None:
    collector = Collector()
    for number in range(MOST_HOSTS + 500):
        long = visit(url="http://h/" + "x" * 9999, content_type=f"a/{number}", depth=number, elapsed_s=9.0)
        collector.add(long, f"h{number}")
    plain = collector.plain()
    assert (len(plain["hosts"]), plain["hosts"]["(other)"][0]) == (MOST_HOSTS + 1, 500)
    assert len(plain["content_types"]) == MOST_TYPES + 1
    assert max(plain["depths"]) == DEEPEST
    assert len(json.dumps(plain)) < 100_000


def test_after_a_restart_it_counts_on() -> None:
    first = Collector()
    for number in range(30):
        first.add(visit(elapsed_s=float(number)), "h")
    second = Collector(json.loads(json.dumps(first.plain())))
    second.add(visit(elapsed_s=12.5), "h")
    second.add(visit(elapsed_s=1.0), "h")
    plain = second.plain()
    assert plain["hosts"]["h"][0] == 32
    assert plain["depths"] == {0: 32}
    assert [seconds for seconds, _, _ in plain["slowest"]][-3:] == [12.5, 12.0, 11.0]
