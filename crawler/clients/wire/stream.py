"""A socket as httpcore wants it: connected through our resolver and guard, with a cheap answer to "still usable?"."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Iterable
from socket import AF_INET6, IPPROTO_TCP, SOCK_STREAM
from typing import Any, Final

from aiohappyeyeballs import start_connection

from crawler.clients.address_guard import AddressGuard
from crawler.clients.resolver import Address, Resolver
from crawler.clients.wire.failures import HEAD_TOO_LARGE, Offended, connect_failure
from crawler.clients.wire.going_away import FrameFilter
from crawler.clients.wire.transfer import MOST_BEFORE_ANSWER
from crawler.core.errors import FetchFailed

HAPPY_EYEBALLS_DELAY_S: Final = 0.25  # RFC 8305 5
_MOST_BUFFERED: Final = 256 * 1024
_READS_IN_A_TURN: Final = 4  # after which other tasks get theirs


class Dialer:
    """httpcore's network backend. `guard` None: all connections go to proxies, which the user named."""

    def __init__(self, resolver: Resolver, guard: AddressGuard | None) -> None:
        self._resolver, self._guard = resolver, guard
        self.connections_opened = 0

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> SocketStream:
        """A connection to the address that was checked. Raises FetchFailed. The caller keeps the deadline."""
        addresses = await self._resolver.resolve(host, port)
        if self._guard:
            admitted = self._guard.check(host, (address.ip for address in addresses))
            addresses = [address for address in addresses if address.ip in admitted]
        loop = asyncio.get_running_loop()
        targets = [_target(address) for address in addresses]
        peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            socket = await start_connection(targets, happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY_S, loop=loop)
            _, stream = await loop.create_connection(lambda: SocketStream(peer), sock=socket)
        except (OSError, RuntimeError) as error:
            raise connect_failure(error, peer, tls=False) from None
        self.connections_opened += 1
        return stream

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> SocketStream:
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _target(address: Address) -> tuple[int, int, int, str, tuple[Any, ...]]:
    where = (address.ip, address.port, 0, 0) if address.family == AF_INET6 else (address.ip, address.port)
    return address.family, SOCK_STREAM, IPPROTO_TCP, "", where


class SocketStream(asyncio.Protocol):
    """httpcore's network stream. Timeouts are ignored: the exchange's own deadline cancels whoever waits here."""

    def __init__(self, peer: str) -> None:
        self._peer = peer
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._reads_at_once = 0  # without having had to wait
        self._before_answer = 0  # bytes read since the last write, until `answered`
        self._awaits_answer = False
        self._ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._frames: FrameFilter | None = None  # with HTTP/2
        self._transport: asyncio.Transport

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has arrived, at least one byte; b"" at the end. Raises OSError, and FetchFailed where the answer itself
        does not come for all that arrives."""
        self._reads_at_once += 1
        if self._reads_at_once % _READS_IN_A_TURN == 0:
            await asyncio.sleep(0)
        while not self._chunks:
            self._reads_at_once = 0
            if self._error:
                raise self._error
            if self._ended:
                return b""
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        chunk = self._chunks.popleft()
        if len(chunk) > max_bytes:
            self._chunks.appendleft(chunk[max_bytes:])
            chunk = chunk[:max_bytes]
        self._buffered -= len(chunk)
        if self._awaits_answer and self._frames is None:
            self._before_answer += len(chunk)
            if self._before_answer > MOST_BEFORE_ANSWER:
                raise FetchFailed("protocol", HEAD_TOO_LARGE)
        if not self._transport.is_reading() and not self._ended and self._buffered < _MOST_BUFFERED // 4:
            self._transport.resume_reading()
        return chunk

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hands `buffer` over. On a connection that is gone it does nothing: reading says why it went."""
        self._awaits_answer, self._before_answer = True, 0
        self.send(buffer)
        if self._writable:
            await asyncio.shield(self._writable)

    def send(self, buffer: bytes) -> None:
        """The same without waiting until the other side takes it: for a few bytes, where nobody keeps a deadline."""
        if buffer and not self._transport.is_closing():
            self._transport.write(buffer)
            if self._frames and (believed := self._frames.sent(buffer)):
                self._hand_on(believed)

    @property
    def congestion(self) -> asyncio.Future[None] | None:
        """Done when the other side has taken enough of what was handed over; None while it does."""
        return self._writable

    def answered(self) -> None:
        """The head of an answer has been read; a body may be longer."""
        self._awaits_answer = False

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> SocketStream:
        """This stream, with TLS. Raises FetchFailed."""
        loop = asyncio.get_running_loop()
        name = (server_hostname or "").rstrip(".")
        stream = SocketStream(self._peer)  # closing the plain protocol must not end the new one
        try:
            transport = await loop.start_tls(self._transport, stream, ssl_context, server_hostname=name)
        except BaseException as error:
            self._transport.abort()
            if isinstance(error, OSError):
                raise connect_failure(error, self._peer, tls=True) from None
            raise
        if transport is None:
            raise connect_failure(ConnectionResetError(), self._peer, tls=True)
        stream._transport = transport
        if transport.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
            stream._frames = FrameFilter()
        return stream

    async def aclose(self) -> None:
        if self._transport.get_extra_info("ssl_object"):
            self._transport.abort()  # nobody waits for the other side's good-bye
        else:
            self._transport.close()

    def get_extra_info(self, info: str) -> Any:
        """httpcore's names; "is_readable" between two HTTP/1.1 requests means: closed, or not in step with us."""
        if info == "is_readable":
            return bool(self._chunks) or self._ended or self._transport.is_closing()
        if info == "is_http2":  # this and the next are names of ours
            return self._frames is not None
        if info == "is_leaving":  # nothing further will be answered
            return self._ended or self._transport.is_closing() or (self._frames is not None and self._frames.going_away)
        return self._transport.get_extra_info(info)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a TCP transport can do both directions

    def data_received(self, data: bytes) -> None:
        if self._frames:
            data = self._frames.received(data)
            if self._frames.offence:
                self._error = self._error or Offended(self._frames.offence)
                self._chunks.clear()
                self._transport.abort()
                self._wake()
                return
        if data:
            self._hand_on(data)

    def _hand_on(self, data: bytes) -> None:
        self._chunks.append(data)
        self._buffered += len(data)
        if self._buffered > _MOST_BUFFERED:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = self._error or exc
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def _wake(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_result(None)
