"""report.json: written as a run goes on, gone on with after a restart, and never in the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from crawler.observers.report_observer import WRITE_EVERY_S, ReportObserver, read_figures
from tests.unit.observers.occasions import STARTED, a_snapshot, a_visit, an_end, tell_all

FILE = "20261122T173400Z/report.json"


def figures(folder: Path) -> dict[str, Any]:
    read = read_figures(folder / FILE)
    assert read is not None
    return read


def pages(folder: Path) -> int:
    return sum(int(one["pages"]) for one in figures(folder)["series"])


def test_a_run_leaves_its_figures_in_its_folder(tmp_path: Path) -> None:
    tell_all(ReportObserver(tmp_path), STARTED, a_visit(), a_visit(), an_end(elapsed_s=3.0))
    assert pages(tmp_path) == 2
    assert figures(tmp_path)["series"][-1]["end_s"] == 3.0
    assert [path.name for path in (tmp_path / FILE).parent.iterdir()] == ["report.json"]


def test_a_killed_run_has_what_was_written_last(tmp_path: Path) -> None:
    observer = ReportObserver(tmp_path)
    for event in (STARTED, a_visit(), a_snapshot(elapsed_s=WRITE_EVERY_S), a_visit(), a_snapshot(elapsed_s=16.0)):
        observer.notice(event)
    assert pages(tmp_path) == 1


def test_a_resumed_run_goes_on_with_its_figures_and_a_new_one_does_not(tmp_path: Path) -> None:
    tell_all(ReportObserver(tmp_path), STARTED, a_visit(), an_end(elapsed_s=3.0))
    again = STARTED._replace(resumed=True)
    tell_all(ReportObserver(tmp_path), again, a_snapshot(elapsed_s=3.1), a_visit(), an_end(elapsed_s=9.0))
    assert pages(tmp_path) == 2
    tell_all(ReportObserver(tmp_path), STARTED, a_visit(), an_end(elapsed_s=1.0))
    assert pages(tmp_path) == 1


def test_figures_that_are_none_are_begun_anew(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"version": 99}', '{"version": 1, "series": [{}]}', "\x80", "null"):
        path = tmp_path / FILE
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="latin-1")
        assert read_figures(path) is None
        tell_all(ReportObserver(tmp_path), STARTED._replace(resumed=True), a_visit(), an_end(elapsed_s=1.0))
        assert pages(tmp_path) == 1


def test_a_folder_that_cannot_be_written_is_told_once_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")
    said: list[str] = []
    tell_all(ReportObserver(tmp_path / "runs", said.append), STARTED, a_snapshot(elapsed_s=60.0), an_end())
    assert len(said) == 1
    assert said[0].startswith("figures for the report could not be written: ")


def test_the_file_is_plain_ascii(tmp_path: Path) -> None:
    tell_all(ReportObserver(tmp_path), STARTED, a_visit(url="http://h/\u202e\x9b"), an_end())
    assert (tmp_path / FILE).read_bytes().isascii()
    assert json.loads((tmp_path / FILE).read_text())["slowest"][0][1] == "http://h/\u202e\x9b"
