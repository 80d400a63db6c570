"""What one host has to do: requests never asked, breadth first, and postponed ones by their time."""

from __future__ import annotations

from heapq import heappush
from math import inf
from typing import Any, Generic, TypeVar

from crawler.core.ports import WaitReason
from crawler.core.visit import Request
from crawler.frontiers.host_clock import HostClock, Pace

MAX_DEPTH = (1 << 24) - 1
_ORDER_BITS = 39

Fresh = tuple[int, Request]  # rank, request
Later = tuple[float, int, tuple[Request, WaitReason]]  # not before, rank, why
Entry = TypeVar("Entry", bound=tuple[Any, ...])


def rank_of(depth: int, order: int) -> int:
    """One number by which requests of a host are asked: by depth, then by order of discovery; fits in 63 bits."""
    return min(depth, MAX_DEPTH) << _ORDER_BITS | order


def depth_of(rank: int) -> int:
    """The depth that `rank_of` was given."""
    return rank >> _ORDER_BITS


class Window(Generic[Entry]):
    """The first entries of a queue in order; entries from `end` on are only stored elsewhere, None: there are none.

    An entry is its key (one or two numbers) followed by one value. Where memory runs dry, every stored entry that is
    not handed out is still to do: filling up needs no key to begin from.
    """

    __slots__ = ("end", "heap")

    def __init__(self, end: tuple[float, ...] | None = None) -> None:
        self.heap: list[Entry] = []
        self.end = end

    def add(self, entry: Entry, most: int) -> None:
        """Takes `entry` in if it belongs before `end`; beyond `most` entries the later half is let go."""
        if self.end is not None and entry[:-1] >= self.end:
            return
        heappush(self.heap, entry)
        if len(self.heap) > most:
            self.heap.sort()
            self.end = self.heap[most // 2 + 1][:-1]
            del self.heap[most // 2 + 1 :]

    def first(self) -> tuple[Any, ...] | None:
        """The first entry, or the key where it is to be looked for; None if the queue is empty."""
        return self.heap[0] if self.heap else self.end


class Host(HostClock):
    """A host's clock and what is to do there."""

    __slots__ = ("fresh", "id", "in_a_row", "later", "name", "queued", "ready", "wake")

    def __init__(self, name: str, pace: Pace, id: int = 0) -> None:
        super().__init__(pace)
        self.id = id
        self.name = name
        self.fresh: Window[Fresh] = Window()
        self.later: Window[Later] = Window()
        self.queued = 0  # handed out excluded
        self.in_a_row = 0  # requests handed out since its turn began
        self.ready = False  # stands in the line of hosts that may be asked
        self.wake: float | None = None  # the timer that counts; others of this host are stale

    def work_at(self) -> float | None:
        """When there is something to ask for: -inf for at once, None for nothing."""
        if self.fresh.heap or self.fresh.end is not None:
            return -inf
        first = self.later.first()
        return None if first is None else first[0]

    def startable_at(self) -> float | None:
        """When the next request may be handed out; None if something must happen first."""
        clear_at, work_at = self.clear_at(), self.work_at()
        return None if clear_at is None or work_at is None else max(clear_at, work_at)

    def why(self, now: float) -> tuple[WaitReason, float | None] | None:
        """What keeps the host from being asked now, and until when; or, where all it has to do is handed out, that an
        answer is long in coming."""
        return ("in flight", None) if not self.queued and self.is_slow(now) else super().why(now)


class Handed:
    """A request that was handed out, and where in its host's queue it came from."""

    __slots__ = ("host", "later", "rank", "request", "sent")

    def __init__(self, host: Host, rank: int, request: Request, later: Later | None) -> None:
        self.host = host
        self.rank = rank
        self.request = request
        self.later = later
        self.sent = False
