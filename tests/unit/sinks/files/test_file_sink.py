"""Sinks of one record file hand everything but writing to that file."""

from __future__ import annotations

from pathlib import Path

from crawler.sinks.files.file_sink import FileSink
from crawler.sinks.files.record_file import RecordFile


def test_the_file_is_begun_flushed_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"

    def sink() -> tuple[FileSink, RecordFile]:
        file = RecordFile(path=str(path))
        return FileSink(file), file

    begun, file = sink()
    begun.open(None)
    assert str(path) in begun.describe()
    file.add(b"one\n")
    position = begun.flush()
    file.add(b"lost\n")
    begun.close()
    again, file = sink()
    again.open(position)
    file.add(b"two\n")
    again.flush(final=True)
    again.close()
    assert path.read_bytes() == b"one\ntwo\n"
