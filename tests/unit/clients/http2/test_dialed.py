"""A connection that is made with its first request."""

from __future__ import annotations

import asyncio
import ssl
from types import SimpleNamespace
from typing import Any

import httpcore2
import pytest

from crawler.clients.http2.dialed import DialedConnection
from crawler.clients.wire.transfer import Origin
from crawler.core.errors import FetchFailed

ORIGIN = Origin(True, "a.test", 443, "a.test", None)


class Network:
    """A dialer, and the stream that it makes."""

    congestion = None

    def __init__(self, *, is_http2: bool) -> None:
        self.is_http2, self.dialed, self.names = is_http2, 0, list[str]()
        self.failure: Exception | None = None

    async def connect_tcp(self, host: str, port: int) -> Network:
        self.dialed += 1
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return self

    async def start_tls(self, context: ssl.SSLContext, name: str) -> Network:
        self.names.append(name)
        return self

    def get_extra_info(self, what: str) -> bool:
        return what == "is_http2" and self.is_http2

    async def read(self, most: int, timeout: float | None = None) -> bytes:
        return b""

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        pass

    def send(self, data: bytes) -> None:
        pass

    async def aclose(self) -> None:
        pass


def dialed(network: Network) -> DialedConnection:
    return DialedConnection(ORIGIN, ssl.create_default_context(), network, httpcore2, 30.0)  # type: ignore[arg-type]


def request(phases: list[str]) -> Any:
    async def trace(event: str, info: Any) -> None:
        phases.append(event)

    url = httpcore2.URL("https://a.test/")
    return SimpleNamespace(
        method=b"GET", url=url, headers=[(b"Host", b"a.test")], extensions={"trace": trace, "on_sent": phases.append}
    )


@pytest.mark.parametrize("is_http2", [True, False])
async def test_the_version_is_what_the_two_sides_have_agreed_on(is_http2: bool) -> None:
    network, phases = Network(is_http2=is_http2), list[str]()
    connection = dialed(network)
    assert (connection.is_available(), connection.is_idle(), connection.has_expired()) == (True, False, False)
    tasks = [asyncio.ensure_future(connection.handle_async_request(request(phases))) for _ in range(2)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert (network.dialed, network.names) == (1, ["a.test"])
    assert phases[0] == "connection.connect_tcp.started"
    assert any(name.startswith("http2." if is_http2 else "http11.") for name in phases)
    if not is_http2:  # which cannot be shared
        assert any(isinstance(result, httpcore2.ConnectionNotAvailable) for result in results)
    await connection.aclose()


async def test_a_connection_that_failed_is_of_no_use() -> None:
    network = Network(is_http2=True)
    network.failure = FetchFailed("connect", "no")
    connection = dialed(network)
    with pytest.raises(FetchFailed):
        await connection.handle_async_request(request([]))
    assert (connection.is_available(), connection.is_idle(), connection.has_expired()) == (False, True, True)
    await connection.aclose()
