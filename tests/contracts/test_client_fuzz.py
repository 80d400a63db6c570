"""Whatever bytes a server sends, a client returns a response or raises FetchFailed, in time, and nothing else."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.clients import CLIENTS
from crawler.clients.timeouts import Timeouts
from crawler.core.errors import ERROR_TYPES, FetchFailed
from crawler.core.visit import Exchange, Response

from .client_servers import Page, Reader, Writer, raw, reply
from .test_client_contract import client, exchange

HURRIED = Timeouts(connect_s=2, read_s=2, write_s=2, pool_s=2, total_s=3)
EXAMPLES = 40
BASES = [
    reply(Page(b"<title>x</title>" * 20, 200, [("Content-Type", "text/html")])),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + reply(Page(b"ok", 404)),
    reply(Page(gzip.compress(b"text" * 100), 200, [("Content-Encoding", "gzip")])),
    reply(Page(b"", 302, [("Location", "//x/\xe9"), ("Set-Cookie", "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT")])),
    b"HTTP/1.0 204 \r\nConnection: keep-alive\r\n\r\n",
]
PIECES = [
    *(b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"\x80", b"\xff", b"HTTP/1.1 ", b"Content-Length: 5\r\n", b"-1"),
    *(b"Transfer-Encoding: chunked\r\n", b"ffffffffffffffff", b"0\r\n\r\n", b"Content-Encoding: br\r\n", b"\r\n\r\n"),
    *(b"Connection: close\r\n", b"Upgrade: h2c\r\n", b" folded\r\n", b"99999999999999999999", b"x" * 70_000),
]


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An answer with a few mutations: pieces put in, bytes taken out or changed, the end cut off."""
    data = draw(st.sampled_from(BASES))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 8))
        data = data[:at] + draw(st.sampled_from(PIECES) | st.binary(max_size=8)) + data[at + length :]
    return data[: draw(st.integers(len(data) // 2, len(data)))]


@contextmanager
def loop_of_its_own() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


async def ask_for(name: str, answer: bytes) -> None:
    """Asks twice, so that the second answer may meet what the first has left in a connection."""

    async def serve(reader: Reader, writer: Writer) -> None:
        for _ in range(2):
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 0.05)
                writer.write(answer)
                await writer.drain()

    async with raw(serve) as port, client(name, timeouts=HURRIED) as it:
        for path in ("/1", "/2"):
            check(await outcome(it, exchange(f"http://127.0.0.1:{port}{path}", 50_000)))


async def outcome(it: Any, one: Exchange) -> Response | FetchFailed:
    try:
        return await asyncio.wait_for(it.send(one), 10)  # type: ignore[no-any-return]
    except FetchFailed as failure:
        return failure


def check(result: Response | FetchFailed) -> None:
    if isinstance(result, Response):
        assert 200 <= result.status < 1000
        assert len(result.body) == result.body_bytes <= 50_000
    else:
        assert result.type in ERROR_TYPES
        assert result.type != "internal", (result.message, result.__cause__)
        assert result.message.isprintable()


@pytest.mark.parametrize("name", CLIENTS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(answer=answers() | st.binary(max_size=400))
def test_any_answer_is_a_response_or_a_failure(name: str, answer: bytes) -> None:
    with loop_of_its_own() as loop:
        loop.run_until_complete(ask_for(name, answer))
