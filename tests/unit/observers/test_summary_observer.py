"""summary.json: written whole, or said."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest

from crawler.observers.summary_observer import SummaryObserver
from tests.unit.observers.occasions import STARTED, SUMMARY, an_end, tell_all


def test_the_summary_lies_in_the_folder_of_its_run(tmp_path: Path) -> None:
    tell_all(SummaryObserver(tmp_path / "runs"), STARTED, an_end())
    text = (tmp_path / "runs/20261122T173400Z/summary.json").read_text()
    assert json.loads(text) == SUMMARY
    assert text.endswith("}\n")


def test_any_value_is_stored_somehow(tmp_path: Path) -> None:
    odd = MappingProxyType({"a": 1})
    tell_all(SummaryObserver(tmp_path), STARTED, an_end(odd=odd, path=Path("x"), text="\ud800\x9b", some={1}))
    text = (tmp_path / "20261122T173400Z/summary.json").read_text()
    summary = json.loads(text)
    assert (summary["odd"], summary["path"], summary["some"]) == ({"a": 1}, "x", [1])
    assert text.isascii()


def test_a_later_execution_of_the_run_replaces_its_summary_and_leaves_no_draft(tmp_path: Path) -> None:
    for pages in (1, 2):
        tell_all(SummaryObserver(tmp_path), STARTED, an_end(pages=pages))
    folder = tmp_path / "20261122T173400Z"
    assert [path.name for path in folder.iterdir()] == ["summary.json"]
    assert json.loads((folder / "summary.json").read_text())["pages"] == 2


def test_a_reader_never_sees_half_a_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_all(SummaryObserver(tmp_path), STARTED, an_end(pages=1))
    path = tmp_path / "20261122T173400Z/summary.json"

    def fail(fd: int) -> None:
        assert json.loads(path.read_text())["pages"] == 1
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("crawler.observers.summary_observer.os.fsync", fail)
    said: list[str] = []
    tell_all(SummaryObserver(tmp_path, said.append), STARTED, an_end(pages=2))
    assert json.loads(path.read_text())["pages"] == 1
    assert [each.name for each in path.parent.iterdir()] == ["summary.json"]
    assert len(said) == 1
    assert "No space left on device" in said[0]


def test_a_folder_that_cannot_be_made_is_said_and_ends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runs").touch()
    tell_all(SummaryObserver(tmp_path / "runs"), STARTED, an_end())
    told = capsys.readouterr().err
    assert told.startswith("warning: the summary ")
    assert "could not be written" in told
    assert told.count("\n") == 1
