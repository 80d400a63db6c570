"""What the aiohttp client uses of aiohttp: its connectors, the connections they keep, its response parser.

aiohttp's session builds a request, a writer and a response of its own for each exchange, which costs as much again as
all the rest of it; a crawl has one kind of request, and whoever reads its answer is known.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final, NamedTuple
from weakref import WeakSet

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.helpers import set_exception
from aiohttp.http_exceptions import HttpProcessingError, TransferEncodingError
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import StreamReader
from yarl import URL

from crawler.clients.address_guard import AddressGuard
from crawler.clients.resolver import Resolver
from crawler.clients.wire import failures
from crawler.clients.wire.transfer import LARGEST_HEAD, MOST_BEFORE_ANSWER, MOST_FIELDS, Origin, Transfer
from crawler.core.errors import FetchFailed

_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
_SWITCHING_PROTOCOLS: Final = 101
_END_OF_HEAD: Final = b"\r\n\r\n"
_MOST_BARREN: Final = 256 * 1024
_NO_CAUSE: Final = Exception()


class Sockets:
    """Connections of all connectors of a client. aiohttp bounds those in use; here idle ones count too."""

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


class Route(NamedTuple):
    """One way to the hosts: directly, or through a proxy, which a SOCKS connector knows itself."""

    connector: aiohttp.BaseConnector
    proxy: URL | None = None

    def request_for(self, origin: Origin, ssl: Any) -> aiohttp.ClientRequest:
        """What aiohttp's connectors are asked with for connections to `origin`, any number of times."""
        scheme = "https" if origin.tls else "http"
        url = URL.build(scheme=scheme, host=origin.host, port=origin.port, path="/", encoded=True)
        return aiohttp.ClientRequest(
            "GET", url, proxy=self.proxy, ssl=ssl, loop=asyncio.get_running_loop(), version=aiohttp.HttpVersion11
        )


class Line:
    """A connection that carries one exchange."""

    __slots__ = ("_connection", "_protocol", "_reused", "_sockets")

    def __init__(self, connection: Connection, protocol: ResponseHandler, sockets: Sockets, *, reused: bool) -> None:
        self._connection, self._protocol, self._sockets, self._reused = connection, protocol, sockets, reused

    @classmethod
    async def take(cls, route: Route, request: aiohttp.ClientRequest, sockets: Sockets, *, new: bool) -> Line:
        """A line to what `request` names; new: over a connection that has not served before, those that have, and
        wait, are closed. Raises aiohttp's exceptions."""
        while True:
            connection = await route.connector.connect(request, [], _NO_TIMEOUT)
            protocol = connection.protocol
            if protocol is not None:
                reused = sockets.take(protocol)
                if not (reused and new):
                    return cls(connection, protocol, sockets, reused=reused)
                sockets.leave(protocol)
            connection.close()

    async def ask(self, head: bytes, transfer: Transfer) -> tuple[RawResponseMessage, StreamReader]:
        """Sends `head`; the answer's head and its body, which is still to come. Raises FetchFailed and aiohttp's
        exceptions."""
        protocol = self._protocol
        protocol.set_response_params(
            read_until_eof=True,
            auto_decompress=False,
            max_line_size=LARGEST_HEAD,
            max_field_size=LARGEST_HEAD,
            max_headers=MOST_FIELDS,
        )
        try:
            transport = protocol.transport
            if transport is None or transport.is_closing():
                raise aiohttp.ServerDisconnectedError
            transport.write(head)
            transfer.sent()
            while True:
                message, body = await protocol.read()
                if not 100 <= message.code <= 199 or message.code == _SWITCHING_PROTOCOLS:
                    return message, body
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            failure = interrupted(error, reused=self._reused)
            self._sockets.replaced += failure.unheard
            raise failure from error

    def hang_up(self) -> None:
        """The exchange broke off, and the connection with it."""
        self._connection.close()
        self._sockets.leave(self._protocol)

    def release(self) -> None:
        """The answer was read to its end: the connection is kept, if the server keeps it."""
        self._connection.release()
        self._sockets.leave(self._protocol)


def interrupted(error: aiohttp.ClientOSError | aiohttp.ServerDisconnectedError, *, reused: bool) -> FetchFailed:
    """The failure of a connection that went away before the head of an answer was there; reused: it had served."""
    closed = isinstance(error, aiohttp.ServerDisconnectedError)
    before_answer = not closed or isinstance(error.args[0], str)  # else the part of a head that had arrived
    sentence = failures.CLOSED_BEFORE_HEAD if closed else failures.RESET
    return FetchFailed("protocol", sentence, unheard=reused and before_answer)


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

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Only where it was paused. Readers of a body ask for it with each part that they take, and the parser would be
        fed nothing and the transport told to go on, which it does."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

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


class DirectConnector(aiohttp.TCPConnector):
    """To the host itself, or to an HTTP proxy."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(OneAnswer, loop=self._loop)  # type: ignore[assignment]


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
