"""libcurl through pycurl and the callbacks of the event loop, and nothing else: no deadlines, no guard, no records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pycurl  # type: ignore[import-untyped]

from benchmarks.alone.job import Answer, Ask, Job

_SPOKEN = {pycurl.CURL_HTTP_VERSION_1_1: "HTTP/1.1", pycurl.CURL_HTTP_VERSION_2_0: "HTTP/2"}


class Transfers:
    """A multi handle; the loop looks after its sockets and its timer."""

    def __init__(self, connections: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._ends: dict[Any, asyncio.Future[None]] = {}
        self._timer: asyncio.Handle | None = None
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, connections)
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)

    async def perform(self, easy: Any) -> None:
        """Runs the transfer of the easy handle. Raises pycurl.error."""
        end = self._ends[easy] = self._loop.create_future()
        self._multi.add_handle(easy)
        await end

    def close(self) -> None:
        """Closes all connections."""
        self._multi.close()
        self._set_timer(-1)

    def _watch(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        wanted = 0 if what == pycurl.POLL_REMOVE else what
        if wanted & pycurl.POLL_IN:
            self._loop.add_reader(fd, self._act, fd, pycurl.CSELECT_IN)
        else:
            self._loop.remove_reader(fd)
        if wanted & pycurl.POLL_OUT:
            self._loop.add_writer(fd, self._act, fd, pycurl.CSELECT_OUT)
        else:
            self._loop.remove_writer(fd)

    def _set_timer(self, after_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if after_ms >= 0:
            self._timer = self._loop.call_later(after_ms / 1000, self._act, pycurl.SOCKET_TIMEOUT, 0)

    def _act(self, fd: int, events: int) -> None:
        _, running = self._multi.socket_action(fd, events)
        if running < len(self._ends):
            self._collect()

    def _collect(self) -> None:
        more = True
        while more:
            more, good, bad = self._multi.info_read()
            for easy in good:
                self._take_out(easy).set_result(None)
            for easy, code, message in bad:
                self._take_out(easy).set_exception(pycurl.error(code, message))

    def _take_out(self, easy: Any) -> asyncio.Future[None]:
        self._multi.remove_handle(easy)
        return self._ends.pop(easy)


@asynccontextmanager
async def asking(job: Job) -> AsyncIterator[Ask]:
    """Through one multi handle, with an easy handle for each request in flight."""
    transfers = Transfers(job.at_once)
    idle: list[Any] = []

    async def ask() -> Answer:
        easy = idle.pop() if idle else _easy(job)
        body = bytearray()
        easy.setopt(pycurl.WRITEFUNCTION, body.extend)
        await transfers.perform(easy)
        idle.append(easy)
        version = easy.getinfo(pycurl.INFO_HTTP_VERSION)
        return Answer(easy.getinfo(pycurl.RESPONSE_CODE), len(body), _SPOKEN.get(version, str(version)))

    try:
        yield ask
    finally:
        transfers.close()


def _easy(job: Job) -> Any:
    easy = pycurl.Curl()
    easy.setopt(pycurl.URL, job.url)
    easy.setopt(pycurl.CAINFO, job.ca_file)
    easy.setopt(pycurl.PROXY, "")  # and none of the environment's
    easy.setopt(pycurl.NOSIGNAL, 1)
    easy.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS if job.http2 else pycurl.CURL_HTTP_VERSION_1_1)
    easy.setopt(pycurl.PIPEWAIT, int(job.http2))  # one connection for all streams
    return easy
