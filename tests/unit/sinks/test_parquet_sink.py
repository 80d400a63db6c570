"""Parquet that DuckDB opens with the right types, made of a journal that a kill leaves whole."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from crawler.core.errors import BadInput, OutputFailed
from crawler.core.visit import Headers, VisitError
from crawler.sinks import parquet_sink
from crawler.sinks.parquet_sink import ParquetSink
from tests.unit.sinks.visits import a_visit


def opened(path: Path, position: str | None = None, **options: Any) -> ParquetSink:
    sink = ParquetSink(path=str(path), **options)
    sink.open(position)
    return sink


def finish(sink: ParquetSink) -> None:
    sink.flush(final=True)
    sink.flush()
    sink.close(for_good=True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def query(text: str) -> list[Any]:
    return list(duckdb.sql(text).fetchall())


def test_duckdb_finds_the_right_types(tmp_path: Path) -> None:
    sink = opened(tmp_path / "a.parquet", links=True, headers=True, body="html")
    sink.write(a_visit(headers=Headers([("a", "1")]), body="<p>"))
    finish(sink)
    found = dict(row[:2] for row in query(f"DESCRIBE SELECT * FROM '{tmp_path}/a.parquet'"))
    assert {name: found[name] for name in ("url", "status", "ok", "error", "fetched_at", "redirects", "bytes")} == {
        "url": "VARCHAR",
        "status": "INTEGER",
        "ok": "BOOLEAN",
        "error": 'STRUCT("type" VARCHAR, message VARCHAR)',
        "fetched_at": "TIMESTAMP WITH TIME ZONE",
        "redirects": "VARCHAR[]",
        "bytes": "BIGINT",
    }
    assert [found[name] for name in ("links", "data", "headers", "body")] == [
        *("VARCHAR[]", "JSON", "MAP(VARCHAR, VARCHAR)", "VARCHAR"),
    ]


def test_values_arrive_as_they_were(tmp_path: Path) -> None:
    sink = opened(tmp_path / "a.parquet")
    sink.write(a_visit())
    sink.write(a_visit(ok=False, status=None, error=VisitError("dns", "no"), data={}, title=None))
    finish(sink)
    assert query(
        "SELECT epoch_ms(fetched_at), title, links, data ->> '$.price', data ->> '$.tags[1]', error.type, redirects"
        f" FROM '{tmp_path}/a.parquet'"
    ) == [
        (1795368840123, "Grüße — 世界", 2, "12.5", "y", None, ["https://example.org/a"]),
        (1795368840123, None, 2, None, None, "dns", ["https://example.org/a"]),
    ]


def test_until_the_end_is_committed_there_is_a_journal_and_afterwards_none(tmp_path: Path) -> None:
    sink = opened(tmp_path / "a.parquet")
    sink.write(a_visit())
    position = sink.flush()
    sink.close()
    assert names(tmp_path) == ["a.parquet.journal"]
    again = opened(tmp_path / "a.parquet", position)
    again.flush(final=True)
    again.close()
    assert names(tmp_path) == ["a.parquet", "a.parquet.journal"]
    again = opened(tmp_path / "a.parquet", position)
    finish(again)
    assert names(tmp_path) == ["a.parquet"]
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 1


@pytest.mark.parametrize("rotation", [{}, {"most_records": 2}], ids=["one file", "rotating"])
def test_a_file_that_cannot_be_made_keeps_its_journal_and_is_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rotation: dict[str, int]
) -> None:
    sink = opened(tmp_path / "a.parquet", **rotation)
    sink.write(a_visit())
    position = sink.flush()
    with monkeypatch.context() as full:
        full.setattr(parquet_sink.os, "fsync", no_space)
        with pytest.raises(OutputFailed, match="No space left"):
            sink.flush(final=True)
        sink.close()
    (journal,) = names(tmp_path)
    assert journal.endswith(".journal")
    finish(opened(tmp_path / "a.parquet", position, **rotation))
    (made,) = names(tmp_path)
    assert pq.read_table(tmp_path / made).num_rows == 1


def no_space(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_files_are_made_as_they_fill_and_the_link_follows(tmp_path: Path) -> None:
    link = tmp_path / "latest.parquet"
    sink = opened(tmp_path / "a.parquet", most_records=2, latest=str(link))
    for number in range(5):
        sink.write(a_visit(depth=number))
    assert pq.read_table(link)["depth"].to_pylist() == [2, 3]
    finish(sink)
    assert names(tmp_path) == [*(f"a-0000{number}.parquet" for number in (1, 2, 3)), "latest.parquet"]
    assert pq.read_table(link)["depth"].to_pylist() == [4]
    assert query(f"SELECT depth FROM '{tmp_path}/a-*.parquet' ORDER BY 1") == [(n,) for n in range(5)]


@pytest.mark.parametrize("committed", range(6))
def test_killed_after_any_record_the_series_has_each_once(tmp_path: Path, committed: int) -> None:
    killed = opened(tmp_path / "a.parquet", most_records=2)
    position = killed.flush()
    for number in range(6):
        if number == committed:
            position = killed.flush()
        killed.write(a_visit(depth=number))
    killed.flush()
    killed.close()
    again = opened(tmp_path / "a.parquet", position, most_records=2)
    for number in range(committed, 5):
        again.write(a_visit(depth=number))
    finish(again)
    assert query(f"SELECT depth FROM '{tmp_path}/a-*.parquet' ORDER BY 1") == [(n,) for n in range(5)]
    assert len(names(tmp_path)) == 3


def test_killed_between_the_last_file_and_the_last_commit_nothing_is_lost(tmp_path: Path) -> None:
    sink = opened(tmp_path / "a.parquet")
    sink.write(a_visit())
    before = sink.flush()
    after = sink.flush(final=True)
    sink.close()
    for position in (before, after):  # the journal is still there, and takes more
        again = opened(tmp_path / "a.parquet", position)
        again.write(a_visit())
        again.flush(final=True)
        again.close()
        assert pq.read_table(tmp_path / "a.parquet").num_rows == 2
    finish(opened(tmp_path / "a.parquet", after))
    gone = opened(tmp_path / "a.parquet", after)
    assert gone.flush(final=True) == after
    with pytest.raises(OutputFailed, match="complete already"):
        gone.write(a_visit())
    gone.close()
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 1


def test_rotation_that_comes_later_leaves_the_files_of_other_runs_alone(tmp_path: Path) -> None:
    (tmp_path / "a-00002.parquet").write_bytes(b"other")
    sink = opened(tmp_path / "a.parquet")
    sink.write(a_visit(depth=0))
    position = sink.flush()
    sink.close()
    sink = opened(tmp_path / "a.parquet", position, most_records=1)
    sink.write(a_visit(depth=1))
    finish(sink)
    assert names(tmp_path) == ["a-00002.parquet", "a-00003.parquet", "a.parquet"]
    assert (tmp_path / "a-00002.parquet").read_bytes() == b"other"
    depths = [pq.read_table(tmp_path / name)["depth"].to_pylist() for name in ("a.parquet", "a-00003.parquet")]
    assert depths == [[0], [1]]


def test_without_rotation_a_series_goes_on_in_its_last_file(tmp_path: Path) -> None:
    sink = opened(tmp_path / "a.parquet", most_records=2)
    for number in range(3):
        sink.write(a_visit(depth=number))
    position = sink.flush()
    for number in range(3, 5):  # into a further file, uncommitted
        sink.write(a_visit(depth=number))
    sink.flush()
    sink.close()
    sink = opened(tmp_path / "a.parquet", position)
    for number in range(3, 6):
        sink.write(a_visit(depth=number))
    finish(sink)
    assert names(tmp_path) == ["a-00001.parquet", "a-00002.parquet"]
    assert pq.read_table(tmp_path / "a-00002.parquet")["depth"].to_pylist() == [2, 3, 4, 5]


def test_row_groups_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_sink, "GROUP_ROWS", 10)
    sink = opened(tmp_path / "a.parquet")
    for _ in range(25):
        sink.write(a_visit())
    finish(sink)
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 3


@pytest.mark.parametrize(("compress", "codec"), [("none", "UNCOMPRESSED"), ("gzip", "GZIP"), ("zstd", "ZSTD")])
def test_compression_is_that_of_the_pages(tmp_path: Path, compress: str, codec: str) -> None:
    sink = opened(tmp_path / "a.parquet", compress=compress)
    sink.write(a_visit())
    finish(sink)
    assert pq.ParquetFile(tmp_path / "a.parquet").metadata.row_group(0).column(0).compression == codec


def test_a_file_that_exists_is_kept_or_replaced_and_a_series_continued(tmp_path: Path) -> None:
    finish(opened(tmp_path / "a.parquet"))
    with pytest.raises(BadInput, match="on_exists"):
        opened(tmp_path / "a.parquet")
    sink = opened(tmp_path / "a.parquet", on_exists="replace")
    sink.write(a_visit())
    finish(sink)
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 1
    for _ in range(2):
        sink = opened(tmp_path / "b.parquet", on_exists="append", most_records=9)
        sink.write(a_visit())
        finish(sink)
    assert names(tmp_path) == ["a.parquet", "b-00001.parquet", "b-00002.parquet"]


def test_a_stream_is_refused() -> None:
    with pytest.raises(BadInput, match="no file"):
        opened(Path("/dev/null"))
