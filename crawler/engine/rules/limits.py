"""The bounds of a crawl: URLs that look like traps, budgets of pages, bytes and time."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable

from crawler.core.ports import HostCounts
from crawler.core.url import host_of
from crawler.core.visit import Request
from crawler.engine.accounts.tally import OTHER_HOSTS, Tally

MOST_FOLDERS = 5000
LOOK_S = 1.0  # between two looks at the disk
MOST_SECONDS = 3600.0  # what `seconds_left` says where there is no limit of time


class Traps:
    """Says by which limit a URL looks like a trap: endless calendars, ever deeper paths, session ids. None: no limit.

    max_url_length, max_path_segments and max_query_params are the most that is allowed; a path that holds one segment
    max_path_repeats times is a trap (empty segments are not counted).
    """

    def __init__(
        self,
        *,
        max_url_length: int | None = None,
        max_path_segments: int | None = None,
        max_path_repeats: int | None = None,
        max_query_params: int | None = None,
    ) -> None:
        self._max_url_length = _or_no_limit(max_url_length)
        self._max_path_segments = _or_no_limit(max_path_segments)
        self._max_path_repeats = _or_no_limit(max_path_repeats)
        self._max_query_params = _or_no_limit(max_query_params)
        self._harmless: set[str] = set()  # folders whose pages need no look; a crawl sees many of each

    def __call__(self, url: str) -> str | None:
        """The name of the limit that the normalised `url` breaks, or None. About 0.4 µs in a folder seen lately."""
        if len(url) > self._max_url_length:
            return "max_url_length"
        if "?" in url:
            url, _, query = url.partition("?")
            if query and query.count("&") >= self._max_query_params:
                return "max_query_params"
        folder = url[: url.rindex("/")]
        return None if folder in self._harmless else self._refusal_of_path(folder, url.split("/")[3:])

    def _refusal_of_path(self, folder: str, segments: list[str]) -> str | None:
        repeats = _repeats(segments[:-1])
        if len(segments) <= self._max_path_segments and repeats + 1 < self._max_path_repeats:
            self._remember(folder)
            return None
        if len(segments) - (segments[-1] == "") > self._max_path_segments:
            return "max_path_segments"
        return "max_path_repeats" if _repeats(segments) >= self._max_path_repeats else None

    def _remember(self, folder: str) -> None:
        if len(self._harmless) >= MOST_FOLDERS:
            self._harmless.clear()
        self._harmless.add(folder)


class Budget:
    """Admits requests so that no page limit is ever overstepped, and says when a budget is used up.

    A URL that is admitted holds a place until its visit is counted in `tally`, also while it waits in the frontier for
    a redirect hop or another attempt; so visits and places together never exceed `max_pages`. Sitemaps hold no place.

    taken_up: URLs that an earlier execution left half done (`FrontierStats.taken_up`); they hold places from the start.
    max_pages and max_pages_per_host count the run with its restarts; max_bytes and max_duration_s this execution alone,
    so that a resumed run gets on. free_bytes: the room that is left on the disk, of which min_free_bytes shall stay.
    counts: pages of each host in earlier executions; without it those of the hosts that the tally knows. After a
    restart a host may exceed its limit by as many URLs as it had half done.
    """

    def __init__(
        self,
        tally: Tally,
        *,
        max_pages: int | None = None,
        max_pages_per_host: int | None = None,
        max_bytes: int | None = None,
        max_duration_s: float | None = None,
        min_free_bytes: int | None = None,
        free_bytes: Callable[[], int] = lambda: sys.maxsize,
        taken_up: int = 0,
        counts: HostCounts | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tally = tally
        self._max_pages = _or_no_limit(max_pages)
        self._max_pages_per_host = max_pages_per_host
        self._max_bytes = _or_no_limit(max_bytes)
        self._bytes_before = tally.bytes_received
        self._now = now
        self._deadline = None if max_duration_s is None else now() + max_duration_s
        self._min_free_bytes, self._free_bytes = min_free_bytes, free_bytes
        self._next_look = now()
        self._waiting = taken_up  # places held by URLs that are in the frontier
        self._in_flight = 0  # places held by URLs that are handed out
        self._counts = counts if max_pages_per_host is not None else None
        before = tally.hosts.items() if max_pages_per_host is not None else ()
        self._pages_before = {host: figures[0] for host, figures in before if host != OTHER_HOSTS}
        self._places_by_host: dict[str, int] = {}

    def room(self, free: int) -> int:
        """How many requests to reserve, of the `free` that could be sent: 0 where none could be admitted."""
        places = self._places_left()
        return int(min(free, places if places > 0 else self._waiting))

    def admit(self, request: Request) -> bool:
        """Whether a request just reserved may be sent. If not it is counted as refused, and to be dropped for good.

        Every admitted request ends in `settle`, `postponed` or `release`.
        """
        if request.kind != "page":
            return True
        if request.is_taken_up:
            self._waiting -= 1
            self._in_flight += 1
            return True
        reason = self._refusal(request)
        if reason is not None:
            self._tally.refuse(reason)
            return False
        self._in_flight += 1
        if self._max_pages_per_host is not None:
            self._places_by_host[host_of(request.url)] += 1  # `_refusal` has looked it up
        return True

    def settle(self, request: Request) -> None:
        """The visit of an admitted request is about to be counted in the tally, or just was."""
        if request.kind == "page":
            self._in_flight -= 1
            if self._counts is not None:
                self._counts.add(host_of(request.url))

    def postponed(self, request: Request) -> None:
        """An admitted request was sent and goes back into the frontier for a hop or another try; its place stays."""
        if request.kind == "page":
            self._in_flight -= 1
            self._waiting += 1

    def release(self, request: Request) -> None:
        """An admitted request goes back unsent, as it was reserved; a place that it held before it keeps."""
        if request.kind != "page":
            return
        self._in_flight -= 1
        if request.is_taken_up:
            self._waiting += 1
        elif self._max_pages_per_host is not None:
            self._places_by_host[host_of(request.url)] -= 1

    def stop_reason(self) -> str | None:
        """max_pages (all visits made: the run is complete), another limit's name (it can be resumed), or None."""
        if self._tally.pages >= self._max_pages:
            return "max_pages"
        if self._tally.bytes_received - self._bytes_before >= self._max_bytes:
            return "max_bytes"
        if self._deadline is not None and self._now() >= self._deadline:
            return "max_duration"
        return "min_free_disk" if self._min_free_bytes and self._is_disk_short(self._min_free_bytes) else None

    def seconds_left(self) -> float:
        """Seconds until max_duration ends; an hour where there is none, and never more."""
        if self._deadline is None:
            return MOST_SECONDS
        return min(max(0.0, self._deadline - self._now()), MOST_SECONDS)

    def _is_disk_short(self, least: int) -> bool:
        if (now := self._now()) < self._next_look:
            return False
        self._next_look = now + LOOK_S
        return self._free_bytes() < least

    def _places_left(self) -> float:
        return self._max_pages - self._tally.pages - self._in_flight - self._waiting

    def _refusal(self, request: Request) -> str | None:
        if self._places_left() <= 0:
            return "max_pages"
        limit = self._max_pages_per_host
        return "max_pages_per_host" if limit is not None and self._places_of(host_of(request.url)) >= limit else None

    def _places_of(self, host: str) -> int:
        """Places of `host` that are taken, those of earlier executions included."""
        places = self._places_by_host.get(host)
        if places is None:
            before = self._pages_before.get(host, 0)
            places = self._places_by_host[host] = max(before, self._counts.of(host)) if self._counts else before
        return places


def _repeats(segments: list[str]) -> int:
    """How often the most frequent named segment occurs."""
    return max(Counter(filter(None, segments)).values(), default=0)


def _or_no_limit(limit: int | None) -> float:
    return float("inf") if limit is None else limit
