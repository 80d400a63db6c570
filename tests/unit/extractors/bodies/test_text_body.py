"""The readable text of a page."""

from __future__ import annotations

from crawler.extractors.bodies.text_body import text_body
from tests.unit.extractors.documents import html, json_body


def test_it_is_all_text_that_a_reader_sees() -> None:
    page = html("<title>T</title><nav><a>Home</a></nav><h1>H</h1><p>One.<p>Two.<script>no()</script>")
    assert text_body(page) == "Home\nH\n\nOne.\n\nTwo."


def test_json_has_none() -> None:
    assert text_body(json_body("{}")) is None
