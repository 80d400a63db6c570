"""Where worker processes come from: a copy of this process, made while it was simple, that makes copies of itself.

A process with an event loop, threads and a database cannot be copied safely, and one started from nothing would import
everything again (0.5 s of CPU). So a copy is made at the beginning, which does nothing but wait to be asked for more.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple, Self

from crawler.runner.workers.lineage import die_with, keep_only, leave_signals_to_the_run

_ORDER: Final = struct.Struct("=qq")  # the worker's share; the process that is gone, 0 for none
_REPLY: Final = struct.Struct("=qq")  # the new process, 0 for none, and how the old one ended
MOST_BIRTH_S: Final = 10.0  # it takes milliseconds
_PATIENCE_S: Final = 1.0
_STEP_S: Final = 0.002

Life = Callable[[int, socket.socket], None]


class Born(NamedTuple):
    """A new worker process, and how the one that it replaces ended."""

    pid: int
    sock: socket.socket
    ended: str  # "killed by SIGKILL", "left with 1"; empty where it replaces none


class Nursery:
    """A context manager, to be entered while this process has one thread and no event loop. live: the whole life of a
    worker, given its share and its end of the channel; the process ends with it."""

    def __init__(self, live: Life) -> None:
        self._live = live
        self._turn = asyncio.Lock()
        self._is_gone = False

    def __enter__(self) -> Self:
        """Raises OSError where the system allows no further process."""
        self._control, theirs = socket.socketpair()
        parent = os.getpid()
        with theirs:
            try:
                self._pid = os.fork()
            except OSError:
                self._control.close()
                raise
            if not self._pid:
                _never_to_return(partial(_nurse, theirs, parent, self._live))
        self._control.setblocking(False)
        return self

    def __exit__(self, *exc_info: object) -> None:
        """All workers are gone when this returns."""
        self._control.close()
        deadline = time.monotonic() + _PATIENCE_S
        with suppress(ChildProcessError):
            while not os.waitpid(self._pid, os.WNOHANG)[0]:
                if time.monotonic() > deadline:
                    _kill(self._pid)
                time.sleep(_STEP_S)

    async def bear(self, share: int, gone: int = 0) -> Born:
        """A new worker; gone: the one that it replaces. Raises OSError where the system allows no further process."""
        async with self._turn:
            ours, theirs = socket.socketpair()
            try:
                with theirs:
                    pid, status = await self._reply(_ORDER.pack(share, gone), theirs)
                if not pid:
                    raise OSError("the system allows no further process")
            except BaseException:
                ours.close()
                raise
        return Born(pid, ours, _described(status) if gone else "")

    async def _reply(self, order: bytes, sock: socket.socket) -> tuple[int, int]:
        reply = b""
        if not self._is_gone:
            with suppress(ConnectionError, TimeoutError):  # as good as its end
                socket.send_fds(self._control, [order], [sock.fileno()])
                async with asyncio.timeout(MOST_BIRTH_S):
                    reply = await asyncio.get_running_loop().sock_recv(self._control, _REPLY.size)
        if len(reply) < _REPLY.size:
            self._is_gone = True  # what it says later is no answer to the next order
            raise OSError("the process that starts worker processes is gone, or does not answer")
        pid, status = _REPLY.unpack(reply)
        return pid, status


def _described(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"left with {code}"


def _never_to_return(act: Callable[[], None]) -> None:
    """A copy must not run on into what its original has yet to do."""
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)


def _nurse(control: socket.socket, parent: int, live: Life) -> None:
    keep_only(control.fileno())
    leave_signals_to_the_run()
    die_with(parent)
    nurse, children = os.getpid(), set[int]()
    while order := _received(control):
        share, gone, sock = order
        status = _ended(gone, children)
        child = _forked()
        if child == 0:
            _never_to_return(partial(_begin, partial(live, share), sock, control, nurse))
        sock.close()
        if child is not None:
            children.add(child)
        control.send(_REPLY.pack(child or 0, status))
    for child in children:
        _ended(child, {child})


def _begin(live: Callable[[socket.socket], None], sock: socket.socket, control: socket.socket, parent: int) -> None:
    control.close()
    die_with(parent)
    live(sock)


def _received(control: socket.socket) -> tuple[int, int, socket.socket] | None:
    order, descriptors, _, _ = socket.recv_fds(control, _ORDER.size, 1)
    return (*_ORDER.unpack(order), socket.socket(fileno=descriptors[0])) if order else None


def _forked() -> int | None:
    """0 in the copy, its process id here; None where there is none to be had."""
    try:
        return os.fork()
    except OSError:
        return None


def _ended(child: int, children: set[int]) -> int:
    """The wait status of a child whose channel is closed: if it is not dead yet, it is now."""
    if child not in children:
        return 0
    children.discard(child)
    with suppress(ProcessLookupError):
        _kill(child)
    return os.waitpid(child, 0)[1]


def _kill(pid: int) -> None:
    """Kills that one process. To the system 0 and less are no process but many: -1 is every one of the user's."""
    if pid <= 0:
        raise ValueError(f"{pid} is no process")
    os.kill(pid, signal.SIGKILL)
