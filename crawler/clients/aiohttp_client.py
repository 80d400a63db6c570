"""The aiohttp client: HTTP/1.1, the least CPU for a request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
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
from crawler.clients.wire.aiohttp_connector import (
    Attempt,
    AttemptedRequest,
    DirectConnector,
    Interrupted,
    Names,
    Sockets,
)
from crawler.clients.wire.proxies import Proxy, proxy_of
from crawler.clients.wire.slots import Slots
from crawler.clients.wire.tls import system_has_authorities, tls_context
from crawler.clients.wire.transfer import LARGEST_HEAD, MOST_FIELDS, Transfer
from crawler.core.errors import BadInput, FetchFailed
from crawler.core.registry import load
from crawler.core.visit import Exchange, Response

KEEPALIVE_S: Final = 30.0
_SOCKS: Final = {"connector": "crawler.clients.wire.socks_connector:SocksConnector"}
_SENTENCES: Final = {"Got more than": failures.HEAD_TOO_LARGE, "chunk": failures.MALFORMED_CHUNK}
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
_VERSIONS: Final[dict[Any, str]] = {aiohttp.HttpVersion11: "HTTP/1.1", aiohttp.HttpVersion10: "HTTP/1.0"}


class AiohttpClient:
    """Behind the Client port. With a proxy, names are resolved there, so that only addresses in URLs can be guarded."""

    asks_http2 = False

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
        self._tls: ssl.SSLContext | bool = verify_tls  # aiohttp has a context of its own for either, already made
        if ca_file is not None or not system_has_authorities():
            self._tls = tls_context(verify=verify_tls, ca_file=ca_file, http2=False)
        self._socks: Any = None  # the connector class, once it was needed
        self._sessions: list[aiohttp.ClientSession] = []
        self._sockets = Sockets(connections)

    async def __aenter__(self) -> Self:
        routes: list[tuple[aiohttp.ClientSession, URL | None]] = []
        direct = [proxy for proxy in self._proxies if proxy.scheme != "socks5"]
        if direct or not self._proxies:
            session = self._session(DirectConnector, resolver=Names(self._resolver, None if direct else self._guard))
            routes += [(session, _url_of(proxy)) for proxy in direct] or [(session, None)]
        for proxy in self._proxies:
            if proxy.scheme == "socks5":
                self._socks = load(_SOCKS, "connector")
                routes.append((self._session(self._socks, **self._socks.options(proxy)), None))
        self._routes = cycle(routes)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for session in self._sessions:
            await session.close()

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
        session, proxy = next(self._routes)
        attempt = Attempt(transfer, self._sockets)
        try:
            answer = await session.get(
                _url(transfer),
                headers=self._own_fields(transfer),
                allow_redirects=False,
                proxy=proxy,
                middlewares=(attempt.send,),
            )
            await self._read(transfer, answer)
        finally:
            attempt.leave()

    @staticmethod
    async def _read(transfer: Transfer, answer: aiohttp.ClientResponse) -> None:
        try:
            transfer.head(answer.status, _VERSIONS.get(answer.version, ""), answer.raw_headers)
            while data := await answer.content.readany():
                if not await transfer.take(data):
                    answer.close()
                    break
            transfer.finish()
        except BaseException:
            answer.close()  # and the connection with it
            raise

    @staticmethod
    def _own_fields(transfer: Transfer) -> Mapping[str, str] | None:
        own = transfer.own_fields()
        if transfer.origin.host[-1] == ".":  # which aiohttp would leave out
            return {"Host": transfer.origin.authority, **own}
        return own or None

    def _session(self, connector: type[Any], **options: Any) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=connector(
                ssl=self._tls,
                limit=self._connections,
                use_dns_cache=False,
                keepalive_timeout=KEEPALIVE_S,
                **options,
            ),
            headers=self._identity.common,
            request_class=AttemptedRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_NO_TIMEOUT,
            auto_decompress=False,
            trust_env=False,
            max_line_size=LARGEST_HEAD,
            max_field_size=LARGEST_HEAD,
            max_headers=MOST_FIELDS,
        )
        self._sessions.append(session)
        return session


def _url(transfer: Transfer) -> URL:
    """The query stays in the path: yarl has nothing to take apart, and aiohttp asks for the target as it is."""
    tls, host, port, _, _ = transfer.origin
    return URL.build(scheme="https" if tls else "http", host=host, port=port, path=transfer.target, encoded=True)


def _url_of(proxy: Proxy) -> URL:
    user, password = proxy.username, proxy.password
    return URL.build(scheme=proxy.scheme, user=user, password=password, host=proxy.host, port=proxy.port)


def _failure(error: Exception, transfer: Transfer) -> FetchFailed:
    if isinstance(error, Interrupted):
        return FetchFailed("protocol", error.sentence, unheard=error.unheard)
    if failure := _proxy_failure(error) or _connect_failure(error, transfer) or _payload_failure(error):
        return failure
    if isinstance(error, aiohttp.InvalidURL):
        return FetchFailed("dns", f"not a usable host name: {transfer.origin.host}", reached=False)
    if isinstance(error, aiohttp.ClientResponseError):
        first_line = error.message.partition("\n")[0]
        sentence = next((text for part, text in _SENTENCES.items() if part in first_line), failures.MALFORMED)
        return FetchFailed("protocol", sentence)
    if isinstance(error, aiohttp.ClientError | HttpProcessingError):
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
