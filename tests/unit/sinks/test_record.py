"""What one line of output looks like, whatever the page held."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.core.errors import ERROR_TYPES
from crawler.core.visit import Headers, VisitError
from crawler.sinks.record import header_fields, render
from tests.unit.sinks.visits import a_visit

KEYS = [
    *("url", "final_url", "status", "ok", "error", "fetched_at", "elapsed", "attempts", "depth", "parent"),
    *("redirects", "http_version", "content_type", "charset", "charset_source", "bytes", "body_bytes", "sha256"),
    *("etag", "last_modified", "change", "duplicate_of", "title", "links", "data"),
]

GOLDEN = (
    '{"url":"https://example.org/a","final_url":"https://example.org/b","status":200,"ok":true,"error":null,'
    '"fetched_at":"2026-11-22T17:34:00.123Z","elapsed":0.012346,"attempts":2,"depth":1,'
    '"parent":"https://example.org/","redirects":["https://example.org/a"],"http_version":"HTTP/2",'
    '"content_type":"text/html","charset":"UTF-8","charset_source":"header","bytes":512,"body_bytes":2048,'
    f'"sha256":"{"ab" * 32}","etag":"\\"v1\\"","last_modified":null,"change":null,"duplicate_of":null,'
    '"title":"Grüße — 世界","links":2,"data":{"price":12.5,"tags":["x","y"]}}\n'
)


def read(line: bytes) -> Any:
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line)


def test_the_record_of_an_ordinary_page_is_this_line_byte_for_byte() -> None:
    assert render(a_visit()).decode() == GOLDEN


@pytest.mark.parametrize("type", ERROR_TYPES)
def test_a_failed_visit_has_the_same_keys_in_the_same_order(type: Any) -> None:
    failed = a_visit(
        status=None, ok=False, final_url=None, title=None, links=(), data={}, error=VisitError(type, "no answer")
    )
    record = read(render(failed))
    assert list(record) == KEYS == list(read(render(a_visit())))
    assert record["error"] == {"type": type, "message": "no answer"}
    assert (record["status"], record["links"], record["data"]) == (None, 0, {})


def test_links_are_listed_only_when_asked_for() -> None:
    assert read(render(a_visit()))["links"] == 2
    assert read(render(a_visit(), links=True))["links"] == ["https://example.org/c", "https://example.org/d"]


def test_headers_and_body_are_keys_only_when_asked_for() -> None:
    visit = a_visit(headers=Headers([("server", "x")]), body="<p>é")
    assert list(read(render(visit))) == KEYS
    record = read(render(visit, headers=True, body="html"))
    assert list(record) == [*KEYS, "headers", "body"]
    assert (record["headers"], record["body"]) == ({"server": "x"}, "<p>é")


def test_headers_and_body_that_never_came_are_null() -> None:
    record = read(render(a_visit(), headers=True, body="html"))
    assert (record["headers"], record["body"]) == (None, None)


def test_repeated_header_fields_are_joined_and_cookie_values_masked() -> None:
    headers = Headers(
        [("vary", "a"), ("set-cookie", "sid=s3cret; Path=/"), ("vary", "b"), ("set-cookie", "s3cret-without-name")]
    )
    assert header_fields(headers) == {"vary": "a, b", "set-cookie": "sid=***; Path=/\n***"}


@pytest.mark.parametrize(
    ("title", "stored"),
    [
        ("lone \ud83d half", "lone � half"),
        ("pair \ud83d\ude00", "pair 😀"),
        ("nul \0 and bell \a", "nul \0 and bell \a"),
    ],
)
def test_a_string_that_is_no_unicode_text_is_stored_as_near_as_possible(title: str, stored: str) -> None:
    assert read(render(a_visit(title=title)))["title"] == stored


@pytest.mark.parametrize("control", ["\x1b", "\x7f", "\x9b", "\x85", "\u2028", "\u202e", "\u2066", "\u061c", "\u200f"])
@pytest.mark.parametrize("around", ["plain", "世界", "« — »"])
def test_a_control_character_is_never_raw_in_a_line_and_comes_back_when_read(control: str, around: str) -> None:
    title = f"{around}{control}[31m{around}"
    line = render(a_visit(title=title))
    assert control.encode() not in line
    assert read(line)["title"] == title


@pytest.mark.parametrize(
    ("data", "stored"),
    [
        ({"n": 2**70}, {"n": str(2**70)}),
        ({"d": date(2026, 11, 22)}, {"d": "2026-11-22"}),
        ({"x": Decimal("1.5")}, {"x": "1.5"}),
        ({"nan": float("nan")}, {"nan": None}),
        ({"k\ud800": ["\udfff", (1, True)]}, {"k�": ["�", [1, True]]}),
        ({1: "one"}, {"1": "one"}),
        (MappingProxyType({"a": 1}), {"a": 1}),
    ],
)
def test_extracted_values_of_any_kind_are_stored(data: Any, stored: Any) -> None:
    assert read(render(a_visit(data=data)))["data"] == stored


def test_values_nested_without_end_are_cut() -> None:
    value: Any = "bottom"
    for _ in range(5000):
        value = [value]
    assert b'"\xe2\x80\xa6"' in render(a_visit(data={"deep": value}))


@given(st.text(st.characters(exclude_categories=[])), st.text(st.characters(exclude_categories=[])))
def test_any_text_gives_one_line_of_valid_utf_8(title: str, message: str) -> None:
    record = read(render(a_visit(title=title, error=VisitError("internal", message), body=title), body="html"))
    assert record["title"] == record["body"] == title.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_a_body_comes_in_the_form_asked_for() -> None:
    visit = a_visit(body="<p>a", bodies={"text": "a"})
    assert [read(render(visit, body=form))["body"] for form in ("html", "text", "markdown")] == ["<p>a", "a", None]
