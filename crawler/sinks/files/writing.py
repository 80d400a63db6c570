"""Bytes to a file descriptor, all or none, what a failure means, and where writing stands."""

from __future__ import annotations

import errno
import json
import os
import select
import stat
from contextlib import suppress
from typing import Any, NamedTuple

from crawler.core.errors import CrawlError, OutputClosed, OutputFailed

_AGAIN = "then start the same command again: the run resumes"
_HINTS = {
    errno.ENOSPC: f"free some space, {_AGAIN}",
    errno.EDQUOT: f"free some of your quota, {_AGAIN}",
    errno.EFBIG: f"files may not grow further here; lift that limit, {_AGAIN}",
    errno.EACCES: "check the permissions of the file and its folder",
    errno.EROFS: "the file system is read-only; write to another place",
}
JOURNAL = ".journal"  # ends the name of a file of which a Parquet file will be made


class Position(NamedTuple):
    """Where an output stands after a flush; `write` and `read` turn it into the opaque text of the Sink port."""

    path: str
    offset: int  # bytes
    compress: str
    tail_crc: int | None = None  # CRC-32 of the last bytes before offset; None: a stream, which cannot be cut back
    part: int = 1  # the file's number in its series
    records: int = 0  # in this file, of this run; counted for series only
    form: dict[str, Any] | None = None  # what its records look like; None: an earlier version did not say
    series: str | None = None  # its path with PART_MARK for the number; without one: a single file; None: as with form

    def write(self) -> str:
        """The position as text."""
        return json.dumps(self._asdict())

    @classmethod
    def read(cls, text: str) -> Position:
        """The position that `write` put into `text`. Raises OutputFailed where it is none of this output's."""
        try:
            position = cls(**json.loads(text))
        except (TypeError, ValueError):
            message = "the unfinished run wrote to other outputs than this configuration names"
            raise OutputFailed(f"{message}; restore the configuration, or begin anew with --fresh") from None
        return position


def write_all(fd: int, data: bytes) -> None:
    """Writes all of `data`, waiting where the descriptor does not block. Raises OSError.

    A regular file that cannot take all of it gets none: what was written of `data` is cut off again.
    """
    left = memoryview(data)
    try:
        while left:
            left = left[_write_some(fd, left) :]
    except OSError:
        with suppress(OSError):
            _take_back(fd, len(data) - len(left))
        raise


def failure(error: OSError, what: str) -> CrawlError:
    """What `error` at writing to `what` means for the run: OutputClosed if its reader has gone, else OutputFailed."""
    if error.errno == errno.EPIPE:
        return OutputClosed(f"the reader of {what} has gone")
    hint = _HINTS.get(error.errno or 0)
    message = f"{what} could not be written: {error.strerror or error}"
    return OutputFailed(f"{message}; {hint}" if hint else message)


def _write_some(fd: int, data: memoryview) -> int:
    try:
        return os.write(fd, data)
    except BlockingIOError:  # somebody made a shared terminal or pipe non-blocking
        poll = select.poll()
        poll.register(fd, select.POLLOUT)
        poll.poll()
        return 0


def _take_back(fd: int, written: int) -> None:
    about = os.fstat(fd)
    if not written or not stat.S_ISREG(about.st_mode):
        return
    end = os.lseek(fd, 0, os.SEEK_CUR)
    if end == about.st_size:  # nobody else has written behind us, as in `crawl … > file 2>&1`
        os.ftruncate(fd, end - written)
        os.lseek(fd, end - written, os.SEEK_SET)
