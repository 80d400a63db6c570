"""One worker process as the coordinating process sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from crawler.core.visit import Exchange, Fields, Request, Response
from crawler.engine.outcome import Outcome
from crawler.runner.workers.channel import Channel, Message
from crawler.runner.workers.nursery import Born
from crawler.runner.workers.packing import (
    Packed,
    packed_request,
    unpacked_failure,
    unpacked_outcome,
    unpacked_response,
)

LOOK_S: Final = 5.0  # between two looks whether it is alive; no page holds its event loop up for a tenth of that
MOST_LOOKS: Final = 6  # in a row that find no sign of life


class WorkerDied(Exception):
    """The process is gone, and what it had in hand with it."""


class Errand(NamedTuple):
    """What a process is asked for: as for a fetcher's `take`."""

    request: Request
    on_sent: Callable[[], None]
    conditions: Fields = ()


class _Asked(NamedTuple):
    """What the process has in hand."""

    answer: asyncio.Future[Packed]
    on_sent: Callable[[], None]


class Colleague:
    """Sends requests, and hands back the outcomes. share: how many requests in flight are its part of the crawl.

    hear: told what concerns everybody: figures, observations, cookies, warnings. died: called once when it is gone, or
    as good as gone: it is asked for a sign of life now and then.
    """

    def __init__(
        self, born: Born, share: int, hear: Callable[[Message], None], died: Callable[[Colleague], None]
    ) -> None:
        self.pid = born.pid
        self.share = share
        self.counts: Mapping[str, int] = {}
        self.cpu_s = 0.0  # that it has used so far
        self.has_served = False
        self._hear = hear
        self._died = died
        self._asked: dict[int, _Asked] = {}
        self._number = 0
        self._introduced: set[str] = set()  # host names of which it was told that the configuration names them
        self.end = "died"  # what became of it
        self._channel = Channel(born.sock, self._take, self._lose)
        self._looks = 0  # since it was last heard of
        self._next_look = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    @property
    def in_flight(self) -> int:
        """Requests that it has in hand."""
        return len(self._asked)

    async def visit(self, errand: Errand, *, tell_sent: bool) -> Outcome:
        """The outcome of a request. tell_sent: say at once when its bytes leave, since the host's clock waits for
        that. Raises WorkerDied."""
        request, on_sent, conditions = errand
        return unpacked_outcome(await self._ask(on_sent, "visit", packed_request(request), conditions, tell_sent))

    async def send(self, exchange: Exchange) -> Response:
        """The response to `exchange`, which asks for a robots.txt. Raises FetchFailed, WorkerDied."""
        response, failure = await self._ask(exchange.on_sent, "send", exchange.url, exchange.new_connection)
        if response is None:
            raise unpacked_failure(failure)
        return unpacked_response(response)

    async def _ask(self, on_sent: Callable[[], None], kind: str, *values: Any) -> Packed:
        self._number = number = self._number + 1
        answer: asyncio.Future[Packed] = asyncio.get_running_loop().create_future()
        self._asked[number] = _Asked(answer, on_sent)
        self._channel.post((kind, number, *values))
        try:
            return await answer
        finally:
            self._asked.pop(number, None)

    def introduce(self, hostname: str, urls: Iterable[str]) -> None:
        """Tells it, once, that the configuration names `hostname` with these URLs, before it is asked for any."""
        if hostname not in self._introduced:
            self._introduced.add(hostname)
            for url in urls:
                self._channel.post(("name", url))

    def knows(self, hostname: str) -> bool:
        """Whether it was told of `hostname`."""
        return hostname in self._introduced

    def tell(self, *message: Any) -> None:
        """Sends a message that has no answer."""
        self._channel.post(message)

    def close(self) -> None:
        """Lets it go: the process ends."""
        self._next_look.cancel()
        self._channel.close()

    def _look(self) -> None:
        """Looks are counted, not seconds: where all stood still, this process too, it was only one."""
        if self._looks >= MOST_LOOKS:
            self.end = f"gave no sign of life for {LOOK_S * MOST_LOOKS:g} s"
            self._lose()
            return
        self._looks += 1
        self.tell("look")
        self._next_look = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _take(self, batch: list[Message]) -> None:
        self._looks = 0
        try:
            for message in batch:
                self._heed(message)
        except Exception as error:  # of the state, or a bug: whoever waits is to learn of it
            self._fail(error)

    def _heed(self, message: Message) -> None:
        kind, *rest = message
        match kind:
            case "done":
                self.has_served = True
                number, answer, sent = rest
                asked = self._asked.get(number)
                if asked is not None and not asked.answer.done():
                    if sent:
                        asked.on_sent()
                    asked.answer.set_result(answer)
            case "sent":
                if asked := self._asked.get(rest[0]):
                    asked.on_sent()
            case "figures":
                self.counts, self.cpu_s = rest[2:]
                self._hear(message)
            case "alive":
                pass
            case _:
                self._hear(message)

    def _lose(self) -> None:
        self.close()
        self._died(self)
        self._fail(WorkerDied())

    def _fail(self, error: Exception) -> None:
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_exception(error)
