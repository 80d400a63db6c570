"""Messages between processes: whole, in order, in batches, however the bytes are cut."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from crawler.runner.workers.channel import Channel, Message, frame, receive

VALUES: list[Message] = [("visit", 1, ("http://a.test/", None, 2.5, True), {"a": [b"x"]}), ("lone \ud800",)]


class End:
    """A channel and what came over it."""

    def __init__(self, sock: socket.socket) -> None:
        self.batches: list[list[Message]] = []
        self.closed = 0
        self.prepared = 0
        self.came = asyncio.Event()
        self.channel = Channel(sock, self._take, self._close, self._prepare)

    def _take(self, batch: list[Message]) -> None:
        self.batches.append(batch)
        self.came.set()

    def _close(self) -> None:
        self.closed += 1
        self.came.set()

    def _prepare(self) -> None:
        self.prepared += 1
        if self.prepared == 1:
            self.channel.post(("added",))

    async def next(self) -> None:
        """Waits for the next batch, or the end."""
        async with asyncio.timeout(5):
            await self.came.wait()
        self.came.clear()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


async def test_what_is_posted_in_one_turn_arrives_as_one_batch(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = map(End, pair)
    for value in VALUES:
        one.channel.post(value)
    await other.next()
    assert other.batches == [[*VALUES, ("added",)]]
    one.channel.post(("later",))
    await other.next()
    assert other.batches[1:] == [[("later",)]]


async def test_a_batch_larger_than_the_socket_holds_arrives_whole(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = map(End, pair)
    large = ("body", bytes(range(256)) * 40_000)
    one.channel.post(large)
    await asyncio.sleep(0)
    one.channel.post(("behind it",))
    await other.next()
    await asyncio.sleep(0.05)
    assert [message for batch in other.batches for message in batch] == [large, ("added",), ("behind it",)]


async def test_bytes_may_come_one_by_one(pair: tuple[socket.socket, socket.socket]) -> None:
    end = End(pair[0])
    for byte in frame(VALUES) + frame([("next",)]):
        pair[1].send(bytes((byte,)))
        await asyncio.sleep(0)
    await end.next()
    await asyncio.sleep(0.01)
    assert end.batches == [VALUES, [("next",)]]


async def test_the_end_is_told_once_and_after_what_was_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    end = End(pair[0])
    pair[1].sendall(frame([("last",)]) + frame([("torn",)])[:-1])
    pair[1].close()
    await end.next()
    await asyncio.sleep(0.01)
    assert end.batches == [[("last",)]]
    assert end.closed == 1
    end.channel.post(("in vain",))
    await asyncio.sleep(0.01)


async def test_what_is_no_message_is_the_end(pair: tuple[socket.socket, socket.socket]) -> None:
    end = End(pair[0])
    pair[1].sendall((4).to_bytes(8) + b"\xff\xff\xff\xff")
    await end.next()
    assert (end.batches, end.closed) == ([], 1)


async def test_whoever_closes_is_not_told(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = map(End, pair)
    one.channel.close()
    one.channel.close()
    await other.next()
    assert (one.closed, other.closed) == (0, 1)


def test_a_process_without_a_loop_reads_the_same(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(frame(VALUES))
    pair[0].close()
    assert receive(pair[1]) == VALUES
    assert receive(pair[1]) is None
