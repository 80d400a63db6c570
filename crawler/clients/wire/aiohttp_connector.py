"""What hangs below aiohttp's session: which connection carries a request, and what a broken one leads to."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from crawler.clients.address_guard import AddressGuard
from crawler.clients.resolver import Resolver
from crawler.clients.wire import failures
from crawler.clients.wire.transfer import Transfer


class Sockets:
    """Connections of all sessions of a client. aiohttp bounds those in use; here idle ones count too."""

    def __init__(self, most: int) -> None:
        self.opened = self.replaced = 0
        self._most = most
        self._in_use = 0
        self._used: WeakSet[ResponseHandler] = WeakSet()
        self._idle: dict[ResponseHandler, None] = {}  # longest idle first

    def take(self, protocol: ResponseHandler) -> bool:
        """Notes that a request begins on it; whether it has served before."""
        self._in_use += 1
        self._idle.pop(protocol, None)
        if protocol in self._used:
            return True
        self.opened += 1
        self._used.add(protocol)
        while self._idle and self._in_use + len(self._idle) > self._most:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.close()
        return False

    def leave(self, protocol: ResponseHandler) -> None:
        """Notes that the request is over."""
        self._in_use -= 1
        if protocol.is_connected():
            self._idle[protocol] = None


class Attempt:
    """Sends one request once. (aiohttp's own second attempt would come sooner than the host's delay allows.)"""

    __slots__ = ("_protocol", "_reused", "_sockets", "_transfer")

    def __init__(self, transfer: Transfer, sockets: Sockets) -> None:
        self._transfer, self._sockets = transfer, sockets
        self._reused = False
        self._protocol: ResponseHandler | None = None

    async def send(self, request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
        """A middleware of aiohttp's."""
        request.attempt = self  # type: ignore[attr-defined]  # a AttemptedRequest
        try:
            answer: aiohttp.ClientResponse = await handler(request)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            interrupted = Interrupted(error, reused=self._reused)
            self._sockets.replaced += interrupted.unheard
            raise interrupted from None
        return answer

    def accepts(self, connection: Connection) -> bool:
        """Whether to send over `connection`; then the request is written to it in this very step."""
        self.leave()
        self._protocol = connection.protocol
        if self._protocol is None:
            return False
        self._reused = self._sockets.take(self._protocol)
        if self._reused and self._transfer.exchange.new_connection:
            return False
        self._transfer.sent()
        return True

    def leave(self) -> None:
        """The connection, if there is one, is no longer this attempt's."""
        if self._protocol is not None:
            self._sockets.leave(self._protocol)
            self._protocol = None


class Interrupted(Exception):
    """The connection went away before the head of an answer; hides that from aiohttp's own second attempt."""

    def __init__(self, error: aiohttp.ClientOSError | aiohttp.ServerDisconnectedError, *, reused: bool) -> None:
        super().__init__()
        closed = isinstance(error, aiohttp.ServerDisconnectedError)
        before_answer = not closed or isinstance(error.args[0], str)  # else the part of a head that had arrived
        self.unheard = reused and before_answer
        self.sentence = failures.CLOSED_BEFORE_HEAD if closed else failures.RESET


class AttemptedRequest(aiohttp.ClientRequest):
    attempt: Attempt


class AttemptedConnector(aiohttp.TCPConnector):
    """Asks the attempt behind a request which connection may carry it."""

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A connection that the attempt behind `req` accepts; others are closed."""
        attempt: Attempt = req.attempt  # type: ignore[attr-defined]  # a AttemptedRequest
        connection = await super().connect(req, traces, timeout)
        while not attempt.accepts(connection):
            connection.close()
            connection = await super().connect(req, traces, timeout)
        return connection


class DirectConnector(AttemptedConnector):
    """To the host itself, or to an HTTP proxy."""


class Names(AbstractResolver):
    """aiohttp's door to our resolver: what passes the guard here is what it connects to."""

    def __init__(self, resolver: Resolver, guard: AddressGuard | None) -> None:
        self._resolver, self._guard = resolver, guard

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        addresses = await self._resolver.resolve(host, port, family)
        if self._guard:
            admitted = self._guard.check(host, (address.ip for address in addresses))
            addresses = [address for address in addresses if address.ip in admitted]
        return [
            ResolveResult(hostname=host, host=address.ip, port=port, family=address.family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass
