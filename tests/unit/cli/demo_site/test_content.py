"""The demo site's content is worth crawling."""

from __future__ import annotations

from crawler.cli.demo_site.content import ARTICLES, BOOKS, GREETINGS


def test_every_book_and_article_has_a_url_of_its_own() -> None:
    slugs = [entry.slug for entry in (*BOOKS, *ARTICLES)]
    assert len(set(slugs)) == len(slugs)


def test_slugs_need_no_escaping_in_a_url() -> None:
    assert all(entry.slug.replace("-", "").isalnum() and entry.slug.isascii() for entry in (*BOOKS, *ARTICLES))


def test_greetings_declare_their_encoding_in_four_different_ways() -> None:
    assert {greeting.declared for greeting in GREETINGS} == {"header", "meta", "bom", "nowhere"}


def test_greetings_can_be_written_in_their_encoding() -> None:
    for greeting in GREETINGS:
        assert greeting.text.encode(greeting.encoding).decode(greeting.encoding) == greeting.text
