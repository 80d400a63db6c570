"""How a process of ours comes to die with the one that began it, and holds nothing that is not its own."""

from __future__ import annotations

import os
import signal
import sys

from crawler.core.registry import load

_LIBRARIES = {"ctypes": "ctypes"}
_PR_SET_PDEATHSIG = 1
_DEVICE = "/dev/null"


def die_with(parent: int) -> None:
    """From now on the kernel kills this process when the process `parent` ends, where it can (Linux); elsewhere the
    end of a socket has to tell."""
    if sys.platform == "linux":
        load(_LIBRARIES, "ctypes").CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before that
            os._exit(0)


def keep_only(descriptor: int) -> None:
    """Closes every file that was inherited but `descriptor`, the run's lock, state and outputs among them; what would
    be printed goes nowhere."""
    null = os.open(_DEVICE, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, os.sysconf("SC_OPEN_MAX"))


def leave_signals_to_the_run() -> None:
    """Ctrl-C reaches every process of a terminal; what it means is decided by the one that the run began in."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
