"""The aiohttp client: HTTP/1.1, the least CPU for a request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from itertools import cycle
from typing import Any, Final, Self

import aiohttp
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError
from yarl import URL

from crawler.clients.address_guard import AddressGuard
from crawler.clients.identity import Identity
from crawler.clients.resolver import Resolver
from crawler.clients.timeouts import Timeouts, Watch
from crawler.clients.wire import failures
from crawler.clients.wire.aiohttp_connector import DirectConnector, Line, Names, Route, Sockets
from crawler.clients.wire.proxies import Proxy, octets_of, proxy_of
from crawler.clients.wire.slots import Slots
from crawler.clients.wire.tls import tls_context
from crawler.clients.wire.transfer import Origin, Transfer
from crawler.core.errors import BadInput, FetchFailed
from crawler.core.registry import load
from crawler.core.visit import Exchange, Response

KEEPALIVE_S: Final = 30.0
_SOCKS: Final = {"connector": "crawler.clients.wire.socks_connector:SocksConnector"}
_SENTENCES: Final = {"Got more than": failures.HEAD_TOO_LARGE, "chunk": failures.MALFORMED_CHUNK}
_VERSIONS: Final[dict[Any, str]] = {aiohttp.HttpVersion11: "HTTP/1.1", aiohttp.HttpVersion10: "HTTP/1.0"}


class AiohttpClient:
    """Behind the Client port. With a proxy, names are resolved there, so that only addresses in URLs can be guarded."""

    newest_http = "HTTP/1.1"

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
        if http2:
            raise BadInput("client.http2: must be false with client.type aiohttp, which speaks HTTP/1.1 only")
        self._resolver, self._guard, self._identity = resolver, guard, identity
        self._watch, self._slots, self._connections = Watch(timeouts), Slots(connections), connections
        self._proxies = [proxy_of(url) for url in proxies]
        self._tls = partial(tls_context, verify=verify_tls, ca_file=ca_file, http2=False)
        if ca_file is not None:
            self._tls()  # says now what is wrong with it
        self._socks: Any = None  # the connector class, once it was needed
        self._sockets = Sockets(connections)
        self._common = "".join(f"{name}: {value}\r\n" for name, value in identity.common.items())
        self._request_for = lru_cache(maxsize=4096)(self._make_request)

    async def __aenter__(self) -> Self:
        direct = [proxy for proxy in self._proxies if proxy.scheme != "socks5"]
        self._routes: list[Route] = []
        if direct or not self._proxies:
            names = Names(self._resolver, None if direct else self._guard)
            connector = self._connector(DirectConnector, resolver=names, use_dns_cache=False)
            self._routes += [Route(connector, _url_of(proxy)) for proxy in direct] or [Route(connector)]
        for proxy in self._proxies:
            if proxy.scheme == "socks5":
                self._socks = load(_SOCKS, "connector")
                self._routes.append(Route(self._connector(self._socks, **self._socks.options(proxy))))
        self._next_route = cycle(range(len(self._routes)))
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for connector in {route.connector for route in self._routes}:
            await connector.close()

    async def send(self, exchange: Exchange) -> Response:
        transfer = Transfer(exchange, self._identity, self._watch)
        if literal := transfer.origin.literal:
            self._guard.check(literal, [literal])  # aiohttp asks no resolver about addresses
        with transfer:
            if not self._slots.take():
                transfer.enter("pool")
                await self._slots.wait()
                transfer.enter("connect")
            try:
                await self._exchange(transfer)
            except (FetchFailed, asyncio.CancelledError):
                raise
            except Exception as error:
                through_socks = self._socks.failure(error) if self._socks is not None else None
                raise through_socks or _failure(error, transfer) from error
            finally:
                self._slots.give_back()
        return transfer.response()

    def counts(self) -> Mapping[str, int]:
        sockets = self._sockets
        return {
            **self._resolver.counts(),
            "connections_opened": sockets.opened,
            "connections_replaced": sockets.replaced,
        }

    async def _exchange(self, transfer: Transfer) -> None:
        number = next(self._next_route)
        request = self._request_for(number, transfer.origin)
        line = await Line.take(self._routes[number], request, self._sockets, new=transfer.exchange.new_connection)
        try:
            message, body = await line.ask(self._head(request, transfer), transfer)
            transfer.head(message.code, _VERSIONS.get(message.version, ""), message.raw_headers)
            wants_more = True
            while wants_more and (data := await body.readany()):
                wants_more = await transfer.take(data)
            transfer.finish()
        except BaseException:
            line.hang_up()
            raise
        if wants_more:
            line.release()
        else:
            line.hang_up()

    def _head(self, request: aiohttp.ClientRequest, transfer: Transfer) -> bytes:
        """The request as it is sent: the target to the letter, or the whole URL where an HTTP proxy is to fetch it."""
        if not transfer.own_fields() and request.proxy is None:
            authority = transfer.origin.authority
            return f"GET {transfer.target} HTTP/1.1\r\nHost: {authority}\r\n{self._common}\r\n".encode("latin-1")
        target, fields = transfer.target, transfer.fields()
        if request.proxy is not None and not transfer.origin.tls:
            target = transfer.exchange.url
            if credentials := request.headers.get("Proxy-Authorization"):  # which aiohttp has found for us
                fields.append(("Proxy-Authorization", credentials))
        lines = [f"GET {target} HTTP/1.1", *[f"{name}: {value}" for name, value in fields], "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def _make_request(self, number: int, origin: Origin) -> aiohttp.ClientRequest:
        return self._routes[number].request_for(origin, self._tls() if origin.tls else True)

    def _connector(self, kind: type[Any], **options: Any) -> Any:
        return kind(
            ssl=self._tls() if self._proxies else True,  # a proxy may be reached over TLS itself
            limit=self._connections,
            keepalive_timeout=KEEPALIVE_S,
            **options,
        )


def _url_of(proxy: Proxy) -> URL:
    user, password = octets_of(proxy.username), octets_of(proxy.password)
    return URL.build(scheme=proxy.scheme, user=user, password=password, host=proxy.host, port=proxy.port)


def _failure(error: Exception, transfer: Transfer) -> FetchFailed:
    if failure := _proxy_failure(error) or _connect_failure(error, transfer) or _payload_failure(error):
        return failure
    if isinstance(error, HttpProcessingError):
        first_line = error.message.partition("\n")[0]
        sentence = next((text for part, text in _SENTENCES.items() if part in first_line), failures.MALFORMED)
        return FetchFailed("protocol", sentence)
    if isinstance(error, aiohttp.ClientError):
        return FetchFailed("protocol", failures.MALFORMED)
    return failures.broken(error) or failures.unexpected(error)


def _proxy_failure(error: Exception) -> FetchFailed | None:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return failures.proxy_failure(f"it answered {error.status}")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return failures.proxy_failure("it cannot be reached")
    return None


def _connect_failure(error: Exception, transfer: Transfer) -> FetchFailed | None:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return failures.connect_failure(error.certificate_error, transfer.origin.peer, tls=True)
    if isinstance(error, aiohttp.ClientConnectorError):
        return failures.connect_failure(error.os_error, transfer.origin.peer, tls=transfer.origin.tls)
    return None


def _payload_failure(error: Exception) -> FetchFailed | None:
    if not isinstance(error, aiohttp.ClientPayloadError):
        return None
    if isinstance(error.__cause__, BadHttpMessage) and "Not enough data" not in str(error.__cause__):
        return FetchFailed("protocol", failures.MALFORMED_CHUNK)
    return FetchFailed("protocol", failures.CLOSED_IN_BODY)
