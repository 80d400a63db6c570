"""CSV that spreadsheets, csv readers and DuckDB take alike, whatever a page says."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from crawler.core.errors import BadInput
from crawler.core.visit import Headers, VisitError
from crawler.sinks.csv_sink import CsvSink, cell
from tests.unit.sinks.visits import a_visit


def written(path: Path, *visits: Any, **options: Any) -> list[dict[str, str]]:
    sink = CsvSink(path=str(path), **options)
    sink.open(None)
    for visit in visits:
        sink.write(visit)
    sink.flush()
    sink.close()
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_columns_are_the_records_keys_with_the_error_spread_out(tmp_path: Path) -> None:
    (row,) = written(tmp_path / "a", a_visit(ok=False, error=VisitError("http_status", "503, busy")))
    assert list(row)[:6] == ["url", "final_url", "status", "ok", "error_type", "error_message"]
    assert list(row)[-2:] == ["links", "data"]
    assert (row["ok"], row["error_type"], row["error_message"]) == ("false", "http_status", "503, busy")
    assert (row["links"], row["parent"], row["change"]) == ("2", "https://example.org/", "")
    assert json.loads(row["data"]) == {"price": 12.5, "tags": ["x", "y"]}
    assert json.loads(row["redirects"]) == ["https://example.org/a"]


def test_options_add_columns(tmp_path: Path) -> None:
    visit = a_visit(headers=Headers([("a", "1"), ("set-cookie", "sid=secret; Path=/")]), body="<p>")
    (row,) = written(tmp_path / "a", visit, links=True, headers=True, body="html")
    assert json.loads(row["links"]) == ["https://example.org/c", "https://example.org/d"]
    assert json.loads(row["headers"]) == {"a": "1", "set-cookie": "sid=***; Path=/"}
    assert row["body"] == "<p>"


@pytest.mark.standard("RFC 4180", "2")
def test_quotes_commas_and_line_ends_are_quoted_and_lines_end_with_crlf(tmp_path: Path) -> None:
    title = 'a "quoted", title\nof two\r\nlines'
    (row,) = written(tmp_path / "a", a_visit(title=title))
    assert row["title"] == title
    data = (tmp_path / "a").read_bytes()
    assert b'"a ""quoted"", title\nof two\r\nlines"' in data
    assert data.count(b"\r\n") == 3


def test_the_names_are_there_even_without_a_record(tmp_path: Path) -> None:
    assert written(tmp_path / "a") == []
    assert (tmp_path / "a").read_bytes().startswith(b"url,final_url,")


def test_the_names_stand_once_over_all_runs(tmp_path: Path) -> None:
    written(tmp_path / "a", a_visit())
    assert len(written(tmp_path / "a", a_visit(), on_exists="append")) == 2
    with pytest.raises(BadInput, match="begins otherwise"):
        written(tmp_path / "a", on_exists="append", body="html")


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", '=cmd|"/c calc"!A1'])
def test_no_cell_is_a_formula(title: str) -> None:
    assert cell(title) == f"'{title}"


@pytest.mark.parametrize("value", ["", "a=b", "https://example.org/-", "1-2", "'x"])
def test_ordinary_text_is_left_alone(value: str) -> None:
    assert cell(value) == value


def test_numbers_are_no_text() -> None:
    assert [cell(value) for value in (-1.5, 3, True, None)] == ["-1.5", "3", "true", ""]


def test_nothing_that_a_terminal_obeys_is_written() -> None:
    assert cell("a\x1b[31mb\x07\u202ec\x9bd\x00") == "a\ufffd[31mb\ufffd\ufffdc\ufffdd\ufffd"


def test_what_utf_8_cannot_hold_becomes_a_replacement_character(tmp_path: Path) -> None:
    (row,) = written(tmp_path / "a", a_visit(title="a\ud800b", data={"k": "\udfff", "n": 2**70}))
    assert row["title"] == "a\ufffdb"
    assert json.loads(row["data"]) == {"k": "\ufffd", "n": str(2**70)}


def test_duckdb_reads_it_without_being_told_how(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", *(a_visit(url=f"https://example.org/{n}", title=f'"{n}",\n') for n in range(50)))
    query = f"SELECT count(*), sum(status), max(title), min(data ->> '$.price') FROM '{tmp_path}/a.csv'"
    assert duckdb.sql(query).fetchall() == [(50, 10_000, '"9",\n', "12.5")]


def test_cells_survive_a_round_trip() -> None:
    texts = ["plain", 'q"q', "a,b", "x\ny", "é世"]
    line = io.StringIO(newline="")
    csv.writer(line).writerow(map(cell, texts))
    assert next(csv.reader(io.StringIO(line.getvalue(), newline=""))) == texts
