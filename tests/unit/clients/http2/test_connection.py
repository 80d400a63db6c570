"""One HTTP/2 connection: many streams over it, and what becomes of them when it or one of them ends."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import h2.events
import httpcore2
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from crawler.clients.http2.connection import STREAM_WINDOW, Http2Connection

OK = [(":status", "200"), ("x-own", "y")]


class Peer:
    """The network stream, and behind it a server that does what a test tells it to."""

    def __init__(self, **settings: int) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        if settings:
            self.h2.update_settings({SettingCodes[name]: value for name, value in settings.items()})
        self.events: list[h2.events.Event] = []
        self.arriving: asyncio.Queue[bytes] = asyncio.Queue()
        self.pending: dict[int, int] = {}  # bytes still to be sent, by stream
        self.is_closed = False
        self.congestion: asyncio.Future[None] | None = None
        self.writes = 0
        self.speak()

    async def read(self, most: int, timeout: float | None = None) -> bytes:
        return await self.arriving.get()

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        self.send(data)

    def send(self, data: bytes) -> None:
        self.writes += 1
        self.events += self.h2.receive_data(data)
        self.speak()

    async def aclose(self) -> None:
        self.is_closed = True

    def speak(self) -> None:
        for stream in self.pending:
            while self.pending[stream] and (size := min(self.h2.local_flow_control_window(stream), 16384)):
                size = min(size, self.pending[stream])
                self.pending[stream] -= size
                self.h2.send_data(stream, bytes(size), end_stream=not self.pending[stream])
        if data := self.h2.data_to_send():
            self.arriving.put_nowait(data)

    def answer(self, stream: int, body: bytes = b"", *, ended: bool = True) -> None:
        self.h2.send_headers(stream, OK)
        if body or ended:
            self.h2.send_data(stream, body, end_stream=ended)
        self.speak()

    def asked(self) -> list[int]:
        return [event.stream_id or 0 for event in self.events if isinstance(event, h2.events.RequestReceived)]

    def seen(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def request(told: list[Any] | None = None) -> Any:
    told = [] if told is None else told

    async def trace(name: str, info: dict[str, Any]) -> None:
        told.append(name)

    url = SimpleNamespace(scheme=b"https", target=b"/")
    extensions = {"trace": trace, "on_sent": told.append}
    return SimpleNamespace(method=b"GET", url=url, headers=[(b"Host", b"a.test")], extensions=extensions)


def connection_to(peer: Peer) -> Http2Connection:
    return Http2Connection(peer, httpcore2, 30.0)


async def body_of(answer: Any) -> bytes:
    return b"".join([part async for part in answer.stream])


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def asking(connection: Http2Connection, number: int) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.ensure_future(connection.handle_async_request(request())) for _ in range(number)]
    await turns()
    return tasks


async def test_answers_come_in_any_order_each_to_its_request() -> None:
    peer, told = Peer(), list[Any]()
    connection = connection_to(peer)
    first = asyncio.ensure_future(connection.handle_async_request(request(told)))
    second, third = await asking(connection, 2)
    assert peer.asked() == [1, 3, 5]
    for stream in (5, 1, 3):
        peer.answer(stream, str(stream).encode() * 3)
    answers = [await task for task in (first, second, third)]
    assert [(answer.status, answer.headers) for answer in answers] == [(200, [(b"x-own", b"y")])] * 3
    assert [await body_of(answer) for answer in answers] == [b"111", b"333", b"555"]
    assert told == ["http2.send_request_headers.started", 1]
    for answer in answers:
        assert not connection.is_idle()
        await answer.aclose()
    assert connection.is_idle()
    assert not peer.seen(h2.events.StreamReset)


async def test_a_body_of_any_length_arrives_and_a_short_one_needs_no_further_window() -> None:
    peer = Peer()
    connection = connection_to(peer)
    task, *_ = await asking(connection, 1)
    before = len(peer.seen(h2.events.WindowUpdated))
    peer.answer(1, b"x" * 16000)
    assert await body_of(await task) == b"x" * 16000
    assert len(peer.seen(h2.events.WindowUpdated)) == before
    task, *_ = await asking(connection, 1)
    peer.pending[3] = 3 * STREAM_WINDOW
    peer.answer(3, ended=False)
    assert len(await body_of(await task)) == 3 * STREAM_WINDOW


async def test_requests_of_one_turn_leave_together_and_are_sent_when_they_left() -> None:
    peer, told = Peer(), list[Any]()
    connection = connection_to(peer)
    await asking(connection, 1)
    before, peer.congestion = peer.writes, asyncio.get_running_loop().create_future()
    tasks = [asyncio.ensure_future(connection.handle_async_request(request(told))) for _ in range(5)]
    await turns()
    tasks[0].cancel()
    await turns()
    assert (peer.writes, told) == (before, ["http2.send_request_headers.started"] * 5)
    congestion, peer.congestion = peer.congestion, None
    congestion.set_result(None)
    await turns()
    assert peer.writes == before + 1
    assert told[5:] == [5, 7, 9, 11]


async def test_what_was_read_is_credited_to_the_connection_too() -> None:
    peer = Peer()
    connection = connection_to(peer)
    for number in range(1, 60, 2):
        (task,) = await asking(connection, 1)
        peer.pending[number] = STREAM_WINDOW
        peer.answer(number, ended=False)
        answer = await task
        assert len(await body_of(answer)) == STREAM_WINDOW
        await answer.aclose()


async def test_no_more_streams_at_once_than_the_server_allows() -> None:
    peer = Peer(MAX_CONCURRENT_STREAMS=2)
    connection = connection_to(peer)
    tasks = await asking(connection, 5)
    assert peer.asked() == [1, 3]
    peer.answer(1)
    await (await tasks[0]).aclose()
    tasks[2].cancel()  # whose turn it is
    await turns()
    assert peer.asked() == [1, 3, 5]
    for stream, task in ((3, tasks[1]), (5, tasks[3]), (7, tasks[4])):
        peer.answer(stream)
        await (await task).aclose()
        await turns()
    assert peer.asked() == [1, 3, 5, 7]


async def test_whoever_gives_up_has_the_server_stop() -> None:
    peer = Peer()
    connection = connection_to(peer)
    waiting, reading = await asking(connection, 2)
    waiting.cancel()
    peer.answer(3, b"begin", ended=False)
    answer = await reading
    await answer.aclose()
    await turns()
    assert [(event.stream_id, event.error_code) for event in peer.seen(h2.events.StreamReset)] == [
        (1, ErrorCodes.CANCEL),
        (3, ErrorCodes.CANCEL),
    ]
    assert connection.is_idle()


async def test_a_stream_that_is_reset_fails_alone() -> None:
    peer = Peer()
    connection = connection_to(peer)
    first, second = await asking(connection, 2)
    peer.h2.reset_stream(1, ErrorCodes.REFUSED_STREAM)
    peer.answer(3, b"ok")
    with pytest.raises(httpcore2.RemoteProtocolError) as caught:
        await first
    assert (type(caught.value.args[0]), caught.value.args[0].error_code) == (h2.events.StreamReset, 7)
    assert await body_of(await second) == b"ok"
    assert connection.is_available()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", "Server disconnected", id="end"),
        pytest.param(bytes(9) + b"\0\0\4\3\0" + bytes(8), "LocalProtocolError", id="RST_STREAM of stream 0"),
        pytest.param(b"\0\0\x08\7\0" + bytes(8) + b"\0\0\0\2", "ConnectionTerminated", id="GOAWAY"),
    ],
)
async def test_all_streams_fail_with_their_connection_and_it_takes_no_other(data: bytes, expected: str) -> None:
    peer = Peer(MAX_CONCURRENT_STREAMS=2)
    connection = connection_to(peer)
    tasks = await asking(connection, 3)
    peer.arriving.put_nowait(data)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(expected in repr(result) for result in results[:2])
    assert isinstance(results[2], httpcore2.ConnectionNotAvailable)
    assert (connection.is_available(), connection.is_idle()) == (False, False)
    with pytest.raises(httpcore2.ConnectionNotAvailable):
        await connection.handle_async_request(request())
    await connection.aclose()
    assert peer.is_closed


async def test_a_request_that_has_not_left_when_the_connection_ends_was_never_sent() -> None:
    peer = Peer()
    connection = connection_to(peer)
    await asking(connection, 1)
    peer.congestion = asyncio.get_running_loop().create_future()
    (task,) = await asking(connection, 1)
    peer.arriving.put_nowait(b"")
    with pytest.raises(httpcore2.ConnectionNotAvailable):
        await task


async def test_what_arrived_before_the_end_is_still_read() -> None:
    peer = Peer()
    (task,) = await asking(connection_to(peer), 1)
    peer.answer(1, b"whole")
    peer.arriving.put_nowait(b"")
    await turns()
    assert await body_of(await task) == b"whole"


async def test_closing_ends_whoever_waits() -> None:
    connection = connection_to(Peer())
    (task,) = await asking(connection, 1)
    await connection.aclose()
    with pytest.raises(httpcore2.RemoteProtocolError, match="disconnected"):
        await task


async def test_an_idle_connection_answers_pings_and_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer()
    connection = Http2Connection(peer, httpcore2, 0.02)
    (task,) = await asking(connection, 1)
    peer.answer(1)
    await (await task).aclose()
    peer.h2.ping(b"12345678")
    peer.speak()
    await turns()
    assert peer.seen(h2.events.PingAckReceived)
    assert not connection.has_expired()
    await asyncio.sleep(0.03)
    assert connection.has_expired()
