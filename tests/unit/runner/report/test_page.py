"""The report holds what the run came to, is complete in itself, and lets nothing from the web become markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from crawler.runner.report.last_run import LastRun
from crawler.runner.report.page import report_page
from tests.unit.observers.occasions import SUMMARY

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'\x1b[2J\u202e"
INTERVAL = {"begin_s": 0, "end_s": 2, "pages": 4, "failed": 1, "bytes": 99, "queued": 3, "latencies": {"9": 4}}
FIGURES = {
    "version": 1,
    "series": [INTERVAL],
    "depths": {"0": 1, "1": 3},
    "content_types": {"text/html": 4},
    "hosts": {"h0.example": [4, 2.0]},
    "slowest": [[1.5, "https://h0.example/slow", 200]],
}
FAILED = {"url": "https://h0.example/bad", "error": {"type": "timeout", "message": "no answer within 20 s"}}
RUN = LastRun(
    SUMMARY | {"exit_code": 0, "reason": "complete"}, True, False, FIGURES, {"timeout": [FAILED]}, {"pages": 1000}
)


class Reader(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        if tag not in {"meta", "br", "line", "rect"} or tag == "rect":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile(value: Any) -> Any:
    """`value` with every string in it, keys included, as bad as can be."""
    match value:
        case str():
            return f"{value}{HOSTILE}"
        case dict():
            return {key if key in KEPT else f"{key}{HOSTILE}": hostile(item) for key, item in value.items()}
        case list():
            return [hostile(item) for item in value]
    return value


KEPT = {*SUMMARY, *FIGURES, *INTERVAL, *FAILED, "type", "message", "pages", "failed", "bytes", "exit_code", "reason"}


def test_everything_that_the_run_came_to_is_there() -> None:
    text = Reader(report_page(RUN)).text
    for said in ("site", "complete, exit 0", "1,234", "12.3 MB", "http_status", "23,456", "h0.example", "500 ms",
                 "https://h0.example/slow", "+234 (+23.4 %)", "no answer within 20 s", "HTTP/2"):  # fmt: skip
        assert said in text


def test_it_needs_nothing_from_anywhere_and_runs_nothing() -> None:
    page = Reader(report_page(RUN))
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed"})
    assert {name for _, name, _ in page.attributes}.isdisjoint({"src", "onclick", "onload", "srcset"})
    assert {tag for tag, name, _ in page.attributes if name == "href"} <= {"a"}
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_hostile_values_stay_text() -> None:
    figures: dict[str, Any] = {**FIGURES, "hosts": hostile({"h": [1, 1.0]}), "content_types": hostile({"a/b": 1}),
                               "slowest": hostile([[1.0, "http://h/", 200]])}  # fmt: skip
    run = RUN._replace(
        summary=hostile(dict(SUMMARY)) | {"exit_code": 0, "config": hostile({"name": "x"})},
        figures=figures,
        failures=hostile({"timeout": [FAILED]}),
    )
    page = report_page(run)
    assert Reader(page).tags.isdisjoint({"script", "img"})
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "alert(1)" in Reader(page).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"has_ended": False, "is_running": True}, "going on: these are its figures so far"),
        ({"has_ended": False}, "did not end: it was killed"),
        ({"has_ended": False}, "The same command resumes this run."),
        ({"summary": {"exit_code": 4, "reason": "complete"}}, "nothing could be fetched"),
        ({"summary": {"exit_code": 143, "reason": "SIGTERM", "resumable": True}}, "The same command resumes this run."),
    ],
)
def test_how_the_run_ended_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in Reader(report_page(RUN._replace(**changes))).text


def test_a_run_of_which_next_to_nothing_is_known_has_a_report_too() -> None:
    page = Reader(report_page(LastRun({}, False, False, {}, {}, None)))
    assert "did not end" in page.text
    assert "svg" not in page.tags
