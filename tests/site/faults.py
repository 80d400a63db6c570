"""Faults by name, at /fault/NAME: one async function each, given the connection after the request's head was read.

To add one, write `@fault("name") async def name(reader, writer)`. The connection is closed when it returns.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable

Fault = Callable[[StreamReader, StreamWriter], Awaitable[None]]
FAULTS: dict[str, Fault] = {}

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_PAGE = b"<!doctype html><title>Half a page</title><a href='/leaf/from-fault'>x</a>"
_MOST_BYTES = 256 * 1024 * 1024  # an endless answer ends after all, should nobody hang up


def fault(name: str) -> Callable[[Fault], Fault]:
    """Registers a fault under /fault/NAME."""

    def register(function: Fault) -> Fault:
        FAULTS[name] = function
        return function

    return register


def reset(writer: StreamWriter) -> None:
    """Closes with RST instead of FIN."""
    writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def flush_and_reset(writer: StreamWriter) -> None:
    """Lets what was written reach the client, then resets."""
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


async def pour(writer: StreamWriter, piece: bytes) -> None:
    """Writes `piece` until the client hangs up."""
    for _ in range(_MOST_BYTES // len(piece)):
        writer.write(piece)
        await writer.drain()


@fault("reset-before")
async def reset_before(reader: StreamReader, writer: StreamWriter) -> None:
    reset(writer)


@fault("reset-in-headers")
async def reset_in_headers(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK)
    await flush_and_reset(writer)


@fault("reset-in-body")
async def reset_in_body(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: 100000\r\n\r\n" + _PAGE)
    await flush_and_reset(writer)


@fault("closed")
async def closed(reader: StreamReader, writer: StreamWriter) -> None:
    """An orderly close instead of an answer."""


@fault("stalled")
async def stalled(reader: StreamReader, writer: StreamWriter) -> None:
    await reader.read()


@fault("stalled-in-body")
async def stalled_in_body(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: 100000\r\n\r\n" + _PAGE)
    await reader.read()


@fault("drip")
async def drip(reader: StreamReader, writer: StreamWriter) -> None:
    """Bytes often enough for every read deadline, for ever."""
    writer.write(_OK + b"Content-Length: 100000\r\n\r\n")
    for _ in range(100000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


@fault("truncated")
async def truncated(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: 100000\r\n\r\n" + _PAGE)


@fault("truncated-chunks")
async def truncated_chunks(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(_PAGE), _PAGE))


@fault("malformed-chunks")
async def malformed_chunks(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + _PAGE + b"\r\n0\r\n\r\n")


@fault("garbage")
async def garbage(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(bytes(range(256)) * 8)


@fault("wrong-version")
async def wrong_version(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\nhi")


@fault("endless-headers")
async def endless_headers(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK)
    await pour(writer, b"X-Filler: " + b"x" * 1000 + b"\r\n")


@fault("endless-body")
async def endless_body(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK + b"\r\n")
    await pour(writer, b"x" * 65536)


@fault("bomb")
async def bomb(reader: StreamReader, writer: StreamWriter) -> None:
    """256 MiB of spaces in a quarter of a megabyte of gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    writer.write(_OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n")
    for _ in range(_MOST_BYTES // 1_048_576):
        writer.write(packer.compress(b" " * 1_048_576))
        await writer.drain()
    writer.write(packer.flush())


@fault("flood-1xx")
async def flood_1xx(reader: StreamReader, writer: StreamWriter) -> None:
    await pour(writer, b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n" * 100)


@fault("bad-gzip")
async def bad_gzip(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(_PAGE), _PAGE))
