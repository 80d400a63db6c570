"""The main content of a page as Markdown."""

from __future__ import annotations

from crawler.core.visit import Document
from crawler.extractors.bodies.markdown_body import MOST_CHARACTERS, markdown_body
from tests.unit.extractors.documents import html, json_body

TEXT = "This sentence is long enough to be taken for a part of the article itself, and it ends here. "
ARTICLE = f"<nav><a href=/>Home</a></nav><article><h1>Title</h1><p>{TEXT * 3}</p><p><b>Bold</b> {TEXT}</p></article>"


def test_it_is_the_article_without_what_is_around_it() -> None:
    body = markdown_body(html(ARTICLE))
    assert body is not None
    assert body.startswith("# Title\n")
    assert "**Bold**" in body
    assert "Home" not in body


def test_there_is_none_without_content_for_json_and_for_very_large_pages() -> None:
    assert markdown_body(html("")) is None
    assert markdown_body(json_body("{}")) is None
    assert markdown_body(html(ARTICLE + "<!--" + "x" * MOST_CHARACTERS)) is None


def test_of_a_page_in_pieces_the_whole_decides_whether_it_is_too_large() -> None:
    piece = html(ARTICLE)
    for characters, is_made in ((MOST_CHARACTERS, True), (MOST_CHARACTERS + 1, False)):
        document = Document(piece.url, piece.text, piece.base, piece.root, page_characters=characters)
        assert (markdown_body(document) is not None) is is_made
