"""A response becomes a page: the right type, text, title and links, and nothing where it is not HTML."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.core.visit import Document, Headers, Page, Response, Taken
from crawler.parsing.page import read_page

URL = "https://example.org/a/"


def response(body: bytes, *headers: tuple[str, str]) -> Response:
    return Response(URL, 200, "HTTP/1.1", Headers(headers), body)


def html(body: str, *headers: tuple[str, str], **options: Any) -> Page:
    return read_page(response(body.encode(), ("content-type", "text/html; charset=utf-8"), *headers), **options)


def test_a_page_has_its_type_charset_title_and_links() -> None:
    body = "<title> Größe </title><base href=b/><a href=x>x</a><a href=#y>y</a><a href=mailto:z>z</a>"
    assert html(body) == Page(
        content_type="text/html",
        charset="UTF-8",
        charset_source="header",
        title="Größe",
        links=("https://example.org/a/b/x", "https://example.org/a/b/"),
        follow=("https://example.org/a/b/x", "https://example.org/a/b/"),
        refused={"scheme": 1},
    )


def test_the_text_is_kept_only_where_asked_for() -> None:
    assert html("<p>é").text is None
    assert html("<p>é", want_text=True).text == "<p>é"


def test_an_empty_title_is_none() -> None:
    assert html("<title> </title>").title is None


@pytest.mark.parametrize("media_type", ["text/plain", "image/png", "application/xml", "application/json"])
def test_other_types_are_not_parsed(media_type: str) -> None:
    body = b"<title>x</title><a href=x>"
    assert read_page(response(body, ("content-type", media_type))) == Page(content_type=media_type)


def test_xhtml_is_parsed_and_utf_8_unless_declared() -> None:
    page = read_page(response("<html><a href='é'>".encode(), ("content-type", "application/xhtml+xml")))
    assert (page.content_type, page.charset, page.charset_source) == ("application/xhtml+xml", "UTF-8", "default")
    assert page.links == ("https://example.org/a/%C3%A9",)


def test_a_missing_type_is_sniffed() -> None:
    assert read_page(response(b"<!doctype html><a href=x>")).links == ("https://example.org/a/x",)
    assert read_page(response(b"<html><a href=x>", ("content-type", "nonsense"))).content_type == "text/html"
    assert read_page(response(b"just words <a href=x>")) == Page(content_type="text/plain")
    assert read_page(response(b"<html><a href=x>", ("x-content-type-options", "nosniff"))).links == ()


def test_a_page_without_a_body_has_only_its_type() -> None:
    assert html("") == Page(content_type="text/html")


def test_queries_are_in_the_encoding_of_the_page() -> None:
    body = "<meta charset=shift_jis><a href='?q=日本'>".encode("cp932")
    page = read_page(response(body, ("content-type", "text/html")))
    assert (page.charset, page.charset_source) == ("Shift_JIS", "meta")
    assert page.links == ("https://example.org/a/?q=%93%FA%96{",)


def test_links_of_the_header_come_first_and_do_not_follow_the_base() -> None:
    page = html("<base href=/b/><a href=x>", ("link", "<next>; rel=next"))
    assert page.links == ("https://example.org/a/next", "https://example.org/b/x")
    assert html("<p>", ("link", "<next>; rel=next")).links == ("https://example.org/a/next",)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("<meta name=robots content='noindex, nofollow'>", ()),
        ("<meta name=OurBot content=none>", ()),
        ("", (("x-robots-tag", "ourbot: nofollow"),)),
        ("", (("x-robots-tag", "noindex"), ("x-robots-tag", "none"))),
    ],
)
def test_a_page_that_forbids_following_has_links_but_none_to_follow(
    body: str, headers: tuple[tuple[str, str], ...]
) -> None:
    body += "<title>t</title><a href=x><a href=x#y><a href=y rel=nofollow>"
    page = html(body, ("link", "<next>; rel=next"), *headers, product_token="OurBot")
    assert (page.title, len(page.links), page.follow, page.refused) == ("t", 3, (), {"nofollow": 3})
    assert len(html(body, *headers, obey_nofollow=False).follow) == 2


def test_links_with_rel_nofollow_are_refused_unless_another_link_leads_there() -> None:
    body = "<a href=x rel=nofollow><a href=y rel=nofollow><a href=y>"
    assert html(body).links == ("https://example.org/a/y", "https://example.org/a/x")
    assert html(body).follow == ("https://example.org/a/y",)
    assert html(body).refused == {"nofollow": 1}
    assert len(html(body, obey_nofollow=False).follow) == 2


def test_links_beyond_the_limit_are_counted() -> None:
    page = html("".join(f"<a href={number}>" for number in range(10)), max_links=4)
    assert len(page.links) == 4
    assert page.refused == {"max_links_per_page": 6}


@pytest.mark.parametrize(
    "body",
    [
        bytes(range(256)) * 1000,
        b"\0" * 100_000,
        b"<" * 100_000,
        b"<a href='" + b"\xff" * 100_000,
        b"<a href=" + b"http:" * 50_000 + b">",
        b"<base href=" + b"a/" * 50_000 + b">" + b"<a href=x>" * 1000,
        b"<a href='//[" + b":" * 10_000 + b"'>" * 10,
        b"\xef\xbb\xbf" * 1000,
        b"&#x" + b"f" * 100_000,
    ],
)
def test_garbage_is_read_without_complaint(body: bytes) -> None:
    page = read_page(response(body, ("content-type", "text/html")))
    assert page.content_type == "text/html"
    assert all(len(link) <= 8192 for link in page.links)


class Rules:
    """Rules that take the given, and remember what they were shown."""

    def __init__(self, taken: Taken, *, reads_json: bool = True) -> None:
        self.reads_json = reads_json
        self.shown: list[Document] = []
        self.taken = taken

    def reading(self, url: str) -> Rules | None:
        return self if url == URL else None

    def look_at(self, document: Document) -> None:
        self.shown.append(document)

    def result(self) -> Taken:
        return self.taken


def test_rules_see_the_tree_its_text_and_its_base() -> None:
    rules = Rules(Taken({"a": 1}, ("b",)))
    page = html("<base href=/b/><p>é", rules=rules)
    (document,) = rules.shown
    assert (document.url, document.text, document.root.tag) == (URL, "<base href=/b/><p>é", "html")
    assert document.base.resolve("x") == "https://example.org/b/x"
    assert page.taken == Taken({"a": 1}, ("b",))


def test_a_page_made_to_stall_the_parser_is_shown_in_pieces() -> None:
    rules = Rules(Taken())
    html("<div>" * 3000, rules=rules)
    assert len(rules.shown) > 1
    assert {document.page_characters for document in rules.shown} == {5 * 3000}


def test_chosen_references_alone_are_followed_and_the_others_counted() -> None:
    body = "<base href=/b/><a href=1>1</a><a href=2>2</a><a href=3>3</a>"
    page = html(body, rules=Rules(Taken(hrefs=("2#x", "4", "mailto:a"))))
    assert page.links == tuple(f"https://example.org/b/{number}" for number in (1, 2, 3))
    assert page.follow == ("https://example.org/b/2", "https://example.org/b/4")
    assert page.refused == {"follow": 2}
    assert html(body, rules=Rules(Taken(hrefs=()))).follow == ()
    assert html(body, rules=Rules(Taken())).follow == page.links


def test_what_a_page_forbids_is_not_followed_though_it_is_chosen() -> None:
    chosen = Rules(Taken(hrefs=("1", "2")))
    assert html("<a href=1 rel=nofollow>1</a><a href=2>2</a>", rules=chosen).follow == ("https://example.org/a/2",)
    closed = html("<meta name=robots content=nofollow><a href=1>1</a>", rules=chosen)
    assert (closed.follow, closed.refused) == ((), {"nofollow": 1})


def test_a_page_without_other_links_can_have_chosen_ones_unless_it_forbids_them() -> None:
    chosen = Rules(Taken(hrefs=("1",)))
    assert html("<p>", rules=chosen).follow == ("https://example.org/a/1",)
    assert html("<meta name=robots content=nofollow>", rules=chosen).follow == ()
    assert html("<meta name=robots content=nofollow>", rules=chosen, obey_nofollow=False).follow != ()


def test_chosen_references_are_limited_as_links_are() -> None:
    assert len(html("<p>", rules=Rules(Taken(hrefs=("1", "2", "3"))), max_links=2).follow) == 2


def test_of_json_the_chosen_references_are_the_links() -> None:
    rules = Rules(Taken({"a": 1}, hrefs=("?page=2", "/x", "mailto:a")))
    page = read_page(response('{"é": 1}'.encode(), ("content-type", "application/x+json")), rules=rules)
    assert page == Page(
        content_type="application/x+json",
        charset="UTF-8",
        charset_source="default",
        links=("https://example.org/a/?page=2", "https://example.org/x"),
        follow=("https://example.org/a/?page=2", "https://example.org/x"),
        refused={"scheme": 1},
        taken=rules.taken,
    )
    assert [(document.text, document.root) for document in rules.shown] == [('{"é": 1}', None)]


def test_a_header_that_forbids_following_holds_for_json_too() -> None:
    headers = (("content-type", "application/json"), ("x-robots-tag", "nofollow"))
    page = read_page(response(b"{}", *headers), rules=Rules(Taken(hrefs=("/x",))))
    assert (page.links, page.follow, page.refused) == (("https://example.org/x",), (), {"nofollow": 1})


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_json_is_left_alone_where_nothing_is_asked_of_it(body: bytes) -> None:
    rules = Rules(Taken({"a": 1}), reads_json=bool(not body))
    assert read_page(response(body, ("content-type", "application/json")), rules=rules) == Page("application/json")
    assert rules.shown == []
