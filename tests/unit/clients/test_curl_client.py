"""What is particular to the curl client; the rest is the contract of all clients."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from crawler.clients.address_guard import AddressGuard
from crawler.clients.curl_client import CurlClient
from crawler.clients.identity import Identity
from crawler.clients.resolver import Resolver
from crawler.clients.timeouts import Timeouts
from crawler.core.errors import BadInput, FetchFailed
from crawler.core.visit import Exchange


def made(**options: Any) -> CurlClient:
    settings = {"http2": False, "connections": 4, "timeouts": Timeouts()} | options
    parts = {"resolver": Resolver(1, 1, 1), "guard": AddressGuard(True, ()), "identity": Identity(user_agent="me")}
    return CurlClient(**parts, **settings)  # type: ignore[arg-type]


def test_mistakes_in_proxies_and_authorities_are_found_before_the_first_request(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"client\.proxy"):
        made(proxies=["ftp://user:geheim@host"])
    with pytest.raises(BadInput, match=r"client\.ca_file"):
        made(ca_file=f"{tmp_path}/none.pem")


async def test_a_client_can_be_left_without_a_request() -> None:
    async with made(http2=True) as client:
        assert client.newest_http == "HTTP/2"
        assert client.counts()["connections_opened"] == 0


async def test_a_bug_is_a_failure_of_this_request_alone() -> None:
    async with made(proxies=["http://proxy.test:1"]) as client:
        client._routes[0]._free = None  # type: ignore[assignment]
        with pytest.raises(FetchFailed) as caught:
            await client.send(Exchange("http://site.test/", 1))
    assert (caught.value.type, caught.value.message) == ("internal", "unexpected AttributeError in the HTTP client")


async def test_an_answer_that_begins_with_an_empty_line_is_a_malformed_one(capfd: pytest.CaptureFixture[str]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, made() as client:
        with pytest.raises(FetchFailed) as caught:
            await client.send(Exchange(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", 1))
    assert caught.value.type == "protocol"
    assert capfd.readouterr().err == ""  # no traceback out of a callback
