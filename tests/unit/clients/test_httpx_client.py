"""What is particular to the httpx and httpx2 clients; the rest is the contract of all clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest

from crawler.clients.address_guard import AddressGuard
from crawler.clients.httpx_client import Httpx2Client, HttpxClient
from crawler.clients.identity import Identity
from crawler.clients.resolver import Resolver
from crawler.clients.timeouts import Timeouts
from crawler.core.errors import BadInput
from crawler.core.visit import Exchange

both = pytest.mark.parametrize("kind", [HttpxClient, Httpx2Client])
LIBRARIES: dict[type[Any], Any] = {HttpxClient: httpx, Httpx2Client: httpx2}


def made(kind: type[Any], **options: Any) -> Any:
    settings = {"http2": True, "connections": 4, "timeouts": Timeouts()} | options
    identity = Identity(user_agent="me", cookies=False)
    parts = {"resolver": Resolver(1, 1, 1), "guard": AddressGuard(True, ()), "identity": identity}
    return kind(**parts, **settings)


@asynccontextmanager
async def answering(fields: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """The URL of a server, and the requests that it has read."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readuntil(b"\r\n\r\n"):
            seen.append(request)
            writer.write(f"HTTP/1.1 {fields}\r\nContent-Length: 2\r\n\r\nhi".encode("latin-1"))

    async def serve_until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    async with await asyncio.start_server(serve_until_closed, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen


@both
def test_they_say_whether_they_ask_for_http2(kind: type[Any]) -> None:
    assert made(kind).newest_http == "HTTP/2"
    assert made(kind, http2=False).newest_http == "HTTP/1.1"


@both
def test_mistakes_in_proxies_and_authorities_are_found_before_the_first_request(kind: type[Any], tmp_path: Any) -> None:
    with pytest.raises(BadInput, match=r"client\.proxy"):
        made(kind, proxies=["ftp://user:geheim@host"])
    with pytest.raises(BadInput, match=r"client\.ca_file"):
        made(kind, ca_file=f"{tmp_path}/none.pem")


@both
async def test_a_client_can_be_left_without_a_request(kind: type[Any]) -> None:
    async with made(kind) as client:
        assert client.counts()["connections_opened"] == 0


@both
async def test_one_session_of_the_library_sends_every_request_and_ends_with_the_client(
    kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = LIBRARIES[kind].AsyncClient
    used, send = [], session.send

    async def noted(self: Any, request: Any, **options: Any) -> Any:
        used.append(self)
        return await send(self, request, **options)

    monkeypatch.setattr(session, "send", noted)
    async with answering("200 OK") as (url, _), made(kind) as client:
        for page in range(3):
            assert (await client.send(Exchange(f"{url}/{page}", 10))).body == b"hi"
        assert not used[0].is_closed
    assert len(used) == 3
    assert len(set(used)) == 1
    assert used[0].is_closed


@both
@pytest.mark.parametrize("location", ["http://[", "http://a:b:c/", "//", "", "\xff\xfe", "http://\xe4.example:99999/"])
async def test_no_location_makes_a_redirect_fail(kind: type[Any], location: str) -> None:
    async with answering(f"302 Found\r\nLocation: {location}") as (url, seen), made(kind) as client:
        response = await client.send(Exchange(f"{url}/", 10))
    assert (response.status, response.headers.all("location"), response.body) == (302, [location], b"hi")
    assert len(seen) == 1


@both
async def test_the_library_adds_no_field_and_keeps_no_cookie(kind: type[Any]) -> None:
    async with answering("200 OK\r\nSet-Cookie: own=1; Path=/") as (url, seen), made(kind) as client:
        for _ in range(2):
            response = await client.send(Exchange(f"{url}/a|b?c=[d]&e='", 10))
            assert response.headers.all("set-cookie") == ["own=1; Path=/"]
    assert seen[0] == seen[1]
    request_line, *fields = seen[0].decode().rstrip().split("\r\n")
    assert request_line == "GET /a|b?c=[d]&e=' HTTP/1.1"
    assert [field.partition(":")[0] for field in fields] == ["Host", "User-Agent", "Accept", "Accept-Encoding"]
