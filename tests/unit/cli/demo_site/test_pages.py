"""The demo site's pages hang together."""

from __future__ import annotations

import gzip
import re

import pytest

from crawler.cli.demo_site.content import BOOKS, GREETINGS, Greeting
from crawler.cli.demo_site.pages import all_pages, html, month

BASE = "http://127.0.0.1:1/"
SERVED_OTHERWISE = re.compile(r"/(slow|flaky|old-shop|moved/\d|partner|events/\d+/\d+|out-of-print)$")


def test_titles_are_escaped() -> None:
    assert "<title>a &lt;b&gt;</title>" in html("a <b>", "")


def test_every_link_of_a_page_leads_to_another_page_or_to_a_known_weak_spot() -> None:
    pages = all_pages(BASE)
    listings = (path for path in pages if path.endswith("/") and path.isascii())
    hrefs = {href for path in listings for href in re.findall(r'href="(/[^"]*)"', pages[path].body.decode())}
    assert hrefs
    assert {href for href in hrefs if href not in pages and not SERVED_OTHERWISE.match(href)} == set()


def test_a_product_page_holds_what_an_extractor_looks_for() -> None:
    body = all_pages(BASE)[f"/books/{BOOKS[0].slug}"].body.decode()
    assert f'<p class="price">€ {BOOKS[0].price}</p>' in body
    assert f'data-sku="{BOOKS[0].sku}"' in body


@pytest.mark.parametrize("greeting", GREETINGS, ids=lambda greeting: greeting.encoding)
def test_only_pages_that_should_declare_an_encoding_do(greeting: Greeting) -> None:
    page = all_pages(BASE)[greeting.path]
    assert ("charset" in page.content_type) == (greeting.declared == "header")
    assert (b"<meta charset" in page.body) == (greeting.declared == "meta")
    assert greeting.text in page.body.decode(greeting.encoding)


def test_the_sitemap_names_a_page_that_nothing_links_to() -> None:
    pages = all_pages(BASE)
    assert f"<loc>{BASE}hidden-cove</loc>" in pages["/sitemap.xml"].body.decode()
    assert not any(b"hidden-cove" in page.body for path, page in pages.items() if path != "/sitemap.xml")


def test_robots_txt_closes_a_folder_and_names_the_sitemap() -> None:
    text = all_pages(BASE)["/robots.txt"].body.decode()
    assert "Disallow: /private/" in text
    assert f"Sitemap: {BASE}sitemap.xml" in text


def test_the_press_kit_is_compressed() -> None:
    page = all_pages(BASE)["/press-kit"]
    assert page.content_encoding == "gzip"
    assert b"Press kit" in gzip.decompress(page.body)


def test_the_calendar_has_no_end() -> None:
    assert "/events/2026/2" in month(2026, 1)
    assert "/events/2027/1" in month(2026, 12)
