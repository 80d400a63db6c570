"""Sitemaps in every form they come in, honest or not."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from crawler.parsing import sitemap
from crawler.parsing.sitemap import MAX_BYTES, read_sitemap

URL = "https://example.org/maps/sitemap.xml"
XML = b'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


def urlset(*locs: str) -> bytes:
    return XML + "".join(f"<url><loc>{loc}</loc></url>" for loc in locs).encode() + b"</urlset>"


def numbered(count: int) -> bytes:
    return urlset(*(f"https://example.org/{number * 7919}" for number in range(count)))


def test_pages_are_normalised_distinct_and_in_order() -> None:
    found = read_sitemap(urlset("HTTPS://EXAMPLE.org:443/b", "/a", "https://example.org/b", "c"), URL)
    assert list(found.pages) == ["https://example.org/b", "https://example.org/a", "https://example.org/maps/c"]
    assert (found.sitemaps, found.problem, found.refused) == ({}, None, {})


def test_dates_are_kept_as_written() -> None:
    body = b"<urlset><url><loc>https://example.org/</loc><lastmod>2026-11-22T10:00Z</lastmod></url></urlset>"
    assert read_sitemap(body, URL).pages == {"https://example.org/": "2026-11-22T10:00Z"}


def test_an_index_lists_sitemaps() -> None:
    found = read_sitemap(b"<sitemapindex><sitemap><loc>/1.xml.gz</loc></sitemap></sitemapindex>", URL)
    assert (list(found.sitemaps), found.pages) == (["https://example.org/1.xml.gz"], {})


def test_references_of_no_use_are_counted() -> None:
    found = read_sitemap(urlset("mailto:x", "ftp://h/", "http://", "https://example.org/"), URL)
    assert list(found.pages) == ["https://example.org/"]
    assert found.refused == {"scheme": 2, "invalid": 1}


def test_gzip_is_read_whatever_it_is_called() -> None:
    body = numbered(2000)
    assert len(read_sitemap(gzip.compress(body), URL).pages) == 2000
    in_two = gzip.compress(body[:10_000]) + gzip.compress(body[10_000:]) + b"\0\0"
    assert len(read_sitemap(in_two, URL).pages) == 2000


def test_half_a_gzip_file_gives_half_its_pages() -> None:
    body = gzip.compress(numbered(2000))
    found = read_sitemap(body[: len(body) // 2], URL)
    assert 500 < len(found.pages) < 2000
    assert found.problem == "broken gzip: it ends too early"


def test_broken_xml_gives_what_can_be_read() -> None:
    found = read_sitemap(urlset("https://example.org/a", "https://example.org/?b&c", "https://example.org/d")[:-4], URL)
    assert list(found.pages) == ["https://example.org/a", "https://example.org/?b&c", "https://example.org/d"]
    assert found.problem is not None
    assert found.problem.startswith("broken XML")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252", "shift_jis"])
def test_declared_encodings_are_read(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    letter = "日" if encoding == "shift_jis" else "é"
    text = f"<?xml version='1.0' encoding='{declared}'?><urlset><url><loc>https://example.org/{letter}</loc></url></urlset>"
    expected = "https://example.org/%E6%97%A5" if encoding == "shift_jis" else "https://example.org/%C3%A9"
    assert list(read_sitemap(text.encode(encoding), URL).pages) == [expected]


def test_feeds_are_sitemaps_too() -> None:
    rss = b"<rss version='2.0'><channel><item><link>https://example.org/1</link></item></channel></rss>"
    atom = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='/2'/></entry></feed>"
    assert list(read_sitemap(rss, URL).pages) == ["https://example.org/1"]
    assert list(read_sitemap(atom, URL).pages) == ["https://example.org/2"]


def test_a_text_file_lists_one_url_a_line() -> None:
    body = b"\xef\xbb\xbfhttps://example.org/1\r\n  HTTP://example.org/2 \n\n# no\nhttps://h/3 x\nexample.org/4"
    assert list(read_sitemap(body, URL).pages) == ["https://example.org/1", "http://example.org/2"]
    assert list(read_sitemap(gzip.compress(body), URL).pages) == ["https://example.org/1", "http://example.org/2"]


def test_a_text_file_is_in_the_encoding_of_its_header() -> None:
    body = "https://example.org/é\n".encode("cp1252")
    found = read_sitemap(body, URL, "text/plain; charset=iso-8859-1")
    assert list(found.pages) == ["https://example.org/%C3%A9"]


def test_robots_txt_names_sitemaps() -> None:
    body = b"User-agent: *\nDisallow: /\nSitemap: https://example.org/1.xml # first\n sitemap:/2.xml\nXSitemap: /3.xml"
    found = read_sitemap(body, "https://example.org/robots.txt")
    assert list(found.sitemaps) == ["https://example.org/1.xml", "https://example.org/2.xml"]
    assert not found.pages


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", None),
        (b"hello", "neither XML nor a list of URLs"),
        (b"<html><body><p>not found</p></body></html>", "no sitemap or feed, but <html>"),
        (b"<!doctype html><p>not found", "broken XML"),
        (b"\x1f\x8bnot gzip", "broken gzip"),
        (b'<!DOCTYPE x [<!ENTITY e "boom">]><urlset/>', "broken XML: an entity is declared"),
    ],
)
def test_what_is_no_sitemap_says_so(body: bytes, problem: str | None) -> None:
    found = read_sitemap(body, URL)
    assert (found.pages, found.sitemaps) == ({}, {})
    assert found.problem == problem or (problem and str(found.problem).startswith(problem))


def test_entities_are_never_expanded_nor_files_read() -> None:
    body = (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><urlset><url><loc>https://h/&e;</loc></url></urlset>'
    )
    assert list(read_sitemap(body, URL).pages) == ["https://h/&e;"]


def test_entries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_ENTRIES", 1000)
    found = read_sitemap(numbered(1001), URL)
    assert len(found.pages) == 1000
    assert found.problem == "more than 1000 entries"


@pytest.mark.parametrize("filling", [b" ", b"x"])
def test_a_gzip_bomb_costs_bounded_memory(filling: bytes) -> None:
    bomb = gzip.compress(b"<urlset>" + filling * (MAX_BYTES + 1_000_000), compresslevel=1)
    tracemalloc.start()
    found = read_sitemap(bomb, URL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not found.pages
    assert found.problem is not None
    assert peak < 4 * MAX_BYTES


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("size", [1, 3000])
def test_gzip_is_undone_once_and_twice_and_in_many_members(times: int, size: int) -> None:
    body = numbered(size)
    for _ in range(times):
        body = b"".join(gzip.compress(body[at : at + 1000]) for at in range(0, len(body), 1000))
    found = read_sitemap(body, URL)
    assert (len(found.pages), found.problem) == (size, None)


def test_gzip_within_gzip_within_gzip_is_not_undone() -> None:
    body = gzip.compress(gzip.compress(gzip.compress(numbered(3))))
    assert (read_sitemap(body, URL).pages, read_sitemap(body, URL).problem) == ({}, "neither XML nor a list of URLs")


def test_nested_bombs_and_floods_of_empty_members_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_BYTES", 1 << 20)
    for filling in (b" " * (8 << 20), gzip.compress(b"") * 400_000):
        assert read_sitemap(gzip.compress(gzip.compress(b"<urlset>" + filling, 1)), URL).pages == {}
