"""How a log line looks."""

from __future__ import annotations

import io
import json
import logging

from crawler.observers.lines import line_logger
from crawler.observers.terminal import SafeStream


def line(*, is_json: bool, **fields: object) -> str:
    """What one warning looks like."""
    out = io.StringIO()
    line_logger(SafeStream(out), logging.INFO, is_json=is_json).warning("name", message="text", **fields)
    return out.getvalue()


def test_for_machines_it_is_one_json_object_with_time_level_event_and_message_first() -> None:
    record = json.loads(line(is_json=True, host="h\x7f\u202e"))
    assert list(record) == ["time", "level", "event", "message", "host"]
    assert (record["level"], record["event"], record["message"]) == ("warning", "name", "text")


def test_control_characters_are_escaped_for_machines_too() -> None:
    raw = line(is_json=True, host="\x7f\u202e\x9b")
    assert raw.rstrip("\n").isascii()
    assert "\x7f" not in raw


def test_for_people_it_is_time_level_and_message() -> None:
    _, level, message = line(is_json=False).split()
    assert (level, message) == ("warning", "text")


def test_lines_below_the_lowest_level_are_not_written() -> None:
    out = io.StringIO()
    line_logger(SafeStream(out), logging.ERROR, is_json=True).warning("name", message="text")
    assert out.getvalue() == ""
