"""Several sinks under one position."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.core.errors import BadInput
from crawler.sinks.fan_out import FanOut
from crawler.sinks.jsonl_sink import JsonlSink
from crawler.sinks.parquet_sink import ParquetSink
from crawler.sinks.selection import Selection
from tests.unit.sinks.visits import a_visit


def two(folder: Path) -> FanOut:
    return FanOut([JsonlSink(path=str(folder / "plain")), JsonlSink(path=str(folder / "packed"), compress="gzip")])


def test_all_outputs_go_on_from_the_same_visit(tmp_path: Path) -> None:
    sinks = two(tmp_path)
    sinks.open(None)
    sinks.write(a_visit())
    position = sinks.flush()
    sizes = [(tmp_path / name).stat().st_size for name in ("plain", "packed")]
    sinks.write(a_visit())
    sinks.flush()
    sinks.close()
    again = two(tmp_path)
    again.open(position)
    assert [(tmp_path / name).stat().st_size for name in ("plain", "packed")] == sizes
    assert again.describe() == f"{tmp_path}/plain, {tmp_path}/packed"
    again.close()


def test_either_all_open_or_none_stays_open(tmp_path: Path) -> None:
    (tmp_path / "packed").write_bytes(b"old")
    with pytest.raises(BadInput):
        two(tmp_path).open(None)
    (tmp_path / "packed").unlink()
    sinks = two(tmp_path)
    sinks.open(None)  # the lock of the first was given back
    sinks.close()


def test_all_are_told_that_the_end_of_the_run_is_committed(tmp_path: Path) -> None:
    tables = [ParquetSink(path=str(tmp_path / name)) for name in "ab"]
    sinks = FanOut([Selection(table, unchanged=True, hops=False) for table in tables])
    sinks.open(None)
    sinks.flush(final=True)
    assert len(list(tmp_path.glob("*.journal"))) == 2
    sinks.close(for_good=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    sinks.close()


def test_another_number_of_outputs_than_the_unfinished_run_had_is_refused(tmp_path: Path) -> None:
    sinks = two(tmp_path)
    sinks.open(None)
    position = sinks.flush()
    sinks.close()
    with pytest.raises(BadInput, match="number of outputs"):
        FanOut([JsonlSink(path=str(tmp_path / "plain"))]).open(position)


def test_one_that_cannot_close_does_not_keep_the_others_open(tmp_path: Path) -> None:
    class Stuck(JsonlSink):
        def close(self, *, for_good: bool = False) -> None:
            raise OSError("stuck")

    closed = JsonlSink(path=str(tmp_path / "a"))
    sinks = FanOut([closed, Stuck(path=str(tmp_path / "b"))])
    sinks.open(None)
    with pytest.raises(OSError, match="stuck"):
        sinks.close()
    JsonlSink(path=str(tmp_path / "a")).open(None)
