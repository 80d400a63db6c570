"""XML that lists pages is read element by element, and no further than it deserves."""

from __future__ import annotations

import pytest

from crawler.parsing import feed
from crawler.parsing.feed import MAX_DEPTH, MAX_TEXT, read_listing, read_loosely

Taken = list[tuple[str, str, str | None]]


def listed(xml: bytes, chunk: int = 1 << 16) -> tuple[Taken, str | None]:
    taken: Taken = []
    chunks = (xml[at : at + chunk] for at in range(0, len(xml), chunk))
    problem = read_listing(chunks, lambda *entry: taken.append(entry))
    return taken, problem


@pytest.mark.parametrize(
    ("xml", "entries"),
    [
        (b"<urlset><url><loc>a</loc><lastmod>1</lastmod></url><url><loc>b</loc></url></urlset>", "page a 1, page b -"),
        (b"<urlset xmlns='wrong'><url><lastmod>1</lastmod><loc> a\n</loc></url></urlset>", "page a 1"),
        (b"<s:urlset xmlns:s='x'><s:url><s:loc>a</s:loc></s:url></s:urlset>", "page a -"),
        (b"<urlset><url><loc><![CDATA[a&b]]>&amp;c</loc></url></urlset>", "page a&b&c -"),
        (b"<urlset xmlns:i='x'><url><loc>a</loc><i:image><i:loc>b</i:loc></i:image></url></urlset>", "page a -"),
        (b"<urlset><url><loc/></url><url/><loc>a</loc></urlset>", ""),
        (b"<sitemapindex><sitemap><loc>a</loc><lastmod>1</lastmod></sitemap></sitemapindex>", "sitemap a 1"),
        (b"<rss><channel><link>home</link><item><link>a</link><pubDate>1</pubDate></item></channel></rss>", "page a 1"),
        (b"<r:RDF xmlns:r='x' xmlns:d='y'><item><link>a</link><d:date>1</d:date></item></r:RDF>", "page a 1"),
        (b"<feed><link href='home'/><entry><link href='a'/><updated>1</updated></entry></feed>", "page a 1"),
        (b"<feed><entry><link rel='self' href='s'/><link rel='alternate' href='a'/></entry></feed>", "page a -"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 1 << 16])
def test_entries_are_found_in_every_format(xml: bytes, entries: str, chunk: int) -> None:
    taken, problem = listed(xml, chunk)
    assert ", ".join(f"{kind} {reference} {date or '-'}" for kind, reference, date in taken) == entries
    assert problem is None


@pytest.mark.parametrize(
    "xml",
    [
        b'<!DOCTYPE x [<!ENTITY e "boom">]><urlset><url><loc>&e;</loc></url></urlset>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><urlset><url><loc>&e;</loc></url></urlset>',
        b'<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1/">%e;]><urlset><url><loc>a</loc></url></urlset>',
    ],
)
def test_entities_are_refused(xml: bytes) -> None:
    assert listed(xml) == ([], "broken XML: an entity is declared")


def test_a_document_type_without_entities_is_harmless() -> None:
    taken, problem = listed(
        b"<!DOCTYPE urlset SYSTEM 'http://127.0.0.1/x.dtd'><urlset><url><loc>a</loc></url></urlset>"
    )
    assert (taken, problem) == ([("page", "a", None)], None)


def test_depth_and_length_are_bounded() -> None:
    assert listed(b"<a>" * 2 * MAX_DEPTH)[1] == f"broken XML: nested deeper than {MAX_DEPTH}"
    taken, _ = listed(b"<urlset><url><loc>" + b"a\n" * MAX_TEXT * 10 + b"</loc></url></urlset>", 100)
    assert len(taken[0][1]) < 10 * MAX_TEXT


def test_the_number_of_elements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MAX_ELEMENTS", 100)
    taken, problem = listed(b"<urlset><url><loc>a</loc></url>" + b"<x/>" * 98 + b"<url><loc>b</loc></url></urlset>")
    assert (taken, problem) == ([("page", "a", None)], "broken XML: more than 100 elements")


def test_what_came_before_the_break_is_there() -> None:
    taken, problem = listed(b"<urlset><url><loc>a</loc></url><url><loc>b</urlset>")
    assert taken == [("page", "a", None)]
    assert problem is not None
    assert problem.startswith("broken XML: mismatched tag")


def test_other_xml_is_named() -> None:
    assert listed(b"<html><url><loc>a</loc></url></html>")[1] == "no sitemap or feed, but <html>"


@pytest.mark.parametrize(
    ("xml", "entries"),
    [
        ("<url><loc>a&b</loc></url><url><loc>c</loc>", [("page", "a&b"), ("page", "c")]),
        ("<x:url><x:loc> a&amp;b </x:loc><image:loc>i</image:loc>", [("page", "a&b")]),
        ("<sitemap><loc><![CDATA[a]]></loc>", [("sitemap", "a")]),
        ("<item><title>&nbsp;<link>a</link></item><item><link>b", [("page", "a"), ("page", "b")]),
        ("<entry><link rel='alternate' href='a'/>", [("page", "a")]),
        ("<url><loc></loc></url><loc>a</loc>", []),
    ],
)
def test_broken_xml_gives_what_looks_like_an_entry(xml: str, entries: list[tuple[str, str]]) -> None:
    taken: Taken = []
    read_loosely(xml, lambda *entry: taken.append(entry))
    assert taken == [(kind, reference, None) for kind, reference in entries]


def read_pages(xml: str) -> list[str]:
    found: list[str] = []
    read_listing([xml.encode()], lambda kind, reference, date: found.append(reference))
    return found


def test_an_rss_item_without_a_link_is_at_its_permalink() -> None:
    items = (
        "<item><guid>http://a/1</guid></item><item><guid isPermaLink='false'>tag:2</guid></item>"
        "<item><guid>http://a/other</guid><link>http://a/3</link></item><item><title>none</title></item>"
    )
    assert read_pages(f"<rss><channel>{items}</channel></rss>") == ["http://a/1", "http://a/3"]


def test_xml_base_holds_for_what_is_inside_it() -> None:
    entry = "<entry{}><link href='x'/></entry>"
    entries = entry.format(" xml:base='sub/'") + entry.format("") + entry.format(" xml:base='http://b/'")
    xml = f"<feed xml:base='http://a/dir/'>{entries}</feed>"
    assert read_pages(xml) == ["http://a/dir/sub/x", "http://a/dir/x", "http://b/x"]
