"""The state file: one SQLite database, one open transaction, written in batches."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from crawler.core.errors import BadInput, OutputFailed
from crawler.frontiers.saved_state import (
    APPLICATION_ID,
    AWAY,
    SCHEMA_VERSION,
    HostRow,
    RunRow,
    check_header,
    check_magic,
    explain,
)

CACHE_KIB = 16_000
WAL_PAGES = 4_000  # 16 MB: then the log is copied into the file
CHECKED_BYTES = 16 << 20  # a file up to this size is checked through and through when opened (some 50 ms)
_MOST_ASKED = 256

# `seen` holds nothing but fingerprints, so that a known URL costs about 20 bytes. `queue` and `postponed` hold what is
# to do, requests that are handed out included: a killed process forgets who had them, and they are handed out again.
_PAGE_COLUMNS = (
    "(fp INTEGER PRIMARY KEY, url TEXT NOT NULL, target TEXT, depth INTEGER, parent TEXT, hops_out INTEGER, etag TEXT,"
    " last_modified TEXT, sha256 TEXT, recipe TEXT, content BLOB)"
)
_PAGES = (
    f"CREATE TABLE pages {_PAGE_COLUMNS}",  # of the last finished run
    "CREATE TABLE dates (fp INTEGER PRIMARY KEY, lastmod TEXT NOT NULL)",  # of pages, as sitemaps said last
)
_URL_TABLES = {
    "seen": "(fp INTEGER PRIMARY KEY)",
    "claims": "(fp INTEGER PRIMARY KEY, url TEXT NOT NULL)",
    "duplicates": "(fp INTEGER PRIMARY KEY, leads_to INTEGER NOT NULL)",  # fingerprints both
    "parents": "(id INTEGER PRIMARY KEY, url TEXT NOT NULL)",
    "queue": "(host INTEGER, rank INTEGER, url TEXT NOT NULL, parent INTEGER, kind INTEGER NOT NULL,"
    " hops_out INTEGER NOT NULL, PRIMARY KEY (host, rank)) WITHOUT ROWID",
    "postponed": "(rank INTEGER PRIMARY KEY, host INTEGER NOT NULL, not_before REAL NOT NULL, reason TEXT NOT NULL,"
    " taken_up INTEGER NOT NULL, request TEXT NOT NULL)",
    "pages_next": _PAGE_COLUMNS,  # of the run under way; one without a target is gone
}
_INDEX = "CREATE INDEX postponed_by_host ON postponed (host, not_before, rank)"
_LASTING = """
CREATE TABLE hosts (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, to_do INTEGER NOT NULL DEFAULT 0,
  asleep INTEGER NOT NULL DEFAULT 0, asked_delay REAL NOT NULL DEFAULT 0, next_start REAL, blocked_until REAL,
  reason TEXT);
CREATE INDEX hosts_asleep ON hosts (id) WHERE asleep;
CREATE INDEX hosts_to_do ON hosts (id) WHERE to_do > 0;
CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), started TEXT, finished INTEGER, position TEXT, notes TEXT,
  done INTEGER, known INTEGER, last_order INTEGER, at REAL, monotonic REAL, wall REAL, boot TEXT)
"""
_UNSEEN_SQL = {
    1 << power: f"SELECT fp FROM seen WHERE fp IN ({','.join('?' * (1 << power))})"
    for power in range(_MOST_ASKED.bit_length())
}

Params = ParamSpec("Params")
Result = TypeVar("Result")


def explained(
    method: Callable[Concatenate[Store, Params], Result],
) -> Callable[Concatenate[Store, Params], Result]:
    """`method`, raising CrawlError where the database fails.

    After that the store does nothing more: on a full disk the database may have ended the transaction by itself, and
    whatever followed would last without the commit that it belongs to.
    """

    @wraps(method)
    def wrapper(store: Store, *args: Params.args, **kwargs: Params.kwargs) -> Result:
        if store.failure is not None:
            raise store.failure
        try:
            return method(store, *args, **kwargs)
        except (sqlite3.OperationalError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                store.failure = error
                raise  # a bug of ours
            store.failure = explain(error, store.path)
            raise store.failure from error

    return cast("Callable[Concatenate[Store, Params], Result]", wrapper)


class Store:
    """Rows in and out. Writes are gathered and reach the database with `flush`; `commit` makes them last.

    Rows of the queue are gathered as (host, rank, url, parent, kind, hops_out).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure: Exception | None = None  # what every further call raises
        self.seen: list[tuple[int]] = []
        self.claims: dict[int, str] = {}
        self.queue: list[tuple[int, int, str, int | None, int, int]] = []
        self.queue_gone: list[tuple[int, int]] = []
        self.postponed: dict[int, tuple[Any, ...] | None] = {}  # by rank; None: gone
        self._parents: list[tuple[int, str | None]] = []
        self._last_parent: tuple[int, str | None] = (0, None)
        self._last_host = 0
        self._identity = (0, 0)  # the file that was opened: device and inode
        self._connection: sqlite3.Connection | None = None
        self._db: sqlite3.Cursor

    @explained
    def open(self) -> RunRow | None:
        """The run that the file holds, None for a new file; a transaction is open afterwards."""
        _make_room(self.path)
        check_magic(self.path)
        self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=1.0)
        self._db = self._connection.cursor()
        if check_header(self._connection, self.path):
            _check_content(self._db, self.path)
            _configure(self._db)
            _bring_up_to_date(self._db)
        else:
            _configure(self._db)
            _create(self._db)
        self._db.execute("BEGIN IMMEDIATE")
        self._identity = _identity_of(self.path)
        self._last_parent = self._number("max(id) FROM parents"), None
        self._last_host = self._number("max(id) FROM hosts")
        row = self._db.execute("SELECT * FROM run").fetchone()
        if row is None:
            return None
        if len(row) != len(RunRow._fields) + 1:
            raise sqlite3.DatabaseError("a table of other columns")
        return RunRow(*row[1:])

    @explained
    def forget_urls(self) -> None:
        """Begins with no URL; hosts stay. 10 million URLs take about a second."""
        for table, columns in _URL_TABLES.items():
            self._db.execute(f"DROP TABLE {table}")
            self._db.execute(f"CREATE TABLE {table} {columns}")
        self._db.execute(_INDEX)
        self._db.execute("UPDATE hosts SET to_do = 0 WHERE to_do > 0")
        self._db.execute("UPDATE hosts SET asleep = 0 WHERE asleep")

    @explained
    def flush(self) -> None:
        """Hands what was gathered to the database, uncommitted."""
        many = self._db.executemany
        if self.seen:
            many("INSERT OR IGNORE INTO seen VALUES (?)", sorted(self.seen))  # in order: neighbours share a page
            self.seen.clear()
        if self._parents:
            many("INSERT INTO parents VALUES (?, ?)", self._parents)
            self._parents.clear()
        if self.queue:
            many("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?)", self.queue)
            self.queue.clear()
        if self.queue_gone:
            many("DELETE FROM queue WHERE host = ? AND rank = ?", self.queue_gone)
            self.queue_gone.clear()
        if self.claims:
            many("INSERT OR REPLACE INTO claims VALUES (?, ?)", self.claims.items())
            self.claims.clear()
        if self.postponed:
            gone = [(rank,) for rank, row in self.postponed.items() if row is None]
            rows = [(rank, *row) for rank, row in self.postponed.items() if row is not None]
            many("DELETE FROM postponed WHERE rank = ?", gone)
            many("INSERT OR REPLACE INTO postponed VALUES (?, ?, ?, ?, ?, ?)", rows)
            self.postponed.clear()

    @explained
    def commit(self, run: RunRow, hosts: Iterable[HostRow]) -> None:
        """Makes everything last, in one transaction, and begins the next. Raises OutputFailed where the file is not in
        its place any more: it would be gone with the process, and another run could begin beside this one."""
        if _identity_of(self.path) != self._identity:
            what = "was removed or replaced while the run went on, so that nothing can be saved"
            raise OutputFailed(f"{self.path} {what}; put it back, or begin a new run with --fresh")
        self.flush()
        self._save_hosts(hosts)
        self._db.execute("INSERT OR REPLACE INTO run VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", run)
        self._db.execute("COMMIT")
        self._db.execute("BEGIN IMMEDIATE")

    @explained
    def run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement about remembered pages or duplicates gives, within the open transaction."""
        return self._db.execute(statement, values).fetchall()

    def parent_id(self, parent: str | None) -> int | None:
        """What stands for `parent` in the rows of its links. Stored once for links that come in a row."""
        if parent is None:
            return None
        if parent != self._last_parent[1]:
            self._last_parent = self._last_parent[0] + 1, parent
            self._parents.append(self._last_parent)
        return self._last_parent[0]

    @explained
    def known_among(self, fingerprints: Sequence[int]) -> set[int]:
        """Those of `fingerprints` that were flushed before. About 1.5 µs each, 3 µs for a single one."""
        known: set[int] = set()
        for start in range(0, len(fingerprints), _MOST_ASKED):
            some = fingerprints[start : start + _MOST_ASKED]
            size = 1 << (len(some) - 1).bit_length()  # few sizes, few statements to prepare
            rows = self._db.execute(_UNSEEN_SQL[size], (*some, *[some[0]] * (size - len(some))))
            known.update(fp for (fp,) in rows)
        return known

    @explained
    def claimed_by(self, fingerprint: int) -> str | None:
        """The URL that claimed a redirect target."""
        if fingerprint in self.claims:
            return self.claims[fingerprint]
        row = self._db.execute("SELECT url FROM claims WHERE fp = ?", (fingerprint,)).fetchone()
        return None if row is None else str(row[0])

    @explained
    def fresh_rows(self, host_id: int, most: int) -> list[tuple[int, str, str | None, int, int]]:
        """(rank, url, parent, kind, hops_out) of a host's first `most` requests that were never asked."""
        self.flush()
        return self._db.execute(
            "SELECT q.rank, q.url, p.url, q.kind, q.hops_out FROM queue q LEFT JOIN parents p ON p.id = q.parent"
            " WHERE q.host = ? ORDER BY q.rank LIMIT ?",
            (host_id, most),
        ).fetchall()

    @explained
    def postponed_rows(self, host_id: int, most: int) -> list[tuple[float, int, str, str]]:
        """(not_before, rank, reason, request) of a host's first `most` requests that were postponed."""
        self.flush()
        return self._db.execute(
            "SELECT not_before, rank, reason, request FROM postponed WHERE host = ? ORDER BY not_before, rank LIMIT ?",
            (host_id, most),
        ).fetchall()

    @explained
    def host_named(self, name: str) -> HostRow:
        """A host that is not in memory, as it was stored; with a new id if it never was."""
        if (row := self._db.execute("SELECT * FROM hosts WHERE name = ?", (name,)).fetchone()) is not None:
            return HostRow(*row)
        self._last_host += 1
        return HostRow(self._last_host, name)

    @explained
    def hosts_asleep(self, most: int) -> list[HostRow]:
        """At most `most` hosts that wait for a place in memory."""
        rows = self._db.execute("SELECT * FROM hosts WHERE asleep ORDER BY id LIMIT ?", (most,))
        return [HostRow(*row) for row in rows]

    @explained
    def save_hosts(self, hosts: Iterable[HostRow]) -> None:
        """Stores hosts that are not in memory any more, or do not come into it."""
        self._save_hosts(hosts)

    @explained
    def awaken(self, host_id: int) -> None:
        """The host has its place in memory."""
        self._db.execute("UPDATE hosts SET asleep = 0 WHERE id = ?", (host_id,))

    @explained
    def put_all_to_sleep(self) -> int:
        """As after a start: every host that has something to do waits for its place; their number."""
        self._db.execute("UPDATE hosts SET asleep = 0 WHERE asleep AND to_do = 0")
        return self._db.execute("UPDATE hosts SET asleep = 1 WHERE to_do > 0").rowcount

    @explained
    def totals(self) -> tuple[int, int]:
        """URLs to do, and those of them taken up already."""
        return self._number("sum(to_do) FROM hosts WHERE to_do > 0"), self._number("sum(taken_up) FROM postponed")

    def close(self) -> None:
        """Gives up what was not committed. Never raises: there is nothing left that could be lost."""
        if self._connection is None:
            return
        for step in (self._connection.rollback, self._connection.close):
            try:
                step()
            except sqlite3.Error:
                continue
        self._connection = None

    def _number(self, what: str) -> int:
        (number,) = self._db.execute(f"SELECT {what}").fetchone()
        return number or 0

    def _save_hosts(self, hosts: Iterable[HostRow]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO hosts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", hosts)


def _make_room(path: Path) -> None:
    """The folder of the file `path`, made if need be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise BadInput(f"{path} is a folder; the state file belongs there: {AWAY}")
    except OSError as error:
        raise OutputFailed(f"cannot create the folder {path.parent}: {error.strerror}") from error


def _identity_of(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_dev, about.st_ino


def _check_content(db: sqlite3.Cursor, path: Path) -> None:
    if path.stat().st_size <= CHECKED_BYTES:
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise BadInput(f"the state file {path} is damaged ({verdict}); it was left alone: {AWAY}")


def _configure(db: sqlite3.Cursor) -> None:
    """Safe against a crash of the machine at each checkpoint, against one of the process always."""
    for setting in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "secure_delete = OFF",
        f"cache_size = -{CACHE_KIB}",
        f"wal_autocheckpoint = {WAL_PAGES}",
        f"journal_size_limit = {WAL_PAGES * 4096}",
    ):
        db.execute(f"PRAGMA {setting}")


def _create(db: sqlite3.Cursor) -> None:
    tables = [f"CREATE TABLE {table} {columns}" for table, columns in _URL_TABLES.items()]
    marks = [f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA_VERSION}"]
    for statement in ("BEGIN IMMEDIATE", *_LASTING.split(";"), *_PAGES, *tables, _INDEX, *marks, "COMMIT"):
        db.execute(statement)


def _bring_up_to_date(db: sqlite3.Cursor) -> None:
    """Adds what state files of format 1 lack, remembered pages, and of format 2, duplicates."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    pages = (*_PAGES, f"CREATE TABLE pages_next {_PAGE_COLUMNS}") if version == 1 else ()
    duplicates = f"CREATE TABLE duplicates {_URL_TABLES['duplicates']}"
    mark = f"PRAGMA user_version = {SCHEMA_VERSION}"
    for statement in ("BEGIN IMMEDIATE", *pages, duplicates, mark, "COMMIT"):
        db.execute(statement)
