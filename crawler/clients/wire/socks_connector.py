"""aiohttp's way through a SOCKS proxy; in a module of its own since hardly anyone needs what it imports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp_socks
from python_socks import ProxyType

from crawler.clients.wire import failures
from crawler.clients.wire.aiohttp_connector import DirectConnector
from crawler.clients.wire.proxies import Proxy, octets_of
from crawler.core.errors import FetchFailed


class _Octets(str):
    """Characters that stand for one octet each, whatever encoding is asked for: the library knows ASCII alone."""

    __slots__ = ()

    def encode(self, encoding: str = "", errors: str = "strict") -> bytes:
        return super().encode("latin-1", errors)


def _octets(credential: str | None) -> _Octets | None:
    octets = octets_of(credential)
    return None if octets is None else _Octets(octets)


class SocksConnector(DirectConnector, aiohttp_socks.ProxyConnector):
    """To a SOCKS proxy, which resolves the names."""

    @staticmethod
    def options(proxy: Proxy) -> Mapping[str, Any]:
        """What the constructor is told of `proxy`."""
        return {
            "proxy_type": ProxyType.SOCKS5,
            "host": proxy.host,
            "port": proxy.port,
            "username": _octets(proxy.username),
            "password": _octets(proxy.password),
            "rdns": True,
        }

    @staticmethod
    def failure(error: Exception) -> FetchFailed | None:
        """What went wrong between here and the proxy, or None if it was something else."""
        if isinstance(error, aiohttp_socks.ProxyConnectionError):
            return failures.proxy_failure("it cannot be reached")
        if isinstance(error, aiohttp_socks.ProxyError | aiohttp_socks.ProxyTimeoutError):
            return failures.proxy_failure("it refused the connection")
        return None
