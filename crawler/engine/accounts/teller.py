"""How the run stands, for people: snapshots with what waits, for which host, why and until when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from crawler.core.events import Event, Snapshot, Wait
from crawler.core.ports import Frontier
from crawler.engine.accounts.tally import Tally

MOST_WAITS = 5


class Teller:
    """Emits a snapshot every `interval_s`."""

    def __init__(
        self,
        frontier: Frontier,
        tally: Tally,
        notify: Callable[[Event], None],
        *,
        interval_s: float,
        max_pages: int | None,
    ) -> None:
        self._frontier = frontier
        self._tally = tally
        self._notify = notify
        self._interval_s = interval_s
        self._max_pages = max_pages

    async def run(self) -> None:
        """Tells until cancelled."""
        while True:
            self._notify(self.snapshot())
            await asyncio.sleep(self._interval_s)

    def snapshot(self) -> Snapshot:
        """How the run stands now."""
        stats, tally, now = self._frontier.stats(), self._tally, time.monotonic()
        rate = tally.rate()
        return Snapshot(
            elapsed_s=tally.elapsed_s,
            done=tally.pages,
            failed=tally.failed,
            queued=stats.queued,
            in_flight=stats.in_flight,
            known=stats.known,
            bytes_received=tally.bytes_received,
            rate=rate,
            hosts=len(tally.hosts),
            errors=dict(tally.errors),
            waits=[
                Wait(wait.host, wait.reason, None if wait.until is None else max(0.0, wait.until - now), wait.queued)
                for wait in self._frontier.waiting(MOST_WAITS)
            ],
            max_pages=self._max_pages,
            eta_s=self._eta_s(rate),
        )

    def _eta_s(self, rate: float) -> float | None:
        """Seconds until the page limit at the present rate; without a limit nobody knows how large a site is."""
        if self._max_pages is None or rate <= 0:
            return None
        return (self._max_pages - self._tally.pages) / rate
