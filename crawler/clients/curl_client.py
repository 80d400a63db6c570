"""The curl client: libcurl through pycurl, every version of HTTP at the least CPU for a request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from typing import Self

from crawler.clients.address_guard import AddressGuard
from crawler.clients.curl.multi import Multi
from crawler.clients.curl.options import common_options, trust_options
from crawler.clients.curl.route import Route
from crawler.clients.identity import Identity
from crawler.clients.resolver import Resolver
from crawler.clients.timeouts import Timeouts, Watch
from crawler.clients.wire import failures
from crawler.clients.wire.proxies import Proxy, proxy_of
from crawler.clients.wire.tls import trust
from crawler.clients.wire.transfer import Transfer
from crawler.core.errors import FetchFailed
from crawler.core.visit import Exchange, Response


class CurlClient:
    """Behind the Client port. With a proxy, names are resolved there, so that only addresses in URLs can be guarded.

    Why a kept-alive connection was gone (closed or reset) libcurl does not say: such a failure is told as closed.
    """

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
        http3: bool = False,
    ) -> None:
        """http3: offer HTTP/3, and what `http2` offers too."""
        self.newest_http = "HTTP/3" if http3 else "HTTP/2" if http2 else "HTTP/1.1"
        self._resolver, self._guard, self._identity = resolver, guard, identity
        self._watch, self._connections = Watch(timeouts), connections
        self._proxies = [proxy_of(url) for url in proxies]
        if ca_file is not None:
            trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_file)  # says now what is wrong with it
        self._options = list(common_options(newest=self.newest_http, total_s=timeouts.total_s))
        self._trust = partial(trust_options, verify=verify_tls, ca_file=ca_file)
        self._files = ExitStack()
        self._routes: list[Route] = []

    async def __aenter__(self) -> Self:
        self._options += self._files.enter_context(self._trust())
        self._multi = Multi(self._connections)
        self._routes = [self._route(proxy) for proxy in self._proxies] or [self._route(None)]
        self._turns = cycle(self._routes)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._multi.close()
        for route in self._routes:
            route.close()
        self._files.close()

    async def send(self, exchange: Exchange) -> Response:
        transfer = Transfer(exchange, self._identity, self._watch)
        if literal := transfer.origin.literal:
            self._guard.check(literal, [literal])  # the one check that is possible with a proxy
        with transfer:
            try:
                await next(self._turns).carry(transfer)
            except (FetchFailed, asyncio.CancelledError):
                raise
            except Exception as error:
                raise failures.unexpected(error) from error
        return transfer.response()

    def counts(self) -> Mapping[str, int]:
        return {
            **self._resolver.counts(),
            "connections_opened": sum(route.connections_opened for route in self._routes),
            "connections_replaced": sum(route.connections_replaced for route in self._routes),
        }

    def _route(self, proxy: Proxy | None) -> Route:
        return Route(
            self._multi,
            resolver=self._resolver,
            guard=self._guard,
            identity=self._identity,
            newest_http=self.newest_http,
            options=self._options,
            proxy=proxy,
        )
