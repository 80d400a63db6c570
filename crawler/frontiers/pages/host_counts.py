"""Pages that each host has had in this run, in the state file: for a limit that holds across restarts."""

from __future__ import annotations

from crawler.frontiers.sqlite_store import Store


class HostCounts:
    """Part of the store's open transaction. The table is made when something asks for it: most crawls never do, and
    state files of earlier versions have none."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_made = False

    def of(self, host: str) -> int:
        """Pages of `host` that were counted."""
        rows = self._run("SELECT pages FROM host_pages WHERE host = ?", host)
        return int(rows[0][0]) if rows else 0

    def add(self, host: str) -> None:
        """One more page of `host`. About 2 µs."""
        self._run("INSERT INTO host_pages VALUES (?, 1) ON CONFLICT (host) DO UPDATE SET pages = pages + 1", host)

    def clear(self) -> None:
        """Another run begins."""
        self._store.run("DROP TABLE IF EXISTS host_pages")
        self._is_made = False

    def _run(self, statement: str, host: str) -> list[tuple[int]]:
        if not self._is_made:
            self._store.run(
                "CREATE TABLE IF NOT EXISTS host_pages (host TEXT PRIMARY KEY, pages INTEGER NOT NULL) WITHOUT ROWID"
            )
            self._is_made = True
        return self._store.run(statement, (host,))
