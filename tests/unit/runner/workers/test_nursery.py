"""Worker processes are made on demand, told apart, replaced, and gone when the one that they work for is."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.runner.workers import nursery as module
from crawler.runner.workers.channel import frame, receive
from crawler.runner.workers.nursery import Nursery


def echo(share: int, sock: socket.socket) -> None:
    """Says who it is and what it has open, then repeats what it is told; dies of a number."""
    sock.sendall(frame((os.getpid(), share, opened())))
    while (told := receive(sock)) is not None:
        if isinstance(told, int):
            os._exit(told)
        sock.sendall(frame(told))


def opened() -> list[str]:
    """Files and sockets of this process. (Pipes are left out: libuv makes itself one in every copy.)"""
    paths = [Path(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")]
    names = [os.readlink(path) for path in paths if path.is_symlink()]
    return sorted(name.partition(":")[0] for name in names if not name.startswith("pipe:"))


@pytest.fixture
def nursery() -> Nursery:
    return Nursery(echo)


async def bear(nursery: Nursery, share: int = 3, gone: int = 0) -> tuple[int, socket.socket, str]:
    born = await nursery.bear(share, gone)
    born.sock.setblocking(True)
    pid, its_share, files = receive(born.sock)
    assert (pid, its_share) == (born.pid, share)
    assert files == [*["/dev/null"] * 3, "socket"]
    return pid, born.sock, born.ended


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_are_processes_of_their_own_and_hold_nothing_of_ours(nursery: Nursery) -> None:
    socks: list[socket.socket] = []

    async def use() -> list[int]:
        pids = []
        for share in (1, 2):
            pid, sock, ended = await bear(nursery, share)
            assert ended == ""
            sock.sendall(frame(("hello",)))
            assert receive(sock) == ("hello",)
            pids.append(pid)
            socks.append(sock)
        return pids

    with nursery:
        pids = asyncio.run(use())
        assert len({*pids, os.getpid()}) == 3
        assert all(map(is_running, pids))
    assert not any(map(is_running, pids))


def test_it_is_told_how_the_one_before_ended(nursery: Nursery) -> None:
    async def use() -> None:
        pid, sock, _ = await bear(nursery)
        sock.sendall(frame(7))
        assert receive(sock) is None
        pid, sock, ended = await bear(nursery, gone=pid)
        assert ended == "left with 7"
        os.kill(pid, signal.SIGSEGV)
        assert receive(sock) is None
        _, _, ended = await bear(nursery, gone=pid)
        assert ended == "killed by SIGSEGV"

    with nursery:
        asyncio.run(use())


def test_they_leave_signals_to_the_one_that_decides(nursery: Nursery) -> None:
    async def use() -> None:
        pid, sock, _ = await bear(nursery)
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
        sock.sendall(frame(("still here",)))
        assert receive(sock) == ("still here",)

    with nursery:
        asyncio.run(use())


def test_without_the_process_that_makes_them_there_are_no_more(nursery: Nursery) -> None:
    async def use() -> None:
        pid, _, _ = await bear(nursery)
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(parent, signal.SIGKILL)
        with pytest.raises(OSError, match="process that starts worker processes is gone"):
            await nursery.bear(1)
        for _ in range(100):
            if not is_running(pid):
                break
            await asyncio.sleep(0.01)
        assert not is_running(pid)
        with pytest.raises(OSError, match="process that starts worker processes is gone"):
            await nursery.bear(1)

    with nursery:
        asyncio.run(use())


def test_one_that_stands_still_is_not_waited_for_for_ever(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BIRTH_S", 0.2)

    async def use() -> None:
        _, sock, _ = await bear(nursery)
        os.kill(nursery._pid, signal.SIGSTOP)
        async with asyncio.timeout(5):
            with pytest.raises(OSError, match="does not answer"):
                await nursery.bear(1)
        os.kill(nursery._pid, signal.SIGCONT)
        await asyncio.sleep(0.1)
        with pytest.raises(OSError, match="does not answer"):  # it has by now, but that was asked before
            await nursery.bear(1)
        sock.sendall(frame(("still here",)))
        assert receive(sock) == ("still here",)

    with nursery:
        asyncio.run(use())


@pytest.fixture
def struck(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What is killed or waited for while a test runs; nothing is, in fact."""
    found: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: found.append(pid))
    monkeypatch.setattr(os, "waitpid", lambda pid, options: found.append(pid) or (pid, 0))
    return found


def test_a_copy_that_could_not_be_made_is_no_process_to_be_killed(
    monkeypatch: pytest.MonkeyPatch, struck: list[int]
) -> None:
    """To the system -1 is every process of the user."""

    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    for name in ("keep_only", "die_with", "leave_signals_to_the_run"):
        monkeypatch.setattr(module, name, lambda *_: None)
    ours, control = socket.socketpair()
    for order in (module._ORDER.pack(3, 0), module._ORDER.pack(3, -1)):
        socket.send_fds(ours, [order], [ours.fileno()])
    ours.shutdown(socket.SHUT_WR)
    module._nurse(control, 1, echo)
    assert ours.recv(100) == module._REPLY.pack(0, 0) * 2
    assert struck == []


@pytest.mark.parametrize("pid", [0, -1, -4000])
def test_what_is_no_single_process_is_never_killed(struck: list[int], pid: int) -> None:
    with pytest.raises(ValueError, match="no process"):
        module._ended(pid, {pid})
    assert struck == []


def test_where_there_can_be_none_at_all_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="temporarily unavailable"), Nursery(echo):
        pass
    assert os.listdir("/proc/self/fd") == before


BUSY = """
import asyncio, os, sys, time
from crawler.runner.workers.nursery import Nursery
def live(share, sock):
    while True: pass  # nothing can be said to it
async def main():
    born = await nursery.bear(1)
    print(born.pid, flush=True)
    time.sleep(60)
with Nursery(live) as nursery:
    asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process cannot ask to be killed with another")
def test_a_worker_that_is_busy_for_ever_dies_with_the_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    pid = int(process.stdout.readline())
    assert is_running(pid)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 1
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(pid)
