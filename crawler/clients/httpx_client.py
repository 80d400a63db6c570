"""The httpx and httpx2 clients: one long-lived session of the library, over a pool of connections of its engine.

Requests, responses and the reading of bodies are the library's. Its session sends through a transport of ours, which
hands each request to the connection of httpcore (httpcore2) that our pool has chosen. What the session would do of its
own accord (redirects, cookies, default fields, proxies from the environment, decoding) is done elsewhere in the crawler
for all clients alike, and switched off here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import cache, lru_cache, partial
from itertools import cycle
from typing import Any, Final, Self

from crawler.clients.address_guard import AddressGuard
from crawler.clients.http2.dialed import DialedConnection
from crawler.clients.identity import Identity
from crawler.clients.resolver import Resolver
from crawler.clients.timeouts import Timeouts, Watch
from crawler.clients.wire import failures
from crawler.clients.wire.pool import Carrier, Pool
from crawler.clients.wire.proxies import Proxy, proxy_of
from crawler.clients.wire.stream import Dialer
from crawler.clients.wire.tls import tls_context
from crawler.clients.wire.transfer import Origin, Transfer
from crawler.core.errors import FetchFailed
from crawler.core.registry import load
from crawler.core.visit import Exchange, Response

KEEPALIVE_S: Final = 30.0
_LIBRARIES: Final = {"httpx": "httpx", "httpx2": "httpx2"}
_ENGINES: Final = {"httpx": "httpcore", "httpx2": "httpcore2"}
_PROTOCOL_LIBRARIES: Final = ("httpcore", "httpcore2", "h11", "h2", "hpack", "hyperframe")
_REFUSED_STREAM: Final = 7  # RFC 9113 7
_CANCEL_STREAM: Final = bytes((0, 0, 4, 3, 0))  # RFC 9113 6.4: length 4, RST_STREAM, no flags; then stream and code
_CANCEL: Final = (8).to_bytes(4)


class _SessionClient:
    library: str

    def __init__(
        self,
        *,
        resolver: Resolver,
        guard: AddressGuard,
        identity: Identity,
        http2: bool,
        connections: int,
        timeouts: Timeouts,
        proxies: Sequence[str] = (),
        verify_tls: bool = True,
        ca_file: str | None = None,
    ) -> None:
        self.newest_http, self._http2 = "HTTP/2" if http2 else "HTTP/1.1", http2
        self._httpx, self._httpcore = load(_LIBRARIES, self.library), load(_ENGINES, self.library)
        self._no_content = self._httpx.ByteStream(b"")
        self._url_of = lru_cache(maxsize=4096)(self._url)
        self._resolver, self._guard, self._identity = resolver, guard, identity
        self._watch, self._connections = Watch(timeouts), connections
        self._proxies = [proxy_of(url) for url in proxies]
        self._tls = partial(tls_context, verify=verify_tls, ca_file=ca_file, http2=http2)
        if ca_file is not None:
            self._tls()  # says now what is wrong with it
        self._dialer, self._replaced = Dialer(resolver, None if proxies else guard), 0

    async def __aenter__(self) -> Self:
        pools = [self._pool(proxy) for proxy in self._proxies] or [self._pool(None)]
        self._routes = cycle(pools)
        self._session = await _session(self._httpx, self._httpcore, pools).__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._session.aclose()

    async def send(self, exchange: Exchange) -> Response:
        transfer = Transfer(exchange, self._identity, self._watch)
        if literal := transfer.origin.literal:
            self._guard.check(literal, [literal])  # the one check that is possible with a proxy
        with transfer:
            await self._exchange(transfer, next(self._routes))
        return transfer.response()

    def counts(self) -> Mapping[str, int]:
        opened = self._dialer.connections_opened
        return {**self._resolver.counts(), "connections_opened": opened, "connections_replaced": self._replaced}

    async def _exchange(self, transfer: Transfer, pool: Pool) -> None:
        attempt = _Attempt(transfer, self._request(transfer))
        try:
            await attempt.run(self._session, pool, self._httpcore.ConnectionNotAvailable)
        except (FetchFailed, asyncio.CancelledError):
            raise
        except Exception as error:
            failure = _failure(error, transfer)
            failure.unheard = attempt.was_unheard(error)
            self._replaced += failure.unheard
            raise failure from error

    def _request(self, transfer: Transfer) -> Any:
        scheme, host, port = _parts(transfer.origin)
        shown_port = port if transfer.origin.authority.endswith(f":{port}") else None  # a proxy is told the whole URL
        url = self._httpcore.URL(scheme=scheme, host=host, port=shown_port, target=transfer.target.encode())
        return self._httpx.Request(
            "GET",
            self._url_of(transfer.origin),
            headers=[(name.encode(), value.encode("latin-1")) for name, value in transfer.fields()],
            stream=self._no_content,  # with `content` there would be fields besides ours
            extensions={"url": url, "timeout": {}},
        )

    def _url(self, origin: Origin) -> Any:
        """Without path and query, which the library would quote in its own way, and at some cost."""
        return self._httpx.URL(scheme="https" if origin.tls else "http", host=origin.host, port=origin.port)

    def _pool(self, proxy: Proxy | None) -> Pool:
        @cache  # one that makes connections without TLS, and one that makes them with it, if any is wanted
        def engine_pool(tls: bool) -> Any:
            return self._httpcore.AsyncConnectionPool(
                proxy=proxy and self._proxy(proxy),
                ssl_context=self._tls() if tls else None,
                keepalive_expiry=KEEPALIVE_S,
                http2=self._http2,
                network_backend=self._dialer,
            )

        def create(origin: Origin) -> Any:
            if self._http2 and origin.tls and proxy is None:
                return DialedConnection(origin, self._tls(), self._dialer, self._httpcore, KEEPALIVE_S)
            return engine_pool(origin.tls).create_connection(self._httpcore.Origin(*_parts(origin)))

        return Pool(create, self._connections, share=self._http2)

    def _proxy(self, proxy: Proxy) -> Any:
        url = self._httpcore.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port, target="/")
        auth = (proxy.username.encode(), (proxy.password or "").encode()) if proxy.username is not None else None
        return self._httpcore.Proxy(url=url, auth=auth, ssl_context=self._tls() if proxy.scheme == "https" else None)


class HttpxClient(_SessionClient):
    """Behind the Client port. With a proxy, names are resolved there, so that only addresses in URLs can be guarded."""

    library = "httpx"


class Httpx2Client(_SessionClient):
    """Behind the Client port. With a proxy, names are resolved there, so that only addresses in URLs can be guarded."""

    library = "httpx2"


def _session(library: Any, engine: Any, pools: Sequence[Pool]) -> Any:
    """An AsyncClient that adds nothing of its own; closing it closes the pools."""
    body = type("Body", (_Body, library.AsyncByteStream), {})
    transport = type("Transport", (_Transport, library.AsyncBaseTransport), {})
    no_cookies = type("NoCookies", (_NoCookies, library.Cookies), {})()
    # Its setter would copy what it is given into an ordinary jar.
    kind = type("Session", (library.AsyncClient,), {"cookies": property(lambda _: no_cookies)})
    return kind(
        transport=transport(engine.Request, partial(_response, library.Response, body), pools),
        auth=library.Auth(),  # one that does nothing; without it, credentials are looked for in each URL
        follow_redirects=False,
        trust_env=False,
        timeout=None,
    )


def _response(kind: Any, body: Any, answer: Any) -> Any:
    """The library's response to httpcore's `answer`, whose header fields are in its extensions.

    Among its headers the session would find Location, which it parses even where it must not follow, and httpx fails if
    it cannot; and cookies to keep.
    """
    extensions = {**answer.extensions, "fields": answer.headers}
    return kind(answer.status, stream=body(answer), extensions=extensions)


class _Transport:
    """The session's, once it inherits from the library's AsyncBaseTransport.

    A request says in its extensions which `connection` it goes over and which `url` it is for, to the letter. (As
    "target", which httpcore knows, it would replace the whole URL that a proxy is to be told.)
    """

    def __init__(self, kind: Any, response_of: Any, pools: Sequence[Pool]) -> None:
        self._kind, self._response_of, self._pools = kind, response_of, pools

    async def handle_async_request(self, request: Any) -> Any:
        """Raises the engine's exceptions and FetchFailed."""
        extensions = request.extensions
        inner = self._kind(request.method, extensions["url"], headers=request.headers.raw, extensions=extensions)
        return self._response_of(await extensions["connection"].handle_async_request(inner))

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.aclose()


class _Body:
    """A response's body as it arrives, once it inherits from the library's AsyncByteStream."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self._parts: AsyncGenerator[bytes] = aiter(answer.stream)

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._parts

    async def aclose(self) -> None:
        await self._parts.aclose()  # httpx would leave that to the garbage collector
        await self._answer.aclose()


class _NoCookies:
    """Cookies that stay empty, once it inherits from the library's; the identity has those of the crawl."""

    def extract_cookies(self, response: Any) -> None:
        """Takes nothing; a jar whose policy says so would cost a tenth of the whole request."""


class _Attempt:
    """Sends a request over one connection of the pool."""

    def __init__(self, transfer: Transfer, request: Any) -> None:
        self._transfer, self._request = transfer, request
        self._carrier: Carrier | None = None
        self._reused = self._is_sent = False
        self._stream = 0  # its number, with HTTP/2
        request.extensions |= {"trace": self._trace, "on_sent": self._sent}  # for httpcore, and for our HTTP/2

    async def run(self, session: Any, pool: Pool, not_available: type[Exception]) -> None:
        """One request and its whole response, fed into the transfer. Raises the engine's exceptions and FetchFailed."""
        while True:
            exchange = self._transfer.exchange
            carrier = await pool.take(self._transfer.origin, self._waits, new=exchange.new_connection)
            self._carrier, self._reused = carrier, carrier.has_served
            carrier_is_sound = False
            try:
                carrier_is_sound = await self._carry(session, carrier)
                self._transfer.finish()
                return
            except not_available:
                if self._is_sent:  # and the server has gone away without serving it
                    raise
                carrier_is_sound = True  # shared before its version was known, and then it was not HTTP/2
            except Exception as error:
                if failures.broken(error):
                    carrier.is_broken = True
                elif _breaks_connection(error):
                    carrier.is_broken = True
                    await carrier.connection.aclose()  # others would wait for a connection that nobody can read
                raise
            finally:
                if not carrier_is_sound:
                    carrier.retire()
                await pool.give_back(carrier)

    def was_unheard(self, error: Exception) -> bool:
        """Whether the request went out and nobody worked on it (RFC 9113 8.7, RFC 9112 9.3.1)."""
        if not self._is_sent or self._carrier is None:
            return False
        event = error.args[0] if error.args else None
        match type(event).__name__:
            case "StreamReset":
                return getattr(event, "error_code", None) == _REFUSED_STREAM
            case "ConnectionTerminated":  # streams up to the last one may have been served
                return self._stream > getattr(event, "last_stream_id", self._stream)
        if type(error).__name__ == "ConnectionNotAvailable":
            return True
        closed = isinstance(error, ConnectionError) or "disconnected" in str(error)
        return closed and self._reused and not self._transfer.has_head and not self._carrier.out_of_step()

    async def _carry(self, session: Any, carrier: Carrier) -> bool:
        """Whether the response was read to its end, so that the connection may carry another."""
        self._request.extensions["connection"] = carrier.connection
        response = await session.send(self._request, stream=True)
        carrier.stream = response.extensions["network_stream"]
        carrier.stream.answered()
        complete = False
        try:
            self._transfer.head(response.status_code, response.http_version, response.extensions["fields"])
            # aiter_raw would wrap this once more, at a cost, and httpx leaves what it wraps to the garbage collector.
            async with aclosing(aiter(response.stream)) as parts:
                async for part in parts:
                    if not await self._transfer.take(part):
                        return False
            complete = True
            return True
        finally:
            if not complete:
                await _cancel_stream(response)
            await response.aclose()

    def _waits(self) -> None:
        self._transfer.enter("pool")

    async def _trace(self, event: str, info: dict[str, Any]) -> None:
        match event.partition(".")[2]:
            case "connect_tcp.started":
                self._transfer.enter("connect")
            case "send_request_headers.started":
                self._transfer.enter("write")
            case "receive_response_headers.started":
                self._sent(info.get("stream_id", 0))

    def _sent(self, stream: int) -> None:
        self._is_sent, self._stream = True, stream
        self._transfer.sent()


def _breaks_connection(error: Exception) -> bool:
    """Whether what was read makes no sense to the engine, rather than being the end of a stream or a connection."""
    is_told = bool(error.args) and type(error.args[0]).__name__ in ("StreamReset", "ConnectionTerminated")
    return type(error).__name__ in ("LocalProtocolError", "RemoteProtocolError", "ProtocolError") and not is_told


def _parts(origin: Origin) -> tuple[bytes, bytes, int]:
    return b"https" if origin.tls else b"http", origin.host.encode(), origin.port


async def _cancel_stream(response: Any) -> None:
    """Tells an HTTP/2 server to stop sending; the engine itself would leave the rest of the body to arrive in vain."""
    number = response.extensions.get("stream_id")
    if number is not None:
        await response.extensions["network_stream"].write(_CANCEL_STREAM + number.to_bytes(4) + _CANCEL)


def _failure(error: Exception, transfer: Transfer) -> FetchFailed:
    text = str(error) or type(error).__name__
    if type(error).__name__ == "ProxyError":
        status = text[:3]
        return failures.proxy_failure(f"it answered {status}" if status.isdecimal() else "it refused the connection")
    if isinstance(error, ValueError):  # httpcore takes any status of HTTP/2 for a number
        return FetchFailed("protocol", failures.MALFORMED)
    if type(error).__module__.partition(".")[0] not in _PROTOCOL_LIBRARIES:
        return failures.broken(error) or failures.unexpected(error)
    sentences = {
        "<StreamReset": failures.STREAM_RESET,
        "<ConnectionTerminated": failures.GONE_AWAY,
        "sending complete message body": failures.CLOSED_IN_BODY,
        "disconnected": failures.CLOSED_IN_BODY if transfer.has_head else failures.CLOSED_BEFORE_HEAD,
        "ConnectionNotAvailable": failures.GONE_AWAY,
        "chunk": failures.MALFORMED_CHUNK,
        "too long": failures.HEAD_TOO_LARGE,
    }
    sentence = next((sentence for part, sentence in sentences.items() if part in text), failures.MALFORMED)
    return FetchFailed("protocol", sentence)
