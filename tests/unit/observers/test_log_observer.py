"""Log lines: what is told, where, in which form, and how often."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from crawler.core.errors import BadInput, OutputFailed
from crawler.core.events import Event, Warned
from crawler.observers.log_observer import MOST_ALIKE, LogObserver
from tests.unit.observers.occasions import (
    HOSTILE,
    RAW_CONTROLS,
    STARTED,
    a_snapshot,
    a_visit,
    an_end,
    tell_all,
    waiting,
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def lines(*events: Event, stream: io.StringIO | None = None, **options: Any) -> list[str]:
    """What is written to a stream that is no terminal."""
    stream = io.StringIO() if stream is None else stream
    tell_all(LogObserver(stream=stream, **options), *events)
    return stream.getvalue().splitlines()


def records(*events: Event, **options: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(*events, **options)]


def test_without_a_terminal_each_line_is_a_json_object_with_its_event_and_fields() -> None:
    started, ended = records(STARTED, an_end(5, "min_free_disk"))
    assert list(started)[:4] == ["time", "level", "event", "message"]
    assert started["time"].endswith("Z")
    assert (started["level"], started["event"], started["crawl"]) == ("info", "run_started", "site")
    assert started["message"].startswith("site begins run")
    assert (ended["level"], ended["exit_code"], ended["resumable"]) == ("warning", 5, True)
    assert (ended["errors"], ended["outputs"]) == ({"http_status": 30, "timeout": 4}, ["out/site.jsonl"])


def test_on_a_terminal_lines_are_for_people_and_the_end_is_a_closing_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    told = lines(STARTED, Warned("careful"), an_end(), stream=Terminal())
    assert told[0][8:30] == " info    site begins r"
    assert told[1][8:] == " warning careful"
    assert told[2] == "site: complete after 2 min 3 s, exit 0"
    assert "run_ended" not in "".join(told)


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[33mwarning" in lines(Warned("x"), stream=Terminal())[0]
    assert "\x1b" not in lines(Warned("x"), format="console")[0]


@pytest.mark.parametrize("format", ["json", "console"])
def test_a_format_that_is_asked_for_holds_whatever_the_stream_is(format: str) -> None:
    for stream in (io.StringIO(), Terminal()):
        line = lines(Warned("x"), stream=stream, format=format)[0]
        assert line.startswith("{") is (format == "json")


@pytest.mark.parametrize("format", ["json", "console"])
def test_control_characters_from_the_web_are_never_raw(format: str) -> None:
    hostile = [Warned(HOSTILE), a_visit("internal", HOSTILE, url=HOSTILE), an_end(1, HOSTILE, outputs=[HOSTILE])]
    text = "\n".join(lines(*hostile, format=format))
    assert not set(text) & set(RAW_CONTROLS)
    assert len(lines(*hostile[:2], format=format)) == 2


def test_pages_are_told_at_debug_and_failures_always() -> None:
    page, failure = a_visit(), a_visit("timeout")
    assert [each["event"] for each in records(page, failure)] == ["failed"]
    assert [each["event"] for each in records(page, failure, level="debug")] == ["visited", "failed"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"level": "info"}, ["run_started", "warned", "run_ended"]),
        ({"level": "warning"}, ["warned"]),
        ({"level": "error"}, []),
        ({"quiet": True}, ["warned"]),
        ({"quiet": True, "level": "debug"}, ["warned"]),
        ({"quiet": True, "level": "error"}, []),
    ],
)
def test_level_and_quiet_decide_what_is_told(options: dict[str, Any], told: list[str]) -> None:
    assert [each["event"] for each in records(STARTED, Warned("x"), an_end(), **options)] == told


def test_quiet_on_a_terminal_says_nothing_of_a_run_that_went_well() -> None:
    assert lines(STARTED, a_snapshot(elapsed_s=99), an_end(), stream=Terminal(), quiet=True) == []
    (line,) = lines(STARTED, an_end(143, "SIGTERM"), stream=Terminal(), quiet=True)
    assert "terminated (SIGTERM)" in line


def test_failures_of_one_kind_are_told_a_bounded_number_of_times() -> None:
    told = records(*[a_visit("dns")] * (MOST_ALIKE + 50), *[a_visit("tls")] * 2)
    names = [each["event"] for each in told]
    assert names == ["failed"] * MOST_ALIKE + ["told_enough"] + ["failed"] * 2
    assert told[MOST_ALIKE]["message"].startswith(f"{MOST_ALIKE} failures of type dns were told")


def test_at_debug_every_failure_is_told() -> None:
    assert len(records(*[a_visit("dns")] * (MOST_ALIKE + 50), level="debug")) == MOST_ALIKE + 50


def test_a_status_line_comes_every_ten_seconds() -> None:
    snapshots = [a_snapshot(elapsed_s=5000 + second / 4) for second in range(0, 101)]  # resumed: does not begin at 0
    told = records(*snapshots)
    assert [each["elapsed_s"] for each in told] == [5010, 5020]
    assert records(*snapshots, status_every_s=None) == []
    assert len(records(*snapshots, status_every_s=1.0)) == 25


def test_a_status_line_says_what_is_waited_for() -> None:
    snapshots = [a_snapshot(elapsed_s=float(second), waits=[waiting()]) for second in (0, 10)]
    (told,) = records(*snapshots)
    assert "waiting 12 s for example.org (Retry-After) until " in told["message"]


def test_a_log_file_is_appended_to_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "logs/crawl.log"
    for _ in range(2):
        screen = io.StringIO()
        tell_all(LogObserver(file=str(path), stream=screen), STARTED, an_end())
        assert screen.getvalue() == ""
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["run_started", "run_ended"] * 2


def test_with_a_log_file_a_person_at_the_terminal_still_gets_the_closing_summary(tmp_path: Path) -> None:
    screen = Terminal()
    tell_all(LogObserver(file=str(tmp_path / "log"), stream=screen), STARTED, an_end())
    assert screen.getvalue().startswith("site: complete")
    assert (tmp_path / "log").read_text().count("\n") == 2


@pytest.mark.parametrize("path", ["", "folder", "file/log", "pipe", "nul\0"])
def test_a_path_that_cannot_be_a_log_is_bad_input_at_once(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").touch()
    os.mkfifo("pipe")
    with pytest.raises(BadInput, match=r"logging\.file"):
        LogObserver(file=path)


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="no file system that refuses everybody")
def test_a_place_without_permission_is_an_output_failure() -> None:
    with pytest.raises(OutputFailed, match=r"logging\.file"):
        LogObserver(file="/sys/kernel/log")


def test_a_full_log_file_does_not_end_a_crawl() -> None:
    tell_all(LogObserver(file="/dev/full"), *[Warned("x" * 1000)] * 50)


def test_a_reader_that_has_gone_does_not_end_a_crawl() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    tell_all(LogObserver(stream=stream, format="console"), *[Warned("x" * 1000)] * 50, an_end())
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_standard_error_that_was_closed_from_the_start_is_no_trouble() -> None:
    tell_all(LogObserver(stream=None, format="console"), STARTED, Warned("x"), an_end())


def test_a_log_file_on_a_full_disk_is_told_once_on_the_screen() -> None:
    screen = io.StringIO()
    log = LogObserver(file="/dev/full", format="json", stream=screen)
    tell_all(log, STARTED, Warned("one"), Warned("two"))
    assert screen.getvalue().count("logging.file could not be written, lines are lost: ") == 1
    assert "No space left" in screen.getvalue()
