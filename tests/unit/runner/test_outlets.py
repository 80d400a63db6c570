"""Where a run tells and writes: the display or not, the log, the summary, the outputs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from crawler.config.model import Config
from crawler.core.events import Event, RunEnded, RunStarted, Snapshot
from crawler.observers.log_observer import LogObserver
from crawler.observers.progress_observer import ProgressObserver
from crawler.observers.report_observer import ReportObserver
from crawler.observers.summary_observer import SummaryObserver
from crawler.runner.outlets import build_observers, build_sink
from tests.unit.runner.test_assembly import STARTED, config_with


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_outputs_are_named_after_crawl_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = config_with({"name": "site", "output": ["{name}-{started}.jsonl", "{date}/{{x}}.jsonl"]})
    sink = build_sink(config, "20261122T235959Z", print)
    assert sink.describe() == "site-20261122T235959Z.jsonl, 2026-11-22/{x}.jsonl"
    assert list(tmp_path.iterdir()) == [], "it is not opened yet"


def test_without_a_terminal_there_are_log_and_summary(tmp_path: Path) -> None:
    observers, lively = build_observers(config_with(), tmp_path, io.StringIO(), quiet=False, progress=True)
    assert [type(observer) for observer in observers] == [ReportObserver, SummaryObserver, LogObserver]
    assert not lively


@pytest.mark.parametrize(
    ("quiet", "progress", "shown"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_on_a_terminal_there_is_a_display_unless_it_is_unwanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool, progress: bool, shown: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    observers, lively = build_observers(config_with(), tmp_path, Terminal(), quiet=quiet, progress=progress)
    assert (lively, any(isinstance(observer, ProgressObserver) for observer in observers)) == (shown, shown)


def test_records_and_a_display_do_not_share_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", Terminal())
    _, lively = build_observers(config_with({"output": "-"}), tmp_path, Terminal(), quiet=False, progress=True)
    assert not lively
    monkeypatch.setattr("sys.stdout", io.StringIO())
    _, lively = build_observers(config_with({"output": "-"}), tmp_path, Terminal(), quiet=False, progress=True)
    assert lively


def test_status_lines_are_written_where_no_display_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    to_file = {"logging.file": str(tmp_path / "run.log"), "logging.format": "json"}
    beside_display, terminal = Terminal(), Terminal()
    tell_everyone(config_with(), tmp_path, beside_display)
    assert "in flight" in beside_display.getvalue(), "the display says it"
    assert "status" not in beside_display.getvalue()
    tell_everyone(config_with(to_file), tmp_path, terminal)
    logged = [json.loads(line)["event"] for line in (tmp_path / "run.log").read_text().splitlines()]
    assert logged == ["run_started", "status"]


def test_a_summary_that_cannot_be_written_is_a_warning_in_the_log(tmp_path: Path) -> None:
    stream = io.StringIO()
    (tmp_path / "runs").write_text("in the way")
    observers, _ = build_observers(config_with(), tmp_path / "runs", stream, quiet=True, progress=True)
    for observer in observers:
        observer.notice(RunEnded(0, "complete", False, {"started": STARTED}))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["level"] for line in lines] == ["warning"]
    assert "could not be written" in lines[0]["message"]


def tell_everyone(config: Config, folder: Path, stream: io.StringIO) -> None:
    """Tells all observers of a beginning and of two snapshots half a minute apart."""
    observers, _ = build_observers(config, folder, stream, quiet=False, progress=True)
    events: list[Event] = [RunStarted("site", STARTED, False, "out", "state")]
    events += [Snapshot(at, 1, 0, 1, 1, 2, 0, 1.0, 1, {}, []) for at in (1.0, 31.0)]
    for event in events:
        for observer in observers:
            observer.notice(event)
    for observer in observers:
        observer.close()
