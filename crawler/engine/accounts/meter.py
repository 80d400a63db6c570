"""A client that counts what passes through it: bytes, requests, and hosts that fall back to an older HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import cast

from crawler.core.errors import FetchFailed
from crawler.core.events import Event, FellBack
from crawler.core.ports import Client
from crawler.core.url import host_of
from crawler.core.visit import Exchange, Response
from crawler.engine.accounts.tally import Tally

MOST_HOSTS = 10_000  # whose fallback is remembered; one that was forgotten is told again
UNWELL = frozenset({"connect", "timeout", "protocol"})  # failures that an overloaded host shows


class MeteredClient:
    """Wraps a client so that every answer is counted once, robots.txt, sitemaps and failed attempts included."""

    def __init__(
        self,
        client: Client,
        tally: Tally,
        notify: Callable[[Event], None],
        watch: Callable[[str, float, bool], None] | None = None,
    ) -> None:
        """watch: told of each answer's host, seconds, and whether the host seemed well."""
        self._client = client
        self._tally = tally
        self._notify = notify
        self._watch = watch
        self._fell_back: dict[str, None] = {}
        self.newest_http = client.newest_http

    async def __aenter__(self) -> MeteredClient:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._client.__aexit__(*exc_info)

    async def send(self, exchange: Exchange) -> Response:
        """As the wrapped client's."""
        self._tally.extra["requests"] += 1
        began = time.monotonic()
        try:
            response = await self._client.send(exchange)
        except FetchFailed as failure:
            self._tally.receive(cast("Response | None", failure.response))
            if self._watch is not None and failure.reached and not failure.unheard:
                self._watch(host_of(exchange.url), time.monotonic() - began, failure.type not in UNWELL)
            raise
        self._tally.receive(response)
        if self._watch is not None:
            good = response.status < 500 and response.status != 429
            self._watch(host_of(exchange.url), response.elapsed_s, good)
        if self.newest_http not in ("HTTP/1.1", response.http_version):
            self.note_fallback(host_of(exchange.url), response.http_version)
        return response

    def note_fallback(self, host: str, http_version: str) -> None:
        """`host` answered in an older version of HTTP than it was offered; said and counted once a host."""
        if host not in self._fell_back:
            self._fell_back[host] = None
            if len(self._fell_back) > MOST_HOSTS:
                del self._fell_back[next(iter(self._fell_back))]
            self._tally.extra["http3_fallbacks" if self.newest_http == "HTTP/3" else "http2_fallbacks"] += 1
            self._notify(FellBack(host, http_version, self.newest_http))

    def counts(self) -> Mapping[str, int]:
        """As the wrapped client's."""
        return self._client.counts()
