"""Reads heavy pages in a process of its own, so that none of them holds up the others, whatever is in it."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from crawler.core.visit import Page, Response
from crawler.engine.reading import PageGivenUp, ReadingRules
from crawler.runner.reading.reading_process import OUT_OF_TIME
from crawler.runner.workers.channel import Channel, Message
from crawler.runner.workers.packing import packed_response, unpacked_page

MOST_CPU_S: Final = 10.0  # for a page; 10 MiB that are no trap take 0.2 s
MOST_WALL_S: Final = 60.0  # on a machine that has other things to do
PAUSES_S: Final = (0.25, 0.5, 1.0, 2.0, 4.0)  # before a helper that could not be started is tried again
AT_ONCE_S: Final = 0.05  # a process whose sockets are closed is all but gone
_SCARCE: Final = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}  # a moment later there may be some
_COMMAND: Final = (sys.executable, "-m", "crawler.runner.reading.reading_process")
_ROOT: Final = str(Path(__file__).parents[3])


class HeavyReader:
    """One helper process, started for the first page; one page at a time. A context manager, which ends the helper.

    cpu_s, wall_s: what one page may take.
    """

    def __init__(self, rules: ReadingRules, *, cpu_s: float = MOST_CPU_S, wall_s: float = MOST_WALL_S) -> None:
        self._rules = rules
        self._cpu_s, self._wall_s = cpu_s, wall_s
        self._turn = asyncio.Lock()
        self._helper: subprocess.Popen[bytes] | None = None
        self._ended: list[subprocess.Popen[bytes]] = []  # not waited for: giving back its memory takes a while
        self._channel: Channel | None = None
        self._answer: asyncio.Future[Message] | None = None
        self._pauses_s: tuple[float, ...] = PAUSES_S

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._end()
        for helper in self._ended:
            helper.wait()

    async def read(self, response: Response, *, with_bodies: bool = True) -> Page:
        """What is on the page. Raises PageGivenUp where that takes too long or too much memory."""
        rules = self._rules._replace(with_bodies=with_bodies)
        async with self._turn:
            try:
                async with asyncio.timeout(self._wall_s):
                    is_read, found = await self._asked(rules, response)
            except TimeoutError:
                self._end()
                raise PageGivenUp(f"reading the page took longer than {self._wall_s:g} s") from None
            except BaseException:
                self._end()
                raise
        if not is_read:
            raise PageGivenUp(str(found))
        return unpacked_page(found)

    async def _asked(self, rules: ReadingRules, response: Response) -> Message:
        if self._channel is None:
            self._channel = await self._begun()
        self._answer = asyncio.get_running_loop().create_future()
        self._channel.post((tuple(rules), packed_response(response)))
        return await self._answer

    async def _begun(self) -> Channel:
        """The channel of a new helper. Where the system is short of something, that may pass: there are several goes.
        Once it has not, further pages have one each, until there is a helper again."""
        pauses = iter(self._pauses_s)
        while True:
            try:
                channel = self._start()
            except OSError as error:
                pause_s = next(pauses, None) if error.errno in _SCARCE else None
                if pause_s is None:
                    self._pauses_s = ()
                    raise PageGivenUp(f"no process could be started to read the page: {error.strerror}") from error
                await asyncio.sleep(pause_s)
            else:
                self._pauses_s = PAUSES_S
                return channel

    def _start(self) -> Channel:
        self._ended = [helper for helper in self._ended if helper.poll() is None]
        ours, theirs = socket.socketpair()
        paths = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
        with theirs:
            try:
                self._helper = subprocess.Popen(
                    [*_COMMAND, str(os.getpid()), str(self._cpu_s)],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                )
            except OSError:
                ours.close()
                raise
        return Channel(ours, self._take, self._lost)

    def _take(self, batch: list[Message]) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(batch[0])

    def _lost(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(PageGivenUp(self._why()))
        self._end()

    def _why(self) -> str:
        """Why the helper ended before it had read the page."""
        with suppress(subprocess.TimeoutExpired):
            if self._helper is not None and self._helper.wait(timeout=AT_ONCE_S) == -OUT_OF_TIME:
                return f"reading the page took longer than {self._cpu_s:g} s of CPU"
        return "the process that read the page died of it"

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._helper is not None:
            self._helper.kill()
            self._ended.append(self._helper)
            self._helper = None
