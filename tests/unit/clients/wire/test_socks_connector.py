"""The way through a SOCKS proxy: what it is told, and what its failures mean."""

from __future__ import annotations

import aiohttp_socks
import pytest

from crawler.clients.wire.proxies import Proxy
from crawler.clients.wire.socks_connector import SocksConnector


def test_the_proxy_resolves_the_names_and_is_told_the_credentials() -> None:
    options = SocksConnector.options(Proxy("socks5", "proxy.example", 1080, "me", "secret"))
    assert (options["host"], options["port"], options["rdns"]) == ("proxy.example", 1080, True)
    assert (options["username"], options["password"]) == ("me", "secret")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (aiohttp_socks.ProxyConnectionError(111, "refused"), "it cannot be reached"),
        (aiohttp_socks.ProxyError("no"), "it refused the connection"),
        (aiohttp_socks.ProxyTimeoutError("late"), "it refused the connection"),
    ],
)
def test_a_failure_of_the_proxy_is_told_as_such(error: Exception, sentence: str) -> None:
    failure = SocksConnector.failure(error)
    assert failure is not None
    assert failure.type == "connect"
    assert sentence in failure.message


def test_other_failures_are_left_to_the_client() -> None:
    assert SocksConnector.failure(OSError("disk")) is None
