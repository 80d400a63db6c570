"""One easy handle of libcurl: carries one exchange at a time, and decides what libcurl may connect to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from functools import partial
from typing import Any, Final, Protocol

import pycurl  # type: ignore[import-untyped]

from crawler.clients.curl.errors import failure_of
from crawler.clients.curl.head import head_of
from crawler.clients.curl.multi import Multi
from crawler.clients.curl.options import VERSIONS
from crawler.clients.wire import failures
from crawler.clients.wire.transfer import Origin, Transfer
from crawler.core.errors import FetchFailed

_REFUSED: Final = -1


class Dialer(Protocol):
    """Where connections lead to."""

    @property
    def proxied(self) -> bool:
        """Whether a proxy stands between."""
        ...

    async def entry(self, transfer: Transfer) -> list[str]:
        """What libcurl is to be told of addresses (CURLOPT_RESOLVE); nothing where one is spelled out. Raises
        FetchFailed."""
        ...

    def check(self, transfer: Transfer, ip: str) -> None:
        """Raises FetchFailed where `ip` must not be connected to."""
        ...

    def opened(self) -> None:
        """A connection stands."""
        ...

    def lost(self, origin: Origin) -> None:
        """A connection to `origin` has ended while nothing was asked over it."""
        ...

    def is_shared(self, transfer: Transfer) -> bool:
        """Whether the host of `transfer` has answered in HTTP/2 or HTTP/3."""
        ...

    def answered(self, transfer: Transfer, version: str) -> None:
        """The head of an answer has come, in that version of HTTP."""
        ...


class Courier:
    """libcurl calls the methods with an underscore while it works; what fails there is raised by `carry`.

    A request is sent once. Where libcurl would send it again, because a kept-alive connection was gone or a stream was
    refused, it is stopped, and the failure is `unheard`.
    """

    def __init__(self, multi: Multi, dialer: Dialer, options: Iterable[tuple[int, Any]]) -> None:
        self._multi, self._dialer = multi, dialer
        self._loop = asyncio.get_running_loop()
        self._easy = easy = pycurl.Curl()
        self._transfer: Transfer
        self._lines: list[bytes] = []
        self._site = ""
        self._fields: list[bytes] = []
        self._is_fresh = self._is_alone = False
        self._version = ""
        self._decoding: asyncio.Handle | None = None
        for option, value in options:
            easy.setopt(option, value)
        easy.setopt(pycurl.HEADERFUNCTION, self._header)
        easy.setopt(pycurl.WRITEFUNCTION, self._write)
        easy.setopt(pycurl.PREREQFUNCTION, self._send)
        easy.setopt(pycurl.OPENSOCKETFUNCTION, self._connect)
        easy.setopt(pycurl.SOCKOPTFUNCTION, self._opened)
        easy.setopt(pycurl.RESOLVER_START_FUNCTION, self._resolve)

    def close(self) -> None:
        """Lets go of the handle; its Multi is closed by then."""
        self._easy.close()

    def prepare(
        self, transfer: Transfer, site: str, target: str, fields: list[bytes], *, fresh: bool, alone: bool, version: str
    ) -> None:
        """Tells libcurl what to ask for; only what differs from the last time.

        site: the URL up to its path. target: for the request line, to the letter. fresh: over a new connection.
        alone: which no other request ever shares. version: the newest of HTTP to offer.
        """
        easy = self._easy
        self._transfer = transfer
        self._lines.clear()
        self._failure: FetchFailed | None = None
        self._may_connect = self._is_new = self._is_sent = self._is_repeat = False
        self._wants_address = self._is_paused = False
        if self._decoding is not None:  # of an exchange that was cancelled
            self._decoding.cancel()
            self._decoding = None
        if site != self._site:
            easy.setopt(pycurl.URL, site)
            self._site = site
        easy.setopt(pycurl.REQUEST_TARGET, target)
        if fields is not self._fields:
            easy.setopt(pycurl.HTTPHEADER, fields)
            self._fields = fields
        if fresh is not self._is_fresh:
            easy.setopt(pycurl.FRESH_CONNECT, fresh)
            self._is_fresh = fresh
        if alone is not self._is_alone:
            easy.setopt(pycurl.FORBID_REUSE, alone)
            self._is_alone = alone
        if version != self._version:
            easy.setopt(pycurl.HTTP_VERSION, VERSIONS[version])
            self._version = version

    async def carry(self, *, look_up: bool) -> None:
        """Sends the request and feeds the answer into the transfer. Raises FetchFailed.

        look_up: a new connection will be needed, so the name is looked up beforehand. Else it is if that turns out.
        """
        if look_up:
            await self._look_up()
        if self._multi.is_full():
            self._transfer.enter("pool")
        code, said = await self._multi.perform(self._easy)
        if self._wants_address:
            await self._look_up()
            code, said = await self._multi.perform(self._easy)
        while self._decoding is not None:
            await asyncio.sleep(0)
        if self._transfer.has_enough:  # which libcurl was made to take for a failure
            self._transfer.finish()
            return
        if code or self._failure is not None or not self._transfer.has_head:
            raise self._failed(code, said)
        self._transfer.finish()

    async def _look_up(self) -> None:
        self._transfer.enter("connect")
        entry = await self._dialer.entry(self._transfer)
        if entry:
            self._easy.setopt(pycurl.RESOLVE, entry)
        self._is_literal = not entry
        self._may_connect, self._wants_address = True, False

    def _failed(self, code: int, said: str) -> FetchFailed:
        if self._failure is not None:
            return self._failure
        if self._is_repeat:
            # With HTTP/1.1, only what went over a connection that has served before would be sent again.
            multiplexed = self._is_new or self._dialer.is_shared(self._transfer)
            reset = failures.STREAM_RESET_3 if self._version == "HTTP/3" else failures.STREAM_RESET
            return FetchFailed("protocol", reset if multiplexed else failures.CLOSED_BEFORE_HEAD, unheard=True)
        if code == pycurl.E_OK:  # libcurl is content with the beginning of a head
            return FetchFailed("protocol", failures.CLOSED_BEFORE_HEAD)
        return failure_of(code, said, self._transfer, self._easy, proxied=self._dialer.proxied)

    def _may_go_on(self) -> bool:
        """Whether libcurl may connect: it has not sent the request yet, and the address comes from our resolver."""
        self._is_repeat = self._is_sent
        self._wants_address = not self._may_connect and not self._is_sent
        return self._may_connect and not self._is_sent

    def _resolve(self) -> int:
        """libcurl does not know the address of a host; it may take one that is spelled out, but never look one up."""
        return 0 if self._may_go_on() and self._is_literal else 1

    def _connect(self, _purpose: int, address: Any) -> Any:
        if not self._may_go_on():
            return pycurl.SOCKET_BAD
        try:
            self._dialer.check(self._transfer, address.addr[0])
        except FetchFailed as failure:
            self._failure = failure
            return pycurl.SOCKET_BAD
        self._is_new = True
        self._transfer.enter("connect")
        return socket.socket(address.family, address.socktype, address.protocol)

    def _opened(self, fd: int, _purpose: int) -> int:
        self._multi.opened(fd, partial(self._dialer.lost, self._transfer.origin))
        return 0

    def _send(self, *_: Any) -> int:
        """The connection stands, and the request is written in this very step."""
        if self._is_sent:
            self._is_repeat = True
            return pycurl.PREREQFUNC_ABORT  # type: ignore[no-any-return]
        self._is_sent = True
        if self._is_new:
            self._dialer.opened()
        self._transfer.sent()
        return 0

    def _header(self, line: bytes) -> int | None:
        self._lines.append(line)
        if len(line) > 2 or self._transfer.has_head:  # the head goes on, or these are trailers
            return None
        if len(self._lines) == 1:  # no status line, which is libcurl's to judge
            self._lines.clear()
            return None
        try:
            head = head_of(self._lines)
            self._lines.clear()
            if head.status < 200 and head.status != 101:  # RFC 9110 15.2: the real one is still to come
                return None
            self._dialer.answered(self._transfer, head.http_version)
            self._transfer.read_head(*head)
        except Exception as error:
            return self._give_up(error)
        return None

    def _write(self, data: bytes) -> int | None:
        if self._decoding is not None:
            self._is_paused = True
            return pycurl.WRITEFUNC_PAUSE  # type: ignore[no-any-return]  # and the same data again afterwards
        try:
            if self._transfer.add(data):
                self._decoding = self._loop.call_soon(self._go_on)
        except Exception as error:
            return self._give_up(error)
        return _REFUSED if self._transfer.has_enough else None

    def _go_on(self) -> None:
        """There was more to decode than one turn should take."""
        self._decoding = None
        try:
            if self._transfer.go_on():
                self._decoding = self._loop.call_soon(self._go_on)
                return
        except Exception as error:
            self._give_up(error)
        if self._transfer.has_enough:
            self._multi.end(self._easy)
        elif self._is_paused:
            self._is_paused = False
            self._easy.pause(pycurl.PAUSE_CONT)

    def _give_up(self, error: Exception) -> int:
        """Keeps the failure; the answer makes libcurl end the transfer."""
        if not isinstance(error, FetchFailed):
            failure = failures.unexpected(error)
            failure.__cause__ = error
            error = failure
        self._failure = self._failure or error
        return _REFUSED
