"""One multi handle of libcurl, driven by the event loop: it says what it waits for, the loop when that happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any, Final

import pycurl  # type: ignore[import-untyped]

_EVENTS: Final = {pycurl.POLL_IN: EVENT_READ, pycurl.POLL_OUT: EVENT_WRITE, pycurl.POLL_INOUT: EVENT_READ | EVENT_WRITE}


class Multi:
    """Transfers under way, and the connections they share; belongs to the running loop. At most `connections` sockets,
    idle ones included; the longest idle gives way to a new one.

    The sockets are in a selector of their own, of which the loop sees one descriptor: many answers are read for one
    callback. A socket stays there between two requests of its connection, and leaves when the kernel sees it closed,
    which libcurl does without a word; so the selector is told of each new socket, whose number may be an old one.
    """

    def __init__(self, connections: int) -> None:
        self.connections = connections
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Any, asyncio.Future[tuple[int, str]]] = {}
        self._selector = DefaultSelector()
        self._wanted: dict[int, int] = {}  # events that libcurl waits for, by socket
        self._watched: dict[int, int] = {}  # events that the selector looks out for
        self._on_loss: dict[int, Callable[[], None]] = {}
        self._due: float | None = None  # when libcurl wants to be called
        self._timer: asyncio.Handle | None = None
        self._timer_due = 0.0
        self._multi = multi = pycurl.CurlMulti()
        multi.setopt(pycurl.M_SOCKETFUNCTION, self._look_out)
        multi.setopt(pycurl.M_TIMERFUNCTION, self._call_back)
        multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, connections)
        multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._loop.add_reader(self._selector.fileno(), self._ready)

    def is_full(self) -> bool:
        """Whether as many transfers are under way as there may be connections."""
        return len(self._waiting) >= self.connections

    async def perform(self, easy: Any) -> tuple[int, str]:
        """Runs the transfer of the easy handle; libcurl's code (0: it went well) and what libcurl says about it.

        Cancelled, the transfer ends at once: with HTTP/2 its stream is reset, else its connection closed.
        """
        done: asyncio.Future[tuple[int, str]] = self._loop.create_future()
        self._multi.add_handle(easy)
        self._waiting[easy] = done
        try:
            return await done
        finally:
            if self._waiting.pop(easy, None) is not None:
                self._multi.remove_handle(easy)

    def end(self, easy: Any) -> None:
        """Ends the transfer of the easy handle before its time, outside of libcurl's calls."""
        if easy in self._waiting:
            self._finish(easy, 0, "")

    def opened(self, fd: int, on_loss: Callable[[], None]) -> None:
        """To be called with each new socket of libcurl's. on_loss: called if something arrives while it is idle: most
        often the server has closed the connection."""
        self._ignore(fd)
        self._on_loss[fd] = on_loss

    def close(self) -> None:
        """Closes all connections. Whoever still waits for a transfer is cancelled."""
        self._loop.remove_reader(self._selector.fileno())
        while self._waiting:
            easy, done = self._waiting.popitem()
            self._multi.remove_handle(easy)
            done.cancel()
        self._multi.close()
        self._selector.close()
        if self._timer is not None:
            self._timer.cancel()

    def _collect(self, running: int) -> None:
        """Sees to the transfers that have ended. running: how many of them libcurl still works on."""
        if running >= len(self._waiting):
            return
        more = True
        while more:
            more, good, bad = self._multi.info_read()
            for easy in good:
                self._finish(easy, 0, "")
            for easy, code, message in bad:
                self._finish(easy, code, message)

    def _finish(self, easy: Any, code: int, message: str) -> None:
        self._multi.remove_handle(easy)
        done = self._waiting.pop(easy)
        if not done.done():
            done.set_result((code, message))

    def _look_out(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        wanted = self._wanted[fd] = _EVENTS.get(what, 0)
        watched = self._watched.get(fd)
        events = wanted or (watched and EVENT_READ)  # an idle connection is watched for its end
        if not events or events == watched:
            return
        if watched is None:
            self._selector.register(fd, events)
        else:
            self._selector.modify(fd, events)
        self._watched[fd] = events

    def _ready(self) -> None:
        running = len(self._waiting)
        act, wanted = self._multi.socket_action, self._wanted
        for (_, fd, _, _), events in self._selector.select(0):
            if events & wanted.get(fd, 0):
                _, running = act(fd, events)  # pycurl.CSELECT_IN and _OUT are EVENT_READ and _WRITE
            elif fd in self._watched and not self._wanted.get(fd) and events & EVENT_READ:
                self._on_loss[fd]()
                self._ignore(fd)
        self._collect(running)

    def _ignore(self, fd: int) -> None:
        self._wanted.pop(fd, None)
        if self._watched.pop(fd, None) is not None:
            self._selector.unregister(fd)

    def _call_back(self, after_ms: int) -> None:
        """A timer that is due too early is left alone: it sets itself again."""
        if after_ms < 0:
            self._due = None
            return
        self._due = self._loop.time() + after_ms / 1000 if after_ms else 0.0
        if self._timer is None or self._due < self._timer_due:
            self._set_timer(self._due)

    def _set_timer(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = due
        self._timer = self._loop.call_at(due, self._tick) if due else self._loop.call_soon(self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self._due > self._loop.time():
            self._set_timer(self._due)
            return
        self._due = None
        self._collect(self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)[1])
