"""Connections that are refused, reset, closed, stalled or slow."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter

from tests.site.faults.registry import drip, fault, flush_and_reset, hang, reset
from tests.site.wire import Answer, Asked

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PAGE = b"<!doctype html><title>Half a page</title><a href='/leaf/from-fault'>x</a>"
LONG = OK + b"Content-Length: 100000\r\n\r\n" + PAGE
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@fault("connect", door="port")
async def refused(reader: StreamReader, writer: StreamWriter) -> None:
    """Nothing listens on the port."""
    raise AssertionError("nothing listens there")


@fault("protocol")
async def reset_before(reader: StreamReader, writer: StreamWriter) -> None:
    """Resets the connection instead of answering."""
    reset(writer)


@fault("protocol")
async def reset_in_headers(reader: StreamReader, writer: StreamWriter) -> None:
    """Resets the connection in the middle of the headers."""
    writer.write(OK)
    await flush_and_reset(writer)


@fault("protocol")
async def reset_in_body(reader: StreamReader, writer: StreamWriter) -> None:
    """Resets the connection in the middle of the body."""
    writer.write(LONG)
    await flush_and_reset(writer)


@fault("protocol")
async def closed(reader: StreamReader, writer: StreamWriter) -> None:
    """Closes the connection in good order instead of answering."""


@fault("protocol")
def closed_in_status_line(asked: Asked) -> bytes:
    """Closes the connection within the status line."""
    return b"HTTP/1.1 20"


@fault("protocol")
def closed_in_headers(asked: Asked) -> bytes:
    """Closes the connection within the headers."""
    return OK


@fault("protocol")
def truncated(asked: Asked) -> bytes:
    """Closes before as many bytes as Content-Length said."""
    return LONG


@fault("protocol")
def truncated_between_chunks(asked: Asked) -> bytes:
    """Closes before the last chunk."""
    return CHUNKED + b"%x\r\n%s\r\n" % (len(PAGE), PAGE)


@fault("protocol")
def truncated_in_a_chunk(asked: Asked) -> bytes:
    """Closes within a chunk."""
    return CHUNKED + b"1000\r\n" + PAGE


@fault("protocol")
def truncated_before_the_trailer_ends(asked: Asked) -> bytes:
    """Closes after the last chunk, before the empty line."""
    return CHUNKED + b"%x\r\n%s\r\n0\r\n" % (len(PAGE), PAGE)


@fault("timeout")
async def stalled(reader: StreamReader, writer: StreamWriter) -> None:
    """Never answers."""
    await hang(reader)


@fault("timeout")
async def stalled_in_headers(reader: StreamReader, writer: StreamWriter) -> None:
    """Stops in the middle of the headers."""
    writer.write(OK)
    await hang(reader)


@fault("timeout")
async def stalled_in_body(reader: StreamReader, writer: StreamWriter) -> None:
    """Stops in the middle of the body."""
    writer.write(LONG)
    await hang(reader)


@fault("timeout")
async def stalled_in_a_chunk(reader: StreamReader, writer: StreamWriter) -> None:
    """Stops in the middle of a chunk."""
    writer.write(CHUNKED + b"1000\r\n" + PAGE)
    await hang(reader)


@fault("timeout")
async def stalled_before_the_end(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends a whole page without saying how long it is, and neither closes nor goes on."""
    writer.write(OK + b"\r\n" + PAGE)
    await hang(reader)


@fault("timeout")
async def drip_in_headers(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends the headers one byte at a time, for ever."""
    writer.write(OK)
    await drip(writer, b"X: " + b"x" * 100_000)


@fault("timeout")
async def drip_in_body(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends the body one byte at a time, often enough for the read deadline."""
    writer.write(OK + b"Content-Length: 100000\r\n\r\n")
    await drip(writer, b"x" * 100_000)


@fault("timeout")
async def drip_in_chunks(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends chunks of one byte, often enough for the read deadline."""
    writer.write(CHUNKED)
    for _ in range(100_000):
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


@fault("robots", door="port")
async def silent_from_the_start(reader: StreamReader, writer: StreamWriter) -> None:
    """Accepts connections and never reads nor writes, robots.txt included."""
    await asyncio.sleep(3600)


@fault("ok")
async def stale_keep_alive(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers, and closes the connection when the next request on it has arrived."""
    writer.write(Answer(b"<title>Stale</title><a href='/leaf/after-stale'>x</a>").wire())
    await reader.readuntil(b"\r\n\r\n")


@fault("ok")
async def reset_keep_alive(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers, and resets the connection when the next request on it has arrived."""
    writer.write(Answer(b"<title>Stale</title><a href='/leaf/after-reset'>x</a>").wire())
    await reader.readuntil(b"\r\n\r\n")
    reset(writer)


@fault("ok")
def closed_without_a_word(asked: Asked) -> bytes:
    """Answers well, and closes the connection without having said so."""
    return Answer(PAGE).wire()


@fault("ok")
async def closed_a_moment_later(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers well, and closes the idle connection a moment later."""
    writer.write(Answer(PAGE).wire())
    await asyncio.sleep(0.1)
