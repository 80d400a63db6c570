"""Which host is asked next: round robin over hosts whose time has come, breadth first inside each; one that needs no
delay keeps its turn for a few requests, and with it its connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush, nsmallest
from itertools import count
from math import inf

from crawler.core.ports import HostWait, WaitReason
from crawler.core.visit import Request
from crawler.frontiers.host_clock import Pace
from crawler.frontiers.host_queue import Handed, Host, Later, depth_of

UNBOUNDED = 1 << 62
POLL_S = 0.05  # how soon an outsider asks again where only an event can free the host
MOST_IN_A_ROW = 8  # requests of a host while others wait for their turn
GRACE_S = 0.25  # how long a freed host is kept for the outsider that was promised its turn


class Timetable:
    """Hosts in line to be asked, and timers for those whose time will come. Every step costs O(log hosts)."""

    def __init__(self) -> None:
        self.line: deque[Host] = deque()
        self._timers: list[tuple[float, int, Host]] = []
        self._ticks = count()  # so that two timers of one moment need not compare hosts
        self._most_timers = 64
        self._warm: deque[Host] = deque()  # whose turn goes on

    def place(self, host: Host, now: float) -> None:
        """Puts `host`, which is not in line, where it belongs: in line, on a timer, or nowhere until something
        happens."""
        at = host.startable_at()
        if at is None:
            host.wake = None
        elif at <= now:
            host.wake, host.ready = None, True
            self.line.append(host)
        elif at != host.wake:
            host.wake = at
            heappush(self._timers, (at, next(self._ticks), host))
            if len(self._timers) > self._most_timers:
                self._clear_out()

    def next_host(self) -> Host | None:
        """Takes out the host whose turn it is; it may have become one that must not be asked now."""
        if self._warm:
            host = self._warm.popleft()
            host.in_a_row += 1
            return host
        if not self.line:
            return None
        host = self.line.popleft()
        host.ready, host.in_a_row = False, 1
        return host

    def go_on_with(self, host: Host, depth: int, in_flight: int) -> None:
        """Lets `host`, one of whose requests of this depth is over, keep its turn while more hosts are in line than
        requests in flight: with fewer sockets than hosts, each request would else need a new connection. Deeper ones
        take turns, so that no host runs ahead of the others."""
        if host.delay_s > 0 or host.in_a_row >= MOST_IN_A_ROW or len(self.line) <= in_flight:
            return
        heap = host.fresh.heap
        if heap and depth_of(heap[0][0]) == depth:
            self._warm.append(host)

    def ring(self, now: float) -> bool:
        """Moves hosts whose timer is due into the line; whether there were any."""
        rang = False
        while self._timers and ((at := self._timers[0][0]) <= now or at != self._timers[0][2].wake):
            host = heappop(self._timers)[2]
            if at == host.wake:
                host.wake = None
                self.place(host, now)
                rang = rang or host.ready
        return rang

    def next_ring(self) -> float | None:
        """When the next timer is due, to be asked after `ring`."""
        return self._timers[0][0] if self._timers else None

    def _clear_out(self) -> None:
        """Drops timers that were overtaken, once they could be half of all."""
        self._timers = [timer for timer in self._timers if timer[0] == timer[2].wake]
        heapify(self._timers)
        self._most_timers = 64 + 2 * len(self._timers)


class Schedule:
    """The half of a frontier that knows time: hands out, takes back, and says why it does not.

    Every verb costs O(log hosts). Subclasses say where hosts and entries come from that are not in memory.
    """

    def __init__(self, pace: Pace, now: Callable[[], float]) -> None:
        self.urgent = self.outdated = False  # see the port
        self._pace = pace
        self._now = now
        self._hosts: dict[str, Host] = {}
        self._handed: dict[str, Handed] = {}  # by the request's key
        self._changed: set[Host] = set()  # since the last commit
        self._queued = 0
        self._taken_up = 0
        self._timetable = Timetable()

    def reserve(self, room: int) -> list[Request]:
        """At most `room` requests whose hosts may be asked now; see the port."""
        now = self._now()
        self._timetable.ring(now)
        requests = list[Request]()
        while len(requests) < room and (host := self._timetable.next_host()) is not None:
            if (request := self._take(host, now)) is not None:
                requests.append(request)
            if not host.ready:
                self._timetable.place(host, now)
        return requests

    def next_start(self) -> float | None:
        """When `reserve` may next have something because time passes. A host that is ready is told once: if it is not
        taken up then, for want of room, time alone will not change that."""
        now = self._now()
        return now if self._timetable.ring(now) else self._timetable.next_ring()

    def sent(self, request: Request) -> None:
        """The request's bytes have left; a second call changes nothing."""
        handed = self._handed.get(request.key)
        if handed is not None and not handed.sent:
            handed.sent = True
            handed.host.start(self._now())
            if handed.host.delay_s > 0:  # else the next one need not wait for this one, now or after a restart
                self._touch(handed.host)

    def hand_back(self, request: Request) -> None:
        """As if it had never been handed out."""
        handed = self._handed.pop(request.key)
        host = handed.host
        host.in_flight -= 1
        host.unsent -= not handed.sent
        if handed.later is None:
            self._add(host, handed.rank, handed.request)
        else:
            self._add_later(host, handed.later)

    def block_host(self, host: str, until: float | None, reason: WaitReason) -> None:
        """Nothing of this host is handed out before `until`; None: before `unblock_host`."""
        self.urgent, self.outdated = self.urgent or until is not None, True
        clock = self._host(host)
        clock.block(until, reason)
        self._touch(clock)

    def unblock_host(self, host: str) -> None:
        """Lifts an open-ended block."""
        clock = self._host(host)
        clock.open_block, self.outdated = None, True
        self._touch(clock)

    def set_delay(self, host: str, delay_s: float) -> None:
        """The host asks for at least this delay."""
        clock = self._host(host)
        if clock.asked_delay_s != delay_s:
            self.urgent = True
            clock.ask_delay(delay_s)
            self._touch(clock)

    def acquire(self, host: str) -> float:
        """0.0: a slot is taken for a request outside the queue; else seconds after which to ask again."""
        now, clock = self._now(), self._host(host)
        clear_at = clock.clear_for_outsiders_at()
        if clear_at is not None and clear_at <= now:
            clock.hold_outsider()
            self._touch(clock)
            return 0.0
        wait_s = POLL_S if clear_at is None else clear_at - now
        clock.promised_until = now + wait_s + GRACE_S
        self._touch(clock)
        return wait_s

    def sent_to(self, host: str) -> None:
        """The bytes of the request outside the queue have left."""
        clock = self._host(host)
        clock.start_outsider(self._now())
        self._touch(clock)

    def release(self, host: str) -> None:
        """The request outside the queue is over."""
        clock = self._host(host)
        clock.free_outsider(self._now())
        self._touch(clock)

    def waiting(self, most: int = 10) -> list[HostWait]:
        """Hosts of which nothing may be asked now, or an answer is long in coming; see the port. O(hosts in memory)."""
        now = self._now()
        waits = (self._wait(host, now) for host in self._hosts.values() if host.queued or host.is_slow(now))
        return nsmallest(most, filter(None, waits), key=lambda wait: inf if wait.until is None else wait.until)

    def _settle(self, request: Request) -> Handed:
        """Ends the hand-out of `request` and frees its slot. If its bytes never left though it was tried, which its
        attempts tell, the host's clock runs from now: a vain attempt costs the host as much as a request."""
        handed = self._handed.pop(request.key)
        host = handed.host
        if not handed.sent:
            if request.attempts > handed.request.attempts:
                host.start(self._now())
            else:
                host.unsent -= 1
        host.in_flight -= 1
        self._touch(host)
        self._timetable.go_on_with(host, depth_of(handed.rank), len(self._handed))
        return handed

    def _add(self, host: Host, rank: int, request: Request) -> None:
        host.fresh.add((rank, request), self._window_size())
        self._count(host, request, 1)
        self._touch(host)

    def _add_later(self, host: Host, entry: Later) -> None:
        host.later.add(entry, self._window_size())
        self._count(host, entry[2][0], 1)
        self._touch(host)

    def _count(self, host: Host, request: Request, change: int) -> None:
        host.queued += change
        self._queued += change
        if request.is_taken_up:
            self._taken_up += change

    def _take(self, host: Host, now: float) -> Request | None:
        """The next request of `host`, handed out: one whose wait is over before one that was never asked."""
        clear_at = host.clear_at()
        if clear_at is None or clear_at > now:
            return None
        handed = self._next_later(host, now) or self._next_fresh(host)
        if handed is None:
            return None
        host.hold()
        self._handed[handed.request.key] = handed
        self._count(host, handed.request, -1)
        return handed.request

    def _next_later(self, host: Host, now: float) -> Handed | None:
        later = host.later
        if not later.heap and later.end is not None and later.end[0] <= now:
            self._refill_later(host)
        if not later.heap or later.heap[0][0] > now:
            return None
        entry = heappop(later.heap)
        return Handed(host, entry[1], entry[2][0], entry)

    def _next_fresh(self, host: Host) -> Handed | None:
        fresh = host.fresh
        if not fresh.heap and fresh.end is not None:
            self._refill_fresh(host)
        if not fresh.heap:
            return None
        rank, request = heappop(fresh.heap)
        return Handed(host, rank, request, None)

    def _touch(self, host: Host) -> None:
        self._changed.add(host)
        if not host.ready:
            self._timetable.place(host, self._now())

    def _wait(self, host: Host, now: float) -> HostWait | None:
        reason, until = host.why(now) or ("delay", now)
        work_at = host.work_at()
        if until is not None and work_at is not None and work_at > until:
            reason = host.later.heap[0][2][1] if host.later.heap else "backoff"
            until = work_at
        return HostWait(host.name, reason, until, host.queued) if until is None or until > now else None

    def _host(self, name: str) -> Host:
        return self._hosts.get(name) or self._enter(name)

    def _enter(self, name: str) -> Host:
        """A host that is not in memory, taken in."""
        return self._hosts.setdefault(name, Host(name, self._pace))

    def _window_size(self) -> int:
        """Entries of one host's queue that are kept in memory at most."""
        return UNBOUNDED

    def _refill_fresh(self, host: Host) -> None:
        """Fills the empty window of requests never asked from wherever the rest is kept."""

    def _refill_later(self, host: Host) -> None:
        """The same for postponed requests."""
