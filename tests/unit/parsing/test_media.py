"""Media types: what a field says, and what the first octets show where it says nothing."""

from __future__ import annotations

import pytest

from crawler.parsing.media import is_json, may_be_html, media_type_of, sniffed_type


@pytest.mark.parametrize(
    ("field", "media_type"),
    [
        ("text/html", "text/html"),
        ("Text/HTML; charset=utf-8", "text/html"),
        (" application/xhtml+xml ;x", "application/xhtml+xml"),
        ("text/html,text/plain", None),
        ("html", None),
        ("text/", None),
        ("*/*", None),
        ("unknown/unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_a_field_names_a_media_type_or_none(field: str | None, media_type: str | None) -> None:
    assert media_type_of(field) == media_type


def test_a_body_is_worth_keeping_if_it_is_or_may_be_html() -> None:
    assert [may_be_html(field) for field in ("text/html;x", "application/xhtml+xml", None, "nonsense")] == [True] * 4
    assert [may_be_html(field) for field in ("text/plain", "image/png", "application/xml")] == [False] * 3


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"\n\t <html>", "text/html"),
        (b"\xef\xbb\xbf<HTML lang=en>", "text/html"),
        (b"<!-- x --><p>", "text/html"),
        (b"<p>x", "text/html"),
        (b"<pre>x", None),
        (b"<?xml version='1.0'?><x/>", "text/xml"),
        (b"%PDF-1.7", "application/pdf"),
        (b"hello <p>", None),
        (b"\x89PNG", None),
        (b"", None),
    ],
)
def test_a_body_without_a_type_shows_what_it_is(body: bytes, media_type: str | None) -> None:
    assert sniffed_type(body) == media_type


def test_json_is_what_its_type_says() -> None:
    assert all(map(is_json, ("application/json", "text/json", "application/ld+json", "application/vnd.api+json")))
    assert not any(map(is_json, ("text/html", "application/jsonp", "application/javascript", None)))
