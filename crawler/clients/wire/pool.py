"""Connections of httpcore (1 or 2), kept alive and shared out.

The engine's own pool walks all its connections for each request, which with 32 of them costs several times the request.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from crawler.clients.wire.slots import Slots
from crawler.clients.wire.transfer import Origin

MOST_APART = 10_000  # origins whose requests are kept apart; of one that is forgotten, pages may fail once more


class Carrier:
    """One connection of httpcore's, whatever kind it is (direct, through a tunnel or SOCKS)."""

    def __init__(self, origin: Origin, connection: Any) -> None:
        self.origin = origin
        self.connection = connection
        self.users = 0
        self.has_served = False
        self.stream: Any = None  # once something was answered
        self.is_broken = False  # it ended, or had to, otherwise than in good order
        self._retired = False

    def retire(self) -> None:
        """No further requests; closed as soon as the present ones are done."""
        self._retired = True

    def speaks_http2(self) -> bool:
        """Whether answers have come in HTTP/2."""
        return self.stream is not None and bool(self.stream.get_extra_info("is_http2"))

    def can_be_shared(self) -> bool:
        """Whether it takes another request now: with HTTP/2, or before the version is known."""
        return self.users > 0 and not self._is_leaving() and self.connection.is_available()

    def can_be_kept(self) -> bool:
        """Whether it may wait for another request."""
        return not self._is_leaving() and self.connection.is_idle() and not self.out_of_step()

    def is_stale(self) -> bool:
        """Whether it can no longer be used, after having waited."""
        return self._is_leaving() or self.connection.has_expired()

    def _is_leaving(self) -> bool:
        return self._retired or (self.stream is not None and self.stream.get_extra_info("is_leaving"))

    def out_of_step(self) -> bool:
        """Whether bytes have arrived that belong to no HTTP/1.1 response yet: part of one, or more than was asked for,
        which the next request would take for its answer."""
        connection = self.connection
        while connection is not None:
            if state := getattr(connection, "_h11_state", None):
                return bool(state.trailing_data[0])
            connection = getattr(connection, "_connection", None)
        return False


class Pool:
    """At most `max_connections` sockets; idle ones are kept, the longest idle gives way to another origin's new one.

    create: makes a connection, not yet connected, to an origin. share: whether HTTP/2 is offered.
    """

    def __init__(self, create: Callable[[Origin], Any], max_connections: int, *, share: bool) -> None:
        self._create, self._share = create, share
        self._max_connections = max_connections
        self._slots = Slots(max_connections)  # held by connections in use
        self._idle: OrderedDict[Carrier, None] = OrderedDict()  # longest idle first
        self._idle_of: dict[Origin, list[Carrier]] = {}
        self._newest: dict[Origin, Carrier] = {}  # in use, and perhaps to be shared
        # A request may have broken what others shared: one connection for each, until one goes well.
        self._apart: OrderedDict[Origin, None] = OrderedDict()
        self._in_use = 0

    async def take(self, origin: Origin, waits: Callable[[], None], *, new: bool = False) -> Carrier:
        """A connection to `origin`, to be given back; `waits` is called if none is free.

        new: none of HTTP/1.1 that has served before; those that have, and wait, are closed. (One of HTTP/2 that is
        gone is known to be.)
        """
        carrier = self._shared(origin)
        if carrier is None:
            if not self._slots.take():
                waits()
                await self._slots.wait()
            self._in_use += 1
            try:
                carrier = await self._free(origin, new=new)
            except BaseException:
                self._leave()
                raise
            if self._share:
                self._newest[origin] = carrier
        carrier.users += 1
        return carrier

    async def give_back(self, carrier: Carrier) -> None:
        """The response is complete, or given up: the connection waits for the next request, or is closed."""
        if carrier.is_broken and carrier.users > 1:
            self._part(carrier.origin)
        carrier.users -= 1
        carrier.has_served = True
        if carrier.users:
            return
        if self._newest.get(carrier.origin) is carrier:
            del self._newest[carrier.origin]
        keep = carrier.can_be_kept()
        if keep:
            self._apart.pop(carrier.origin, None)
            self._idle[carrier] = None
            self._idle_of.setdefault(carrier.origin, []).append(carrier)
        self._leave()
        if not keep:
            await carrier.connection.aclose()

    async def aclose(self) -> None:
        """Closes what is idle; whoever uses a connection gives it back first."""
        while self._idle:
            await self._close(next(iter(self._idle)))

    def _shared(self, origin: Origin) -> Carrier | None:
        carrier = self._newest.get(origin) if self._share and origin not in self._apart else None
        return carrier if carrier and carrier.can_be_shared() else None

    async def _free(self, origin: Origin, *, new: bool) -> Carrier:
        for carrier in self._idle_of.get(origin, [])[::-1]:
            if (not new or carrier.speaks_http2()) and not carrier.is_stale() and self._forget(carrier):
                return carrier
            await self._close(carrier)
        if self._idle and self._in_use + len(self._idle) > self._max_connections:
            await self._close(next(iter(self._idle)))
        return Carrier(origin, self._create(origin))

    def _part(self, origin: Origin) -> None:
        self._apart[origin] = None
        if len(self._apart) > MOST_APART:
            self._apart.popitem(last=False)

    def _leave(self) -> None:
        self._in_use -= 1
        self._slots.give_back()

    async def _close(self, carrier: Carrier) -> None:
        if self._forget(carrier):
            await carrier.connection.aclose()

    def _forget(self, carrier: Carrier) -> bool:
        """Takes `carrier` from the idle ones; whether it was there."""
        if carrier not in self._idle:
            return False
        del self._idle[carrier]
        of_origin = self._idle_of[carrier.origin]
        of_origin.remove(carrier)
        if not of_origin:
            del self._idle_of[carrier.origin]
        return True
