from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from crawler.clients.address_guard import AddressGuard
from crawler.clients.curl.multi import Multi
from crawler.clients.curl.options import common_options
from crawler.clients.curl.route import Route
from crawler.clients.identity import Identity
from crawler.clients.resolver import Resolver
from crawler.clients.timeouts import Timeouts, Watch
from crawler.clients.wire.proxies import Proxy
from crawler.clients.wire.transfer import Transfer
from crawler.core.errors import FetchFailed
from crawler.core.visit import Exchange

WATCH = Watch(Timeouts())
PROXY = Proxy("http", "proxy.test", 3128)


class Names:
    """A name server with one answer, which counts how often it is asked."""

    def __init__(self, *ips: str) -> None:
        self.ips, self.asked = ips or ("127.0.0.1",), 0

    def __call__(self, host: str, port: int, family: int = 0, kind: int = 0) -> list[Any]:
        self.asked += 1
        return [(30 if ":" in ip else 2, kind, 6, "", (ip, 0, 0, 7) if "fe80" in ip else (ip, 0)) for ip in self.ips]


def route(names: Names, guard: AddressGuard | None = None, proxy: Proxy | None = None, ttl_s: float = 300.0) -> Route:
    return Route(
        Multi(4),
        resolver=Resolver(ttl_s, 0, 10, lookup=names),
        guard=guard or AddressGuard(True, ()),
        identity=Identity(user_agent="me"),
        newest_http="HTTP/1.1",
        options=list(common_options(newest="HTTP/1.1", total_s=60)),
        proxy=proxy,
    )


def transfer(url: str, **options: Any) -> Transfer:
    return Transfer(Exchange(url, 1000, **options), Identity(user_agent="me"), WATCH)


async def test_libcurl_is_told_every_address_that_is_admitted() -> None:
    names = Names("93.184.216.34", "10.0.0.1", "2606:2800::1")
    it = route(names, AddressGuard(False, ()))
    assert await it.entry(transfer("http://a.test:81/")) == ["+a.test:81:93.184.216.34,[2606:2800::1]"]
    with pytest.raises(FetchFailed, match="not a public address"):
        it.check(transfer("http://a.test/"), "10.0.0.1")
    it.check(transfer("http://a.test/"), "93.184.216.34")


async def test_a_name_with_a_last_dot_is_told_with_and_without() -> None:
    entry = await route(Names()).entry(transfer("https://a.test./"))
    assert sorted(entry) == ["+a.test.:443:127.0.0.1", "+a.test:443:127.0.0.1"]


async def test_an_address_in_the_url_needs_no_name() -> None:
    names = Names()
    assert await route(names).entry(transfer("http://[::1]/")) == []
    assert names.asked == 0


async def test_of_hosts_behind_a_proxy_only_the_proxy_is_looked_up_and_nothing_is_guarded() -> None:
    it = route(Names("10.0.0.1"), AddressGuard(False, ()), PROXY)
    assert await it.entry(transfer("https://far.test/")) == ["+proxy.test:3128:10.0.0.1"]
    it.check(transfer("https://far.test/"), "10.0.0.1")


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    """A server that keeps its connections until it is asked for /close."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                if b"/close" in head:
                    writer.close()
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://a.test:{server.sockets[0].getsockname()[1]}"


async def carried(it: Route, url: str, **options: Any) -> bytes:
    with transfer(url, **options) as one:
        await it.carry(one)
    return one.response().body


async def test_a_name_is_looked_up_for_each_connection_and_no_request_more(origin: str) -> None:
    names = Names()
    it = route(names, ttl_s=0)
    for _ in range(3):
        assert await carried(it, f"{origin}/") == b"ok"
    assert (names.asked, it.connections_opened) == (1, 1)
    await carried(it, f"{origin}/close")
    await asyncio.sleep(0.05)
    assert await carried(it, f"{origin}/") == b"ok"
    assert (names.asked, it.connections_opened, it.connections_replaced) == (2, 2, 0)


async def test_a_new_connection_is_made_where_one_is_asked_for(origin: str) -> None:
    it = route(Names())
    for new in (False, True, False):
        await carried(it, f"{origin}/", new_connection=new)
    assert it.connections_opened == 2
