"""The live display, seen through a pseudo-terminal and in a recording."""

from __future__ import annotations

import io
import os
import pty
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from rich.console import Console

from crawler.core.events import Stopping, Warned
from crawler.observers import progress_observer
from crawler.observers.log_observer import LogObserver
from crawler.observers.progress_observer import ProgressObserver, render
from tests.unit.observers.occasions import HOSTILE, STARTED, a_snapshot, an_end, tell_all, waiting

NOW = datetime(2026, 11, 22, 17, 34, 0)


def display(title: str = "site", stopping: Stopping | None = None, width: int = 80, **changes: Any) -> list[str]:
    """The lines that are drawn."""
    console = Console(width=width, record=True, file=io.StringIO(), color_system=None)
    console.print(render(a_snapshot(**changes), title, stopping, NOW))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_the_display_has_title_bar_and_all_counts() -> None:
    lines = display()
    assert lines[0] == " site" + "23.4 pages/s · 12.3 MB · 0:01:15".rjust(75)
    assert re.fullmatch(r" [━╸╺ ]+ 1,234 of known 10,012", lines[1])
    assert lines[2] == " done 1,234   failed 34   queued 8,766   in flight 12   hosts 34"
    assert lines[3] == " errors   http_status 30 · timeout 4"
    assert len(lines) == 4


def test_a_page_limit_gives_a_goal_and_a_time_to_go() -> None:
    assert display(max_pages=5000, eta_s=4800.0)[1].endswith(" 1,234 of at most 5,000, 1 h 20 min to go")


def test_the_display_says_what_is_waited_for_and_until_when() -> None:
    waits = [waiting(0.4, "delay"), *(waiting(12.0, host=f"{n}.example") for n in range(4))]
    lines = display(waits=waits, errors={}, in_flight=0, rate=0.0)
    assert lines[3:] == [
        " waiting  12 s for 0.example (Retry-After) until 17:34:12, 400 queued",
        " waiting  12 s for 1.example (Retry-After) until 17:34:12, 400 queued",
        " waiting  12 s for 2.example (Retry-After) until 17:34:12, 400 queued",
        "          and for more hosts",
    ]


def test_stopping_is_shown_with_what_is_still_in_flight() -> None:
    assert display(stopping=Stopping("SIGINT", 8.0, 12))[-1] == " stopping SIGINT: 12 in flight, 8.0 s at most"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = display("a long name " * 5, width=width, waits=[waiting(host="h" * 500)], max_pages=10**9, eta_s=1e6)
    assert max(map(len, lines)) <= width
    assert len(lines) <= 7


def test_markup_and_control_characters_of_a_host_are_text() -> None:
    lines = display(waits=[waiting(host="[::1]"), waiting(host=HOSTILE)], errors={"x\x1b": 1}, width=200)
    assert "for [::1] (" in lines[4]
    assert "\\x1b[2J" in lines[5]
    assert "\x1b" not in "".join(lines[4:])


@pytest.mark.parametrize("changes", [{"done": 0, "queued": 0, "in_flight": 0}, {"done": 9, "max_pages": 0}])
def test_an_empty_run_can_be_drawn(changes: dict[str, Any]) -> None:
    assert len(display(**changes)) == 4


def seen_on_terminal(use: Callable[[Any], None]) -> str:
    """What `use`, given a terminal, writes to it."""
    ours, theirs = pty.openpty()
    seen = bytearray()

    def read() -> None:
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other side was closed
                return
            seen.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(theirs, "w") as terminal:
        use(terminal)
    reader.join()
    os.close(ours)
    return seen.decode()


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")


def test_on_a_terminal_the_display_comes_is_redrawn_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_observer, "REFRESH_EVERY_S", 0.0)

    def use(terminal: Any) -> None:
        tell_all(ProgressObserver(stream=terminal), STARTED, a_snapshot(), a_snapshot(done=1235), an_end())

    seen = seen_on_terminal(use)
    assert "starting" in seen
    assert seen.index("1,234 of") < seen.index("1,235 of")
    assert seen.rindex("\x1b[2K") > seen.index("1,235 of")  # cleared at the end
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")  # and the cursor is back


def test_it_is_drawn_at_most_four_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("crawler.observers.progress_observer.time.monotonic", lambda: clock[0])

    def use(terminal: Any) -> None:
        observer = ProgressObserver(stream=terminal)
        observer.notice(STARTED)
        for tick in range(100):  # two seconds
            clock[0] = tick / 50
            observer.notice(a_snapshot(done=1_000_000 + tick))
        observer._live.transient = False
        observer.close()

    drawn = set(re.findall(r"1,000,0\d\d of", seen_on_terminal(use)))
    assert len(drawn) == 8


def test_log_lines_appear_above_the_display_and_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_observer, "REFRESH_EVERY_S", 0.0)

    def use(terminal: Any) -> None:
        progress = ProgressObserver(stream=terminal)
        log = LogObserver(stream=progress.above)  # type: ignore[arg-type]  # it writes and flushes
        for event in (STARTED, a_snapshot(), Warned(f"careful {HOSTILE}"), a_snapshot(done=1235), an_end()):
            progress.notice(event)
            log.notice(event)
        progress.close()

    seen = seen_on_terminal(use)
    assert "\x1b[33mwarning" in seen
    assert r"careful \x1b]0;owned" in seen
    assert "\x1b]0;owned" not in seen
    # After the line the display is drawn again, and what is left at the end is the closing summary.
    assert seen.index("1,234 of", seen.index("careful")) < seen.index("1,235 of")
    assert seen.index("site: complete") > seen.rindex("1,235 of")


def test_a_terminal_that_goes_away_does_not_end_a_crawl() -> None:
    ours, theirs = pty.openpty()
    with suppress(OSError), os.fdopen(theirs, "w") as terminal:  # closing it fails, which is not the point
        observer = ProgressObserver(stream=terminal)
        observer.notice(STARTED)
        os.close(ours)
        tell_all(observer, a_snapshot(), Warned("x"), an_end())
        assert observer.above.write("x\n") == 2
        outlived = True
    assert outlived


def test_closing_before_anything_happened_does_no_harm() -> None:
    assert "1,234" not in seen_on_terminal(lambda terminal: ProgressObserver(stream=terminal).close())
