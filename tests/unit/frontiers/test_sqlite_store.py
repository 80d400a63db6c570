"""The state file: what is refused, what is left alone, what a failure is called."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from crawler.core.errors import BadInput, CrawlError, Locked, OutputFailed
from crawler.frontiers.saved_state import SCHEMA_VERSION, HostRow, RunRow, read_state
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from crawler.frontiers.sqlite_store import Store

A_RUN = RunRow("run", 0, None, "{}", 0, 0, 0, 1.0, 1.0, 1.0, "boot")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "frontier.sqlite"


def committed(path: Path, urls: int = 10) -> bytes:
    """A state file at rest; its content."""
    store = Store(path)
    store.open()
    store.seen = [(number * 7919,) for number in range(urls)]
    store.queue = [(1, number, f"https://a.example/{number}", None, 0, 0) for number in range(urls)]
    store.commit(A_RUN, [HostRow(1, "a.example", urls)])
    store.close()
    return path.read_bytes()


def refusal(path: Path) -> str:
    store = Store(path)
    with pytest.raises(BadInput) as caught:
        store.open()
    store.close()
    return str(caught.value)


def test_a_new_file_is_created_with_its_folder_and_holds_no_run(path: Path) -> None:
    store = Store(path)
    assert store.open() is None
    store.close()
    assert Store(path).open() is None


def test_rows_come_back_after_a_commit_and_not_without_one(path: Path) -> None:
    committed(path)
    store = Store(path)
    assert store.open() == A_RUN
    assert store.totals() == (10, 0)
    assert store.known_among([0, 7919, 5]) == {0, 7919}
    store.seen = [(5,)]
    store.flush()
    assert store.known_among([5]) == {5}
    store.close()
    store = Store(path)
    store.open()
    assert store.known_among([5]) == set()
    store.close()


@pytest.mark.parametrize(
    "content", [b"# notes, not a database\n" * 100, b"x", b"\0" * 9000], ids=["text", "one byte", "zeros"]
)
def test_a_file_that_is_no_database_is_named_and_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert str(path) in refusal(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_named_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE hosts (name TEXT)")
    connection.commit()
    connection.close()
    content = path.read_bytes()
    assert "no crawl state" in refusal(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(("version", "words"), [(SCHEMA_VERSION + 1, "a newer version"), (0, "an older version")])
def test_a_state_of_another_version_is_said_to_be_one(path: Path, version: int, words: str) -> None:
    committed(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    content = path.read_bytes()
    message = refusal(path)
    assert words in message
    assert str(path) in message
    assert path.read_bytes() == content


def test_a_damaged_file_is_named_and_left_alone(path: Path) -> None:
    content = bytearray(committed(path, urls=3000))
    content[4096 * 20 : 4096 * 24] = b"\xff" * 4096 * 4
    path.write_bytes(content)
    assert "damaged" in refusal(path)
    assert path.read_bytes() == content


def test_a_truncated_file_is_named_and_left_alone(path: Path) -> None:
    content = committed(path, urls=3000)[:50_000]
    path.write_bytes(content)
    assert str(path) in refusal(path)
    assert path.read_bytes() == content


def test_a_folder_in_the_files_place_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    assert "is a folder" in refusal(path)


def test_a_file_in_the_folders_place_is_said(path: Path) -> None:
    path.parent.write_text("")
    with pytest.raises(OutputFailed, match="cannot create the folder"):
        Store(path).open()


def test_two_writers_are_refused_even_without_the_lock(path: Path) -> None:
    one, two = Store(path), Store(path)
    one.open()
    with pytest.raises(Locked, match="another process is writing"):
        two.open()
    two.close()
    one.close()


def test_a_folder_that_may_not_be_written_is_said(path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from crawler.core.errors import CrawlError
from crawler.frontiers.sqlite_store import Store
if not os.getuid():
    os.setuid(65534)  # nobody may write: root always may
for name in ("old", "new"):
    store = Store(Path(sys.argv[1]) / name / "frontier.sqlite")
    try:
        store.open()
        print("opened")
    except CrawlError as error:
        print(int(error.exit_code), error)
    store.close()
"""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        committed(Path(folder) / "old" / "frontier.sqlite")
        os.chmod(Path(folder) / "old" / "frontier.sqlite", 0o444)
        for place in (Path(folder) / "old", Path(folder)):
            os.chmod(place, 0o555)
        said = subprocess.check_output([sys.executable, "-c", script, folder], text=True).splitlines()
        os.chmod(folder, 0o755)
        os.chmod(Path(folder) / "old", 0o755)
    assert [line[:2] for line in said] == ["7 ", "7 "]
    assert "old/frontier.sqlite" in said[0]
    assert "new" in said[1]


def test_a_row_that_was_taken_back_and_put_in_again_is_there(path: Path) -> None:
    store = Store(path)
    store.open()
    row = (1, 5.0, "backoff", True, "[]")
    for state in (row, None, row):
        store.postponed[7] = state
    store.flush()
    assert store.postponed_rows(1, 9) == [(5.0, 7, "backoff", "[]")]
    store.postponed[7] = None
    assert store.postponed_rows(1, 9) == []
    store.close()


def test_after_a_full_disk_nothing_more_is_stored_by_mistake(path: Path) -> None:
    """The database may have ended the transaction by itself: what followed would last without its commit."""
    committed(path)
    store = Store(path)
    store.open()
    store._db.execute(f"PRAGMA max_page_count = {path.stat().st_size // 4096 + 2}")  # as if the disk were that large
    store.queue = [(1, 100 + number, f"https://a.example/{number}" * 50, None, 0, 0) for number in range(200)]
    with pytest.raises(OutputFailed, match="no space left"):
        store.flush()
    store.queue, store.queue_gone = [], [(1, number) for number in range(10)]
    for call in (store.flush, store.totals, lambda: store.commit(A_RUN, []), lambda: store.known_among([0])):
        with pytest.raises(OutputFailed, match="no space left"):
            call()
    store.close()
    again = Store(path)
    assert again.open() == A_RUN
    assert [row[0] for row in again.fresh_rows(1, 500)] == list(range(10))


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_taken_away_is_noticed_before_the_next_commit(path: Path, replaced: bool) -> None:
    store = Store(path)
    store.open()
    store.commit(A_RUN, [])
    path.rename(path.with_name("moved"))
    if replaced:
        path.write_bytes(b"")
    with pytest.raises(OutputFailed, match="was removed or replaced while the run went on"):
        store.commit(A_RUN, [])
    store.close()


def test_a_named_pipe_in_the_files_place_is_said_and_not_waited_for(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    assert "is no regular file" in refusal(path)


@pytest.mark.parametrize("seed", range(40))
def test_a_file_damaged_anywhere_is_refused_or_read_but_never_a_bug(path: Path, seed: int) -> None:
    dice = random.Random(seed)
    content = bytearray(committed(path, urls=300))
    if seed % 2:
        del content[dice.randrange(len(content)) :]
    else:
        start = dice.randrange(len(content))
        content[start : start + 64] = dice.randbytes(64)
    path.write_bytes(content)
    store, refused = Store(path), ""
    try:
        store.open()
        store.totals()
        store.fresh_rows(1, 1000)
    except CrawlError as error:
        refused = str(error)
    store.close()
    assert not refused or (str(path) in refused and path.read_bytes() == content), "a damaged file is left alone"


@pytest.mark.parametrize("change", ["UPDATE run SET notes = '{'", "UPDATE run SET started = CAST(x'ff' AS TEXT)"])
def test_a_state_that_is_whole_but_says_nonsense_is_damaged(path: Path, change: str) -> None:
    committed(path)
    with sqlite3.connect(path) as db:
        db.execute(change)
    db.close()
    frontier = SqliteFrontier(path.parent, delay_s=0, jitter=0, per_host=1)
    with pytest.raises(BadInput, match="is damaged"):
        frontier.open("run", fresh=False)
    frontier.close()
    with pytest.raises(BadInput, match="is damaged"):
        read_state(path.parent)


def as_of_format(path: Path, version: int, *statements: str) -> Store:
    """A state file as that format had it, which can be looked at as it is, and opened."""
    committed(path)
    with sqlite3.connect(path) as old:
        for statement in (*statements, f"PRAGMA user_version = {version}"):
            old.execute(statement)
    old.close()
    assert read_state(path.parent) is not None
    store = Store(path)
    assert store.open() is not None
    assert store.run("PRAGMA user_version") == [(SCHEMA_VERSION,)]
    return store


def test_a_state_of_format_1_is_brought_up_to_date_and_kept(path: Path) -> None:
    gone = ("pages", "dates", "pages_next", "duplicates")
    store = as_of_format(path, 1, *(f"DROP TABLE {table}" for table in gone))
    assert store.run("SELECT count(*) FROM pages, pages_next") == [(0,)]
    store.close()


def test_a_state_of_format_2_is_brought_up_to_date_with_its_pages(path: Path) -> None:
    store = as_of_format(path, 2, "DROP TABLE duplicates", "INSERT INTO dates VALUES (1, 'then')")
    assert store.run("SELECT lastmod FROM dates") == [("then",)]
    assert store.run("SELECT count(*) FROM duplicates") == [(0,)]
    store.close()
