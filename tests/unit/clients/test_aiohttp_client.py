"""What is particular to the aiohttp client; the rest is the contract of all clients."""

from __future__ import annotations

import pytest

from crawler.clients.address_guard import AddressGuard
from crawler.clients.aiohttp_client import AiohttpClient
from crawler.clients.identity import Identity
from crawler.clients.resolver import Resolver
from crawler.clients.timeouts import Timeouts
from crawler.core.errors import BadInput


def made(**options: object) -> AiohttpClient:
    settings = {"http2": False, "connections": 4, "timeouts": Timeouts()} | options
    parts = {"resolver": Resolver(1, 1, 1), "guard": AddressGuard(False, ()), "identity": Identity(user_agent="me")}
    return AiohttpClient(**parts, **settings)  # type: ignore[arg-type]


def test_it_says_that_it_does_not_speak_http2() -> None:
    assert made().newest_http == "HTTP/1.1"
    with pytest.raises(BadInput, match=r"HTTP/1\.1 only"):
        made(http2=True)


def test_mistakes_in_proxies_and_authorities_are_found_before_the_first_request(tmp_path: object) -> None:
    with pytest.raises(BadInput, match=r"client\.proxy"):
        made(proxies=["ftp://user:geheim@host"])
    with pytest.raises(BadInput, match=r"client\.ca_file"):
        made(ca_file=f"{tmp_path}/none.pem")


async def test_a_client_can_be_left_without_a_request() -> None:
    async with made() as client:
        assert client.counts()["connections_opened"] == 0
