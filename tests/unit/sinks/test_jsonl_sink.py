"""JSON Lines: what is held back, what is on disk, what a resumed run may not change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.core.errors import BadInput, Locked, OutputFailed
from crawler.sinks.files import record_file
from crawler.sinks.files.compression import COMPRESSIONS
from crawler.sinks.jsonl_sink import JsonlSink
from tests.unit.sinks.visits import a_visit


def test_lines_reach_the_disk_with_a_flush_and_not_before(tmp_path: Path) -> None:
    sink = JsonlSink(path=str(tmp_path / "out"))
    sink.open(None)
    sink.write(a_visit())
    assert (tmp_path / "out").read_bytes() == b""
    sink.flush()
    sink.write(a_visit())
    sink.close()
    assert (tmp_path / "out").read_bytes().count(b"\n") == 1


def test_more_than_is_to_be_held_back_is_written_in_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_file, "SPILL_BYTES", 2000)
    sink = JsonlSink(path=str(tmp_path / "out"))
    sink.open(None)
    for _ in range(10):
        sink.write(a_visit())
    on_disk = (tmp_path / "out").read_bytes()
    sink.close()
    assert on_disk.endswith(b"}\n")
    assert 2 <= on_disk.count(b"\n") < 10


def test_options_reach_the_record(tmp_path: Path) -> None:
    sink = JsonlSink(path=str(tmp_path / "out"), links=True, headers=True, body="html")
    sink.open(None)
    sink.write(a_visit(body="<p>"))
    sink.flush()
    sink.close()
    record = json.loads((tmp_path / "out").read_text())
    assert (len(record["links"]), record["headers"], record["body"]) == (2, None, "<p>")


def test_a_flush_without_new_lines_writes_nothing(tmp_path: Path) -> None:
    sink = JsonlSink(path=str(tmp_path / "out"), compress="gzip")
    sink.open(None)
    assert sink.flush() == sink.flush()
    sink.close()
    assert (tmp_path / "out").read_bytes() == b""


def test_what_could_not_be_written_is_held_and_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = JsonlSink(path=str(tmp_path / "out"))
    sink.open(None)
    sink.write(a_visit())

    def refuse(fd: int, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("crawler.sinks.files.file_output.write_all", refuse)
        with pytest.raises(OutputFailed, match="free some space"):
            sink.flush()
    sink.flush()
    sink.close()
    assert (tmp_path / "out").read_bytes().count(b"\n") == 1


def test_appending_behind_a_torn_line_begins_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b'{"url": 1}\n{"url"')
    sink = JsonlSink(path=str(path), on_exists="append")
    sink.open(None)
    sink.write(a_visit())
    sink.flush()
    sink.close()
    lines = path.read_bytes().splitlines()
    assert lines[:2] == [b'{"url": 1}', b'{"url"']
    assert json.loads(lines[2])["status"] == 200


@pytest.mark.parametrize(("before", "now"), [("gzip", "none"), ("none", "zstd"), ("zstd", "gzip")])
def test_appending_with_another_compression_is_refused(tmp_path: Path, before: str, now: str) -> None:
    path = tmp_path / "out"
    path.write_bytes(COMPRESSIONS[before](b"{}\n"))
    with pytest.raises(BadInput, match=f"compress: {before}"):
        JsonlSink(path=str(path), on_exists="append", compress=now).open(None)
    JsonlSink(path=str(path), on_exists="replace", compress=now).open(None)


def test_a_resumed_run_continues_its_own_file_whatever_the_template_gives_now(tmp_path: Path) -> None:
    first = JsonlSink(path=str(tmp_path / "monday"))
    first.open(None)
    first.write(a_visit())
    position = first.flush()
    first.close()
    second = JsonlSink(path=str(tmp_path / "tuesday"))
    second.open(position)
    second.write(a_visit())
    second.flush()
    assert second.describe() == str(tmp_path / "monday")
    second.close()
    assert (tmp_path / "monday").read_bytes().count(b"\n") == 2
    assert not (tmp_path / "tuesday").exists()


@pytest.mark.parametrize("change", [{"compress": "gzip"}, {"path": "/dev/null"}, {"path": "-"}])
def test_a_resumed_run_cannot_change_the_kind_of_its_output(tmp_path: Path, change: dict[str, str]) -> None:
    sink = JsonlSink(path=str(tmp_path / "out"))
    sink.open(None)
    position = sink.flush()
    sink.close()
    with pytest.raises(BadInput, match="--fresh"):
        JsonlSink(**{"path": str(tmp_path / "out"), **change}).open(position)  # type: ignore[arg-type]


def test_a_resumed_run_cannot_turn_a_stream_into_a_file(tmp_path: Path) -> None:
    sink = JsonlSink(path="/dev/null")
    sink.open(None)
    sink.write(a_visit())
    position = sink.flush()
    sink.close()
    with pytest.raises(BadInput, match="/dev/null"):
        JsonlSink(path=str(tmp_path / "out")).open(position)
    assert not (tmp_path / "out").exists()
    sink.open(position)
    sink.close()


def test_two_sinks_on_one_file_are_refused(tmp_path: Path) -> None:
    first = JsonlSink(path=str(tmp_path / "out"))
    first.open(None)
    with pytest.raises(Locked):
        JsonlSink(path=str(tmp_path / "out")).open(None)
    first.close()


def test_a_sink_says_where_records_go_and_what_a_stream_cannot_promise() -> None:
    assert JsonlSink(path="out/a.jsonl").describe() == "out/a.jsonl"
    assert JsonlSink(path="-").describe() == "standard output"
    sink = JsonlSink(path="/dev/null")
    sink.open(None)
    assert "repeats" in sink.describe()
    sink.close()
