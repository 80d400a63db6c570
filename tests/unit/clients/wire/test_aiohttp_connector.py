"""Below aiohttp: which sockets are kept, and what our resolver and guard say to aiohttp."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from crawler.clients.address_guard import AddressGuard
from crawler.clients.resolver import Resolver
from crawler.clients.wire.aiohttp_connector import Names, OneAnswer, Sockets, interrupted
from crawler.core.errors import FetchFailed


class Protocol:
    """One of aiohttp's connections."""

    def __init__(self) -> None:
        self.connected = True

    def is_connected(self) -> bool:
        return self.connected

    def close(self) -> None:
        self.connected = False


def test_the_longest_idle_gives_way_when_a_new_one_is_opened() -> None:
    sockets: Any = Sockets(2)
    one, two, three = Protocol(), Protocol(), Protocol()
    assert [sockets.take(one), sockets.take(two)] == [False, False]
    sockets.leave(two)
    sockets.leave(one)
    assert sockets.take(three) is False
    assert [one.connected, two.connected, three.connected] == [True, False, True]
    assert sockets.take(one) is True
    assert sockets.opened == 3


def test_those_that_were_closed_are_not_kept() -> None:
    sockets: Any = Sockets(1)
    one, two = Protocol(), Protocol()
    sockets.take(one)
    one.close()
    sockets.leave(one)
    sockets.take(two)
    sockets.leave(two)
    assert sockets.take(two) is True


def lookup(host: str, port: int, family: int, kind: int) -> list[Any]:
    return [(socket.AF_INET, kind, 6, "", (ip, 0)) for ip in ("10.0.0.1", "8.8.8.8")]


async def test_aiohttp_is_told_the_addresses_that_pass_the_guard_and_no_others() -> None:
    resolver = Resolver(1, 1, 1, lookup=lookup)
    for guard, ips in ((AddressGuard(False, ()), ["8.8.8.8"]), (None, ["10.0.0.1", "8.8.8.8"])):
        found = await Names(resolver, guard).resolve("h.test", 443)
        assert [(one["host"], one["port"], one["hostname"]) for one in found] == [(ip, 443, "h.test") for ip in ips]
    with pytest.raises(FetchFailed, match="not a public address"):
        await Names(Resolver(1, 1, 1), AddressGuard(False, ())).resolve("localhost", 80)


class Transport:
    """A connection that notes whether it was closed, and how often it was told to pause and to go on."""

    closed = False
    reads = True
    pauses = resumes = 0

    def pause_reading(self) -> None:
        self.reads = False
        self.pauses += 1

    def resume_reading(self) -> None:
        self.reads = True
        self.resumes += 1

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


def connected() -> OneAnswer:
    protocol = OneAnswer(asyncio.get_running_loop())
    protocol.connection_made(Transport())  # type: ignore[arg-type]
    protocol.set_response_params(read_until_eof=True, auto_decompress=False)
    return protocol


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


async def test_an_answer_survives_what_arrives_with_its_end() -> None:
    for tail in (b"garbage", b"garbage\r\n\r\n" * 3, OK):
        protocol = connected()
        protocol.data_received(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + tail)
        assert (await protocol.read())[0].code == 103
        message, payload = await protocol.read()
        assert (message.code, await payload.read(), protocol.should_close) == (200, b"hi", True)


async def test_the_reader_of_a_body_is_told_what_is_wrong_with_it() -> None:
    protocol = connected()
    protocol.data_received(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    protocol.data_received(b"zz\r\n")
    _, payload = await protocol.read()
    with pytest.raises(aiohttp.ClientPayloadError):
        await payload.read()


async def test_a_body_that_outruns_its_reader_pauses_and_goes_on_to_its_end() -> None:
    protocol = connected()
    transport: Any = protocol.transport
    size, piece = 3_000_000, b"x" * 100_000
    protocol.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    _, payload = await protocol.read()
    arrived = read = 0
    while read < size:
        while arrived < size and transport.reads:
            protocol.data_received(piece)
            arrived += len(piece)
        read += len(await payload.readany())
    assert (read, transport.pauses > 1, transport.reads) == (size, True, True)


async def test_reading_on_where_nothing_was_paused_costs_nothing() -> None:
    protocol = connected()
    transport: Any = protocol.transport
    protocol.data_received(OK)
    _, payload = await protocol.read()
    assert (await payload.readany(), transport.resumes) == (b"hi", 0)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 5000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=", b"x" * 100_000),
    ],
    ids=["interim answers", "a chunk extension"],
)
async def test_what_comes_to_nothing_is_bounded(head: bytes, piece: bytes) -> None:
    protocol = connected()
    transport = protocol.transport
    for data in (head, piece, piece, piece):
        protocol.data_received(data)
    assert transport is not None
    assert transport.is_closing()


def test_only_silence_before_the_head_may_be_a_stale_connection() -> None:
    half: Any = object()
    for error, unheard in [
        (aiohttp.ServerDisconnectedError(), True),
        (aiohttp.ClientOSError(104, "reset"), True),
        (aiohttp.ServerDisconnectedError(half), False),
    ]:
        assert interrupted(error, reused=True).unheard is unheard
        assert not interrupted(error, reused=False).unheard
