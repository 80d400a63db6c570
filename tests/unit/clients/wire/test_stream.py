"""The socket below httpcore: what it reads, and when it says that it is no longer usable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from crawler.clients.address_guard import AddressGuard
from crawler.clients.resolver import Resolver
from crawler.clients.wire.stream import Dialer, SocketStream
from crawler.core.errors import FetchFailed

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(serve: Serve) -> AsyncIterator[SocketStream]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    stream = await Dialer(Resolver(1, 1, 1), None).connect_tcp("127.0.0.1", server.sockets[0].getsockname()[1])
    try:
        yield stream
    finally:
        await stream.aclose()
        server.close()


async def test_it_reads_what_came_in_pieces_of_the_size_asked_for() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5))
        writer.close()

    async with connected(serve) as stream:
        await stream.write(b"hello")
        parts = [await stream.read(2)]
        while parts[-1]:
            parts.append(await stream.read(2))
    assert (b"".join(parts), max(map(len, parts))) == (b"hello", 2)


async def read_on(stream: SocketStream) -> None:
    while await stream.read(65536):
        pass


async def test_an_answer_that_does_not_begin_for_all_that_arrives_is_given_up() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while True:
                writer.write(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)
                await writer.drain()

    async with connected(serve) as stream:
        await stream.write(b"GET")
        stream.answered()
        for _ in range(30):
            await stream.read(65536)
        await stream.write(b"GET")
        with pytest.raises(FetchFailed, match="headers too large"):
            await read_on(stream)


async def test_much_more_than_is_read_is_left_with_the_sender() -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _ in range(1000):
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536
        writer.close()

    async with connected(serve) as stream:
        await asyncio.sleep(0.3)
        assert sent < 30_000_000
        total = 0
        while data := await stream.read(65536):
            total += len(data)
    assert total == 1000 * 65536


async def test_a_connection_that_was_closed_or_said_something_unasked_is_noticed_without_reading() -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        await reader.read(1)
        writer.close()

    for serve in (close, speak):
        async with connected(serve) as stream:
            assert not stream.get_extra_info("is_readable")
            await stream.write(b"x")
            for _ in range(100):
                if stream.get_extra_info("is_readable"):
                    break
                await asyncio.sleep(0.01)
            assert stream.get_extra_info("is_readable")


async def test_writing_to_what_is_gone_leaves_the_reason_to_reading() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with connected(serve) as stream:
        assert await stream.read(10) == b""
        for _ in range(5):
            await stream.write(b"x" * 100)
            await asyncio.sleep(0.01)
        with suppress(ConnectionError):
            assert await stream.read(10) == b""


async def test_the_dialer_asks_the_guard_about_the_address_it_connects_to() -> None:
    dialer = Dialer(Resolver(1, 1, 1), AddressGuard(False, ()))
    with pytest.raises(FetchFailed) as caught:
        await dialer.connect_tcp("localhost", 9)
    assert (caught.value.type, dialer.connections_opened) == ("private_address", 0)


async def test_sockets_of_the_file_system_are_not_offered() -> None:
    with pytest.raises(NotImplementedError):
        await Dialer(Resolver(1, 1, 1), None).connect_unix_socket("/tmp/none")
