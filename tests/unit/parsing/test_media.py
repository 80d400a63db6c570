"""Media types: what a field says, and what the first octets show where it says nothing."""

from __future__ import annotations

import pytest

from crawler.core.visit import Headers
from crawler.parsing.media import content_type_of, may_be_html, media_type, media_type_of, sniffed_type


@pytest.mark.parametrize(
    ("field", "media_type"),
    [
        ("text/html", "text/html"),
        ("Text/HTML; charset=utf-8", "text/html"),
        (" application/xhtml+xml ;x", "application/xhtml+xml"),
        ("text/html,text/plain", "text/plain"),
        ('text/plain;x="a,text/html", text/html, */*, nonsense', "text/html"),
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
        (b"<!-- x --><p>", "text/html"),
        (b"<p>x", "text/html"),
        (b"<pre>x", "text/plain"),
        (b"<?xml version='1.0'?><x/>", "text/xml"),
        (b"%PDF-1.7", "application/pdf"),
        (b"hello <p>", "text/plain"),
        (b"\xef\xbb\xbf<html>", "text/plain"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp41mp42", "video/mp4"),
        (b"\x1a\x45\xdf\xa3\x80\x42\x82\x84webm", "video/webm"),
        (b"\x01\x02", "application/octet-stream"),
        (b"", None),
    ],
)
def test_a_body_without_a_type_shows_what_it_is(body: bytes, media_type: str | None) -> None:
    assert sniffed_type(body) == media_type


def test_several_fields_are_one_list() -> None:
    headers = Headers([("content-type", "text/plain"), ("x", "y"), ("content-type", "text/html")])
    assert content_type_of(headers) == "text/plain,text/html"
    assert content_type_of(Headers()) is None


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("text/html; charset=a; charset=b", "a"),
        ("text/html; charset=; charset=b", "b"),
        ('text/html; charset=""; charset=b', ""),
        ('text/html; x="; charset=a"; charset="b\\c"junk; charset=d', "bc"),
        ("text/html; charset=a, text/html", "a"),
        ("text/html; charset=a, text/html; charset=b", "b"),
        ("text/html; charset=a, text/plain", None),
        ("text/html; charset = a", None),
    ],
)
def test_the_charset_is_the_first_with_a_value(field: str, label: str | None) -> None:
    assert media_type(field).charset == label


def test_nothing_that_could_carry_scripts_is_found_where_a_server_forbids_sniffing() -> None:
    nosniff = Headers([("x-content-type-options", "NoSniff, x")])
    assert sniffed_type(b"<html>", nosniff) == "text/plain"
    assert sniffed_type(b"GIF89a", nosniff) == "image/gif"
    assert sniffed_type(b"<html>", Headers([("x-content-type-options", "x, nosniff")])) == "text/html"
