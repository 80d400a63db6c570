"""What hangs below aiohttp's session: which connection carries a request, and what a broken one leads to."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final
from weakref import WeakSet

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.helpers import set_exception
from aiohttp.http_exceptions import HttpProcessingError, TransferEncodingError
from aiohttp.tracing import Trace

from crawler.clients.address_guard import AddressGuard
from crawler.clients.resolver import Resolver
from crawler.clients.wire import failures
from crawler.clients.wire.transfer import MOST_BEFORE_ANSWER, Transfer

_END_OF_HEAD: Final = b"\r\n\r\n"
_MOST_BARREN: Final = 256 * 1024
_NO_CAUSE: Final = Exception()


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


class OneAnswer(ResponseHandler):
    """aiohttp's protocol of a connection, made to tell what is wrong at once, and whose fault it is.

    The head of an answer is handed on before what follows: something that is no HTTP, arriving together with the end of
    an answer, would cost the answer. What is wrong with a body is told to its reader, who would wait for more. Interim
    answers, and bytes that come to nothing, such as chunk extensions, are bounded.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._before_answer = 0  # bytes of interim answers
        self._barren = 0  # bytes since the body last grew

    def data_received(self, data: bytes) -> None:
        while self._awaits_head():
            head, end, rest = data.partition(_END_OF_HEAD)
            if not rest:
                break
            self._before_answer += len(head)
            super().data_received(head + end)
            data = rest
        if self._exception is None:
            self._body_received(data)

    def feed_data(self, data: Any, size: int = 0) -> None:
        if data[0].code >= 200:
            self._before_answer = 0
        if self._before_answer > MOST_BEFORE_ANSWER:
            self._give_up("Got more than enough interim answers")
        else:
            super().feed_data(data, size)

    def set_exception(self, exc: BaseException, exc_cause: BaseException = _NO_CAUSE) -> None:
        super().set_exception(exc, exc_cause)
        if isinstance(exc, HttpProcessingError) and self._payload is not None and not self._payload.is_eof():
            set_exception(self._payload, aiohttp.ClientPayloadError(), exc_cause)

    def _body_received(self, data: bytes) -> None:
        payload = self._payload
        before = payload.total_bytes if payload is not None else 0
        super().data_received(data)
        self._barren = self._barren + len(data) if payload is not None and payload.total_bytes == before else 0
        if self._barren > _MOST_BARREN:
            self._give_up("a chunk that never begins")

    def _give_up(self, why: str) -> None:
        if self.transport is not None:
            self.transport.close()
        self.set_exception(HttpProcessingError(message=why), TransferEncodingError(why))

    def _awaits_head(self) -> bool:
        return self._exception is None and (self._payload is None or self._payload.is_eof())


class AttemptedConnector(aiohttp.TCPConnector):
    """Asks the attempt behind a request which connection may carry it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(OneAnswer, loop=self._loop)  # type: ignore[assignment]

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
