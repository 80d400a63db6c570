"""What the report of a run shows beside its summary, counted visit by visit at a bounded size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from heapq import heapify, heappush, heappushpop
from typing import Any, Final

from crawler.core.visit import Visit
from crawler.observers.report.histogram import bin_of
from crawler.observers.report.series import Interval, Series

VERSION: Final = 1
MOST_SLOW: Final = 20
MOST_HOSTS: Final = 1000
MOST_TYPES: Final = 50
MOST_CHARACTERS: Final = 500
DEEPEST: Final = 50  # what is deeper counts as this
_OTHER: Final = "(other)"

Slow = tuple[float, str, int]  # seconds, URL, status


class Collector:
    """Figures of one run; `saved` is what `plain` returned before a restart. About 1 µs a visit, 1 MB at most."""

    def __init__(self, saved: Mapping[str, Any] | None = None) -> None:
        """Raises KeyError, TypeError, ValueError, AttributeError, IndexError for what `plain` did not return."""
        saved = saved or {}
        self.series = Series([Interval.from_plain(one) for one in saved.get("series", ())])
        self._depths = [0] * (DEEPEST + 1)
        for depth, many in saved.get("depths", {}).items():
            self._depths[int(depth)] = int(many)
        self._types = Counter[str](saved.get("content_types"))
        self._hosts: dict[str, list[float]] = {  # host → [answers, seconds]
            host: [int(answers), float(seconds)] for host, (answers, seconds) in saved.get("hosts", {}).items()
        }
        self._slowest: list[Slow] = [(float(s), str(url), int(status)) for s, url, status in saved.get("slowest", ())]
        heapify(self._slowest)
        self._slow_s = self._slowest[0][0] if len(self._slowest) >= MOST_SLOW else -1.0

    def add(self, visit: Visit, host: str) -> None:
        """Counts one visit."""
        now, elapsed_s = self.series.now, visit.elapsed_s
        now.pages += 1
        if visit.error is not None:
            now.failed += 1
        now.bytes_received += visit.bytes_received
        depth = visit.depth
        self._depths[depth if depth < DEEPEST else DEEPEST] += 1
        if visit.status is None:
            return
        now.latencies[bin_of(elapsed_s)] += 1
        figures = self._hosts.get(host)
        if figures is None:
            figures = self._hosts.setdefault(host if len(self._hosts) < MOST_HOSTS else _OTHER, [0, 0.0])
        figures[0] += 1
        figures[1] += elapsed_s
        types, type = self._types, visit.content_type or "(none)"
        types[type if type in types or len(types) < MOST_TYPES else _OTHER] += 1
        if elapsed_s > self._slow_s:
            self._note_slow((elapsed_s, visit.url[:MOST_CHARACTERS], visit.status))

    def plain(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "version": VERSION,
            "series": [interval.plain() for interval in self.series.intervals()],
            "depths": {depth: many for depth, many in enumerate(self._depths) if many},
            "content_types": dict(self._types.most_common()),
            "hosts": {host: [answers, round(seconds, 3)] for host, (answers, seconds) in self._hosts.items()},
            "slowest": [[round(seconds, 3), url, status] for seconds, url, status in sorted(self._slowest)[::-1]],
        }

    def _note_slow(self, slow: Slow) -> None:
        if len(self._slowest) < MOST_SLOW:
            heappush(self._slowest, slow)
        else:
            heappushpop(self._slowest, slow)
        if len(self._slowest) >= MOST_SLOW:
            self._slow_s = self._slowest[0][0]
