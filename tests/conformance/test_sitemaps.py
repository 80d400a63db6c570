"""sitemaps.org 0.9, RSS 2.0 and Atom 1.0: what a file lists, from the standards and from what is found in the wild."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.parsing.sitemap import read_sitemap

URL = "https://example.org/dir/sitemap.xml"
A, B = "https://example.org/a", "https://example.org/b"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


def pages(body: str | bytes, content_type: str | None = None) -> list[str]:
    """The pages that a file lists."""
    return list(read_sitemap(body.encode() if isinstance(body, str) else body, URL, content_type).pages)


def nested(body: str) -> list[str]:
    """The sitemaps that a file lists."""
    return list(read_sitemap(body.encode(), URL).sitemaps)


def place(*locs: str) -> str:
    return "".join(f"<url><loc>{loc}</loc></url>" for loc in locs)


XML = {
    "as the standard shows it": HEAD + f"<urlset {NS}>{place(A, B)}</urlset>",
    "with all optional tags": f"<urlset {NS}><url><loc>{A}</loc><lastmod>2005-01-01</lastmod><changefreq>monthly"
    f"</changefreq><priority>0.8</priority></url>{place(B)}</urlset>",
    "optional tags first": f"<urlset {NS}><url><priority>1</priority><loc>{A}</loc></url>{place(B)}</urlset>",
    "without a namespace": f"<urlset>{place(A, B)}</urlset>",
    "with a wrong namespace": f'<urlset xmlns="http://www.google.com/schemas/sitemap/0.84">{place(A, B)}</urlset>',
    "with a prefix": f'<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9"><s:url><s:loc>{A}</s:loc></s:url>'
    f"<s:url><s:loc>{B}</s:loc></s:url></s:urlset>",
    "with a prefix nobody declared": f"<x:urlset><x:url><x:loc>{A}</x:loc></x:url>{place(B)}</x:urlset>",
    "without a declaration": f"<urlset {NS}>{place(A, B)}</urlset>",
    "with blanks around": f"<urlset {NS}><url><loc>  {A} </loc></url><url><loc>\n\t{B}\r\n  </loc></url></urlset>",
    "with blank lines before": f"\n\n  <urlset {NS}>{place(A, B)}</urlset>\n\n",
    "with blanks before the declaration": f"\n \n{HEAD}<urlset {NS}>{place(A, B)}</urlset>",
    "with a byte order mark": f"\ufeff{HEAD}<urlset {NS}>{place(A, B)}</urlset>",
    "with comments": f"<!-- c --><urlset {NS}><!-- <url><loc>{URL}</loc></url> -->{place(A, B)}</urlset>",
    "with a style sheet": f'{HEAD}<?xml-stylesheet type="text/xsl" href="s.xsl"?><urlset {NS}>{place(A, B)}</urlset>',
    "with cdata": f"<urlset {NS}>{place(f'<![CDATA[{A}]]>', f'<![CDATA[ {B} ]]>')}</urlset>",
    "with cdata in parts": f"<urlset {NS}>{place(A, 'https://<![CDATA[example.org]]>/b')}</urlset>",
    "with images": f'<urlset {NS} xmlns:image="http://i"><url><loc>{A}</loc><image:image><image:loc>https://x/i.png'
    f"</image:loc></image:image></url>{place(B)}</urlset>",
    "with alternates": f'<urlset {NS} xmlns:xhtml="http://www.w3.org/1999/xhtml"><url><loc>{A}</loc><xhtml:link '
    f'rel="alternate" hreflang="de" href="https://example.org/de"/></url>{place(B)}</urlset>',
    "with unknown tags": f"<urlset {NS}><x><loc>https://x/</loc></x>{place(A)}<url><y/><loc>{B}</loc></url></urlset>",
    "with the same place twice": f"<urlset {NS}>{place(A, B, A, B)}</urlset>",
    "with an empty place": f"<urlset {NS}>{place(A, '', '  ')}<url/><url><loc/></url>{place(B)}</urlset>",
    "with places that are none": f"<urlset {NS}>{place(A, 'ftp://x/', 'http://[', 'mailto:a@b', B)}</urlset>",
    "with relative places": f"<urlset {NS}>{place('/a', '../b')}</urlset>",
    "with fragments": f"<urlset {NS}>{place(A + '#x', B + '#')}</urlset>",
    "with numeric references": f"<urlset {NS}>{place('https://example.org/&#97;', 'https://example.org/&#x62;')}</urlset>",
    "with a document type": f'<!DOCTYPE urlset SYSTEM "http://127.0.0.1:1/x.dtd"><urlset {NS}>{place(A, B)}</urlset>',
    "cut off after an entry": f"<urlset {NS}>{place(A, B)}",
    "cut off in an entry": f"<urlset {NS}>{place(A, B)}<url><lastmod>20",
    "with a bare ampersand later": f"<urlset {NS}>{place(A)}<url><x>a & b</x><loc>{B}</loc></url></urlset>",
    "with tags in disorder": f"<urlset {NS}>{place(A)}<url><b><i></b></i></url>{place(B)}</urlset>",
    "with a control character": f"<urlset {NS}>{place(A)}<url><x>\x0b</x></url>{place(B)}</urlset>",
    "with an unknown entity": f"<urlset {NS}>{place(A)}<url><x>&nbsp;</x><loc>{B}</loc></url></urlset>",
    "with an attribute twice": f"<urlset {NS}>{place(A)}<url a='1' a='2'><loc>{B}</loc></url></urlset>",
    "with something after the end": f"<urlset {NS}>{place(A, B)}</urlset><p>ad</p>",
    "two files in one": f"{HEAD}<urlset>{place(A)}</urlset>{HEAD}<urlset>{place(B)}</urlset>",
}


@pytest.mark.standard("sitemaps.org 0.9", "XML tag definitions")
@pytest.mark.parametrize("body", XML.values(), ids=XML)
def test_a_sitemap_lists_its_pages(body: str) -> None:
    assert pages(body) == [A, B]


CAFE = "https://example.org/caf%C3%A9"
ENCODED = {
    "utf-8": ("UTF-8", "utf-8", None),
    "latin-1": ("ISO-8859-1", "latin-1", None),
    "windows-1252": ("windows-1252", "cp1252", None),
    "utf-16 with a mark": ("UTF-16", "utf-16", None),
    "windows-1250": ("windows-1250", "cp1250", None),
    "in capitals": ("ISO-8859-15", "iso-8859-15", None),
    "many octets a character": ("GB18030", "gb18030", None),
    "said by the header alone": (None, "latin-1", "application/xml; charset=iso-8859-1"),
}


@pytest.mark.standard("sitemaps.org 0.9", "Entity escaping")
@pytest.mark.parametrize(("declared", "codec", "content_type"), ENCODED.values(), ids=ENCODED)
def test_encodings_are_heeded(declared: str | None, codec: str, content_type: str | None) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = f"{head}<urlset {NS}>{place('https://example.org/café', A)}</urlset>".encode(codec)
    assert pages(body, content_type) == [CAFE, A]


@pytest.mark.standard("sitemaps.org 0.9", "Entity escaping")
@pytest.mark.parametrize(
    ("loc", "url"),
    [
        ("https://example.org/?a=1&amp;b=2", "https://example.org/?a=1&b=2"),
        ("https://example.org/&apos;x&apos;", "https://example.org/'x'"),
        ("https://example.org/?q=&lt;b&gt;", "https://example.org/?q=%3Cb%3E"),
        ("https://example.org/%C3%BCmlat.php", "https://example.org/%C3%BCmlat.php"),
        ("https://example.org/a b", "https://example.org/a%20b"),
    ],
)
def test_escapes_are_undone(loc: str, url: str) -> None:
    assert pages(f"<urlset {NS}>{place(loc)}</urlset>") == [url]


def test_a_bare_ampersand_in_a_place_is_read_as_it_is_meant() -> None:
    assert pages(f"<urlset>{place(A, 'https://example.org/?a=1&b=2')}</urlset>") == [A, "https://example.org/?a=1&b=2"]


def test_dates_are_kept_with_their_pages() -> None:
    dated = f"<url><loc>{A}</loc><lastmod> 2004-12-23T18:00:15+00:00 </lastmod></url>{place(B)}"
    assert read_sitemap(f"<urlset>{dated}</urlset>".encode(), URL).pages == {A: "2004-12-23T18:00:15+00:00", B: None}


INDEX = {
    "as the standard shows it": f"{HEAD}<sitemapindex {NS}><sitemap><loc>{A}</loc><lastmod>2004-10-01</lastmod>"
    f"</sitemap><sitemap><loc>{B}</loc></sitemap></sitemapindex>",
    "without a namespace": f"<sitemapindex><sitemap><loc>{A}</loc></sitemap><sitemap><loc>/b</loc>"
    "</sitemap></sitemapindex>",
    "broken": f"<sitemapindex><sitemap><loc>{A}</loc></sitemap>&<sitemap><loc>{B}</loc></sitemap>",
    "sitemaps in a urlset": f"<urlset><sitemap><loc>{A}</loc></sitemap><sitemap><loc>{B}</loc></sitemap></urlset>",
}


@pytest.mark.standard("sitemaps.org 0.9", "Sitemap index")
@pytest.mark.parametrize("body", INDEX.values(), ids=INDEX)
def test_an_index_lists_sitemaps(body: str) -> None:
    assert (nested(body), pages(body)) == ([A, B], [])


FEEDS = {
    "rss 2.0": f'<rss version="2.0"><channel><link>https://x/</link><item><link>{A}</link></item><item><link>{B}</link>'
    "</item></channel></rss>",
    "rss with an image": "<rss><channel><image><link>https://x/</link></image>"
    f"<item><link>{A}</link></item><item><link>{B}</link></item></channel></rss>",
    "rss with the feed's own atom link": f'<rss xmlns:atom="a"><channel><atom:link rel="self" href="https://x/"/><item>'
    f"<link>{A}</link></item><item><link>{B}</link></item></channel></rss>",
    "rss with cdata": f"<rss><channel><item><link><![CDATA[{A}]]></link></item>"
    f"<item><link> {B}\n</link></item></channel></rss>",
    "rss with permalinks": f"<rss><channel><item><guid>{A}</guid></item>"
    f"<item><guid isPermaLink='true'>{B}</guid></item><item><guid isPermaLink='false'>7</guid></item></channel></rss>",
    "rss 1.0": '<rdf:RDF xmlns:rdf="r"><channel><link>https://x/</link></channel>'
    f'<item rdf:about="{A}"><link>{A}</link></item><item><link>{B}</link></item></rdf:RDF>',
    "rss 0.91": f'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x/rss-0.91.dtd"><rss version="0.91">'
    f"<channel><item><link>{A}</link></item><item><link>{B}</link></item></channel></rss>",
    "atom 1.0": f'<feed {ATOM}><link href="https://x/"/><entry><link href="{A}"/></entry>'
    f'<entry><link rel="alternate" type="text/html" href="{B}"/></entry></feed>',
    "atom with other links": f'<feed {ATOM}><entry><link rel="self" href="https://x/"/><link rel="enclosure" href="https://y/"/>'
    f'<link href="{A}"/></entry><entry><link href="{B}"/><link rel="edit" href="https://z/"/></entry></feed>',
    "atom with a prefix": f'<a:feed xmlns:a="a"><a:entry><a:link href="{A}"/></a:entry>'
    f'<a:entry><a:link href="{B}"/></a:entry></a:feed>',
    "atom, relative": f'<feed {ATOM}><entry><link href="/a"/></entry><entry><link href="../b"/></entry></feed>',
    "atom with a base": f'<feed {ATOM} xml:base="https://example.org/x/y"><entry><link href="../a"/></entry>'
    f'<entry xml:base="/z/"><link href="../b"/></entry></feed>',
    "atom with the long form of alternate": f'<feed {ATOM}><entry><link href="{A}" '
    f'rel="http://www.iana.org/assignments/relation/alternate"/></entry><entry><link href="{B}"/></entry></feed>',
    "broken rss": f"<rss><channel><item><title>a & b</title><link>{A}</link></item><item><link>{B}</link></item>",
    "broken atom": f'<feed><entry><title>a & b</title><link href="{A}"/></entry><entry><link href="{B}"/></entry>',
}


@pytest.mark.standard("RSS 2.0, RFC 4287", "item, entry")
@pytest.mark.parametrize("body", FEEDS.values(), ids=FEEDS)
def test_a_feed_lists_its_items(body: str) -> None:
    assert pages(body) == [A, B]


TEXTS = {
    "a line each": f"{A}\n{B}\n",
    "crlf": f"{A}\r\n{B}\r\n",
    "cr": f"{A}\r{B}",
    "a byte order mark": f"\ufeff{A}\n{B}",
    "blank lines and blanks": f"\n\n  {A}\t\n \n{B}   ",
    "other lines": f"# pages\n{A}\nnot a url\nftp://x/\n{B}\nexample.org/c",
    "the same line twice": f"{A}\n{A}\n{B}",
}


@pytest.mark.standard("sitemaps.org 0.9", "Text file")
@pytest.mark.parametrize("body", TEXTS.values(), ids=TEXTS)
def test_a_text_file_lists_its_lines(body: str) -> None:
    assert pages(body, "text/plain") == [A, B]


@pytest.mark.standard("sitemaps.org 0.9", "Text file")
def test_a_text_file_is_utf_8() -> None:
    assert pages(f"https://example.org/café\n{A}") == [CAFE, A]


@pytest.mark.standard("sitemaps.org 0.9", "Specifying the Sitemap location in your robots.txt file")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_robots_txt_lists_sitemaps(end: str) -> None:
    text = end.join(
        ["User-agent: *", "Disallow: /", f"Sitemap: {A}", "# Sitemap: /no", f"  sitemap:{B} # b", "Allow: /"]
    )
    found = read_sitemap(text.encode(), URL)
    assert (list(found.sitemaps), list(found.pages)) == ([A, B], [])


GZIPPED = {
    "once": gzip.compress(XML["as the standard shows it"].encode()),
    "twice": gzip.compress(gzip.compress(XML["as the standard shows it"].encode())),
    "in members": gzip.compress(XML["cut off after an entry"].encode()) + gzip.compress(b"</urlset>"),
    "with something after it": gzip.compress(XML["as the standard shows it"].encode()) + b"\0" * 20,
    "cut off": gzip.compress(XML["as the standard shows it"].encode())[:-9],
    "a text file": gzip.compress(TEXTS["crlf"].encode()),
    "a feed": gzip.compress(FEEDS["atom 1.0"].encode()),
    "broken xml": gzip.compress(XML["with a bare ampersand later"].encode()),
}


@pytest.mark.standard("sitemaps.org 0.9", "gzip")
@pytest.mark.parametrize("body", GZIPPED.values(), ids=GZIPPED)
@pytest.mark.parametrize("content_type", [None, "application/gzip", "text/xml"])
def test_gzip_is_told_by_the_content(body: bytes, content_type: str | None) -> None:
    assert pages(body, content_type) == [A, B]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
ATTACKS = {
    "billion laughs": f'<!DOCTYPE u [<!ENTITY l0 "ha">{LAUGHS}]><urlset>{place(A)}<url><loc>&l11;</loc></url></urlset>',
    "an external entity": f'<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/hostname">]><urlset>{place(A, "https://x/&x;")}',
    "an external parameter entity": f'<!DOCTYPE u [<!ENTITY % x SYSTEM "http://127.0.0.1:1/">%x;]><urlset>{place(A)}</urlset>',
    "nested deeply": f"<urlset>{place(A)}{'<x>' * 300_000}",
    "one long tag": f"<urlset>{place(A)}<{'x' * 3_000_000}",
    "one long attribute": f"<urlset>{place(A)}<url x='{'x' * 3_000_000}'/></urlset>",
    "one long place": f"<urlset>{place(A, 'https://x/' + 'y' * 3_000_000)}</urlset>",
    "many attributes": f"<urlset>{place(A)}<url {' '.join(f'a{n}=' + chr(34) * 2 for n in range(50_000))}/></urlset>",
    "openings without an end": f"<urlset>{place(A)}{'<url><loc>' * 100_000}",
    "cdata without an end": f"<urlset>{place(A)}<url><loc><![CDATA[{'x' * 1_000_000}",
    "comments without an end": f"<urlset>{place(A)}{'<!--' * 200_000}",
}


@pytest.mark.parametrize("body", ATTACKS.values(), ids=ATTACKS)
def test_attacks_are_over_soon_and_bring_nothing(body: str) -> None:
    began = time.process_time()
    found = pages(body)
    assert time.process_time() - began < 3
    assert found[:1] == [A]
    assert all(len(url) < 9000 and "ha" not in url and "root" not in url for url in found)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from(
            ["<urlset>", "</urlset>", "<url>", "</url>", "<loc>", "</loc>", A, "&", "<", ">", "<![CDATA[", "\0"]
        )
    ).map(lambda parts: "".join(parts).encode()),
    st.sampled_from([None, "text/plain", "text/xml; charset=utf-16", "application/xml; charset=x"]),
    st.booleans(),
)
def test_any_octets_are_read_as_far_as_it_goes(body: bytes, content_type: str | None, packed: bool) -> None:
    found = read_sitemap(gzip.compress(body) if packed else body, URL, content_type)
    assert all(url.startswith(("http://", "https://")) for url in (*found.pages, *found.sitemaps))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=30, unique=True), st.integers(0, 2), st.integers(1, 400))
def test_what_stands_before_a_break_is_never_lost(numbers: list[int], packed: int, cut: int) -> None:
    wanted = [f"https://example.org/{number}" for number in numbers]
    body = f"<urlset>{place(*wanted)}<url><loc>".encode() + b"x" * cut
    for _ in range(packed):
        body = gzip.compress(body)
    assert pages(body)[: len(wanted)] == wanted
