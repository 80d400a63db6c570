"""A regular file that can be cut back to any position handed out."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
import zlib
from contextlib import suppress

from crawler.core.errors import BadInput, Locked, OutputFailed
from crawler.sinks.files.writing import Position, failure, write_all

TAIL_BYTES = 64  # checked before a file is cut: whoever replaced it shall not lose data
SYNC_EVERY_S = 1.0
_WRONG_PATH = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ENOENT, errno.ELOOP}


class FileOutput:
    """A file that this run alone writes, held under an exclusive lock (flock) that the kernel drops with the process.

    A kill loses nothing that was written. Against power loss the data is also forced to the disk (fdatasync), at most
    once a second and at the end: a few milliseconds a second, where doing so at each commit would cost a few times
    that. After a power loss, up to a second of records that the state counts as done may be missing; `resume` notices.
    """

    def __init__(self, path: str, fd: int) -> None:
        self.path = path
        self.offset = os.fstat(fd).st_size
        self._fd = fd
        self._tail = b""
        self._synced_at = time.monotonic()
        self._dirty = False

    @classmethod
    def begin(cls, path: str, on_exists: str) -> FileOutput:
        """A new output at `path`, missing folders made. Raises BadInput (a folder; exists and on_exists is fail),
        Locked, OutputFailed.

        An empty file counts as missing, since a run that was killed before its first commit leaves one.
        """
        output = cls(path, _create(path))
        try:
            if output.offset and on_exists == "fail":
                raise BadInput(
                    f"{path} exists already; set output.on_exists to append or replace, choose another output.path, "
                    "or put {started} into it"
                )
            output._start_at(0 if on_exists == "replace" else output.offset)
        except BaseException:
            output.close()
            raise
        return output

    @classmethod
    def resume(cls, position: Position) -> FileOutput:
        """The output of an unfinished run, cut back to `position`. Raises OutputFailed if the file is gone, shorter or
        not the one that was written, Locked."""
        if not position.offset and not os.path.lexists(position.path):
            return cls.begin(position.path, "fail")
        output = cls(position.path, _reopen(position.path))
        try:
            output._check(position)
            output._start_at(position.offset)
        except BaseException:
            output.close()
            raise
        return output

    def head(self) -> bytes:
        """The first four bytes."""
        return os.pread(self._fd, 4, 0)

    def ends_torn(self) -> bool:
        """Whether the last line has no end."""
        return self.offset > 0 and not self._tail.endswith(b"\n")

    def position(self, compress: str) -> Position:
        """Where the next byte goes."""
        return Position(self.path, self.offset, compress, zlib.crc32(self._tail))

    def write(self, data: bytes) -> None:
        """Appends `data`, all or nothing. Raises OutputFailed."""
        self._check_untouched()
        try:
            write_all(self._fd, data)
        except OSError as error:
            raise failure(error, self.path) from error
        self.offset += len(data)
        self._tail = (self._tail + data[-TAIL_BYTES:])[-TAIL_BYTES:]
        self._dirty = True

    def sync(self, *, now: bool = False) -> None:
        """Forces the data to the disk if that is due, or `now`. Raises OutputFailed, also if the file is not as it was
        left."""
        self._check_untouched()
        if now or time.monotonic() - self._synced_at >= SYNC_EVERY_S:
            self._force()

    def _force(self) -> None:
        if not self._dirty:
            return
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            raise failure(error, self.path) from error
        self._dirty = False
        self._synced_at = time.monotonic()

    def close(self) -> None:
        """Lets go of the file. Raises OutputFailed if the disk did not take it."""
        if self._fd < 0:
            return
        try:
            self._force()
        finally:
            os.close(self._fd)
            self._fd = -1

    def _start_at(self, offset: int) -> None:
        try:
            if offset < self.offset:
                os.ftruncate(self._fd, offset)
            self._tail = self._read_tail(offset)
            os.lseek(self._fd, offset, os.SEEK_SET)
        except OSError as error:
            raise failure(error, self.path) from error
        self.offset = offset

    def _check_untouched(self) -> None:
        """Raises OutputFailed if the file is not in its place any more, or not as it was left: what is written to a
        removed file is gone with the process, and behind the end of a file that was cut there would be a hole."""
        try:
            own, there = os.fstat(self._fd), os.stat(self.path)
            is_own = (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino)
        except OSError:
            is_own = False
        if is_own and own.st_size == self.offset:
            return
        what = "was changed by another program" if is_own else "was removed or replaced"
        raise OutputFailed(f"{self.path} {what} while the run was writing it, so that records would be lost")

    def _check(self, position: Position) -> None:
        if self.offset < position.offset:
            what = f"holds {self.offset} bytes of the {position.offset} that the unfinished run wrote"
        elif zlib.crc32(self._read_tail(position.offset)) != position.tail_crc:
            what = "is not the file that the unfinished run wrote, so it is left alone"
        else:
            return
        raise OutputFailed(f"{self.path} {what}; put the file back to resume, or begin a new run with --fresh")

    def _read_tail(self, offset: int) -> bytes:
        size = min(offset, TAIL_BYTES)
        return os.pread(self._fd, size, offset - size)


def _create(path: str) -> int:
    folder = os.path.dirname(path)
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
        is_new = not os.path.lexists(path)
        fd = _open(path, os.O_CREAT)
        if is_new:
            _sync_folder(folder or ".")
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) or error.errno in _WRONG_PATH:
            raise BadInput(f"output.path {path!r} cannot be a file: {error}") from error
        raise failure(error, path) from error
    return fd


def _reopen(path: str) -> int:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OutputFailed(f"{path} is no longer a file; put it back to resume, or begin a new run with --fresh")
        return _open(path, 0)
    except FileNotFoundError as error:
        message = f"{path}, which the unfinished run wrote, is missing"
        raise OutputFailed(f"{message}; put it back to resume, or begin a new run with --fresh") from error
    except OSError as error:
        raise failure(error, path) from error


def _open(path: str, flags: int) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        raise Locked(f"{path} is being written by another run or another output") from error
    except OSError:  # a file system without locks
        pass
    return fd


def _sync_folder(folder: str) -> None:
    """Makes a new file's name survive a power loss, where the file system can."""
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
