"""What differs between two runs of a crawl, as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from crawler.observers.figures import count, duration, rate, size

_FIGURES: tuple[tuple[str, str, Callable[[float], str], int], ...] = (  # key, name, unit, +1: more is better
    ("pages", "pages", count, 0),
    ("ok", "usable", count, 1),
    ("failed", "failed", count, -1),
    ("duplicates", "duplicates", count, 0),
    ("requests", "requests", count, 0),
    ("bytes_received", "received", size, 0),
    ("elapsed_s", "duration", duration, 0),
    ("rate", "rate", rate, 1),
)
_COUNTS = (("statuses", "status "), ("errors", "error "), ("refused", "refused: "))


class Difference(NamedTuple):
    """One figure of both runs, as it is shown."""

    name: str
    before: str
    now: str
    change: str
    is_better: bool | None  # None: neither


def differences(now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Difference]:
    """The figures that both summaries may have; of counts by name only those that changed."""
    for key, name, unit, better in _FIGURES:
        if key in now and key in before:
            yield _difference(name, before[key], now[key], unit, better)
    for key, prefix in _COUNTS:
        ours, theirs = now.get(key) or {}, before.get(key) or {}
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name, 0) != theirs.get(name, 0):
                yield _difference(prefix + name, theirs.get(name, 0), ours.get(name, 0), count, 0)


def _difference(name: str, before: float, now: float, unit: Callable[[float], str], better: int) -> Difference:
    change = now - before
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    share = f" ({sign}{abs(100 * change / before):.1f} %)" if before and change else ""
    told = f"{sign}{unit(abs(change))}{share}" if change else "="
    return Difference(name, unit(before), unit(now), told, None if not better or not change else change * better > 0)
