"""One exchange under way: its deadline, what has arrived, and the response or failure it ends in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from time import monotonic
from types import TracebackType
from typing import Final, NamedTuple, Self

from crawler.clients.address_guard import literal_of
from crawler.clients.body import Body, too_large
from crawler.clients.identity import Identity, merged
from crawler.clients.timeouts import Deadline, Phase, Watch
from crawler.clients.wire import failures
from crawler.core.errors import FetchFailed
from crawler.core.visit import Exchange, Headers, Response

_WITHOUT_BODY: Final = (204, 304)
MULTIPLEXED: Final = ("HTTP/2", "HTTP/3")  # versions with many requests over one connection
_VERSIONS: Final = ("HTTP/1.1", *MULTIPLEXED, "HTTP/1.0")
MOST_FIELDS: Final = 500
MOST_BEFORE_ANSWER: Final = 256 * 1024  # bytes of HTTP/1.1: interim responses, and the head of the answer
LARGEST_HEAD: Final = 64 * 1024  # names and values; what the libraries allow differs, and the records must not
CONNECTION_SPECIFIC: Final = {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
_PARTS_IN_A_TURN: Final = 32  # of a body, after which other tasks get their turn, however small the parts


class Origin(NamedTuple):
    """Scheme, host and port of a normalised URL, taken apart."""

    tls: bool
    host: str  # IPv6 without brackets
    port: int
    authority: str  # what the Host field says
    literal: str | None  # the address that the URL spells instead of a name

    @property
    def peer(self) -> str:
        """host:port, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Transfer:
    """A client feeds it in this order: sent, head, take (until that wants no more), finish.

    To be entered as a context, which keeps the deadlines; every FetchFailed that leaves it carries what had arrived.
    """

    __slots__ = (
        *("_body", "_deadline", "_head", "_identity", "_parts", "_sent_at", "_taken_at"),
        *("exchange", "origin", "target"),
    )

    def __init__(self, exchange: Exchange, identity: Identity, watch: Watch) -> None:
        url = exchange.url
        end = url.index("/", 8)
        self.exchange = exchange
        self.origin = _origin(url[:end])
        self.target = url[end:]  # what the request line asks for, to the letter
        self._deadline = Deadline(watch)
        self._identity = identity
        self._parts = 0
        self._sent_at = self._taken_at = 0.0
        self._head: tuple[int, str, Headers] | None = None
        self._body: Body | None = None

    def __enter__(self) -> Self:
        self._deadline.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._deadline.__exit__(kind, error, trace)
        except FetchFailed as failure:
            error = failure
            raise
        finally:
            if isinstance(error, FetchFailed):
                error.response, error.sent = self._partial(), self._sent_at > 0
            if error is not None and self._body is not None:
                self._body.abandon()

    @property
    def has_head(self) -> bool:
        """Whether status and headers have arrived."""
        return self._head is not None

    def fields(self) -> list[tuple[str, str]]:
        """The request's header fields, Host first."""
        own = merged([("Host", self.origin.authority), *self._identity.common.items()], self.own_fields().items())
        return list(own.items())

    def own_fields(self) -> Mapping[str, str]:
        """Those besides Host and what the identity has in common for all requests."""
        own = self._identity.own_for(self.exchange.url)
        return merged(own.items(), self.exchange.headers) if self.exchange.headers else own

    def enter(self, phase: Phase) -> None:
        """The request is now waiting for a slot of the pool, connecting, or being written."""
        self._deadline.enter(phase, monotonic())

    def sent(self) -> None:
        """The request's bytes have been handed to a connected socket."""
        self._sent_at = self._taken_at = now = monotonic()
        self._deadline.enter("read", now)
        self.exchange.on_sent()

    def head(self, status: int, http_version: str, fields: Sequence[tuple[bytes, bytes]]) -> None:
        """Status and headers have arrived. Raises FetchFailed: not to be understood, or body announced too long."""
        headers = Headers([(_lower(name), value.decode("latin-1").strip(" \t")) for name, value in fields])
        size = sum([len(name) + len(value) for name, value in fields])
        self.read_head(status, http_version, headers, size, is_clean=http_version != "HTTP/2" or _is_clean(fields))

    def read_head(self, status: int, http_version: str, headers: Headers, size: int, *, is_clean: bool = True) -> None:
        """The same where the library's octets have been read already. size: bytes of all names and values. is_clean:
        HTTP/2 and HTTP/3 have a form of fields of their own, and these have it."""
        if len(headers) > MOST_FIELDS or size > LARGEST_HEAD:
            raise FetchFailed("protocol", failures.HEAD_TOO_LARGE)
        if http_version not in _VERSIONS:
            raise FetchFailed("protocol", "answered in an unknown version of HTTP")
        exchange = self.exchange
        self._head = (status, http_version, headers)
        self._taken_at = now = monotonic()
        self._deadline.enter("read", now, "more of the body")
        last = dict(headers)
        if status < 200 or not is_clean or (http_version not in MULTIPLEXED and not _is_framed(last, headers)):
            raise FetchFailed("protocol", failures.MALFORMED)
        if "set-cookie" in last:
            self._identity.receive(exchange.url, headers.all("set-cookie"))
        codings = headers.all("content-encoding") if "content-encoding" in last else ()
        keep, enough = exchange.keep_body(status, headers), exchange.enough_bytes(status, headers)
        if enough is not None:
            self._body = Body(codings, enough, keep=keep, cut=True)
            return
        self._body = Body(codings, exchange.max_body_bytes, keep=keep)
        length = _length(last.get("content-length", ""))
        if length > exchange.max_body_bytes and not codings and status not in _WITHOUT_BODY:
            raise too_large(exchange.max_body_bytes)

    async def take(self, data: bytes) -> bool:
        """A part of the body has arrived; whether more of it is wanted. If not, the client stops reading, sees to it
        that the connection is not taken for one that is free, and calls `finish`. Raises FetchFailed."""
        self._parts += 1
        more = self.add(data)
        if not more and self._parts % _PARTS_IN_A_TURN == 0:
            await asyncio.sleep(0)
        while more:
            await asyncio.sleep(0)
            more = self.go_on()
        return not self.has_enough

    def add(self, data: bytes) -> bool:
        """A part of the body has arrived; True if it holds more to decode than one turn should take: `go_on` until that
        says no. Raises FetchFailed."""
        body = self._body
        if body is None:
            raise RuntimeError("a body before its head")
        self._taken_at = now = monotonic()
        self._deadline.enter("read", now, "more of the body")
        return body.take(data)

    def go_on(self) -> bool:
        """Decodes for another turn; True if there is more. Raises FetchFailed."""
        return self._body is not None and self._body.go_on()

    @property
    def has_enough(self) -> bool:
        """Whether no more of the body is wanted."""
        return self._body is not None and self._body.is_cut

    def finish(self) -> None:
        """The body is complete, or cut where it was enough. Raises FetchFailed if its coding is not complete."""
        if self._body is not None:
            self._body.finish()

    def response(self) -> Response:
        """The whole response, after `finish`."""
        body = self._body
        if self._head is None or body is None:
            raise RuntimeError("a response before its head")
        status, http_version, headers = self._head
        return Response(
            self.exchange.url,
            status,
            http_version,
            headers,
            body.content(),
            body.bytes_received,
            body.size,
            None if status in _WITHOUT_BODY or body.is_cut else body.digest(),
            self._taken_at - self._sent_at,
            body.is_cut,
        )

    def _partial(self) -> Response | None:
        """What had arrived, the body only counted."""
        if self._head is None:
            return None
        received, size = (self._body.bytes_received, self._body.size) if self._body else (0, 0)
        elapsed_s = self._taken_at - self._sent_at
        return Response(self.exchange.url, *self._head, bytes_received=received, body_bytes=size, elapsed_s=elapsed_s)


@lru_cache(maxsize=4096)
def _origin(origin: str) -> Origin:
    scheme, _, authority = origin.partition("://")
    if scheme not in ("http", "https"):
        raise FetchFailed("unsupported_scheme", f"{scheme}: is not http or https", reached=False)
    name, colon, port = authority.rpartition(":")
    if not colon or authority[-1] == "]":
        name, port = authority, "443" if scheme == "https" else "80"
    return Origin(scheme == "https", name.strip("[]"), int(port), authority, literal_of(name))


def _is_clean(fields: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the names of an HTTP/2 message are in lower case, and none belongs to HTTP/1.1 (RFC 9113 8.2)."""
    return all(name not in CONNECTION_SPECIFIC and name == name.lower() for name, _ in fields)


def _is_framed(last: Mapping[str, str], headers: Headers) -> bool:
    """Whether an HTTP/1.1 message has one end that all readers agree on (RFC 9112 6.1, 6.3)."""
    if "transfer-encoding" not in last:
        return True
    codings = [coding.strip().lower() for field in headers.all("transfer-encoding") for coding in field.split(",")]
    return codings == ["chunked"] and "content-length" not in last


@lru_cache(maxsize=1024)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()


def _length(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 20 else 0  # no body has more digits of bytes
