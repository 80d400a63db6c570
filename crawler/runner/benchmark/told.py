"""What the JSON log of a run tells: delays that were asked for, a wish to be left alone, the last word."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.core.url import host_of

Told = Mapping[str, Any]


def told_in(log: Path) -> list[Told]:
    """The events in `log`; a line that is none, such as one of a traceback, has its text as `message`."""
    return [_event(line) for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]


def last_word(told: Sequence[Told]) -> str:
    """The last thing said."""
    return next((str(event["message"]) for event in reversed(told) if event.get("message")), "it said nothing")


def crawl_delays(told: Sequence[Told]) -> dict[str, float]:
    """Seconds that robots.txt asked for, by host."""
    asked = (event for event in told if event.get("event") == "robots_loaded" and event.get("crawl_delay_s"))
    return {host_of(f"{event['origin']}/"): float(event["crawl_delay_s"]) for event in asked}


def told_to_wait(told: Sequence[Told]) -> bool:
    """Whether a host sent 429 or Retry-After."""
    return any(_asks_to_wait(event) for event in told)


def _asks_to_wait(event: Told) -> bool:
    is_retry_after = event.get("reason") == "retry-after"
    is_429 = str(event.get("cause", "")).startswith("http_status: 429")
    return event.get("event") in ("postponed", "host_blocked") and (is_retry_after or is_429)


def _event(line: str) -> Told:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    return event if isinstance(event, dict) else {"message": line}
