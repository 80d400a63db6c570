"""The lock of a run: one crawl, one process at a time, let go by the kernel however that process ends."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

from crawler.core.errors import Locked, OutputFailed

LOCK_NAME = "lock"


class RunLock:
    """An exclusive lock on `folder`, which is created if need be; a context manager.

    The file stays behind and means nothing by itself: only a living process holds the lock. What is written in it
    (process id, start time) is for people.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK_NAME
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Takes the lock at once or not at all. Raises Locked, naming the holder, or OutputFailed."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # No link is followed: what it points to would be overwritten.
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except OSError as error:
            why = "is a symbolic link" if error.errno == errno.ELOOP else error.strerror
            raise OutputFailed(f"cannot create the lock {self.path}: {why}; nothing was fetched") from error
        try:
            self._lock(descriptor)
            self._sign(descriptor)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "unknown process"
            os.close(descriptor)
            raise Locked(f"another run of this crawl is going on ({holder}); it holds {self.path}") from None
        except OSError as error:
            os.close(descriptor)
            raise OutputFailed(f"cannot lock {self.path}: {error.strerror}; nothing was fetched") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Lets go of the lock; harmless where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.release()

    @staticmethod
    def _lock(descriptor: int) -> None:
        """Tries for a moment: somebody who only looks whether a run is going on holds the lock that long."""
        for pause_s in (0.02, 0.08, 0.0):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if not pause_s:
                    raise
                time.sleep(pause_s)

    @staticmethod
    def _sign(descriptor: int) -> None:
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}, since {since}\n".encode(), 0)


def is_locked(folder: Path) -> bool:
    """Whether a run holds the lock of `folder` now. Looking takes a few microseconds, for which a start waits."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # it may be a named pipe
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
