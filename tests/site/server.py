"""The test site's server: raw sockets on several loopback addresses, and a record of all that was asked and when."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import time
from asyncio import StreamReader, StreamWriter
from collections import Counter, deque
from inspect import iscoroutinefunction
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import tests.site.shapes  # noqa: F401  (it adds its pages to the others)
from tests.site.faults import FAULTS
from tests.site.faults.registry import GONE
from tests.site.pages import answer_to
from tests.site.wire import Answer, Asked, Hit

ADDRESSES = tuple(f"127.0.0.{number}" for number in range(1, 10))
CONTROL = "/-/"


class Log:
    """Every request as it arrived, and how many were being answered at that moment."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self._in_flight: Counter[str] = Counter()
        self._total = 0

    def begin(self, asked: Asked, connection: int, scheme: str) -> Hit:
        """Records a request's arrival."""
        host = asked.host
        self._in_flight[host] += 1
        self._total += 1
        head = b"" if asked.path.startswith("/tiny/") else asked.head
        hit = Hit(host, asked.target, connection, scheme, self._in_flight[host], self._total, head)
        self.hits.append(hit)
        return hit

    def end(self, hit: Hit, status: int | None) -> None:
        """Records that the answer is about to be complete; a second call changes nothing."""
        if hit.ended is None:
            hit.ended, hit.status = time.monotonic(), status
            self._in_flight[hit.host] -= 1
            self._total -= 1


class Server:
    """Answers requests: first what a test has set, then the built-in pages and faults."""

    def __init__(self) -> None:
        self.log = Log()
        self._set: dict[tuple[str | None, str], deque[Answer]] = {}
        self._connections = count(1)

    async def listen(self, port: int = 0, tls: ssl.SSLContext | None = None) -> tuple[int, list[asyncio.Server]]:
        """Listens on all loopback addresses at one port (0: any that is free on all of them)."""
        sockets = _bound(port)
        # keeping the references: a server that is collected stops listening
        servers = [await asyncio.start_server(self._serve, sock=sock, ssl=tls, backlog=4096) for sock in sockets]
        return sockets[0].getsockname()[1], servers

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = next(self._connections)
        scheme = "https" if writer.get_extra_info("ssl_object") else "http"
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            while await self._answer_one(reader, writer, connection, scheme):
                pass
        writer.close()

    async def _answer_one(self, reader: StreamReader, writer: StreamWriter, connection: int, scheme: str) -> bool:
        """Whether the connection stays open for another request."""
        asked = Asked(await reader.readuntil(b"\r\n\r\n"))
        if asked.path.startswith(CONTROL):
            return await self._control(asked, reader, writer)
        hit = self.log.begin(asked, connection, scheme)
        try:
            return await self._answer(asked, hit, reader, writer)
        finally:
            self.log.end(hit, None)

    async def _answer(self, asked: Asked, hit: Hit, reader: StreamReader, writer: StreamWriter) -> bool:
        answer = self._answer_set(asked)
        if answer is None and asked.path.startswith("/fault/"):
            self.log.end(hit, None)  # a broken answer has no end that both sides agree on
            return await self._misbehave(asked, reader, writer)
        answer = answer or answer_to(asked)
        if answer.delay_s and not await _client_stays(reader, answer.delay_s):
            return False
        # "in flight" ends before the last byte leaves: the client must not be able to ask again before that
        self.log.end(hit, answer.status)
        writer.write(answer.wire())
        await writer.drain()
        return not answer.close and "close" not in asked.headers.get("connection", "").lower()

    async def _misbehave(self, asked: Asked, reader: StreamReader, writer: StreamWriter) -> bool:
        fault = FAULTS.get(asked.segments[1])
        if fault is None or fault.door != "site":
            return False
        if iscoroutinefunction(fault.does):
            with contextlib.suppress(*GONE):
                await fault.does(reader, writer)
            return False
        answer = fault.does(asked)
        writer.write(answer.wire() if isinstance(answer, Answer) else answer)
        await writer.drain()
        return isinstance(answer, Answer) and not answer.close

    def _answer_set(self, asked: Asked) -> Answer | None:
        answers = self._set.get((asked.host, asked.target)) or self._set.get((None, asked.target))
        if not answers:
            return None
        return answers.popleft() if len(answers) > 1 else answers[0]

    async def _control(self, asked: Asked, reader: StreamReader, writer: StreamWriter) -> bool:
        body = await reader.readexactly(int(asked.headers.get("content-length", "0")))
        verb = asked.path.removeprefix(CONTROL)
        result = getattr(self, f"_do_{verb}")(json.loads(body or b"{}"), parse_qs(asked.query))
        writer.write(Answer(json.dumps(result).encode(), content_type="application/json").wire())
        await writer.drain()
        return True

    def _do_answer(self, fields: dict[str, Any], query: dict[str, list[str]]) -> None:
        self._set[fields["host"], fields["target"]] = deque(map(Answer.from_json, fields["answers"]))

    def _do_reset(self, fields: dict[str, Any], query: dict[str, list[str]]) -> None:
        """Forgets everything; requests still being answered end in the old log, which nobody reads."""
        self._set.clear()
        self.log = Log()

    def _do_hits(self, fields: dict[str, Any], query: dict[str, list[str]]) -> list[dict[str, Any]]:
        return [hit.as_json() for hit in self.log.hits[int(query["since"][0]) :]]

    def _do_counts(self, fields: dict[str, Any], query: dict[str, list[str]]) -> dict[str, int]:
        return Counter(f"{hit.scheme}://{hit.host}{hit.target}" for hit in self.log.hits)

    def _do_size(self, fields: dict[str, Any], query: dict[str, list[str]]) -> int:
        return len(self.log.hits)


async def _client_stays(reader: StreamReader, delay_s: float) -> bool:
    """Waits; False as soon as the client hangs up."""
    try:
        async with asyncio.timeout(delay_s):
            await reader.read(1)
    except TimeoutError:
        return True
    return False


def refusing_socket() -> socket.socket:
    """A socket bound to a loopback port that refuses connections, because it does not listen."""
    refusing = socket.socket()
    refusing.bind((ADDRESSES[0], 0))
    return refusing


def _bound(port: int) -> list[socket.socket]:
    """One socket for each loopback address, all at the same port."""
    for _ in range(20):
        sockets = [_reusable() for _ in ADDRESSES]
        try:
            sockets[0].bind((ADDRESSES[0], port))
            for address, other in zip(ADDRESSES[1:], sockets[1:], strict=True):
                other.bind((address, sockets[0].getsockname()[1]))
        except OSError:
            for one in sockets:
                one.close()
        else:
            return sockets
    raise OSError(f"no port is free on all of {ADDRESSES[0]} to {ADDRESSES[-1]}")


def _reusable() -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made
