from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest

from crawler.clients.body import TURN_BYTES
from crawler.clients.curl.courier import Courier
from crawler.clients.curl.multi import Multi
from crawler.clients.identity import Identity
from crawler.clients.timeouts import Timeouts, Watch
from crawler.clients.wire.transfer import Origin, Transfer
from crawler.core.errors import FetchFailed
from crawler.core.visit import Exchange

LONG = bytes(8 * TURN_BYTES)


class Dialer:
    """Every host is at 127.0.0.1."""

    proxied = False

    def __init__(self) -> None:
        self.looked_up = self.connections = self.losses = 0
        self.refused: FetchFailed | None = None

    async def entry(self, transfer: Transfer) -> list[str]:
        self.looked_up += 1
        return [f"+{transfer.origin.host}:{transfer.origin.port}:127.0.0.1"]

    def check(self, transfer: Transfer, ip: str) -> None:
        assert ip == "127.0.0.1"
        if self.refused is not None:
            raise self.refused

    def opened(self) -> None:
        self.connections += 1

    def lost(self, origin: Origin) -> None:
        self.losses += 1

    def is_shared(self, transfer: Transfer) -> bool:
        return False

    def answered(self, transfer: Transfer, version: str) -> None:
        assert version == "HTTP/1.1"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Answers with a body that is much longer than it looks, trailers behind it; /echo tells the request instead."""
    coded = gzip.compress(LONG)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if b"/echo" in head:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head))
                    continue
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
                writer.write(b"%x\r\n%b\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(coded), coded))
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def transfer(url: str, **options: Any) -> Transfer:
    return Transfer(Exchange(url, 2 * len(LONG), **options), Identity(user_agent="me"), Watch(Timeouts()))


async def carry(
    courier: Courier, port: int, target: str = "/", fields: list[bytes] | None = None, **options: Any
) -> Transfer:
    with transfer(f"http://a.test:{port}{target}", **options) as one:
        courier.prepare(
            one, f"http://a.test:{port}", target, fields or [], fresh=False, alone=False, version="HTTP/1.1"
        )
        await courier.carry(look_up=False)
    return one


async def test_a_name_is_looked_up_when_a_connection_turns_out_to_be_needed(port: int) -> None:
    dialer = Dialer()
    courier = Courier(Multi(1), dialer, [])
    for _ in range(3):
        assert (await carry(courier, port, "/echo")).response().status == 200
    assert (dialer.looked_up, dialer.connections) == (1, 1)


async def test_fields_and_target_are_those_of_this_request(port: int) -> None:
    courier = Courier(Multi(1), Dialer(), [])
    first = await carry(courier, port, "/echo?a|b", [b"User-Agent: me", b"Accept: x", b"X-Empty;"])
    second = await carry(courier, port, "/echo?", [b"User-Agent: me", b"Accept: y"])
    assert first.response().body.startswith(b"GET /echo?a|b HTTP/1.1\r\n")
    assert b"X-Empty:\r\n" in first.response().body
    assert (
        second.response().body
        == b"GET /echo? HTTP/1.1\r\nHost: a.test:%d\r\nUser-Agent: me\r\nAccept: y\r\n\r\n" % port
    )


async def test_other_tasks_have_their_turn_while_much_is_decoded(port: int) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    courier = Courier(Multi(1), Dialer(), [])
    await carry(courier, port, "/echo")
    counting = asyncio.ensure_future(count())
    response = (await carry(courier, port)).response()
    counting.cancel()
    assert response.body == LONG
    assert [name for name, _ in response.headers] == ["content-encoding", "transfer-encoding"]
    assert turns >= 8


async def test_a_handle_serves_again_after_it_was_cancelled_amid_decoding(port: int) -> None:
    courier = Courier(Multi(1), Dialer(), [])
    task = asyncio.ensure_future(carry(courier, port))
    while courier._decoding is None:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await carry(courier, port)).response().body == LONG


async def test_what_must_not_be_connected_to_is_not(port: int) -> None:
    dialer = Dialer()
    dialer.refused = FetchFailed("private_address", "no", reached=False)
    with pytest.raises(FetchFailed) as caught:
        await carry(Courier(Multi(1), dialer, []), port)
    assert (caught.value.type, caught.value.reached, dialer.connections) == ("private_address", False, 0)


async def test_a_bug_in_what_is_fed_is_told_as_one(port: int) -> None:
    def broken(status: int, headers: Any) -> bool:
        raise LookupError

    with pytest.raises(FetchFailed) as caught:
        await carry(Courier(Multi(1), Dialer(), []), port, keep_body=broken)
    assert (caught.value.type, caught.value.message) == ("internal", "unexpected LookupError in the HTTP client")
    assert isinstance(caught.value.__cause__, LookupError)
