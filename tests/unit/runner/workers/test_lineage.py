"""A process of ours keeps nothing but its channel, and dies with the one that began it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from crawler.runner.workers.lineage import die_with

KEEPS = """
import os, socket, sys
from crawler.runner.workers.lineage import keep_only, leave_signals_to_the_run
files = [open(os.devnull) for _ in range(20)]
one, other = socket.socketpair()
keep_only(one.fileno())
leave_signals_to_the_run()
print("this goes nowhere", flush=True)
os.kill(os.getpid(), 2); os.kill(os.getpid(), 15)
open_ones = [number for number in range(200) if os.path.exists(f"/proc/self/fd/{number}")]
sys.exit(0 if open_ones == [0, 1, 2, one.fileno()] else 1)
"""
ORPHAN = """
import os, time
from crawler.runner.workers.lineage import die_with
parent = os.getpid()
child = os.fork()
if child == 0:
    die_with(parent)
    print(os.getpid(), flush=True)
    time.sleep(60)
time.sleep(60)
"""


def test_only_the_channel_stays_open_and_nothing_is_printed() -> None:
    done = subprocess.run([sys.executable, "-c", KEEPS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel must be able to")
def test_it_dies_with_its_parent() -> None:
    process = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    child = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 2
    while os.path.exists(f"/proc/{child}") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not os.path.exists(f"/proc/{child}")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel must be able to")
def test_it_does_not_begin_where_its_parent_is_gone_already() -> None:
    child = os.fork()
    if child == 0:
        die_with(os.getpid())  # never the parent of itself
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
