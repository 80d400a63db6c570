"""Reads heavy pages in a process of its own, so that none of them holds up the others, whatever is in it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final, Self

from crawler.core.visit import Page, Response
from crawler.engine.reading import PageGivenUp, ReadingRules
from crawler.runner.workers.channel import Channel, Message
from crawler.runner.workers.packing import packed_response, unpacked_page

DEADLINE_S: Final = 10.0  # for a page of 10 MiB that takes 0.2 s
_COMMAND: Final = (sys.executable, "-m", "crawler.runner.reading.reading_process")
_ROOT: Final = str(Path(__file__).parents[3])


class HeavyReader:
    """One helper process, started for the first page; one page at a time. A context manager, which ends the helper."""

    def __init__(self, rules: ReadingRules, *, deadline_s: float = DEADLINE_S) -> None:
        self._rules = rules
        self._deadline_s = deadline_s
        self._turn = asyncio.Lock()
        self._helper: subprocess.Popen[bytes] | None = None
        self._ended: list[subprocess.Popen[bytes]] = []  # not waited for: giving back its memory takes a while
        self._channel: Channel | None = None
        self._answer: asyncio.Future[Message] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._end()
        for helper in self._ended:
            helper.wait()

    async def read(self, response: Response) -> Page:
        """What is on the page. Raises PageGivenUp where that takes too long or too much memory."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._deadline_s):
                    is_read, found = await self._asked(response)
            except TimeoutError:
                self._end()
                raise PageGivenUp(f"reading the page took longer than {self._deadline_s:g} s") from None
            except BaseException:
                self._end()
                raise
        if not is_read:
            raise PageGivenUp(str(found))
        return unpacked_page(found)

    async def _asked(self, response: Response) -> Message:
        if self._channel is None:
            self._start()
        assert self._channel is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._channel.post((tuple(self._rules), packed_response(response)))
        return await self._answer

    def _start(self) -> None:
        self._ended = [helper for helper in self._ended if helper.poll() is None]
        ours, theirs = socket.socketpair()
        paths = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
        with theirs:
            try:
                self._helper = subprocess.Popen(
                    [*_COMMAND, str(os.getpid())],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                )
            except OSError as error:
                ours.close()
                raise PageGivenUp(f"no process could be started to read the page: {error.strerror}") from error
        self._channel = Channel(ours, self._take, self._lost)

    def _take(self, batch: list[Message]) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(batch[0])

    def _lost(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(PageGivenUp("the process that read the page died of it"))
        self._end()

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._helper is not None:
            self._helper.kill()
            self._ended.append(self._helper)
            self._helper = None
