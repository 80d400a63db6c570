"""Links: distinct, resolved against the right base, in the right encoding, counted where they are no use."""

from __future__ import annotations

import pytest

from crawler.core.url import Base
from crawler.parsing.links import LinkSet, base_of, distinct_references, forbids_following, header_hrefs

PAGE = "https://example.org/a/page.html?q=1"


def gathered(hrefs: list[str], *, charset: str = "UTF-8", most: int | None = None) -> LinkSet:
    links = LinkSet(most)
    links.add(hrefs, Base(PAGE), charset)
    return links


def test_links_are_distinct_and_in_document_order() -> None:
    links = gathered(["b", "a", "b#x", "./b", "/a/a", "#top", "https://EXAMPLE.org/a/b", "c"])
    assert list(links.urls) == [
        "https://example.org/a/b",
        "https://example.org/a/a",
        "https://example.org/a/page.html?q=1",
        "https://example.org/a/c",
    ]
    assert not links.refused


def test_references_that_are_no_use_are_counted_once_each_by_reason() -> None:
    hrefs = ["javascript:x", "javascript:x", "mailto:a@b", "http://", "http://u:p@h/", "x" * 9000, "ok"]
    links = gathered(hrefs)
    assert list(links.urls) == ["https://example.org/a/ok"]
    assert links.refused == {"scheme": 2, "invalid": 1, "credentials": 1, "too_long": 1}


def test_links_beyond_the_limit_are_counted_and_not_resolved() -> None:
    links = gathered(["1", "./1", "2", "3", "3#x", "http://"], most=2)
    assert list(links.urls) == ["https://example.org/a/1", "https://example.org/a/2"]
    assert links.refused == {"max_links_per_page": 2}


def test_the_limit_holds_over_several_sources() -> None:
    links = LinkSet(2)
    links.add(["1"], Base(PAGE))
    links.add(["2", "3"], Base(PAGE))
    assert len(links.urls) == 2
    assert links.refused == {"max_links_per_page": 1}


def test_fragments_make_no_difference_and_white_space_before_them_does() -> None:
    assert list(distinct_references(["a#1", "a#2", "#", "a #x", " #x"])) == ["a", "", "a #", " #"]
    assert list(gathered(["a #x", "a "]).urls) == ["https://example.org/a/a%20", "https://example.org/a/a"]


@pytest.mark.parametrize(
    ("charset", "href", "url"),
    [
        ("UTF-8", "é?é", "%C3%A9?%C3%A9"),
        ("UTF-16LE", "?é", "page.html?%C3%A9"),
        ("windows-1252", "é?é#é", "%C3%A9?%E9"),
        ("windows-1252", "?ж&a=%41", "page.html?%26%231078%3B&a=A"),
        ("windows-1252", "?\té\n ", "page.html?%E9"),
        ("windows-1252", "?é #x", "page.html?%E9%20"),
        ("Shift_JIS", "?日本", "page.html?%93%FA%96{"),
        ("Shift_JIS", "?plain", "page.html?plain"),
        ("Shift_JIS", "日本", "%E6%97%A5%E6%9C%AC"),
    ],
)
def test_queries_are_in_the_encoding_of_the_document(charset: str, href: str, url: str) -> None:
    assert list(gathered([href], charset=charset).urls) == [f"https://example.org/a/{url}"]


@pytest.mark.parametrize(
    ("base_href", "url"),
    [
        (None, "https://example.org/a/x"),
        ("/b/", "https://example.org/b/x"),
        ("b", "https://example.org/a/x"),
        ("//other.org/c/d", "https://other.org/c/x"),
        ("", "https://example.org/a/x"),
        ("data:,", "https://example.org/a/x"),
        ("javascript:x", "https://example.org/a/x"),
        ("http://", "https://example.org/a/x"),
    ],
)
def test_the_base_element_moves_relative_links(base_href: str | None, url: str) -> None:
    assert base_of(PAGE, base_href).resolve("x") == url


def test_the_query_of_a_base_is_in_the_encoding_of_the_document() -> None:
    assert base_of(PAGE, "?é", "windows-1252").resolve("") == "https://example.org/a/page.html?%E9"
    assert base_of(PAGE, "?é").resolve("") == "https://example.org/a/page.html?%C3%A9"


def test_a_base_off_the_web_leaves_relative_links_without_use() -> None:
    links = LinkSet()
    links.add(["x", "http://h/"], base_of(PAGE, "ftp://example.org/"))
    assert list(links.urls) == ["http://h/"]
    assert links.refused == {"scheme": 1}


def test_a_huge_base_is_no_bomb() -> None:
    links = LinkSet()
    links.add(map(str, range(10_000)), base_of(PAGE, "/" + "a" * 1_000_000 + "/"))
    assert not links.urls
    assert links.refused == {"too_long": 10_000}


@pytest.mark.parametrize(
    ("values", "hrefs"),
    [
        (["<a>; rel=next"], ["a"]),
        (['<a>; rel="next", <b>;rel=prev'], ["a", "b"]),
        (["<a>; rel=canonical", '<b>; type="x/y"; rel="x ALTERNATE"'], ["a", "b"]),
        (['<a,b>; title="x, <c>; rel=next"; rel=next'], ["a,b"]),
        (["<a>; rel=preload, <b>; rel=stylesheet, <c>"], []),
        (["<a>; rel=next; anchor=x"], []),
        (["<a>; rel=x; rel=next"], []),
        (['<a>; rel="alternate stylesheet"'], []),
        (["<a> ; REL = next"], ["a"]),
        (["<\xc3\xa9>; rel=next"], ["%C3%A9"]),
        (["a>; rel=next", "<" * 50_000, "<a>" + ";" * 50_000, "<a"], []),
        ([], []),
    ],
)
def test_the_link_field_names_further_documents(values: list[str], hrefs: list[str]) -> None:
    assert header_hrefs(values) == hrefs


@pytest.mark.parametrize(
    ("meta", "fields", "forbidden"),
    [
        ([("robots", "noindex, NOFOLLOW")], [], True),
        ([("robots", "none")], [], True),
        ([("robots", "noindex nofollow")], [], True),
        ([("robots", "max-image-preview: none")], [], False),
        ([], ["noindex nofollow"], True),
        ([], ["max-image-preview: none"], False),
        ([("crawlfile", "nofollow")], [], True),
        ([("otherbot", "nofollow"), ("robots", "noindex")], [], False),
        ([("description", "nofollow")], [], False),
        ([("robots", "nofollowing")], [], False),
        ([], ["nofollow"], True),
        ([], ["noindex", "none"], True),
        ([], ["CrawlFile: noindex, nofollow"], True),
        ([], ["otherbot: noindex, nofollow"], False),
        ([], ["otherbot: noindex, crawlfile: nofollow"], True),
        ([], ["unavailable_after: 25 Jun 2030 15:00:00 PST, nofollow"], True),
        ([], ["max-snippet:20, nofollow"], True),
        ([], ["noindex"], False),
        ([], [], False),
    ],
)
def test_a_page_may_ask_not_to_be_followed(meta: list[tuple[str, str]], fields: list[str], forbidden: bool) -> None:
    assert forbids_following(meta, fields, "crawlfile") is forbidden
