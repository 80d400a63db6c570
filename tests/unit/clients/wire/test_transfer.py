"""One exchange under way: what it sends, what it makes of what arrives, what a failure carries."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from crawler.clients.body import TURN_BYTES
from crawler.clients.identity import Identity
from crawler.clients.timeouts import Timeouts, Watch
from crawler.clients.wire.transfer import Transfer
from crawler.core.errors import FetchFailed
from crawler.core.visit import Exchange, Headers, Response


def made(url: str = "http://h.test/", most: int = 1000, timeouts: Timeouts | None = None, **options: Any) -> Transfer:
    return Transfer(Exchange(url, most, **options), Identity(user_agent="me"), Watch(timeouts or Timeouts()))


@pytest.mark.parametrize(
    ("url", "origin", "target", "peer"),
    [
        ("http://h.test/a?b", (False, "h.test", 80, "h.test", None), "/a?b", "h.test:80"),
        ("https://h.test:8443/?", (True, "h.test", 8443, "h.test:8443", None), "/?", "h.test:8443"),
        ("https://[::1]/", (True, "::1", 443, "[::1]", "::1"), "/", "[::1]:443"),
        ("http://[::1]:81//x", (False, "::1", 81, "[::1]:81", "::1"), "//x", "[::1]:81"),
        ("http://10.0.0.1/", (False, "10.0.0.1", 80, "10.0.0.1", "10.0.0.1"), "/", "10.0.0.1:80"),
    ],
)
def test_a_url_is_taken_apart_once(url: str, origin: tuple[Any, ...], target: str, peer: str) -> None:
    transfer = made(url)
    assert (transfer.origin, transfer.target, transfer.origin.peer) == (origin, target, peer)


def test_other_schemes_are_no_business_of_a_client() -> None:
    with pytest.raises(FetchFailed) as caught:
        made("gopher://h.test/")
    assert (caught.value.type, caught.value.reached) == ("unsupported_scheme", False)


def test_fields_of_the_exchange_win() -> None:
    fields = dict(made(headers=(("accept", "x/y"), ("If-None-Match", '"e"'))).fields())
    assert next(iter(fields)) == "Host"
    assert (fields["accept"], fields["If-None-Match"], "Accept" in fields) == ("x/y", '"e"', False)


CHUNKED = (b"Transfer-Encoding", b" Chunked ")


def receive_head(status: int, version: str, fields: list[tuple[bytes, bytes]]) -> None:
    with made() as transfer:
        transfer.sent()
        transfer.head(status, version, fields)
        transfer.finish()


@pytest.mark.parametrize(
    ("status", "version", "fields"),
    [
        (101, "HTTP/1.1", []),
        (200, "HTTP/1.1", [(b"X", b"y")] * 501),
        (200, "HTTP/1.1", [(b"X", b"y" * 1000)] * 70),
        (200, "HTTP/1.1", [CHUNKED, (b"Content-Length", b"2")]),
        (200, "HTTP/1.1", [CHUNKED, CHUNKED]),
        (200, "HTTP/1.1", [(b"Transfer-Encoding", b"gzip, chunked")]),
        (200, "HTTP/1.1", [(b"Transfer-Encoding", b"identity")]),
        (200, "HTTP/2", [(b"transfer-encoding", b"chunked")]),
        (200, "HTTP/2", [(b"Upper", b"case")]),
    ],
)
async def test_heads_that_readers_may_disagree_about_are_refused(
    status: int, version: str, fields: list[tuple[bytes, bytes]]
) -> None:
    with pytest.raises(FetchFailed) as caught:
        receive_head(status, version, fields)
    assert (caught.value.type, caught.value.sent) == ("protocol", True)


async def test_a_body_in_chunks_is_fine() -> None:
    receive_head(200, "HTTP/1.1", [CHUNKED])


async def test_a_failure_says_if_the_request_had_not_left() -> None:
    with pytest.raises(FetchFailed) as caught, made():
        raise FetchFailed("timeout", "too slow")
    assert not caught.value.sent


async def test_small_parts_give_others_their_turn() -> None:
    turns = []

    async def other() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    beside = asyncio.ensure_future(other())
    with made(most=10_000) as transfer:
        transfer.sent()
        transfer.head(200, "HTTP/1.1", [])
        for _ in range(1000):
            await transfer.take(b"x")
    beside.cancel()
    assert len(turns) > 20


async def test_a_response_is_made_of_what_arrived() -> None:
    sent: list[None] = []
    with made(on_sent=lambda: sent.append(None)) as transfer:
        transfer.sent()
        transfer.head(200, "HTTP/1.1", [(b"Content-Encoding", b" gzip\t"), (b"X", b"caf\xe9")])
        await transfer.take(gzip.compress(b"text"))
        transfer.finish()
    response = transfer.response()
    assert (response.body, response.headers, len(sent)) == (b"text", [("content-encoding", "gzip"), ("x", "café")], 1)


async def test_an_announced_length_beyond_the_limit_fails_before_the_body() -> None:
    with pytest.raises(FetchFailed) as caught, made(most=10) as transfer:
        transfer.head(200, "HTTP/1.1", [(b"Content-Length", b"11")])
    assert caught.value.type == "body_too_large"
    with made(most=10) as transfer:
        transfer.head(304, "HTTP/1.1", [(b"Content-Length", b"11")])
    with made(most=10) as transfer:
        transfer.head(200, "HTTP/1.1", [(b"Content-Length", b"\xb2\xb2\xb2")])


async def test_of_a_body_that_is_longer_than_enough_the_beginning_is_taken_whatever_length_was_announced() -> None:
    asked: list[int] = []

    def enough(status: int, headers: Headers) -> int:
        asked.append(status)
        return 4

    with made(most=10, enough_bytes=enough) as transfer:
        transfer.head(203, "HTTP/1.1", [(b"Content-Length", b"99")])
        assert [await transfer.take(part) for part in (b"123", b"4", b"56")] == [True, True, False]
        transfer.finish()
    response = transfer.response()
    assert (response.body, response.body_bytes, response.bytes_received, asked) == (b"1234", 4, 6, [203])
    assert (response.is_cut, response.sha256) == (True, None)


async def test_unknown_versions_are_a_protocol_failure() -> None:
    with pytest.raises(FetchFailed, match="unknown version"), made() as transfer:
        transfer.head(200, "HTTP/3.7", [])


async def part_of_a_body(trouble: FetchFailed | None) -> None:
    with made(timeouts=Timeouts(total_s=0.05)) as transfer:
        transfer.sent()
        transfer.head(200, "HTTP/1.1", [(b"X", b"y")])
        await transfer.take(b"12345")
        if trouble:
            raise trouble
        await asyncio.sleep(60)


async def test_every_failure_carries_what_had_arrived_and_no_body() -> None:
    for trouble in (FetchFailed("protocol", "x"), None):
        with pytest.raises(FetchFailed) as caught:
            await part_of_a_body(trouble)
        assert isinstance(caught.value.response, Response)
        found = caught.value.response
        assert (found.status, found.headers.get("x"), found.bytes_received, found.body) == (200, "y", 5, b"")
    with pytest.raises(FetchFailed) as caught, made():
        raise FetchFailed("protocol", "x")
    assert caught.value.response is None


async def test_other_exceptions_pass_as_they_are() -> None:
    with pytest.raises(KeyError), made():
        raise KeyError


async def test_a_part_can_be_decoded_turn_by_turn() -> None:
    turns = 1
    with made(most=8 * TURN_BYTES) as transfer:
        transfer.sent()
        transfer.head(200, "HTTP/1.1", [(b"Content-Encoding", b"gzip")])
        more = transfer.add(gzip.compress(bytes(3 * TURN_BYTES)))
        while more:
            more = transfer.go_on()
            turns += 1
        transfer.finish()
    assert (turns >= 3, transfer.response().body_bytes) == (True, 3 * TURN_BYTES)
