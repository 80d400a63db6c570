"""The life of a worker process: visits what it is told to, with an event loop, a session and a DNS cache of its own."""

from __future__ import annotations

import asyncio
import socket
import time
import traceback
from collections.abc import Sequence

import uvloop

from crawler.config.model import Config
from crawler.core.errors import FetchFailed
from crawler.core.events import Event, FellBack
from crawler.core.visit import Exchange, Fields, Request
from crawler.engine.accounts.meter import MeteredClient
from crawler.engine.accounts.tally import Tally
from crawler.engine.fetcher import Fetcher
from crawler.engine.gate import enough_of_robots
from crawler.engine.outcome import Outcome
from crawler.runner.assembly import build_client, build_fetcher, build_identity
from crawler.runner.collector import begin_to_collect
from crawler.runner.reading.composition import build_heavy_reader
from crawler.runner.workers.channel import Channel, Message
from crawler.runner.workers.packing import Packed, packed_failure, packed_outcome, packed_response, unpacked_request


def live(config: Config, connections: int, sock: socket.socket) -> None:
    """Visits until the other end of `sock` is closed."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, connections, sock))


async def _serve(config: Config, connections: int, sock: socket.socket) -> None:
    child = Child(config, connections, sock)
    async with child.client, build_heavy_reader(config) as reader:
        child.fetcher = build_fetcher(config, child.client, reader.read)
        begin_to_collect()
        await child.over


class Child:
    """Takes messages, answers with messages. Whatever it learns that concerns all processes goes with the next batch:
    figures, observations of hosts, cookies."""

    fetcher: Fetcher

    def __init__(self, config: Config, connections: int, sock: socket.socket) -> None:
        self._tally = Tally()
        self._identity = build_identity(config)
        self._identity.pass_cookies_to(self._tell_cookies)
        inner, self._name_host = build_client(config, self._identity, connections)
        watch = self._observe if config.politeness.adaptive else None
        self.client = MeteredClient(inner, self._tally, self._notice, watch)
        self.over = asyncio.get_running_loop().create_future()
        self._channel = Channel(sock, self._take, lambda: self.over.set_result(None), self._add_figures)
        self._visits = set[asyncio.Task[None]]()

    def _take(self, batch: Sequence[Message]) -> None:
        for kind, *rest in batch:
            match kind:
                case "visit" | "send":
                    task = asyncio.create_task(self._visit(*rest) if kind == "visit" else self._send(*rest))
                    self._visits.add(task)
                    task.add_done_callback(self._visits.discard)
                case "look":
                    self._channel.post(("alive",))
                case "name":
                    self._name_host(*rest)
                case "cookies":
                    self._identity.adopt(*rest)
                case "jar":
                    self._identity.restore(*rest)

    async def _visit(self, number: int, packed: Packed, conditions: Fields, tell_sent: bool) -> None:
        """Asks for one request and tells the outcome; a bug met on the way is the page's own record."""
        request = unpacked_request(packed)
        sent = False

        def on_sent() -> None:
            nonlocal sent
            sent = True
            if tell_sent:
                self._channel.post(("sent", number))

        try:
            outcome = await self.fetcher.take(request, on_sent, conditions)
            message = ("done", number, packed_outcome(outcome), sent)
        except Exception as error:
            self._channel.post(("bug", f"bug met at {request.target}: {traceback.format_exc()}"))
            message = ("done", number, packed_outcome(self._failed(request, error)), sent)
        self._channel.post(message)

    async def _send(self, number: int, url: str, new_connection: bool) -> None:
        """Asks for a robots.txt, whose host's clock always waits to be told that the request left."""
        exchange = Exchange(
            url,
            0,
            enough_bytes=enough_of_robots,
            on_sent=lambda: self._channel.post(("sent", number)),
            new_connection=new_connection,
        )
        answer: tuple[Packed | None, Packed | None]
        try:
            answer = packed_response(await self.client.send(exchange)), None
        except FetchFailed as failure:
            answer = None, packed_failure(failure)
        except Exception as error:
            self._channel.post(("bug", f"bug met at {url}: {traceback.format_exc()}"))
            answer = None, packed_failure(FetchFailed("internal", f"{type(error).__name__}: {error}"))
        self._channel.post(("done", number, answer, False))

    def _failed(self, request: Request, error: Exception) -> Outcome:
        return self.fetcher.failed(request, "internal", f"{type(error).__name__}: {error}")

    def _tell_cookies(self, url: str, fields: Sequence[str]) -> None:
        self._channel.post(("cookies", url, list(fields)))

    def _observe(self, host: str, elapsed_s: float, good: bool) -> None:
        self._channel.post(("saw", host, elapsed_s, good))

    def _notice(self, event: Event) -> None:
        if isinstance(event, FellBack):
            self._channel.post(("fell back", event.host, event.http_version))

    def _add_figures(self) -> None:
        tally = self._tally
        requests, received = tally.extra["requests"], tally.bytes_received
        self._channel.post(("figures", requests, received, dict(self.client.counts()), time.process_time()))
        tally.extra["requests"] = tally.bytes_received = 0
