"""A connection to an origin whose version of HTTP shows when it stands (ALPN)."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from crawler.clients.http2.connection import Http2Connection
from crawler.clients.wire.stream import Dialer
from crawler.clients.wire.transfer import Origin


class DialedConnection:
    """Behind httpcore's connection interface: connected, with the address checked, when the first request comes."""

    def __init__(
        self, origin: Origin, context: ssl.SSLContext, dialer: Dialer, engine: Any, keepalive_expiry: float
    ) -> None:
        self._origin, self._context, self._dialer = origin, context, dialer
        self._engine, self._keepalive_expiry = engine, keepalive_expiry
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self._has_failed = False

    async def handle_async_request(self, request: Any) -> Any:
        """As the connection that it turns out to be; raises FetchFailed where none comes about."""
        if self._connection is None:
            async with self._lock:
                if self._connection is None:
                    self._connection = await self._connect(request)
        return await self._connection.handle_async_request(request)

    async def _connect(self, request: Any) -> Any:
        try:
            await request.extensions["trace"]("connection.connect_tcp.started", {})
            plain = await self._dialer.connect_tcp(self._origin.host, self._origin.port)
            stream = await plain.start_tls(self._context, self._origin.host)
        except BaseException:
            self._has_failed = True
            raise
        if stream.get_extra_info("is_http2"):
            return Http2Connection(stream, self._engine, self._keepalive_expiry)
        origin = self._engine.Origin(b"https", self._origin.host.encode(), self._origin.port)
        return self._engine.AsyncHTTP11Connection(origin=origin, stream=stream, keepalive_expiry=self._keepalive_expiry)

    def is_available(self) -> bool:
        """Whether it takes a request now, or may once it stands."""
        return not self._has_failed if self._connection is None else self._connection.is_available()

    def is_idle(self) -> bool:
        """Whether nothing is asked over it."""
        return self._has_failed if self._connection is None else self._connection.is_idle()

    def has_expired(self) -> bool:
        """Whether it is of no further use."""
        return self._has_failed if self._connection is None else self._connection.has_expired()

    async def aclose(self) -> None:
        """Ends it, if it ever stood."""
        if self._connection is not None:
            await self._connection.aclose()
