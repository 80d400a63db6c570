"""The lock: one living process at a time, whatever dead ones left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.core.errors import ExitCode, Locked, OutputFailed
from crawler.frontiers.lock import LOCK_NAME, RunLock, is_locked

HOLD = """
import sys, time
from pathlib import Path
from crawler.frontiers.lock import RunLock
with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(Locked, match=f"process {holder.pid}, since ") as caught:
        RunLock(tmp_path).acquire()
    assert caught.value.exit_code == ExitCode.LOCKED
    assert is_locked(tmp_path)


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert not is_locked(tmp_path)
    with RunLock(tmp_path):
        assert f"process {os.getpid()}," in (tmp_path / LOCK_NAME).read_text()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet" / "there"
    for _ in range(2):
        with RunLock(folder):
            assert is_locked(folder)
            with pytest.raises(Locked):
                RunLock(folder).acquire()
        assert not is_locked(folder)


def test_looking_at_the_lock_creates_nothing(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputFailed, match=r"cannot create the lock .*file/state/lock") as caught:
        RunLock(tmp_path / "file" / "state").acquire()
    assert caught.value.exit_code == ExitCode.OUTPUT_FAILED


def test_a_link_in_the_locks_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / LOCK_NAME).symlink_to("precious")
    with pytest.raises(OutputFailed, match="is a symbolic link"):
        RunLock(tmp_path).acquire()
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_folder_or_a_named_pipe_in_the_locks_place_is_said_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LOCK_NAME)
    assert not is_locked(tmp_path)
    with pytest.raises(OutputFailed, match="cannot lock"):
        RunLock(tmp_path).acquire()
    (tmp_path / LOCK_NAME).unlink()
    (tmp_path / LOCK_NAME).mkdir()
    with pytest.raises(OutputFailed, match="Is a directory"):
        RunLock(tmp_path).acquire()
