"""What every observer keeps: it takes any event in any order, fails at nothing, and prints nothing raw."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.core.events import (
    Event,
    FellBack,
    HostBlocked,
    Postponed,
    RobotsLoaded,
    RunEnded,
    RunStarted,
    ScopeWidened,
    SitemapRead,
    Snapshot,
    Stopping,
    Visited,
    Wait,
    Warned,
)
from crawler.core.registry import load
from crawler.core.visit import Request, Visit, VisitError
from crawler.observers import OBSERVERS

WEB = "\x1b[2J\x9b\u202e\x7f\r\n"  # what a hostile site may put into any text
MAKERS: dict[str, Callable[[Any, io.StringIO, Path], Any]] = {
    "log": lambda observer, stream, folder: observer(stream=stream, level="debug"),
    "progress": lambda observer, stream, folder: observer(stream=stream),
    "report": lambda observer, stream, folder: observer(folder, stream.write),
    "summary": lambda observer, stream, folder: observer(folder, stream.write),
}
VISIT = Visit(WEB, WEB, None, False, VisitError("internal", WEB), "2026-11-22T17:34:00.123Z", 0.0, 1, 0, WEB)
EVENTS: list[Event] = [
    RunStarted(WEB, "20261122T173400Z", True, WEB, WEB, 3),
    Visited(VISIT, WEB),
    Postponed(Request(WEB, WEB, WEB), WEB, 1.0, WEB),
    HostBlocked(WEB, WEB, 1.0),
    RobotsLoaded(WEB, WEB, WEB, 1.0, 2),
    SitemapRead(WEB, 1, 1, WEB),
    FellBack(WEB, WEB),
    ScopeWidened(WEB, WEB),
    Warned(WEB),
    Snapshot(11.0, 1, 1, 1, 1, 1, 1, 1.0, 1, {WEB: 1}, [Wait(WEB, WEB, 9.0, 1), Wait(WEB, WEB, None, 1)], 1, 1.0),
    Stopping(WEB, 1.0, 1),
    RunEnded(1, WEB, True, {"crawl": WEB, "hosts": {WEB: {"pages": 1}}, "outputs": [WEB], "errors": {WEB: 1}}),
]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Gone(Terminal):
    """A terminal that was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.fixture(params=OBSERVERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def tell(name: str, stream: io.StringIO, folder: Path, events: list[Event]) -> None:
    observer = MAKERS[name](load(OBSERVERS, name), stream, folder)
    for event in events:
        observer.notice(event)
    observer.close()


def test_every_observer_of_the_table_is_under_this_contract() -> None:
    assert set(MAKERS) == set(OBSERVERS)


def test_any_order_of_events_is_taken(name: str, tmp_path: Path) -> None:
    tell(name, Terminal(), tmp_path, EVENTS)
    tell(name, io.StringIO(), tmp_path, EVENTS[::-1])
    tell(name, io.StringIO(), tmp_path, [])


def test_a_stream_that_is_gone_raises_nothing(name: str, tmp_path: Path) -> None:
    if name not in {"report", "summary"}:  # they have no stream, only somebody to tell
        tell(name, Gone(), tmp_path, EVENTS)


def test_nothing_from_the_web_is_printed_raw(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    (tmp_path / "file").touch()
    out = Terminal()
    tell(name, out, tmp_path / "file", EVENTS)
    assert out.getvalue()
    assert not any(raw in out.getvalue() for raw in ("\x1b[2J", "\x9b", "\u202e", "\x7f"))
