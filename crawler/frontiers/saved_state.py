"""What a state file holds: its rows, its own time scale, what its failures mean, and a look at it from outside."""

from __future__ import annotations

import json
import sqlite3
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from crawler.core.errors import BadInput, CrawlError, Locked, OutputFailed
from crawler.core.visit import NOTHING

FILE_NAME = "frontier.sqlite"
APPLICATION_ID = 0x63726177
SCHEMA_VERSION = 3
OLDEST_VERSION = 1  # that is brought up to date when a run opens it
AWAY = "move it away to begin anew"
_MAGIC = b"SQLite format 3\0"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# A host waits until its block ends, its delay is over and, if all it has to do is postponed, the first of that is due.
_WAITS = """
SELECT name, to_do, blocked_until, reason, next_start, asked_delay, first, why, postponed
FROM hosts LEFT JOIN (SELECT host, min(not_before) AS first, reason AS why, count(*) AS postponed
  FROM postponed GROUP BY host) ON host = id
WHERE to_do > 0
  AND (next_start > :at OR blocked_until > :at OR (blocked_until IS NULL AND reason IS NOT NULL) OR first > :at)
LIMIT 100000
"""


class RunRow(NamedTuple):
    """The run that the state belongs to. `at` is when it was committed, in the state's own seconds; see StateClock."""

    started: str
    finished: int
    position: str | None
    notes: str
    done: int
    known: int
    last_order: int
    at: float
    monotonic: float
    wall: float
    boot: str


class HostRow(NamedTuple):
    """What is kept of a host. Times are the state's own seconds; `blocked_until` None with a reason: open-ended."""

    id: int
    name: str
    to_do: int = 0  # URLs in the queue, those handed out included
    asleep: int = 0  # has URLs to do, but no place in memory
    asked_delay_s: float = 0.0
    next_start: float | None = None
    blocked_until: float | None = None
    reason: str | None = None


def explain(error: Exception, path: Path) -> CrawlError:
    """What a person should know instead of `error`, which came up while `path` was used: one of the database, or one
    about what it holds."""
    if not isinstance(error, sqlite3.Error) or "UTF-8" in str(error):  # which the module calls an error like any other
        return _damaged(error, path)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    kept = "what was committed before is intact"
    match code:
        case sqlite3.SQLITE_FULL:
            return OutputFailed(f"no space left to write {path}; {kept}: make room and run the same command again")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(error, path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Locked(f"another process is writing to {path}")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return OutputFailed(f"cannot write {path} ({error}); {kept}: check the permissions of the folder")
        case _:
            check = "check the disk, its free space, quotas and limits, and run the same command again"
            return OutputFailed(f"cannot use {path} ({error}); {kept}: {check}")


def _damaged(error: Exception, path: Path) -> BadInput:
    return BadInput(f"the state file {path} is damaged or not one ({error}); it was left alone: {AWAY}")


def check_magic(path: Path) -> None:
    """Raises BadInput for what is neither an empty file nor a database: the library would overwrite a short file, and
    wait for ever at a named pipe."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadInput(f"{path} is no regular file; the state file belongs there: {AWAY}")
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError:
        return  # opening the database will tell why
    if head and head != _MAGIC:
        raise BadInput(f"the state file {path} is no database; it was left alone: {AWAY}")


def check_header(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is a crawl state; False: it is empty. Raises BadInput for anything else."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables and not application:
        return False
    if application != APPLICATION_ID:
        raise BadInput(f"{path} is a database, but no crawl state; it was left alone: {AWAY}")
    if not OLDEST_VERSION <= version <= SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        raise BadInput(
            f"{path} was written by {age} version (state format {version}, here {SCHEMA_VERSION}); it was left alone: "
            f"use that version, or {AWAY}"
        )
    return True


class _HostState(NamedTuple):
    name: str
    to_do: int
    blocked_until: float | None
    reason: str | None
    next_start: float | None
    asked_delay_s: float
    first_due: float | None
    first_reason: str | None
    postponed: int | None


class SavedWait(NamedTuple):
    """Why a host was left alone at the last commit."""

    host: str
    reason: str
    until: float | None  # seconds since 1970; None: until something happens
    queued: int


class SavedHost(NamedTuple):
    """A host that had something to do at the last commit."""

    host: str
    queued: int
    asked_delay_s: float  # what it asks for beyond the configured delay; 0 for nothing
    wait: SavedWait | None


class SavedState(NamedTuple):
    """What was committed last."""

    started: str  # run id
    finished: bool
    saved_at: float  # seconds since 1970
    done: int
    queued: int  # to do; at the moment of the commit some of these were being asked
    known: int
    hosts_to_do: int  # hosts with something to do
    waits: list[SavedWait]  # soonest first
    position: str | None = None
    notes: Mapping[str, Any] = NOTHING
    hosts: Sequence[SavedHost] = ()  # the longest queue first


class StateClock:
    """The seconds in which a state file keeps times: they go on over restarts, whatever the wall clock does.

    Between two processes of one boot the monotonic clock tells how much time went by; over a reboot the wall clock, of
    which a jump back counts as no time. So a wait that was stored is at most as long as it was when it was stored.
    """

    def __init__(
        self,
        now: Callable[[], float],
        wall: Callable[[], float],
        *,
        boot: str | None = None,
        saved: RunRow | None = None,
    ) -> None:
        self._now = now
        self._wall = wall
        self.boot = boot_id() if boot is None else boot
        if saved is None:
            self._ahead_s = wall() - now()
        else:
            self._ahead_s = saved.at + self._passed_since(saved) - now()

    def to_state(self, at: float) -> float | None:
        """A time of the monotonic clock as it is stored; None for never."""
        return None if at == -inf else at + self._ahead_s

    def from_state(self, at: float | None) -> float:
        """A stored time as one of the monotonic clock."""
        return -inf if at is None else at - self._ahead_s

    def mark(self) -> tuple[float, float, float]:
        """This moment in state seconds, of the monotonic clock and of the wall clock."""
        now = self._now()
        return now + self._ahead_s, now, self._wall()

    def _passed_since(self, saved: RunRow) -> float:
        now = self._now()
        if self.boot and self.boot == saved.boot and now >= saved.monotonic:
            return now - saved.monotonic
        return max(0.0, self._wall() - saved.wall)


def boot_id() -> str:
    """What identifies the machine's boot; empty where the system does not tell."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def read_state(folder: Path, most_waits: int = 10, wall: Callable[[], float] = time.time) -> SavedState | None:
    """What the last commit in `folder` says, also while a run goes on; None if nothing was ever committed.

    Changes nothing. Raises BadInput for a foreign or damaged file, OutputFailed for one that cannot be read.
    """
    path = folder / FILE_NAME
    if not path.is_file() or not path.stat().st_size:
        return None
    check_magic(path)
    try:
        return _read(path, most_waits, wall)
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise explain(error, path) from error


def _read(path: Path, most_waits: int, wall: Callable[[], float]) -> SavedState | None:
    # Without a log beside it, the file is whole and nobody writes: then not even the log's index need be created.
    quiet = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode=ro{quiet}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=2.0)
    try:
        connection.execute("BEGIN")
        if not check_header(connection, path):
            return None
        row = connection.execute("SELECT * FROM run").fetchone()
        return None if row is None else _described(connection, RunRow(*row[1:]), most_waits, wall)
    finally:
        connection.close()


def _described(connection: sqlite3.Connection, run: RunRow, most_waits: int, wall: Callable[[], float]) -> SavedState:
    hosts, queued = connection.execute("SELECT count(*), coalesce(sum(to_do), 0) FROM hosts WHERE to_do > 0").fetchone()
    at = run.at + max(0.0, wall() - run.wall)
    rows = connection.execute(_WAITS, {"at": at}).fetchall()
    waits = [wait for row in rows if (wait := _wait(_HostState(*row), at, run.wall - run.at)) is not None]
    waits.sort(key=lambda wait: inf if wait.until is None else wait.until)
    return SavedState(
        run.started, bool(run.finished), run.wall, run.done, queued, run.known, hosts, waits[:most_waits], run.position,
        json.loads(run.notes), _busiest(connection, {wait.host: wait for wait in waits}, most_waits),
    )  # fmt: skip


def _busiest(connection: sqlite3.Connection, waits: Mapping[str, SavedWait], most: int) -> list[SavedHost]:
    rows = connection.execute(
        "SELECT name, to_do, asked_delay FROM hosts WHERE to_do > 0 ORDER BY to_do DESC, id LIMIT ?", (most,)
    )
    return [SavedHost(name, queued, delay_s, waits.get(name)) for name, queued, delay_s in rows]


def _wait(host: _HostState, at: float, to_wall: float) -> SavedWait | None:
    """The latest of what a host waits for, or None if that is over."""
    if host.reason is not None and host.blocked_until is None:
        return SavedWait(host.name, host.reason, None, host.to_do)
    reasons = [
        (host.blocked_until or -inf, host.reason or ""),
        (host.next_start or -inf, "crawl-delay" if host.asked_delay_s else "delay"),
    ]
    if host.postponed == host.to_do:
        reasons.append((host.first_due or -inf, host.first_reason or ""))
    until, reason = max(reasons)
    return SavedWait(host.name, reason, until + to_wall, host.to_do) if until > at else None
