"""The test site is what other tests rely on: it must see, count and misbehave as it says."""

from __future__ import annotations

import asyncio
import ssl
import time
import zlib

import aiohttp
import httpx
import pytest

from crawler.core.errors import ERROR_TYPES
from tests.site import Answer, Certificates, Nginx, Site, html
from tests.site.faults import FAULTS
from tests.site.pages import CODINGS, TEXTS

HANGING = sorted(
    name for name, fault in FAULTS.items() if fault.door == "site" and name.startswith(("stalled", "drip"))
)


@pytest.fixture
async def session() -> aiohttp.ClientSession:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def text_of(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url, allow_redirects=False) as response:
        return await response.text()


async def test_hits_are_recorded_in_order_with_host_and_fields(site: Site, session: aiohttp.ClientSession) -> None:
    before = time.monotonic()
    await text_of(session, site.url("/leaf/a"))
    await session.get(site.url("/leaf/b?q=1", host="127.0.0.2"), headers={"X-Test": "yes"})
    first, second = site.hits()
    assert (first.target, second.target) == ("/leaf/a", "/leaf/b?q=1")
    assert second.host == site.host("127.0.0.2")
    assert second.headers["x-test"] == "yes"
    assert before < first.at < second.at < time.monotonic()
    assert site.hits(host="127.0.0.2") == [second]


async def test_requests_in_flight_are_counted_by_host_and_in_total(site: Site, session: aiohttp.ClientSession) -> None:
    hosts = ["127.0.0.1", "127.0.0.1", "127.0.0.2"]
    await asyncio.gather(*(text_of(session, site.url(f"/slow/0.3/{n}", host)) for n, host in enumerate(hosts)))
    await text_of(session, site.url("/leaf/alone"))
    hits = site.hits()
    assert max(hit.in_flight_total for hit in hits) == 3
    assert max(hit.in_flight_host for hit in hits) == 2
    assert (hits[-1].in_flight_total, hits[-1].in_flight_host) == (1, 1)


async def test_a_client_that_hangs_up_is_no_longer_in_flight(site: Site, session: aiohttp.ClientSession) -> None:
    with pytest.raises(TimeoutError):
        await session.get(site.url("/slow/30/x"), timeout=aiohttp.ClientTimeout(total=0.2))
    await asyncio.sleep(0.1)
    await text_of(session, site.url("/leaf/after"))
    assert site.hits()[-1].in_flight_total == 1


async def test_answers_can_be_set_in_sequence_and_for_one_host_only(site: Site, session: aiohttp.ClientSession) -> None:
    site.answer("/x", Answer(status=503, headers=(("Retry-After", "7"),)), Answer(b"fine"), host="127.0.0.2")
    statuses = []
    for _ in range(3):
        async with session.get(site.url("/x", "127.0.0.2")) as response:
            statuses.append((response.status, response.headers.get("Retry-After")))
    assert statuses == [(503, "7"), (200, None), (200, None)]
    assert (await session.get(site.url("/x"))).status == 404


async def test_the_tree_is_complete_and_every_page_is_reached(site: Site, session: aiohttp.ClientSession) -> None:
    found, todo = {"/tiny/500/0"}, ["/tiny/500/0"]
    while todo:
        page = await text_of(session, site.url(todo.pop()))
        links = set(page.split('"')[1::2]) - found
        found |= links
        todo += links
    assert found == {f"/tiny/500/{number}" for number in range(500)}


@pytest.mark.parametrize("coding", CODINGS)
async def test_codings_are_labelled(site: Site, session: aiohttp.ClientSession, coding: str) -> None:
    async with session.get(site.url(f"/coded/{coding}")) as response:
        assert response.headers["Content-Encoding"] == coding.removeprefix("raw-")
        assert b"packed packed" not in await response.read()


@pytest.mark.parametrize("name", TEXTS)
async def test_charset_pages_are_written_in_that_charset(site: Site, session: aiohttp.ClientSession, name: str) -> None:
    async with session.get(site.url(f"/charset/{name}/header")) as response:
        assert TEXTS[name] in (await response.read()).decode(name)


async def test_big_pages_have_their_size_chunked_or_not(site: Site, session: aiohttp.ClientSession) -> None:
    for path in ("/big/12345", "/big/12345/chunked"):
        assert len(await (await session.get(site.url(path))).read()) == 12345


@pytest.mark.parametrize("name", ["reset-before", "reset-in-body", "closed", "truncated", "garbage", "http-0.9"])
async def test_a_fault_is_an_error_for_a_client(site: Site, session: aiohttp.ClientSession, name: str) -> None:
    with pytest.raises((aiohttp.ClientError, TimeoutError)):
        async with asyncio.timeout(5), session.get(site.url(f"/fault/{name}")) as response:
            await response.read()
    await text_of(session, site.url("/leaf/still-there"))


def test_every_fault_says_what_it_does_and_what_its_record_says(site: Site) -> None:
    assert {fault.ends for fault in FAULTS.values()} <= {"ok", *ERROR_TYPES}
    assert all(fault.what[0].isupper() and not fault.what.endswith(".") for fault in FAULTS.values())
    assert len({site.fault_url(fault) for fault in FAULTS.values()}) == len(FAULTS)


@pytest.mark.parametrize("name", HANGING)
async def test_a_hanging_fault_hangs(site: Site, session: aiohttp.ClientSession, name: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3), session.get(site.url(f"/fault/{name}")) as response:
            await response.read()


async def test_an_endless_body_goes_on_until_the_client_leaves(site: Site, session: aiohttp.ClientSession) -> None:
    async with session.get(site.url("/fault/endless-body")) as response:
        assert len(await response.content.readexactly(5_000_000)) == 5_000_000


async def test_a_flood_of_1xx_never_comes_to_an_answer(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.ports["http"])
    writer.write(f"GET /fault/endless-interim-answers HTTP/1.1\r\nHost: {site.host()}\r\n\r\n".encode())
    lines = (await reader.readexactly(1_000_000)).split(b"\r\n")
    assert {line for line in lines[:-1] if line.startswith(b"HTTP")} == {b"HTTP/1.1 103 Early Hints"}
    writer.close()


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
async def test_bombs_are_small_on_the_wire(site: Site, session: aiohttp.ClientSession, name: str) -> None:
    packed = await (await session.get(site.url(f"/fault/bomb-{name}"))).read()
    assert len(packed) < 500_000
    if name == "gzip":
        assert len(zlib.decompressobj(31).decompress(packed, 200_000_000)) == 200_000_000


async def test_a_stale_connection_closes_under_the_second_request(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.ports["http"])
    request = f"GET /fault/stale-keep-alive HTTP/1.1\r\nHost: {site.host()}\r\n\r\n".encode()
    writer.write(request)
    assert b"200 OK" in await reader.read(1000)
    writer.write(request)
    assert await reader.read() == b""


async def test_a_refused_url_refuses(site: Site, session: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        await session.get(site.refused_url)


async def test_reset_forgets_hits_and_answers(site: Site, session: aiohttp.ClientSession) -> None:
    site.page("/x", html("set").decode())
    await text_of(session, site.url("/x"))
    site.reset()
    assert site.size() == 0
    assert (await session.get(site.url("/x"))).status == 404


async def test_nginx_passes_the_test_site_on_over_http2(front: Nginx, site: Site, certificates: Certificates) -> None:
    async with httpx.AsyncClient(http2=True, verify=ssl.create_default_context(cafile=certificates.ca)) as client:
        answers = [await client.get(front.url("/leaf/x", kind)) for kind in ("http", "https", "h2")]
    assert [answer.http_version for answer in answers] == ["HTTP/1.1", "HTTP/1.1", "HTTP/2"]
    assert len(site.hits("/leaf/x")) == 3


async def test_nginx_serves_two_real_documentations(docs: Nginx, session: aiohttp.ClientSession) -> None:
    assert "PostgreSQL" in await text_of(session, docs.url("/postgresql/index.html"))
    assert "Python" in await text_of(session, docs.url("/python/"))
    assert ("HTTP/1.1", "/postgresql/index.html") in docs.asked()
