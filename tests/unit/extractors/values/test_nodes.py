"""Walking through the page's tree."""

from __future__ import annotations

from crawler.extractors.values.nodes import events
from tests.unit.extractors.documents import html


def test_texts_and_what_parts_them_come_in_document_order() -> None:
    body = html("<p>a<b>c</b>d<br><!-- no --></p>e").root.parser.body
    assert list(events(body)) == [
        ("start", "body"),
        ("start", "p"),
        ("text", "a"),
        ("text", "c"),
        ("text", "d"),
        ("start", "br"),
        ("end", "br"),
        ("end", "p"),
        ("text", "e"),
        ("end", "body"),
    ]


def test_what_is_never_shown_is_left_out_inside_but_not_if_it_is_asked_for_itself() -> None:
    page = html("<div>a<script>b</script></div>")
    (script,) = page.root.css("script")
    assert ("text", "b") not in list(events(page.root))
    assert ("text", "b") in list(events(script))


def test_any_depth_will_do() -> None:
    assert len(list(events(html("<div>" * 1400 + "x").root))) > 2800
