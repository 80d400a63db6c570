"""Standard output, a named pipe or a device: what cannot be cut back."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time

from crawler.core.errors import BadInput, OutputFailed
from crawler.sinks.files.writing import Position, failure, write_all

STDOUT_PATHS = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
READER_WAIT_S = 1.5  # for somebody to open the other end of a named pipe


def is_stream(path: str) -> bool:
    """Whether `path` is standard output, a named pipe or a character device."""
    if path in STDOUT_PATHS:
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise BadInput(f"output.path {path} is a {'disk' if stat.S_ISBLK(mode) else 'socket'}, not a file")
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


class StreamOutput:
    """Bytes that are gone once written: after a kill, what came since the last commit comes again."""

    def __init__(self, path: str, offset: int = 0) -> None:
        """Opens `path`; `offset` bytes went there before. Raises BadInput (a pipe that nobody reads), OutputFailed."""
        self.path = path
        self.offset = offset
        self._is_stdout = path in STDOUT_PATHS
        self._fd = _stdout() if self._is_stdout else _open(path)

    def position(self, compress: str) -> Position:
        """How much was written."""
        return Position(self.path, self.offset, compress)

    def write(self, data: bytes) -> None:
        """Writes `data`, waiting for a slow reader. Raises OutputClosed, OutputFailed."""
        try:
            write_all(self._fd, data)
        except OSError as error:
            raise failure(error, "standard output" if self._is_stdout else self.path) from error
        self.offset += len(data)

    def sync(self, *, now: bool = False) -> None:
        """Nothing: what the reader does with it is not ours."""

    def close(self) -> None:
        """Lets go of the pipe or device; standard output stays open."""
        if not self._is_stdout and self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _stdout() -> int:
    if sys.__stdout__ is None:  # started with it closed: descriptor 1 may be any file by now
        raise OutputFailed("standard output is closed; give output.path a file")
    return 1


def _open(path: str) -> int:
    give_up_at = time.monotonic() + READER_WAIT_S
    while True:
        try:
            fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise failure(error, path) from error
            if time.monotonic() > give_up_at:
                raise BadInput(f"nobody reads the named pipe {path}; start its reader first") from error
            time.sleep(0.02)
        else:
            os.set_blocking(fd, True)
            return fd
