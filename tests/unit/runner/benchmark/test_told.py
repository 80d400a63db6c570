"""What a run's log tells a benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.runner.benchmark.told import Told, crawl_delays, last_word, told_in, told_to_wait


def test_lines_are_events_and_what_is_none_is_a_message(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('{"event": "run_started", "message": "began"}\nTraceback\n[1]\n')
    assert [event["message"] for event in told_in(log)] == ["began", "Traceback", "[1]"]


def test_the_last_word_is_the_last_message_with_a_text() -> None:
    assert last_word([{"message": "first"}, {"message": "last"}, {"message": ""}]) == "last"
    assert last_word([]) == "it said nothing"


def test_delays_are_found_by_host() -> None:
    loaded: Told = {"event": "robots_loaded", "origin": "http://a.example:8080", "crawl_delay_s": 2}
    others: list[Told] = [{"event": "robots_loaded", "origin": "http://b.example", "crawl_delay_s": None}, {"x": 1}]
    assert crawl_delays([loaded, *others]) == {"a.example:8080": 2.0}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"event": "postponed", "reason": "backoff", "cause": "http_status: 429"}, True),
        ({"event": "host_blocked", "reason": "retry-after"}, True),
        ({"event": "postponed", "reason": "backoff", "cause": "http_status: 503"}, False),
        ({"event": "visited", "reason": "retry-after"}, False),
    ],
)
def test_a_host_asks_to_be_left_alone_by_429_or_retry_after(event: dict[str, Any], expected: bool) -> None:
    assert told_to_wait([json.loads(json.dumps(event))]) is expected
