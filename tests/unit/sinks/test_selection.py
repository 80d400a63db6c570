from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.sinks.jsonl_sink import JsonlSink
from crawler.sinks.selection import Selection
from tests.unit.sinks.visits import a_visit


@pytest.mark.parametrize(
    ("unchanged", "hops", "kept"),
    [
        (True, True, ["new", "unchanged", "hop", "gone"]),
        (True, False, ["new", "unchanged", "gone"]),
        (False, False, ["new", "gone"]),
    ],
)
def test_an_output_gets_what_it_asks_for(tmp_path: Path, unchanged: bool, hops: bool, kept: list[str]) -> None:
    sink = Selection(JsonlSink(path=str(tmp_path / "a")), unchanged=unchanged, hops=hops)
    sink.open(None)
    for change in ("new", "unchanged", "hop", "gone"):
        sink.write(a_visit(title=change, change=None if change == "hop" else change, is_hop=change == "hop"))
    sink.flush(final=True)
    sink.close()
    assert [json.loads(line)["title"] for line in (tmp_path / "a").read_text().splitlines()] == kept
    assert sink.describe() == str(tmp_path / "a")


def test_an_output_goes_on_where_its_sink_was(tmp_path: Path) -> None:
    sink = Selection(JsonlSink(path=str(tmp_path / "a")), unchanged=False, hops=False)
    sink.open(None)
    sink.write(a_visit())
    position = sink.flush()
    sink.write(a_visit())
    sink.flush()
    sink.close()
    sink.open(position)
    sink.close()
    assert (tmp_path / "a").read_text().count("\n") == 1
