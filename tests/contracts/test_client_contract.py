"""What every client keeps: the same response and the same failure for the same server, whatever the library."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import os
import socket
import ssl
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import brotli
import h2.errors
import pytest
import trustme

from crawler.clients import CLIENTS
from crawler.clients.address_guard import AddressGuard
from crawler.clients.curl.options import speaks_http3
from crawler.clients.identity import Identity, basic_authorization
from crawler.clients.resolver import Resolver
from crawler.clients.timeouts import Timeouts
from crawler.core.errors import FetchFailed
from crawler.core.registry import load
from crawler.core.visit import Exchange, Response

from .client_servers import (
    Http2Connection,
    Page,
    Reader,
    Seen,
    Server,
    Writer,
    http1,
    http2,
    http3,
    raw,
    reply,
    site,
    site2,
    site3,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HTTP2_CLIENTS = [name for name in CLIENTS if name != "aiohttp"]
WAYS = [
    *((name, way) for name in CLIENTS for way in ("http", "https")),
    *((name, "http2") for name in HTTP2_CLIENTS),
    *([("curl", "http3")] if speaks_http3() else []),
]
VERSIONS = {"http": "HTTP/1.1", "https": "HTTP/1.1", "http2": "HTTP/2", "http3": "HTTP/3"}
MIB = 1024 * 1024
HTML = b"<html><title>caf\xe9</title>" + b"<p>text</p>" * 300
QUICK = Timeouts(connect_s=0.4, read_s=0.4, write_s=0.4, pool_s=0.4, total_s=0.8)


def speaking(way: str) -> dict[str, bool]:
    """What a client is to be told, to speak as in `way`."""
    return {way: True} if way in ("http2", "http3") else {}


def deviates(request: pytest.FixtureRequest, reason: str) -> None:
    """The test that runs is known to fail, for `reason`."""
    request.applymarker(pytest.mark.xfail(strict=True, reason=reason))


every_client = pytest.mark.parametrize("name", CLIENTS)
every_http2_client = pytest.mark.parametrize("name", HTTP2_CLIENTS)
every_way = pytest.mark.parametrize(("name", "way"), WAYS)


@dataclass
class Trust:
    """A test authority and what it vouches for."""

    authority: trustme.CA
    ca_file: str
    file: str = ""  # key and chain of a server

    def server(self, *names: str, **options: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*(names or ("127.0.0.1", "site.test")), **options).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    server = path.with_name("server.pem")
    authority.issue_cert("127.0.0.1", "site.test").private_key_and_cert_chain_pem.write_to_path(str(server))
    return Trust(authority, str(path), str(server))


class Names:
    """A name server: every name is at 127.0.0.1, unless `known` says something else."""

    def __init__(self, **known: list[str]) -> None:
        self.known = {name.replace("_", "."): addresses for name, addresses in known.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, family: int = 0, kind: int = 0) -> list[Any]:
        self.asked.append(host)
        addresses = self.known.get(host, ["127.0.0.1"])
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET6, kind, 6, "", (ip, 0, 0, 0)) if ":" in ip else (socket.AF_INET, kind, 6, "", (ip, 0))
            for ip in addresses
        ]


@asynccontextmanager
async def client(name: str, **options: Any) -> AsyncIterator[Any]:
    """The client `name`, allowed to connect anywhere unless `options` say something else."""
    settings: dict[str, Any] = {
        "resolver": Resolver(300, 30, 1000, lookup=options.pop("names", Names())),
        "guard": AddressGuard(True, set()),
        "identity": Identity(user_agent="crawlfile/test"),
        "http2": False,
        "connections": 8,
        "timeouts": Timeouts(),
        "proxies": [],
        "verify_tls": True,
        "ca_file": None,
    }
    async with load(CLIENTS, name)(**settings | options) as made:
        yield made


@asynccontextmanager
async def serving(way: str, pages: dict[str, Page], trust: Trust) -> AsyncIterator[tuple[Server, str]]:
    """`pages` served over http, https or http2; the server and its origin."""
    if way == "http2":
        async with http2(site2(pages), trust.server()) as server:
            yield server, f"https://127.0.0.1:{server.port}"
    elif way == "http3":
        async with http3(site3(pages), trust.file) as server:
            yield server, f"https://127.0.0.1:{server.port}"
    else:
        async with http1(site(pages), trust.server() if way == "https" else None) as server:
            yield server, f"{way}://127.0.0.1:{server.port}"


@asynccontextmanager
async def asking(name: str, way: str, pages: dict[str, Page], trust: Trust, **options: Any) -> AsyncIterator[Any]:
    """A function that fetches a path of `pages`."""
    async with (
        serving(way, pages, trust) as (_, origin),
        client(name, **speaking(way), ca_file=trust.ca_file, **options) as it,
    ):
        yield lambda path, **limits: it.send(exchange(origin + path, **limits))


def exchange(url: str, max_body_bytes: int = MIB, **options: Any) -> Exchange:
    return Exchange(url, max_body_bytes, **options)


async def failure(name: str, url: str, max_body_bytes: int = MIB, **options: Any) -> FetchFailed:
    """How fetching `url` fails."""
    async with client(name, **options) as it:
        with pytest.raises(FetchFailed) as caught:
            await it.send(exchange(url, max_body_bytes))
    assert "0x" not in caught.value.message
    assert caught.value.message.isprintable()
    return caught.value


async def asked(it: Any, one: Exchange) -> Response:
    """The answer as a crawl gets it: a request that nobody worked on is sent once more, over another connection."""
    try:
        return await it.send(one)  # type: ignore[no-any-return]
    except FetchFailed as failure:
        if not failure.unheard:
            raise
    return await it.send(one._replace(new_connection=True))  # type: ignore[no-any-return]


def told(error: FetchFailed) -> tuple[str, str]:
    return error.type, error.message


def once(data: bytes, *, then: Callable[[Writer], Any] | None = None) -> Callable[[Reader, Writer], Any]:
    """Answers the first request of a connection with `data`, then closes, or does what `then` says."""

    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        if then:
            await then(writer)

    return serve


async def forever(_: Writer) -> None:
    await asyncio.sleep(3600)


async def resetting(writer: Writer) -> None:
    await asyncio.sleep(0.05)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# What is the same over every version of HTTP


@every_way
async def test_a_response_is_told_completely(name: str, way: str, trust: Trust) -> None:
    fields = [("Content-Type", "text/html; charset=latin-1"), ("X-Two", "1"), ("X-Two", "caf\xe9"), ("ETag", '"a"')]
    pages = {"/page?a=1": Page(HTML, 203, fields)}
    async with (
        serving(way, pages, trust) as (_, origin),
        client(name, **speaking(way), ca_file=trust.ca_file) as it,
    ):
        response: Response = await it.send(exchange(f"{origin}/page?a=1"))
    assert (response.url, response.status, response.body) == (f"{origin}/page?a=1", 203, HTML)
    assert response.http_version == VERSIONS[way]
    assert response.headers.get("content-type") == "text/html; charset=latin-1"
    assert response.headers.all("x-two") == ["1", "caf\xe9"]
    assert (response.bytes_received, response.body_bytes) == (len(HTML), len(HTML))
    assert response.sha256 == hashlib.sha256(HTML).hexdigest()
    assert 0 <= response.elapsed_s < 10


@every_way
@pytest.mark.parametrize("status", [204, 304, 404, 500, 301])
async def test_every_status_is_a_response_and_redirects_are_not_followed(
    name: str, way: str, status: int, trust: Trust
) -> None:
    page = Page(b"" if status in (204, 304) else b"why", status, [("Location", "http://[broken/ %zz")])
    async with asking(name, way, {"/": page}, trust) as ask:
        response = await ask("/")
        again = await ask("/")
    assert (response.status, response.body, again.status) == (status, page.body, status)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


CODED = {
    "gzip": ("gzip", gzip.compress(HTML)),
    "x-gzip": ("x-gzip", gzip.compress(HTML)),
    "gzip in two members": ("gzip", gzip.compress(HTML[:100]) + gzip.compress(HTML[100:])),
    "gzip with garbage behind": ("gzip", gzip.compress(HTML) + b"\0\0garbage"),
    "deflate": ("deflate", zlib.compress(HTML)),
    "deflate without its frame": ("deflate", raw_deflate(HTML)),
    "br": ("br", brotli.compress(HTML)),
    "zstd": ("zstd", zstd.compress(HTML)),
    "zstd in two frames": ("zstd", zstd.compress(HTML[:100]) + zstd.compress(HTML[100:])),
    "a list of codings": ("gzip, identity, BR", brotli.compress(gzip.compress(HTML))),
    "no coding at all": ("utf-8", HTML),
}


@every_way
async def test_every_coding_is_undone(name: str, way: str, trust: Trust) -> None:
    pages = {
        f"/{n}": Page(body, 200, [("Content-Encoding", coding)]) for n, (coding, body) in enumerate(CODED.values())
    }
    async with asking(name, way, pages, trust) as ask:
        for number, (what, (_, body)) in enumerate(CODED.items()):
            response = await ask(f"/{number}")
            assert (what, response.body, response.bytes_received) == (what, HTML, len(body))
            assert response.sha256 == hashlib.sha256(HTML).hexdigest()


UNDECODABLE = {
    "not coded": ("gzip", b"<html>plain</html>"),
    "gzip cut off": ("gzip", gzip.compress(HTML)[:-20]),
    "br cut off": ("br", brotli.compress(HTML)[:-5]),
    "zstd cut off": ("zstd", zstd.compress(HTML)[:-5]),
    "deflate cut off": ("deflate", zlib.compress(HTML)[:-5]),
    "too many codings": ("gzip, gzip, gzip, gzip, gzip", HTML),
}


@every_way
@pytest.mark.parametrize("what", UNDECODABLE)
async def test_a_body_that_cannot_be_decoded_fails_and_keeps_its_head(
    name: str, way: str, what: str, trust: Trust
) -> None:
    coding, body = UNDECODABLE[what]
    async with asking(
        name, way, {"/": Page(body, 200, [("Content-Encoding", coding)]), "/ok": Page(b"ok")}, trust
    ) as ask:
        with pytest.raises(FetchFailed) as caught:
            await ask("/")
        assert (await ask("/ok")).body == b"ok"
    assert caught.value.type == "decoding"
    assert isinstance(caught.value.response, Response)
    assert (caught.value.response.status, caught.value.response.headers.get("content-encoding")) == (200, coding)


@every_way
async def test_a_body_beyond_the_limit_fails_at_once_and_costs_no_other_page(name: str, way: str, trust: Trust) -> None:
    pages = {"/long": Page(b"x" * (3 * MIB)), "/exact": Page(b"x" * 1000), "/ok": Page(HTML)}
    async with asking(name, way, pages, trust) as ask:
        beside = [asyncio.ensure_future(ask("/ok")) for _ in range(3)]
        for _ in range(12):
            with pytest.raises(FetchFailed) as caught:
                await ask("/long", max_body_bytes=MIB)
        assert (await ask("/exact", max_body_bytes=1000)).body_bytes == 1000
        with pytest.raises(FetchFailed):
            await ask("/exact", max_body_bytes=999)
        assert [(await one).body for one in beside] == [HTML] * 3
    assert told(caught.value) == ("body_too_large", f"body longer than {MIB} bytes")
    assert isinstance(caught.value.response, Response)
    assert caught.value.response.status == 200


@cache
def bombs() -> dict[str, Page]:
    return {f"/{n}": Page(body, 200, [("Content-Encoding", coding)]) for n, (coding, body) in enumerate(packed())}


def packed() -> Iterator[tuple[str, bytes]]:
    zeros = bytes(32 * MIB)
    yield "gzip", gzip.compress(zeros)
    yield "br", brotli.compress(zeros, quality=5)
    yield "zstd", zstd.compress(zeros)
    yield "deflate", zlib.compress(zeros)
    yield "gzip, gzip", gzip.compress(gzip.compress(zeros))
    yield "zstd, br", brotli.compress(zstd.compress(zeros), quality=5)
    yield "gzip, gzip, br", brotli.compress(gzip.compress(gzip.compress(zeros)), quality=5)


@every_client
async def test_bombs_are_bounded_in_memory(name: str, trust: Trust) -> None:
    async with asking(name, "http", bombs(), trust) as ask:
        tracemalloc.start()
        try:
            for path in bombs():
                with pytest.raises(FetchFailed) as caught:
                    await ask(path, max_body_bytes=MIB)
                assert caught.value.type == "body_too_large"
            assert tracemalloc.get_traced_memory()[1] < 6 * MIB
        finally:
            tracemalloc.stop()


@every_way
async def test_a_body_not_kept_is_counted_and_hashed_all_the_same(name: str, way: str, trust: Trust) -> None:
    asked: list[tuple[int, str | None]] = []

    def keep(status: int, headers: Any) -> bool:
        asked.append((status, headers.get("x")))
        return False

    async with asking(name, way, {"/": Page(HTML, 200, [("X", "y")])}, trust) as ask:
        response = await ask("/", keep_body=keep)
    assert (response.body, response.body_bytes, asked) == (b"", len(HTML), [(200, "y")])
    assert response.sha256 == hashlib.sha256(HTML).hexdigest()


@every_way
@pytest.mark.parametrize("coding", ["", "gzip"])
async def test_a_body_of_which_some_is_enough_is_read_so_far_and_costs_no_other_page(
    name: str, way: str, coding: str, trust: Trust
) -> None:
    text = os.urandom(3 * MIB)
    fields = [("Content-Encoding", coding)] if coding else []
    pages = {"/long": Page(gzip.compress(text, 1) if coding else text, 200, fields), "/ok": Page(HTML)}
    async with asking(name, way, pages, trust) as ask:
        beside = [asyncio.ensure_future(ask("/ok")) for _ in range(3)]
        for _ in range(12):
            long: Response = await ask("/long", max_body_bytes=10, enough_bytes=lambda *_: 100_000)
            assert (long.body, long.body_bytes, long.is_cut, long.sha256) == (text[:100_000], 100_000, True, None)
            assert long.bytes_received < MIB
        whole: Response = await ask("/ok", enough_bytes=lambda *_: len(HTML))
        assert [(await one).body for one in beside] == [HTML] * 3
    assert (whole.body, whole.is_cut, whole.sha256) == (HTML, False, hashlib.sha256(HTML).hexdigest())


@every_client
async def test_of_an_endless_body_some_can_be_enough(name: str) -> None:
    async def endless(writer: Writer) -> None:
        while True:
            writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
            await writer.drain()

    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with raw(once(head, then=endless)) as port, client(name, connections=1) as it:
        for enough in (0, 1, MIB):
            response = await it.send(exchange(f"http://127.0.0.1:{port}/", enough_bytes=lambda *_: enough))  # noqa: B023
            assert (response.body_bytes, response.is_cut) == (enough, True)


TARGETS = [
    "/%7Euser/a|b",
    "/a%2Fb//c",
    "/it's[1]{2}^`;x=1,2",
    "/caf%C3%A9?q=%E2%82%AC&'(x)|[]",
    "/?",
    "/a?",
    "/?a??b=/?&&=",
    "//double//",
    "/%zz%",
    "/a+b%20c?d+e%2B",
    "/.hidden/..x",
]


@every_way
async def test_the_url_is_asked_for_to_the_letter(name: str, way: str, trust: Trust) -> None:
    async with (
        serving(way, {}, trust) as (server, origin),
        client(name, **speaking(way), ca_file=trust.ca_file) as it,
    ):
        for target in TARGETS:
            assert (await it.send(exchange(origin + target))).status == 404
    assert [seen.target for seen in server.requests] == TARGETS
    if way in ("http", "https"):
        assert [seen.line for seen in server.requests] == [f"GET {target} HTTP/1.1" for target in TARGETS]


@every_way
async def test_name_of_the_host_reaches_tls_and_the_host_field(name: str, way: str, trust: Trust) -> None:
    names = Names()
    async with (
        serving(way, {"/": Page(b"ok")}, trust) as (server, origin),
        client(name, **speaking(way), ca_file=trust.ca_file, names=names) as it,
    ):
        url = origin.replace("127.0.0.1", "site.test")
        assert (await it.send(exchange(f"{url}/"))).body == b"ok"
    host = server.requests[0].field("host") or server.requests[0].field(":authority")
    assert host == f"site.test:{server.port}"
    assert names.asked == ["site.test"]
    assert server.server_names == (["site.test"] if way == "https" else [])


@every_way
async def test_sent_is_said_once_for_each_request_that_was_sent(name: str, way: str, trust: Trust) -> None:
    sent: list[str] = []
    async with asking(name, way, {"/": Page(b"ok")}, trust) as ask:
        await asyncio.gather(*(ask("/", on_sent=lambda: sent.append("sent")) for _ in range(5)))
    assert sent == ["sent"] * 5


@every_way
async def test_many_requests_at_once_share_the_connections(name: str, way: str, trust: Trust) -> None:
    pages = {f"/{n}": Page(f"page {n}".encode() * 500) for n in range(60)}
    async with (
        serving(way, pages, trust) as (server, origin),
        client(name, **speaking(way), ca_file=trust.ca_file, connections=3) as it,
    ):
        responses = await asyncio.gather(*(it.send(exchange(origin + path)) for path in pages))
        counts = it.counts()
    assert [response.body for response in responses] == [page.body for page in pages.values()]
    assert server.connections == 1 if way in ("http2", "http3") else server.connections <= 3
    assert counts["connections_opened"] == server.connections
    assert counts["connections_replaced"] == 0


# Deadlines


@every_client
async def test_a_dripping_body_is_cut_off_by_the_total_deadline(name: str) -> None:
    async def drip(writer: Writer) -> None:
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async with raw(once(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", then=drip)) as port:
        error = await failure(name, f"http://127.0.0.1:{port}/", timeouts=QUICK)
    assert told(error) == ("timeout", "not finished within 0.8 s (total)")
    assert isinstance(error.response, Response)
    assert (error.response.status, error.response.bytes_received > 5) == (200, True)


@every_http2_client
async def test_a_dripping_stream_is_cut_off_and_its_neighbours_are_not(name: str, trust: Trust) -> None:
    async def answer(seen: Seen, connection: Http2Connection, stream: int) -> None:
        connection.head(stream, Page())
        if seen.target == "/ok":
            await asyncio.sleep(0.3)
            connection.part(stream, b"ok", last=True)
        while seen.target == "/drip":
            connection.part(stream, b"x")
            await asyncio.sleep(0.02)

    async with (
        http2(answer, trust.server()) as server,
        client(name, http2=True, ca_file=trust.ca_file, timeouts=QUICK) as it,
    ):
        origin = f"https://127.0.0.1:{server.port}"
        paths = ["/drip", "/ok", "/stall", "/ok"]
        results = await asyncio.gather(*(it.send(exchange(origin + path)) for path in paths), return_exceptions=True)
        later = await it.send(exchange(f"{origin}/ok"))
    kinds = [told(r) if isinstance(r, FetchFailed) else getattr(r, "body", r) for r in results]
    stalled = ("timeout", "no more of the body within 0.4 s (read)")
    assert kinds == [("timeout", "not finished within 0.8 s (total)"), b"ok", stalled, b"ok"]
    assert later.body == b"ok"


@every_client
async def test_silence_is_cut_off_by_the_read_deadline(name: str) -> None:
    async with raw(once(b"", then=forever)) as port:
        error = await failure(name, f"http://127.0.0.1:{port}/", timeouts=QUICK)
    assert (told(error), error.reached) == (("timeout", "no answer within 0.4 s (read)"), True)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
    async with raw(once(head, then=forever)) as port:
        error = await failure(name, f"http://127.0.0.1:{port}/", timeouts=QUICK)
    assert told(error) == ("timeout", "no more of the body within 0.4 s (read)")


@every_client
async def test_a_flood_of_interim_responses_ends(name: str) -> None:
    async def flood(writer: Writer) -> None:
        while True:
            writer.write(b"HTTP/1.1 102 Processing\r\n\r\n" * 10)
            await writer.drain()
            await asyncio.sleep(0.005)

    async with raw(once(b"", then=flood)) as port:
        error = await failure(name, f"http://127.0.0.1:{port}/", timeouts=QUICK)
    assert error.type == "timeout"


@every_client
async def test_interim_responses_are_skipped(name: str) -> None:
    answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + reply(Page(b"ok"))
    async with raw(once(answer)) as port, client(name) as it:
        response = await it.send(exchange(f"http://127.0.0.1:{port}/"))
    assert (response.status, response.body, response.headers.get("link")) == (200, b"ok", None)


@every_client
async def test_a_stalled_tls_handshake_is_cut_off_by_the_connect_deadline(name: str) -> None:
    async def stall(reader: Reader, writer: Writer) -> None:
        await asyncio.sleep(3600)

    async with raw(stall) as port:
        error = await failure(name, f"https://127.0.0.1:{port}/", timeouts=QUICK)
    assert (told(error), error.reached) == (("timeout", "no connection within 0.4 s (connect)"), True)


@every_client
async def test_a_deadline_that_was_put_off_is_not_forestalled_by_one_of_the_library(name: str) -> None:
    async def stall(reader: Reader, writer: Writer) -> None:
        time.sleep(2)  # the process stands still, which is nobody's silence
        await asyncio.sleep(60)

    deadlines = Timeouts(connect_s=2.2, total_s=2.2)
    async with raw(stall) as port:
        error = await failure(name, f"https://127.0.0.1:{port}/", timeouts=deadlines)
    assert told(error) == ("timeout", "not finished within 2.2 s (total)")


@every_client
async def test_waiting_for_a_connection_is_cut_off_by_the_pool_deadline(name: str) -> None:
    timeouts = Timeouts(pool_s=0.3)
    async with raw(once(b"", then=forever)) as port, client(name, connections=1, timeouts=timeouts) as it:
        url = f"http://127.0.0.1:{port}/"
        first = asyncio.ensure_future(it.send(exchange(url)))
        await asyncio.sleep(0.05)
        with pytest.raises(FetchFailed) as caught:
            await it.send(exchange(url))
        first.cancel()
        with suppress(asyncio.CancelledError):
            await first
    assert (told(caught.value), caught.value.reached) == (("timeout", "no free connection within 0.3 s (pool)"), False)


@every_client
async def test_cancelling_a_request_frees_its_connection_and_is_no_failure(name: str) -> None:
    async def answer(seen: Seen, writer: Writer) -> None:
        if seen.target == "/ok":
            writer.write(reply(Page(b"ok")))

    async with http1(answer) as server, client(name, connections=1) as it:
        for _ in range(3):
            task = asyncio.ensure_future(it.send(exchange(f"http://127.0.0.1:{server.port}/never")))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (await it.send(exchange(f"http://127.0.0.1:{server.port}/ok"))).body == b"ok"


# Connections that fail


@every_client
async def test_a_refused_connection_is_a_connect_failure(name: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        sent: list[None] = []
        async with client(name) as it:
            with pytest.raises(FetchFailed) as caught:
                await it.send(exchange(f"http://127.0.0.1:{port}/", on_sent=lambda: sent.append(None)))
    assert told(caught.value) == ("connect", f"connection refused by 127.0.0.1:{port}")
    assert (caught.value.reached, sent) == (True, [])


@every_client
async def test_an_unknown_name_is_a_dns_failure_that_touched_nothing(name: str) -> None:
    error = await failure(name, "http://nowhere.test/", names=Names(nowhere_test=[]))
    assert (told(error), error.reached) == (("dns", "no such host: nowhere.test"), False)


CLOSED_BEFORE = ("protocol", "connection closed before the end of the response headers")
CLOSED_IN_BODY = ("protocol", "connection closed before the end of the body")
MALFORMED = ("protocol", "malformed HTTP response")
BROKEN = {
    "closed before an answer": (b"", CLOSED_BEFORE),
    "closed in the status line": (b"HTTP/1.1 20", CLOSED_BEFORE),
    "closed in the headers": (b"HTTP/1.1 200 OK\r\nContent-Le", CLOSED_BEFORE),
    "closed in the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", CLOSED_IN_BODY),
    "closed in a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", CLOSED_IN_BODY),
    "closed between chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", CLOSED_IN_BODY),
    "malformed chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nab\r\n",
        ("protocol", "malformed chunked body"),
    ),
    "garbage": (b"\x00\x01\x02 garbage\r\n\r\n" * 20, MALFORMED),
    "another protocol": (b"220 mail.test ESMTP\r\n\r\n", MALFORMED),
    "wrong version": (b"HTTP/3.7 200 OK\r\nContent-Length: 2\r\n\r\nok", None),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", MALFORMED),
    "endless header": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, ("protocol", "response headers too large")),
    "endless headers": (b"HTTP/1.1 200 OK\r\n" + b"X-Y: zzzzzzzz\r\n" * 30_000, None),
}


@every_client
@pytest.mark.parametrize("what", BROKEN)
async def test_broken_answers_are_protocol_failures_told_alike(name: str, what: str) -> None:
    data, expected = BROKEN[what]
    async with raw(once(data)) as port:
        error = await failure(name, f"http://127.0.0.1:{port}/")
    assert error.type == "protocol"
    assert expected is None or told(error) == expected
    if what.startswith("closed") and ("body" in what or "chunk" in what):
        assert isinstance(error.response, Response)
        assert error.response.status == 200


@every_client
@pytest.mark.parametrize(
    "data",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"],
    ids=["before", "in the headers", "in the body"],
)
async def test_a_reset_connection_is_a_protocol_failure(name: str, data: bytes) -> None:
    async with raw(once(data, then=resetting)) as port:
        error = await failure(name, f"http://127.0.0.1:{port}/")
    assert (error.type, error.message) in [("protocol", "connection reset"), CLOSED_IN_BODY, CLOSED_BEFORE]


@every_client
async def test_a_body_without_length_ends_with_the_connection(name: str) -> None:
    async with raw(once(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML)) as port, client(name) as it:
        response = await it.send(exchange(f"http://127.0.0.1:{port}/"))
    assert (response.http_version, response.body) == ("HTTP/1.0", HTML)


@every_client
async def test_tls_failures_say_what_is_wrong(name: str, trust: Trust) -> None:
    past = datetime.now(UTC) - timedelta(days=3)
    stranger = Trust(trustme.CA(), "")
    pages = {"/": Page(b"ok")}
    for context, host, expected in [
        (trust.server(not_before=past, not_after=past + timedelta(days=1)), "127.0.0.1", "certificate has expired"),
        (trust.server("other.test"), "site.test", "hostname mismatch, certificate is not valid for 'site.test'"),
        (stranger.server(), "127.0.0.1", "unable to get local issuer certificate"),
    ]:
        async with http1(site(pages), context) as server:
            url = f"https://{host}:{server.port}/"
            error = await failure(name, url, ca_file=trust.ca_file)
            assert (told(error), error.reached) == (("tls", expected), True)
            async with client(name, verify_tls=False) as it:
                assert (await it.send(exchange(url))).body == b"ok"
    async with raw(answering_at_once) as port:
        assert (await failure(name, f"https://127.0.0.1:{port}/")).type == "tls"
    async with raw(resetting_at_once) as port:
        error = await failure(name, f"https://127.0.0.1:{port}/")
    assert told(error) == ("tls", "connection closed during the TLS handshake")


async def answering_at_once(reader: Reader, writer: Writer) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def resetting_at_once(reader: Reader, writer: Writer) -> None:
    await resetting(writer)


@every_client
async def test_a_self_signed_certificate_is_refused_in_words(name: str, tmp_path: Any) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    extension = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *extension], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with http1(site({}), context) as server:
        error = await failure(name, f"https://127.0.0.1:{server.port}/")
    assert told(error) == ("tls", "self-signed certificate")


# Kept-alive connections


@every_client
@pytest.mark.parametrize("after_s", [0.0, 0.1])
async def test_a_connection_closed_while_idle_costs_nothing(name: str, after_s: float) -> None:
    async def answer(seen: Seen, writer: Writer) -> None:
        writer.write(reply(Page(b"ok")))
        await writer.drain()
        writer.close()

    async with http1(answer) as server, client(name) as it:
        for _ in range(6):
            response = await asked(it, exchange(f"http://127.0.0.1:{server.port}/"))
            assert response.body == b"ok"
            await asyncio.sleep(after_s)
    assert len(server.requests) == 6


@every_client
async def test_a_connection_closed_upon_its_second_request_leaves_it_unheard(name: str) -> None:
    async def answer(seen: Seen, writer: Writer) -> None:
        if sum(other.connection == seen.connection for other in server.requests) > 1:
            writer.close()
        else:
            await asyncio.sleep(0.05)
            writer.write(reply(Page(b"ok")))

    async with http1(answer) as server, client(name) as it:
        url = f"http://127.0.0.1:{server.port}/"
        await asyncio.gather(*(it.send(exchange(url)) for _ in range(4)))
        with pytest.raises(FetchFailed) as caught:
            await it.send(exchange(url))
        assert (told(caught.value), caught.value.unheard) == (CLOSED_BEFORE, True)
        assert (server.connections, len(server.requests)) == (4, 5)
        assert (await it.send(exchange(url, new_connection=True))).body == b"ok"
        assert (server.connections, len(server.requests)) == (5, 6)
        assert it.counts()["connections_replaced"] == 1


@every_client
async def test_a_server_that_never_answers_is_asked_once_and_unheard_on_an_old_connection_only(name: str) -> None:
    async def answer(seen: Seen, writer: Writer) -> None:
        if seen.target == "/ok":
            writer.write(reply(Page(b"ok")))
        else:
            writer.close()

    async with http1(answer) as server, client(name) as it:
        origin = f"http://127.0.0.1:{server.port}"
        for _ in range(2):
            with pytest.raises(FetchFailed) as caught:
                await it.send(exchange(f"{origin}/gone"))
            assert (told(caught.value), caught.value.unheard) == (CLOSED_BEFORE, False)
        assert len(server.requests) == 2
        for new, unheard in ((False, True), (True, False)):
            await it.send(exchange(f"{origin}/ok"))
            with pytest.raises(FetchFailed) as caught:
                await it.send(exchange(f"{origin}/gone", new_connection=new))
            assert caught.value.unheard is unheard
        assert [seen.target for seen in server.requests[2:]] == ["/ok", "/gone"] * 2


@every_client
@pytest.mark.parametrize("data", [b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
async def test_an_answer_that_has_begun_was_heard(name: str, data: bytes, request: pytest.FixtureRequest) -> None:
    if name == "curl" and b"\r\n" not in data:
        deviates(request, "libcurl takes less than a line for no answer")

    async def answer(seen: Seen, writer: Writer) -> None:
        writer.write(reply(Page(b"ok")) if seen.target == "/ok" else data)
        if seen.target != "/ok":
            writer.close()

    async with http1(answer) as server, client(name) as it:
        await it.send(exchange(f"http://127.0.0.1:{server.port}/ok"))
        with pytest.raises(FetchFailed) as caught:
            await it.send(exchange(f"http://127.0.0.1:{server.port}/half"))
    assert (caught.value.type, caught.value.unheard) == ("protocol", False)


@every_client
async def test_bytes_behind_a_response_never_become_the_next_one(name: str) -> None:
    async def answer(seen: Seen, writer: Writer) -> None:
        writer.write(reply(Page(b"right")) + reply(Page(b"wrong")))

    async with http1(answer) as server, client(name, connections=1) as it:
        for _ in range(4):
            assert (await it.send(exchange(f"http://127.0.0.1:{server.port}/"))).body == b"right"


@every_client
async def test_idle_connections_give_way_to_other_hosts(name: str) -> None:
    async with http1(site({"/": Page(b"ok")})) as server, client(name, connections=2) as it:
        for number in range(6):
            assert (await it.send(exchange(f"http://host{number}.test:{server.port}/"))).body == b"ok"
        assert (await it.send(exchange(f"http://host5.test:{server.port}/"))).body == b"ok"
        for _ in range(50):
            if server.open <= 2:
                break
            await asyncio.sleep(0.02)
        assert (server.connections, server.open) == (6, 2)


# HTTP/2 alone


@every_http2_client
@pytest.mark.standard("RFC 9113", "8.7")
async def test_a_stream_refused_is_unheard_and_one_reset_otherwise_is_not(name: str, trust: Trust) -> None:
    async def answer(seen: Seen, connection: Http2Connection, stream: int) -> None:
        code = h2.errors.ErrorCodes[seen.target[1:]]
        if seen.connection == 1:
            connection.reset(stream, code)
        else:
            connection.reply(stream, Page(b"ok"))

    unheard = {}
    for code in h2.errors.ErrorCodes:
        async with http2(answer, trust.server()) as server, client(name, http2=True, ca_file=trust.ca_file) as it:
            url = f"https://127.0.0.1:{server.port}/{code.name}"
            with pytest.raises(FetchFailed) as caught:
                await it.send(exchange(url))
            assert told(caught.value) == ("protocol", "HTTP/2 stream reset")
            unheard[code.name] = caught.value.unheard
            assert (await it.send(exchange(url, new_connection=True))).body == b"ok"
    # "Use HTTP/1.1" (RFC 9113 7) is an answer that libcurl would act upon, in a request of its own.
    repeatable = ["REFUSED_STREAM"] + ["HTTP_1_1_REQUIRED"] * (name == "curl")
    assert [code for code, value in unheard.items() if value] == repeatable


@every_http2_client
@pytest.mark.parametrize("served", [0, 1, 3])
async def test_a_connection_that_goes_away_in_good_order_finishes_what_it_serves(
    name: str, served: int, trust: Trust, request: pytest.FixtureRequest
) -> None:
    if name == "curl" and served == 0:
        deviates(request, "what a server has begun to answer and then disowns, libcurl takes for broken off")

    async def answer(seen: Seen, connection: Http2Connection, stream: int) -> None:
        if seen.connection == 1 and stream == 1:
            connection.head(1, Page())
            connection.part(1, b"one")
            await asyncio.sleep(0.1)
            connection.go_away(served)
            await asyncio.sleep(0.1)
        if seen.connection == 2 or stream <= served:
            if (seen.connection, stream) != (1, 1):
                connection.head(stream, Page())
            connection.part(stream, seen.target.encode(), last=True)

    async with http2(answer, trust.server()) as server, client(name, http2=True, ca_file=trust.ca_file) as it:
        origin = f"https://127.0.0.1:{server.port}"
        tasks = [asyncio.ensure_future(asked(it, exchange(f"{origin}/{n}"))) for n in range(4)]
        bodies = [(await task).body for task in tasks]
        later = await it.send(exchange(f"{origin}/later"))
    first = b"one/0" if served else b"/0"
    assert (bodies, later.body) == ([first, b"/1", b"/2", b"/3"], b"/later")
    assert server.connections == 2


@every_http2_client
@pytest.mark.standard("RFC 9113", "6.8")
@pytest.mark.parametrize("last", [0, 1, 3])
async def test_of_a_connection_that_ends_with_an_error_only_later_streams_are_unheard(
    name: str, last: int, trust: Trust, request: pytest.FixtureRequest
) -> None:
    if name == "curl" and last:
        deviates(request, "libcurl waits for the earlier streams, as after a connection's end in good order")

    async def answer(seen: Seen, connection: Http2Connection, stream: int) -> None:
        if seen.connection == 1 and stream == 5:
            connection.go_away(last, h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
        elif seen.connection > 1:
            connection.reply(stream, Page(seen.target.encode()))

    async with (
        http2(answer, trust.server()) as server,
        client(name, http2=True, ca_file=trust.ca_file, timeouts=QUICK) as it,
    ):
        one, *others = [exchange(f"https://127.0.0.1:{server.port}/{n}") for n in range(3)]
        sending = [asyncio.ensure_future(it.send(one))]
        await asyncio.sleep(0.1)  # the first request makes the connection that the others share
        sending += [asyncio.ensure_future(it.send(other)) for other in others]
        failures = await asyncio.gather(*sending, return_exceptions=True)
        assert (await it.send(one)).body == b"/0"
    assert [isinstance(error, FetchFailed) and told(error) for error in failures] == [
        ("protocol", "HTTP/2 connection ended by the server")
    ] * 3
    assert [error.unheard for error in failures if isinstance(error, FetchFailed)] == [n > last for n in (1, 3, 5)]


@every_http2_client
async def test_a_host_that_does_not_speak_http2_is_asked_in_http1(name: str, trust: Trust) -> None:
    page = site({"/": Page(b"ok")})
    async with http1(page, trust.server()) as server, client(name, http2=True, ca_file=trust.ca_file) as it:
        url = f"https://127.0.0.1:{server.port}/"
        responses = await asyncio.gather(*(it.send(exchange(url)) for _ in range(6)))
    assert {(response.http_version, response.body) for response in responses} == {("HTTP/1.1", b"ok")}


@every_http2_client
async def test_a_stream_given_up_is_cancelled_at_the_server(name: str, trust: Trust) -> None:
    connections: list[Http2Connection] = []

    async def answer(seen: Seen, connection: Http2Connection, stream: int) -> None:
        connections.append(connection)
        connection.head(stream, Page())
        for _ in range(400):
            if stream in connection.resets:
                return
            connection.part(stream, b"x" * 16384)
            await asyncio.sleep(0.005)

    async with http2(answer, trust.server()) as server, client(name, http2=True, ca_file=trust.ca_file) as it:
        with pytest.raises(FetchFailed) as caught:
            await it.send(exchange(f"https://127.0.0.1:{server.port}/", 100_000))
        for _ in range(100):
            if connections[0].resets:
                break
            await asyncio.sleep(0.02)
    assert caught.value.type == "body_too_large"


# Addresses


@every_client
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "[fe80::1]"]
)
async def test_private_addresses_are_refused_before_anything_is_sent(name: str, host: str) -> None:
    error = await failure(name, f"http://{host}/", guard=AddressGuard(False, {"site.test"}))
    assert (error.type, error.reached) == ("private_address", False)


@every_client
async def test_the_address_connected_to_is_the_address_checked(name: str) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])

    class Rebinding(Names):
        def __call__(self, host: str, port: int, family: int = 0, kind: int = 0) -> list[Any]:
            self.known[host] = next(answers)
            return super().__call__(host, port, family, kind)

    names = Rebinding()
    resolver = Resolver(0, 0, 0, lookup=names)
    guard = AddressGuard(False, set())
    assert guard.check(
        "evil.test", [(await resolver.resolve("evil.test", 80))[0].ip]
    )  # what a check beforehand would see
    async with http1(site({"/": Page(b"secret")})) as server:
        error = await failure(name, f"http://evil.test:{server.port}/", resolver=resolver, guard=guard)
    assert (error.type, error.reached) == ("private_address", False)
    assert error.message == "evil.test resolves to 127.0.0.1, which is not a public address"
    assert server.connections == 0


@every_client
async def test_hosts_of_seeds_may_be_private_and_lists_allow_more(name: str) -> None:
    async with http1(site({"/": Page(b"ok")})) as server:
        for host, guard in [
            ("seed.test", AddressGuard(False, {"seed.test"})),
            ("127.0.0.1", AddressGuard(False, {"127.0.0.1"})),
            ("named.test", AddressGuard(["named.test"], set())),
            ("a.test", AddressGuard(["127.0.0.0/8"], set())),
        ]:
            async with client(name, guard=guard) as it:
                assert (await it.send(exchange(f"http://{host}:{server.port}/"))).body == b"ok"
        error = await failure(
            name, f"http://other.test:{server.port}/", guard=AddressGuard(["named.test"], {"seed.test"})
        )
    assert error.type == "private_address"


@every_client
async def test_addresses_that_do_not_answer_are_passed_over(name: str) -> None:
    names = Names(two_test=["::1", "127.0.0.2", "127.0.0.1"])
    async with http1(site({"/": Page(b"ok")})) as server, client(name, names=names) as it:
        assert (await it.send(exchange(f"http://two.test:{server.port}/"))).body == b"ok"


# Names


@every_client
async def test_names_are_looked_up_once_in_their_time_to_live(name: str) -> None:
    now = [0.0]
    names = Names(nowhere_test=[])
    resolver = Resolver(300, 30, 1000, lookup=names, clock=lambda: now[0])

    async def answer(seen: Seen, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    async with http1(answer) as server, client(name, resolver=resolver) as it:
        url = f"http://site.test:{server.port}/"
        for _ in range(4):
            await it.send(exchange(url))
        for _ in range(2):
            with pytest.raises(FetchFailed):
                await it.send(exchange("http://nowhere.test/"))
        assert names.asked == ["site.test", "nowhere.test"]
        assert {key: n for key, n in it.counts().items() if key.startswith("dns")} == {
            "dns_lookups": 2,
            "dns_hits": 4,
            "dns_misses": 2,
        }
        now[0] = 301.0
        await it.send(exchange(url))
        assert names.asked == ["site.test", "nowhere.test", "site.test"]


# Who asks


@every_way
async def test_secrets_go_to_the_origins_of_the_seeds_alone(name: str, way: str, trust: Trust) -> None:
    async with serving(way, {"/": Page(b"ok")}, trust) as (server, origin):
        seed = origin.replace("127.0.0.1", "site.test")
        identity = Identity(
            user_agent="me/1",
            headers={"X-Key": "k", "accept": "text/plain"},
            authorization=basic_authorization("user", "geheim"),
            seeds=[f"{seed}/"],
            seed_headers={f"{seed}/own": {"X-Own": "o"}},
        )
        async with client(name, **speaking(way), ca_file=trust.ca_file, identity=identity) as it:
            for url in (f"{seed}/", f"{seed}/own", f"{origin}/"):
                await it.send(exchange(url, headers=(("If-None-Match", '"x"'),)))
    first, own, other = server.requests
    assert first.field("authorization") == "Basic " + base64.b64encode(b"user:geheim").decode()
    assert (first.field("x-key"), first.field("x-own"), first.field("accept")) == ("k", None, "text/plain")
    assert (own.field("x-key"), own.field("x-own")) == ("k", "o")
    assert [other.field(key) for key in ("authorization", "x-key", "x-own")] == [None, None, None]
    assert other.field("user-agent") == "me/1"
    assert {seen.field("accept-encoding") for seen in server.requests} == {"gzip, deflate, br, zstd"}
    assert {seen.field("if-none-match") for seen in server.requests} == {'"x"'}
    assert sorted(key.lower() for key, _ in other.fields if key[0] != ":") == sorted(
        ["accept", "accept-encoding", "if-none-match", "user-agent"] + ["host"] * (way in ("http", "https"))
    )


@every_way
async def test_cookies_come_back_where_they_belong(name: str, way: str, trust: Trust) -> None:
    pages = {
        "/": Page(b"", 200, [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/deep")]),
        "/deep": Page(b""),
    }
    async with serving(way, pages, trust) as (server, origin):
        for cookies, expected in [(True, [None, "a=1", "b=2; a=1"]), (False, [None, None, None])]:
            server.requests.clear()
            identity = Identity(user_agent="me", cookies=cookies)
            async with client(name, **speaking(way), ca_file=trust.ca_file, identity=identity) as it:
                for path in ("/", "/", "/deep"):
                    await it.send(exchange(origin + path))
            assert [seen.field("cookie") for seen in server.requests] == expected


@every_way
async def test_octets_beyond_ascii_come_back_as_they_were(name: str, way: str, trust: Trust) -> None:
    pages = {"/": Page(b"ok", 200, [("Set-Cookie", "n=M\u00fcller; Path=/")])}  # sent as Latin-1
    identity = Identity(user_agent="me", cookies=True)
    async with (
        serving(way, pages, trust) as (server, origin),
        client(name, **speaking(way), ca_file=trust.ca_file, identity=identity) as it,
    ):
        for _ in range(2):
            await it.send(exchange(f"{origin}/"))
    assert server.requests[-1].field("cookie") == "n=M\u00fcller"


# Proxies


async def tunnel(reader: Reader, writer: Writer, port: int) -> None:
    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)

    async def copy(source: Reader, target: Writer) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
        target.close()

    await asyncio.gather(copy(reader, other_writer), copy(other_reader, writer))


@every_client
async def test_an_http_proxy_carries_both_schemes_and_gets_the_credentials(name: str, trust: Trust) -> None:
    heads: list[str] = []

    async def proxy(reader: Reader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heads.append(head)
        if head.startswith("CONNECT"):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await tunnel(reader, writer, secure.port)
        else:
            writer.write(reply(Page(b"by proxy")))

    pages = {"/x": Page(b"behind")}
    async with http1(site(pages), trust.server("far.test")) as secure, raw(proxy) as port:
        proxies = [f"http://us%C5%82r:p%40ss@127.0.0.1:{port}"]
        async with client(name, proxies=proxies, ca_file=trust.ca_file, guard=AddressGuard(False, set())) as it:
            assert (await it.send(exchange("http://far.test/a|b?"))).body == b"by proxy"
            assert (await it.send(exchange(f"https://far.test:{secure.port}/x"))).body == b"behind"
            with pytest.raises(FetchFailed) as caught:
                await it.send(exchange("http://169.254.169.254/latest"))
    assert caught.value.type == "private_address"
    assert heads[0].startswith("GET http://far.test/a|b? HTTP/1.1\r\n")
    assert heads[1].startswith(f"CONNECT far.test:{secure.port} HTTP/1.1\r\n")
    expected = base64.b64encode("usłr:p@ss".encode()).decode()
    assert all(f"proxy-authorization: basic {expected}".lower() in head.lower() for head in heads)
    assert secure.requests[0].field("proxy-authorization") is None


@every_client
async def test_a_socks_proxy_is_given_the_name_and_the_credentials(name: str, trust: Trust) -> None:
    said: list[bytes] = []

    async def socks(reader: Reader, writer: Writer) -> None:
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(b"\x05\x02")
        _, length = await reader.readexactly(2)
        said.append(await reader.readexactly(length))
        said.append(await reader.readexactly((await reader.readexactly(1))[0]))
        writer.write(b"\x01\x00")
        kind = (await reader.readexactly(4))[3]
        said.append(await reader.readexactly((await reader.readexactly(1))[0]) if kind == 3 else b"not a name")
        port = int.from_bytes(await reader.readexactly(2))
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        await tunnel(reader, writer, port)

    for context, scheme in ((None, "http"), (trust.server("far.test"), "https")):
        async with http1(site({"/x": Page(b"behind")}), context) as server, raw(socks) as port:
            proxies = [f"socks5://us%C5%82r:p%C3%A4ss@127.0.0.1:{port}"]
            async with client(name, proxies=proxies, ca_file=trust.ca_file) as it:
                assert (await it.send(exchange(f"{scheme}://far.test:{server.port}/x"))).body == b"behind"
    assert said == ["usłr".encode(), "päss".encode(), b"far.test"] * 2


@every_client
async def test_a_proxy_that_fails_is_a_connect_failure_without_its_secrets(name: str) -> None:
    async with raw(once(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")) as port:
        error = await failure(name, "https://far.test/", proxies=[f"http://user:geheim@127.0.0.1:{port}"])
        assert told(error) == ("connect", "the proxy failed: it answered 407")
    error = await failure(name, "http://far.test/", proxies=[f"http://user:geheim@127.0.0.1:{port}"])
    assert error.type == "connect"
    assert "geheim" not in error.message
    async with raw(once(b"")) as port:
        error = await failure(
            name, "http://far.test/", proxies=[f"socks5://user:geheim@127.0.0.1:{port}"], timeouts=QUICK
        )
    assert error.type in ("connect", "timeout", "protocol")


async def ask_through(name: str, proxies: list[str], *, times: int) -> list[bytes]:
    async with client(name, proxies=proxies) as it:
        return [(await it.send(exchange("http://far.test/"))).body for _ in range(times)]


@every_client
async def test_a_list_of_proxies_is_taken_in_turn(name: str) -> None:
    def proxy(said: bytes) -> Callable[[Reader, Writer], Any]:
        return once(reply(Page(said, 200, [("Connection", "close")])))

    async with raw(proxy(b"one")) as one, raw(proxy(b"two")) as two:
        proxies = [f"http://127.0.0.1:{one}", f"http://127.0.0.1:{two}"]
        bodies = await ask_through(name, proxies, times=4)
    assert bodies == [b"one", b"two", b"one", b"two"]


# The library itself


@every_client
def test_only_the_library_chosen_is_loaded(name: str) -> None:
    others = {
        "aiohttp": ["httpcore", "httpcore2"],
        "httpx": ["httpcore2", "aiohttp"],
        "httpx2": ["httpcore", "aiohttp"],
        "curl": ["httpcore", "httpcore2", "aiohttp"],
    }
    program = (
        "import sys; from crawler.clients import CLIENTS; from crawler.core.registry import load;"
        "from crawler.clients.resolver import Resolver; from crawler.clients.address_guard import AddressGuard;"
        "from crawler.clients.identity import Identity; from crawler.clients.timeouts import Timeouts;"
        f"load(CLIENTS, {name!r})(resolver=Resolver(1, 1, 1), guard=AddressGuard(False, ()), http2=False,"
        "connections=1, identity=Identity(user_agent='x'), timeouts=Timeouts());"
        f"print([name for name in {others.get(name, [])!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ}, check=True
    )
    assert done.stdout.strip() == "[]"


async def ask_five_times(name: str, url: str, trust: Trust) -> None:
    async with client(name, ca_file=trust.ca_file) as it:
        await asyncio.gather(*(it.send(exchange(url)) for _ in range(5)))


@every_client
async def test_no_socket_stays_open_behind_a_client(name: str, trust: Trust) -> None:
    async with http1(site({"/": Page(b"ok")}), trust.server()) as server:
        before = len(os.listdir("/proc/self/fd"))
        await ask_five_times(name, f"https://127.0.0.1:{server.port}/", trust)
        for _ in range(50):
            if len(os.listdir("/proc/self/fd")) <= before:
                break
            await asyncio.sleep(0.02)
        assert len(os.listdir("/proc/self/fd")) <= before
