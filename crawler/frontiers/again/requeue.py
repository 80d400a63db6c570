"""Begins a run whose queue holds chosen URLs of the finished one, and nothing else of what that came upon."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crawler.core.errors import BadInput
from crawler.core.visit import Request
from crawler.frontiers.host_queue import rank_of
from crawler.frontiers.saved_state import FILE_NAME, check_header, check_magic, explain


def requeue(folder: Path, started: str, requests: Iterable[Request]) -> int:
    """Makes `started` the run of the state in `folder`, unfinished, with `requests` to do; their number. With none,
    nothing changes.

    Everything that the finished run came upon stays known, so that seeds, sitemaps and links lead to nothing but what
    nobody has seen yet. To be called while the run's lock is held. Raises BadInput where there is no finished run,
    OutputFailed.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise BadInput(f"there is no state in {folder} yet; run the crawl first")
    check_magic(path)
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
        try:
            return _requeue(connection, path, started, requests)
        finally:
            connection.close()  # gives up what was not committed
    except (sqlite3.Error, ValueError) as error:
        raise explain(error, path) from error


def _requeue(connection: sqlite3.Connection, path: Path, started: str, requests: Iterable[Request]) -> int:
    run = connection.execute("SELECT started, finished, notes, last_order FROM run").fetchone()
    if not check_header(connection, path) or run is None:
        raise BadInput(f"there is no run in {path} yet; run the crawl first")
    before, finished, notes, order = run
    if not finished:
        raise BadInput(f"run {before} is not finished; finish it first: the same command without `failures` resumes it")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE hosts SET to_do = 0, asleep = 0 WHERE to_do > 0 OR asleep")
    for table in ("queue", "postponed"):  # what a page limit has left there
        connection.execute(f"DELETE FROM {table}")
    queued = _fill(connection, requests, order)
    if not queued:
        return 0
    kept = {name: value for name, value in json.loads(notes).items() if name != "tally"}
    connection.execute(
        "UPDATE run SET started = ?, finished = 0, position = NULL, notes = ?, done = 0, last_order = ?",
        (started, json.dumps(kept), order + queued),
    )
    connection.execute("COMMIT")
    return queued


def _fill(connection: sqlite3.Connection, requests: Iterable[Request], order: int) -> int:
    ids: dict[str, int] = {}
    to_do: Counter[int] = Counter()
    for request in requests:
        order += 1
        host = ids.get(request.host) or ids.setdefault(request.host, _host_id(connection, request.host))
        to_do[host] += 1
        row: tuple[Any, ...] = (
            host, rank_of(request.depth, order), request.url, _parent_id(connection, request.parent), request.hops_out
        )  # fmt: skip
        connection.execute("INSERT INTO queue (host, rank, url, parent, kind, hops_out) VALUES (?, ?, ?, ?, 0, ?)", row)
    connection.executemany("UPDATE hosts SET to_do = ? WHERE id = ?", [(number, id) for id, number in to_do.items()])
    return to_do.total()


def _host_id(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO hosts (name) VALUES (?)", (name,))
    (id,) = connection.execute("SELECT id FROM hosts WHERE name = ?", (name,)).fetchone()
    return int(id)


def _parent_id(connection: sqlite3.Connection, url: str | None) -> int | None:
    return None if url is None else connection.execute("INSERT INTO parents (url) VALUES (?)", (url,)).lastrowid
