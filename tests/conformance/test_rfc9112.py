"""RFC 9112, HTTP/1.1: messages as they may come, and as they must not, from every client alike."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.clients import CLIENTS
from crawler.core.errors import FetchFailed
from crawler.core.visit import Response
from tests.contracts.client_servers import Reader, Seen, Writer, http1, raw
from tests.contracts.test_client_contract import client, exchange

standard = pytest.mark.standard
every_client = pytest.mark.parametrize("name", CLIENTS)
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def marked(cases: list[tuple[str, bytes]]) -> list[Any]:
    """The messages of `cases`, each marked by the section that it is about."""
    return [pytest.param(message, marks=standard("RFC 9112", section)) for section, message in cases]


async def outcome(name: str, message: bytes) -> Response | FetchFailed:
    """What a client makes of `message`, after which the server closes."""

    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(message)
        await writer.drain()

    async with raw(serve) as port, client(name) as it:
        try:
            return await it.send(exchange(f"http://127.0.0.1:{port}/"))  # type: ignore[no-any-return]
        except FetchFailed as failure:
            return failure


GOOD = [
    ("2.2", HEAD.replace(b"\r", b"") + b"Content-Length: 2\n\nok"),
    ("4", b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"),
    ("4", b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"),
    ("5", HEAD + b"Content-Length:2\r\nX-Empty:\r\n\r\nok"),
    ("5.1", HEAD + b"content-LENGTH: \t 2 \t\r\n\r\nok"),
    ("6.3", HEAD + b"Content-Length: 2\r\n\r\nok and more"),
    ("6.3", HEAD + b"\r\nok"),
    ("7.1", CHUNKED + b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n"),
    ("7.1", CHUNKED + b"00000002\r\nok\r\n000\r\n\r\n"),
    ("7.1.1", CHUNKED + b'2;a;b="c;d"\r\nok\r\n0\r\n\r\n'),
    ("7.1.2", CHUNKED + b"2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"),
    ("9.3", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"),
    ("9.6", HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok"),
]


@every_client
@pytest.mark.parametrize(
    ("section", "message"), [pytest.param(*case, marks=standard("RFC 9112", case[0])) for case in GOOD]
)
async def test_a_message_is_understood(name: str, message: bytes) -> None:
    result = await outcome(name, message)
    assert isinstance(result, Response), result
    assert (result.status, result.body) == (200, b"ok")


BAD = [
    ("2.3", b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ("4", b"HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok"),
    ("5", HEAD + b"no colon\r\nContent-Length: 2\r\n\r\nok"),
    ("6.1", HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    ("6.1", HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    ("6.3", HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
    ("6.3", HEAD + b"Content-Length: 2, 3\r\n\r\nok"),
    ("6.3", HEAD + b"Content-Length: two\r\n\r\nok"),
    ("7.1", CHUNKED + b"g\r\nok\r\n0\r\n\r\n"),
    ("7.1", CHUNKED + b"2\r\nok?\r\n0\r\n\r\n"),
    ("8", HEAD + b"Content-Length: 3\r\n\r\nok"),
    ("8", CHUNKED + b"2\r\nok\r\n"),
    ("8", HEAD + b"Content-Le"),
]


@every_client
@pytest.mark.parametrize(
    ("section", "message"), [pytest.param(*case, marks=standard("RFC 9112", case[0])) for case in BAD]
)
async def test_a_message_is_refused(name: str, message: bytes) -> None:
    result = await outcome(name, message)
    assert isinstance(result, FetchFailed), result
    assert result.type == "protocol"


@every_client
@standard("RFC 9112", "9.3")
async def test_a_connection_serves_again_unless_it_was_to_be_closed(name: str) -> None:
    async def answer(seen: Seen, writer: Writer) -> None:
        closes = b"Connection: close\r\n" if seen.target == "/last" else b""
        writer.write(HEAD + closes + b"Content-Length: 2\r\n\r\nok")

    async with http1(answer) as server, client(name) as it:
        for path in ("/1", "/2", "/last", "/3"):
            await it.send(exchange(f"http://127.0.0.1:{server.port}{path}"))
    assert [seen.connection for seen in server.requests] == [1, 1, 1, 2]


@every_client
@standard("RFC 9112", "3.2")
async def test_a_request_names_its_host_first_and_its_target_to_the_letter(name: str) -> None:
    async def answer(seen: Seen, writer: Writer) -> None:
        writer.write(HEAD + b"Content-Length: 2\r\n\r\nok")

    async with http1(answer) as server, client(name) as it:
        await it.send(exchange(f"http://127.0.0.1:{server.port}/a%2Fb?c"))
    assert server.requests[0].line == "GET /a%2Fb?c HTTP/1.1"
    assert server.requests[0].fields[0] == ("Host", f"127.0.0.1:{server.port}")
