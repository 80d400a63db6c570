from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pycurl
import pytest

from crawler.clients.curl.multi import Multi

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@asynccontextmanager
async def serving(answer: bytes) -> AsyncIterator[tuple[str, list[Writer]]]:
    """A server that answers every request of a connection with `answer`; its URL, and the connections it has taken."""
    connections: list[Writer] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        connections.append(writer)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", connections


def easy_for(multi: Multi, url: str, body: list[bytes], lost: list[int] | None = None) -> Any:
    lost = [] if lost is None else lost
    easy = pycurl.Curl()
    easy.setopt(pycurl.URL, url)
    easy.setopt(pycurl.WRITEFUNCTION, body.append)
    easy.setopt(pycurl.SOCKOPTFUNCTION, lambda fd, _: multi.opened(fd, lambda: lost.append(fd)) or 0)
    return easy


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_transfers_share_the_connections_and_end_with_a_code() -> None:
    multi, body = Multi(2), []
    async with serving(OK) as (url, connections):
        for _ in range(3):
            easies = [easy_for(multi, url, body) for _ in range(4)]
            assert await asyncio.gather(*map(multi.perform, easies)) == [(0, "")] * 4
        assert (body, len(connections)) == ([b"ok"] * 12, 2)
        multi.close()


async def test_a_failure_ends_with_libcurls_code_and_words() -> None:
    multi = Multi(1)
    async with serving(b"nonsense\r\n\r\n") as (url, _):
        code, said = await multi.perform(easy_for(multi, url, []))
    multi.close()
    assert (code, said) == (pycurl.E_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed")


async def test_a_cancelled_transfer_lets_go_of_its_connection() -> None:
    multi = Multi(1)
    async with serving(b"") as (url, connections):
        task = asyncio.ensure_future(multi.perform(easy_for(multi, url, [])))
        while not connections:
            await asyncio.sleep(0.01)
        assert multi.is_full()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not multi.is_full()
        while not connections[0].is_closing():
            await asyncio.sleep(0.01)
    multi.close()


async def test_closing_cancels_whoever_waits() -> None:
    multi = Multi(1)
    async with serving(b"") as (url, _):
        task = asyncio.ensure_future(multi.perform(easy_for(multi, url, [])))
        await asyncio.sleep(0.05)
        multi.close()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_idle_connections_that_the_server_closes_are_told_and_cost_no_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    multi, lost = Multi(4), []
    async with serving(OK) as (url, connections):
        await asyncio.gather(*(multi.perform(easy_for(multi, url, [], lost)) for _ in range(4)))
        looks = 0
        select = multi._selector.select

        def counted(timeout: float | None = None) -> Any:
            nonlocal looks
            looks += 1
            return select(timeout)

        monkeypatch.setattr(multi._selector, "select", counted)
        for connection in connections:
            connection.close()
        await asyncio.sleep(0.2)
        assert 1 <= looks <= 8
        assert (len(lost), len(set(lost))) == (4, 4)
    multi.close()


async def test_an_idle_socket_that_can_be_written_to_has_not_ended() -> None:
    multi, lost = Multi(1), []
    ours, theirs = socket.socketpair()
    multi.opened(ours.fileno(), lambda: lost.append("lost"))
    multi._look_out(pycurl.POLL_OUT, ours.fileno(), None, None)
    multi._look_out(pycurl.POLL_REMOVE, ours.fileno(), None, None)  # answered before libcurl wanted to read
    await asyncio.sleep(0.02)
    assert lost == []
    theirs.close()
    await asyncio.sleep(0.02)
    assert lost == ["lost"]
    multi.close()
    ours.close()
