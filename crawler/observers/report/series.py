"""How a run went over time: intervals that grow as it does, so that there are never more than a few hundred."""

from __future__ import annotations

from collections.abc import Mapping
from operator import add
from typing import Any, Final

from crawler.observers.report.histogram import BINS

MOST: Final = 240
FIRST_WIDTH_S: Final = 1.0


class Interval:
    """What came in between two moments of a run; its times are seconds since the run began, pauses left out."""

    __slots__ = ("begin_s", "bytes_received", "end_s", "failed", "latencies", "pages", "queued")

    def __init__(
        self,
        begin_s: float,
        end_s: float = 0.0,
        pages: int = 0,
        failed: int = 0,
        bytes_received: int = 0,
        queued: int = 0,
        latencies: list[int] | None = None,
    ) -> None:
        """queued: at its end. latencies: of those pages that were answered, by bin."""
        self.begin_s, self.end_s = begin_s, end_s
        self.pages, self.failed, self.bytes_received = pages, failed, bytes_received
        self.queued = queued
        self.latencies = latencies or [0] * BINS

    def absorb(self, later: Interval) -> None:
        """Takes in the interval that follows."""
        self.end_s, self.queued = later.end_s, later.queued
        self.pages += later.pages
        self.failed += later.failed
        self.bytes_received += later.bytes_received
        self.latencies = list(map(add, self.latencies, later.latencies))

    def plain(self) -> dict[str, Any]:
        """As JSON values; `from_plain` reads them."""
        return {
            "begin_s": round(self.begin_s, 2),
            "end_s": round(self.end_s, 2),
            "pages": self.pages,
            "failed": self.failed,
            "bytes": self.bytes_received,
            "queued": self.queued,
            "latencies": {number: many for number, many in enumerate(self.latencies) if many},
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Interval:
        """Raises KeyError, TypeError, ValueError, AttributeError, IndexError for what is none."""
        latencies = [0] * BINS
        for number, many in value["latencies"].items():
            latencies[int(number)] = int(many)
        pages, failed, received, queued = (int(value[name]) for name in ("pages", "failed", "bytes", "queued"))
        return cls(float(value["begin_s"]), float(value["end_s"]), pages, failed, received, queued, latencies)


class Series:
    """Intervals in order; `now` is the one that is being filled."""

    def __init__(self, closed: list[Interval] | None = None) -> None:
        self._closed = closed or []
        self._width_s = max([FIRST_WIDTH_S, *(one.end_s - one.begin_s for one in self._closed)])
        self.now = Interval(self._closed[-1].end_s if self._closed else 0.0)

    def pass_to(self, at_s: float, queued: int) -> None:
        """It is `at_s` seconds into the run: an interval that has lasted long enough ends."""
        self.now.end_s, self.now.queued = max(at_s, self.now.begin_s), queued
        if at_s - self.now.begin_s >= self._width_s:
            self._closed.append(self.now)
            self.now = Interval(at_s)
            if len(self._closed) >= MOST:
                self._halve()

    def intervals(self) -> list[Interval]:
        """All so far, the present one as far as it has anything to tell."""
        return [*self._closed, self.now] if self.now.end_s > self.now.begin_s or self.now.pages else self._closed

    def _halve(self) -> None:
        for earlier, later in zip(self._closed[::2], self._closed[1::2], strict=True):
            earlier.absorb(later)
        self._closed = self._closed[::2]
        self._width_s *= 2
