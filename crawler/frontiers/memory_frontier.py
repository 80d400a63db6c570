"""The frontier that lives and dies with the process: nothing on disk, nothing to resume."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.core.ports import FrontierStats, SavedRun, WaitReason
from crawler.core.url import host_of
from crawler.core.visit import MARKS, Kind, Request
from crawler.frontiers.host_clock import Pace
from crawler.frontiers.host_queue import rank_of
from crawler.frontiers.schedule import Schedule


class MemoryFrontier(Schedule):
    """Every URL in memory: about 0.5 kB while it waits, 0.2 kB once it is done. Nothing is stored in `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        delay_s: float,
        jitter: float,
        per_host: int,
        hosts_ask: bool = True,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(Pace(delay_s, jitter, per_host, hosts_ask), now)
        self.pages = self.host_counts = None
        self._seen: set[str] = set()
        self._claims: dict[str, str] = {}
        self._duplicates: dict[str, str] = {}  # URL → what it leads to
        self._order = 0
        self._done = 0

    def open(self, started: str, *, fresh: bool) -> SavedRun:
        """Always a new run."""
        return SavedRun(started, resumed=False)

    def discover(
        self, urls: Iterable[str], *, depth: int, parent: str | None, kind: Kind = "page", hops_out: int = 0
    ) -> int:
        """Adds URLs not seen before; the number added. About 0.05 µs for a known one, 3 µs for a new one."""
        seen, mark = self._seen, MARKS[kind]
        new = dict.fromkeys([url for url in urls if mark + url not in seen])
        for url in new:
            self._order += 1
            name = host_of(url)
            request = Request(url, url, name, depth, parent, kind, hops_out)
            self._add(self._host(name), rank_of(depth, self._order), request)
        seen.update([mark + url for url in new])
        self.outdated = self.outdated or bool(new)
        return len(new)

    def unknown(self, urls: Sequence[str]) -> list[str]:
        """Those of `urls` not seen before."""
        seen = self._seen
        return [url for url in urls if url not in seen]

    def claim(self, target: str, by: str) -> str | None:
        """None if `target` was unknown and is now fetched on behalf of `by`; else the URL whose record covers it."""
        if target in self._seen:
            owner = self._claims.get(target, target)
            return by if self._end_of(owner) == by else owner
        self._seen.add(target)
        self._claims[target] = by
        return None

    def finish(self, request: Request, duplicate_of: str | None = None) -> None:
        """The URL has its visit."""
        self._settle(request)
        if duplicate_of is not None:
            self._duplicates[request.url] = duplicate_of
        self._done += 1

    def drop(self, request: Request) -> None:
        """The URL is refused after all."""
        self._settle(request)

    def postpone(self, request: Request, not_before: float, reason: WaitReason) -> None:
        """Back into the queue, changed, at the front of its host."""
        handed = self._settle(request)
        self._add_later(self._host(request.host), (not_before, handed.rank, (request, reason)))

    def commit(self, position: str | None, notes: Mapping[str, Any]) -> None:
        """Nothing outlives the process, so nothing is kept."""
        self._changed.clear()
        self.urgent = self.outdated = False

    def end_run(self) -> None:
        """The next `open` begins a new run anyway."""

    def stats(self) -> FrontierStats:
        """What there is now."""
        return FrontierStats(self._queued, len(self._handed), self._done, len(self._seen), self._taken_up)

    def close(self) -> None:
        """Nothing to let go of."""

    def _end_of(self, url: str) -> str:
        """Where duplicates lead from `url`; the next time it is one step."""
        passed: dict[str, None] = {}
        while (following := self._duplicates.get(url)) is not None and following not in passed:
            passed[url] = None
            url = following
        self._duplicates.update(dict.fromkeys(passed, url))
        return url
