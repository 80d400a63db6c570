"""Links of a page against HTML, RFC 8288 and the robots rules: where they come from, which base, which are followed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.core.url import normalise
from crawler.core.visit import Headers, Page, Response
from crawler.parsing.page import read_page

HTML = "WHATWG HTML"
ROBOTS = "robots meta and X-Robots-Tag"
URL = "http://example.org/a/b?q"
DIRECTORY = "http://example.org/a/"
HTML_TYPE = ("content-type", "text/html; charset=utf-8")


def page(body: str | bytes, *headers: tuple[str, str], token: str = "crawlfile", charset: str = "utf-8") -> Page:
    octets = body if isinstance(body, bytes) else body.encode(charset, "surrogatepass")
    content_type = ("content-type", f"text/html; charset={charset}")
    return read_page(Response(URL, 200, "HTTP/1.1", Headers([content_type, *headers]), octets), product_token=token)


def of(*sections: tuple[str, list[tuple[str, list[str]]]]) -> list[object]:
    """Parameters of a test, each with its section."""
    return [
        pytest.param(*case, marks=pytest.mark.standard(HTML, section)) for section, cases in sections for case in cases
    ]


SOURCES = [
    ("<a href=1>", ["1"]),
    ("<area href=1>", ["1"]),
    ("<map><area shape=x href=1></map>", ["1"]),
    ("<link rel=next href=1>", ["1"]),
    ("<link rel=prev href=1>", ["1"]),
    ("<link rel=previous href=1>", ["1"]),
    ("<link rel=canonical href=1>", ["1"]),
    ("<link rel=alternate hreflang=de href=1>", ["1"]),
    ("<link rel=alternate type=application/rss+xml href=1>", ["1"]),
    ("<link REL='x  NEXT\ty' href=1>", ["1"]),
    ("<body><p><link rel=next href=1>", ["1"]),
    ("<link rel=stylesheet href=1><link rel=icon href=2><link rel=preload href=3><link rel=nextx href=4>", []),
    ("<link rel='alternate stylesheet' href=1>", []),
    ("<link href=1>", []),
    ("<link rel=next>", []),
    ("<iframe src=1></iframe>", ["1"]),
    ("<iframe src=1>", ["1"]),
    ("<iframe></iframe><iframe src></iframe><iframe src=about:blank>", []),
    ("<iframe srcdoc='<a href=1>x</a>'></iframe>", []),
    ("<frameset><frame src=1><frame></frameset>", ["1"]),
    ("<frameset><noframes><a href=1></noframes></frameset>", []),
    ("<body><frame src=1>", []),
    ("<img src=1><script src=2></script><form action=3><input formaction=4></form><q cite=5><video src=6></video>", []),
    ("<object data=1></object><embed src=2><source src=3><track src=4><a ping=5>", []),
    ("<svg><a href=1></a></svg>", ["1"]),
    ("<svg><iframe src=1></iframe><link rel=next href=2><area href=3></svg>", []),
    ("<math><annotation-xml encoding=text/html><a href=1></a></annotation-xml></math>", ["1"]),
    ("<button><a href=1></button><label><a href=2></label>", ["1", "2"]),
    ("<a href=1><a href=2><a href=1><a href=./1#x>", ["1", "2"]),
    ("<link rel=canonical href=3><a href=2><iframe src=1></iframe><area href=0>", ["3", "2", "1", "0"]),
]
TREE = [
    ("<!-- <a href=1> --><a href=2>", ["2"]),
    ("<!--><a href=1>-->", ["1"]),
    ("<!---><a href=1>-->", ["1"]),
    ("<!-- --!><a href=1>", ["1"]),
    ("<!-- -- > <a href=1> --><a href=2>", ["2"]),
    ("<!-- <!-- --><a href=1>", ["1"]),
    ("<!-- <a href=1>", []),
    ("<! <a href=1> <a href=2>", ["2"]),
    ("<? <a href=1> <a href=2>", ["2"]),
    ("</ <a href=1> <a href=2>", ["2"]),
    ("<![CDATA[<a href=1>]]>", []),
    ("<![CDATA[ > <a href=1>]]>", ["1"]),
    ("<svg><![CDATA[ > <a href=1>]]></svg><a href=2>", ["2"]),
    ("<script><a href=1></script><a href=2>", ["2"]),
    ("<script>'</scr'+'ipt><a href=1>'</script><a href=2>", ["2"]),
    ("<script><!--<script></script><a href=1>--></script><a href=2>", ["2"]),
    ("<style><a href=1></style><a href=2>", ["2"]),
    ("<textarea><a href=1></textarea><a href=2>", ["2"]),
    ("<title><a href=1></title><a href=2>", ["2"]),
    ("<textarea><a href=1></textareax></textarea ><a href=2>", ["2"]),
    ("<xmp><a href=1></xmp><noembed><a href=2></noembed><a href=3>", ["3"]),
    ("<iframe><a href=1></iframe><a href=2>", ["2"]),
    ("<plaintext><a href=1></plaintext><a href=2>", []),
    ("<noscript><a href=1></noscript>", ["1"]),
    ("<head><noscript><link rel=next href=1></noscript></head>", ["1"]),
    ("<template><a href=1><template><a href=2></template></template><a href=3>", ["3"]),
    ("<template><link rel=next href=1><iframe src=2></iframe></template>", []),
    ("<table><template><a href=1></template><tr><td><a href=2></table>", ["2"]),
    ("<table><a href=1><tr><a href=2><td><a href=3></table>", ["1", "2", "3"]),
    ("<p><a href=1><div><a href=2></p><a href=3>", ["1", "2", "3"]),
    ("</p></div></a><a href=1>", ["1"]),
    ("<a href=1", []),
    ("<a href='1", []),
    ("<a href=1 <a href=2>", ["1"]),
    ("<a\nhref\n=\n1\n>", ["1"]),
    ("<a/href=1/>", ["1/"]),
    ("<A HREF=1>", ["1"]),
    ("<a href=1 href=2 HREF=3>", ["1"]),
    ("<a href href=2>", ["b?q"]),
    ("<a x='>' href=1>", ["1"]),
    ('<a x=">\'" href=1>', ["1"]),
    ("<a\0 href=1>", []),
    ("<a hr\0ef=1>", []),
    ("<ahref=1>", []),
    ("< a href=1>", []),
    ("<a =href=1>", []),
    ("<a 'href=1>", []),
    ("<x:a href=1>", []),
    ("<image href=1>", []),
]
REFERENCES = [
    ("<a href='?a&amp;b'>", ["?a&b"]),
    ("<a href='?a&b'>", ["?a&b"]),
    ("<a href='?a&copy=1'>", ["?a&copy=1"]),
    ("<a href='?a&copy;=1'>", ["?a%C2%A9=1"]),
    ("<a href='?a&copy'>", ["?a%C2%A9"]),
    ("<a href='?a&notit;'>", ["?a&notit;"]),
    ("<a href='?a&lt=b&lt;'>", ["?a&lt=b%3C"]),
    ("<a href='&#x31;&#50;&#X33;'>", ["123"]),
    ("<a href='&#x31&#50'>", ["12"]),
    ("<a href='&#0;&#xD800;&#x110000;'>", ["%EF%BF%BD%EF%BF%BD%EF%BF%BD"]),
    ("<a href='&#x80;'>", ["%E2%82%AC"]),
    ("<a href='&NotEqualTilde;'>", ["%E2%89%82%CC%B8"]),
    ("<a href='&#x2f;&#47;h'>", ["//h/"]),
    ("<a href='java&#10;script:x'>", []),
    ("<a href='&Tab;1&NewLine;'>", ["1"]),
    ("<a href='1\r\n2\r3'>", ["123"]),
    ("<a href='\0'>", ["%EF%BF%BD"]),
    ("<meta http-equiv=refresh content='0;url=?a&amp;b'>", ["?a&b"]),
]
BASES = [
    ("<base href=/x/><a href=1>", ["/x/1"]),
    ("<a href=1><base href=/x/>", ["/x/1"]),
    ("<body><p><base href=/x/></p><a href=1>", ["/x/1"]),
    ("<base href=/x/><base href=/y/><a href=1>", ["/x/1"]),
    ("<base target=t><base href=/x/><a href=1>", ["/x/1"]),
    ("<base href=x/><a href=1>", ["x/1"]),
    ("<base href='  /x/\n'><a href=1>", ["/x/1"]),
    ("<base href=//other.org/><a href=1><a href=/2>", ["//other.org/1", "//other.org/2"]),
    (
        "<base href=https://other.org><a href=1><a href=//h><a href=>",
        ["https://other.org/1", "https://h/", "https://other.org/"],
    ),
    ("<base href=''><a href=1>", ["1"]),
    ("<base href='?z'><a href=1><a href=><a href='#f'>", ["1", "?z"]),
    ("<base href='#f'><a href=>", ["b?q"]),
    ("<base href='http://['><a href=1>", ["1"]),
    ("<base href='http://'><base href=/x/><a href=1>", ["1"]),
    ("<base href=data:,x><a href=1>", ["1"]),
    ("<base href=javascript:x><a href=1>", ["1"]),
    ("<base href=mailto:x><a href=1><a href=http://h/>", ["//h/"]),
    ("<base href=ftp://h/><a href=1>", []),
    ("<template><base href=/x/></template><a href=1>", ["1"]),
    ("<svg><base href=/x/></svg><a href=1>", ["1"]),
    ("<!--<base href=/x/>--><a href=1>", ["1"]),
    ("<base href=/x/><iframe src=1></iframe><link rel=next href=2>", ["/x/1", "/x/2"]),
    ("<base href=/x/><meta http-equiv=refresh content='0;url=1'>", ["/x/1"]),
    ("<base href='/x/;p?q#f'><a href=1><a href='?2'>", ["/x/1", "/x/;p?2"]),
]
REFRESH = [
    (f'<meta http-equiv=refresh content="{content}">', links)
    for content, links in [
        ("0;url=1", ["1"]),
        ("0; URL = 1", ["1"]),
        ("5;1", ["1"]),
        ("5,1", ["1"]),
        ("5 1", ["1"]),
        ("5  ;  1", ["1"]),
        ("  5;1", ["1"]),
        ("5.7.;1", ["1"]),
        (".5;1", ["1"]),
        ("5;url='1'2", ["1"]),
        ("5;'1", ["1"]),
        ("5;url=&quot;1&quot;2", ["1"]),
        ("5;url", ["url"]),
        ("5;url 1", ["url%201"]),
        ("5;ur=1", ["ur=1"]),
        ("5;url=", ["b?q"]),
        ("5;;1", [";1"]),
        ("5;,1", [",1"]),
        ("5", []),
        ("5;", []),
        ("5x;1", []),
        ("-5;1", []),
        ("+5;1", []),
        (";1", []),
        ("url=1", []),
        ("x", []),
        ("", []),
        ("5;javascript:x", []),
    ]
] + [
    ("<meta http-equiv=REFRESH content='0;1'>", ["1"]),
    ("<meta http-equiv='refresh ' content='0;1'>", []),
    ("<meta name=refresh content='0;1'>", []),
    ("<meta http-equiv=refresh>", []),
    ("<body><meta http-equiv=refresh content='0;1'>", ["1"]),
    ("<noscript><meta http-equiv=refresh content='0;1'></noscript>", ["1"]),
    ("<template><meta http-equiv=refresh content='0;1'></template>", []),
]


def in_full(links: list[str]) -> list[str]:
    """Expected links as URLs, where they are given relative to the page's folder or host."""
    full = [
        link
        if link.startswith("http")
        else f"http:{link}"
        if link.startswith("//")
        else f"http://example.org{link}"
        if link.startswith("/")
        else f"{DIRECTORY}b{link}"
        if link.startswith("?")
        else DIRECTORY + link
        for link in links
    ]
    assert full == [normalise(url) for url in full]
    return full


@pytest.mark.parametrize(
    ("html", "links"),
    of(
        ("4.2.4, 4.6, 4.8.5 sources of links", SOURCES),
        ("13.2 tokenization and tree construction", TREE),
        ("13.2.5.72 character references in attributes", REFERENCES),
        ("4.2.3 the base element", BASES),
        ("4.2.5.3 refresh", REFRESH),
    ),
)
def test_the_links_of_a_page(html: str, links: list[str]) -> None:
    assert list(page(html).links) == in_full(links)


@pytest.mark.standard(HTML, "4.6.1 links created by a elements")
@pytest.mark.xfail(strict=True, reason="elements named a in MathML are taken for links")
def test_a_in_mathml_is_no_link() -> None:
    assert page("<math><a href=1></a></math>").links == ()


@pytest.mark.standard(HTML, "4.6.1 links created by a elements")
@pytest.mark.xfail(strict=True, reason="xlink:href of SVG, deprecated, is not read")
def test_an_xlink_of_svg_is_a_link() -> None:
    assert page("<svg><a xlink:href=1></a></svg>").links == (f"{DIRECTORY}1",)


@pytest.mark.parametrize(
    ("html", "charset", "link"),
    [
        pytest.param(*case, marks=pytest.mark.standard("WHATWG URL", "4.4 query state, document encoding"))
        for case in [
            ("<a href='é?é'>", "windows-1252", "%C3%A9?%E9"),
            ("<a href='?é#é'>", "windows-1252", "b?%E9"),
            ("<a href='?日'>", "windows-1252", "b?%26%2326085%3B"),
            ("<a href='?日'>", "shift_jis", "b?%93%FA"),
            ("<a href='?日'>", "gbk", "b?%C8%D5"),
            ("<a href='?é'>", "utf-8", "b?%C3%A9"),
            ("<a href='?é'>", "utf-16le", "b?%C3%A9"),
            ("<base href='?é'><a href=>", "windows-1252", "b?%E9"),
            ("<meta http-equiv=refresh content='0;?é'>", "windows-1252", "b?%E9"),
            ("<iframe src='?é'>", "windows-1252", "b?%E9"),
        ]
    ],
)
def test_a_query_is_in_the_encoding_of_the_document(html: str, charset: str, link: str) -> None:
    body = html.replace("日", "&#26085;") if charset == "windows-1252" else html
    assert page(body, charset=charset).links == (DIRECTORY + link,)


@pytest.mark.standard("RFC 8288", "3 the Link field")
@pytest.mark.parametrize(
    ("fields", "links"),
    [
        (["<1>; rel=next"], ["1"]),
        (['<1>; rel="next"'], ["1"]),
        (["<1>;rel=next"], ["1"]),
        (["<1> ; rel = next"], ["1"]),
        (["<1>; REL=NEXT"], ["1"]),
        (['<1>; rel="x prev y"'], ["1"]),
        (["<1>; rel=canonical", "<2>; rel=alternate"], ["1", "2"]),
        (["<1>; rel=next, <2>; rel=prev"], ["1", "2"]),
        (["<1>; rel=next,<2>; rel=prev,"], ["1", "2"]),
        ([",, <1>; rel=next"], ["1"]),
        (["<1>; title=x; rel=next"], ["1"]),
        (['<1>; title="a, <2>; rel=next"; rel=prev'], ["1"]),
        (['<1>; title="\\"; rel=next'], []),
        (['<1>; title="a\\"b"; rel=next'], ["1"]),
        (["<1>; rel=next; rel=x"], ["1"]),
        (["<1>; rel=x; rel=next"], []),
        (["<1>; rel=next; anchor=/x"], []),
        (['<1>; rel=next; anchor="#f"'], []),
        (["<1,2>; rel=next"], ["1,2"]),
        (["<1;2>; rel=next"], ["1;2"]),
        (["<>; rel=next"], ["b?q"]),
        (["<//h/>; rel=next"], ["//h/"]),
        (["<?x>; rel=next"], ["?x"]),
        (["<javascript:x>; rel=next"], []),
        (["<1>"], []),
        (["<1>; rel"], []),
        (["<1>; rel="], []),
        (["1; rel=next"], []),
        (["<1; rel=next"], []),
        (["<1>; rel=preload; as=style, <2>; rel=preconnect, <3>; rel=stylesheet"], []),
        (["<1>; rel=next;"], ["1"]),
        (["<1>; rel*=UTF-8''next"], []),
    ],
)
def test_the_links_of_the_header(fields: list[str], links: list[str]) -> None:
    assert list(page("<p>", *(("link", field) for field in fields)).links) == in_full(links)


@pytest.mark.standard("RFC 8288", "3.2 the context of the Link field")
def test_links_of_the_header_do_not_follow_the_base_element() -> None:
    assert page("<base href=/x/>", ("link", "<1>; rel=next")).links == (f"{DIRECTORY}1",)


@pytest.mark.standard(ROBOTS, "nofollow for the page")
@pytest.mark.parametrize(
    ("html", "fields", "followed"),
    [
        ("<meta name=robots content=nofollow>", [], False),
        ("<meta name=ROBOTS content='NOINDEX,NOFOLLOW'>", [], False),
        ("<meta name=robots content=' noindex , nofollow '>", [], False),
        ("<meta name=robots content=none>", [], False),
        ("<meta name=robots content='noindex nofollow'>", [], False),
        ("<meta name=robots content=noindex><meta name=robots content=nofollow>", [], False),
        ("<meta content=nofollow name=robots>", [], False),
        ("<body><meta name=robots content=nofollow>", [], False),
        ("<meta name=crawlfile content=nofollow>", [], False),
        ("<meta name=CrawlFile content=none>", [], False),
        ("<meta name=robots content=nofollow><meta name=crawlfile content=follow>", [], False),
        ("<meta name=googlebot content=nofollow>", [], True),
        ("<meta name=robots content=noindex>", [], True),
        ("<meta name=robots content='index, follow'>", [], True),
        ("<meta name=robots content='noarchive, nosnippet, max-snippet:-1, max-image-preview:none'>", [], True),
        ("<meta name=robots content=no-follow>", [], True),
        ("<meta name=robots>", [], True),
        ("<meta property=robots content=nofollow>", [], True),
        ("<!--<meta name=robots content=nofollow>-->", [], True),
        ("<template><meta name=robots content=nofollow></template>", [], True),
        ("", ["nofollow"], False),
        ("", ["NOINDEX, NoFollow"], False),
        ("", ["none"], False),
        ("", ["noindex", "nofollow"], False),
        ("", ["crawlfile: nofollow"], False),
        ("", ["CRAWLFILE:none"], False),
        ("", ["crawlfile: noindex, nofollow"], False),
        ("", ["googlebot: noindex", "crawlfile: nofollow"], False),
        ("", ["googlebot: nofollow, crawlfile: none"], False),
        ("", ["unavailable_after: 25 Jun 2010 15:00:00 PST, nofollow"], False),
        ("", ["googlebot: nofollow"], True),
        ("", ["googlebot: noindex, nofollow"], True),
        ("", ["crawlfilex: nofollow"], True),
        ("", ["noindex"], True),
        ("", ["max-image-preview: none"], True),
        ("", ["all"], True),
        ("", [""], True),
    ],
)
def test_a_page_may_ask_not_to_have_its_links_followed(html: str, fields: list[str], followed: bool) -> None:
    seen = page(html + "<title>t</title><a href=1>", *(("x-robots-tag", field) for field in fields))
    assert (seen.links, seen.title) == ((f"{DIRECTORY}1",), "t")
    assert seen.follow == (seen.links if followed else ())


@pytest.mark.standard(HTML, "4.6.7.12 nofollow")
@pytest.mark.parametrize(
    ("html", "followed"),
    [
        ("<a href=1 rel=nofollow>", []),
        ("<a href=1 rel='noopener NOFOLLOW'>", []),
        ("<area href=1 rel=nofollow>", []),
        ("<a href=1 rel=nofollow><a href=1>", ["1"]),
        ("<a href=1><a href=1 rel=nofollow>", ["1"]),
        ("<a href=1 rel=ugc><a href=2 rel=sponsored><a href=3 rel=no-follow>", ["1", "2", "3"]),
    ],
)
def test_a_link_may_ask_not_to_be_followed(html: str, followed: list[str]) -> None:
    assert list(page(html).follow) == in_full(followed)
    assert f"{DIRECTORY}1" in page(html).links


@pytest.mark.standard("XML 1.0 and XHTML", "what differs from HTML")
@pytest.mark.parametrize(
    ("xhtml", "links", "title"),
    [
        (
            "<html xmlns='http://www.w3.org/1999/xhtml'><title>t</title><a href='1'/><a href='2'>x</a></html>",
            ["1", "2"],
            "t",
        ),
        ("<script src='x'/><title>t</title><a href='1'/>", ["1"], "t"),
        ("<title/><a href='1'/>", ["1"], None),
        ("<title><![CDATA[a < b]]></title><p><![CDATA[> <a href='1'/>]]></p>", [], "a < b"),
        ("<?xml version='1.0'?><!DOCTYPE html><h:a xmlns:h='http://www.w3.org/1999/xhtml' href='1'/>", ["1"], None),
        ("<!-- <a href='1'/> --><iframe src='2'/><a href='3'/>", ["2", "3"], None),
        ("<link rel='next' href='1'/><base href='/x/'/><a href='2'/>", ["/x/1", "/x/2"], None),
        ("<a href='?a&amp;b'/>", ["?a&b"], None),
    ],
)
def test_the_links_of_xhtml(xhtml: str, links: list[str], title: str | None) -> None:
    headers = Headers([("content-type", "application/xhtml+xml")])
    seen = read_page(Response(URL, 200, "HTTP/1.1", headers, xhtml.encode()))
    assert (list(seen.links), seen.title) == (in_full(links), title)


@pytest.mark.standard(HTML, "only HTML and XHTML are parsed")
@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "text/xml",
        "application/xml",
        "image/svg+xml",
        "application/rss+xml",
        "application/json",
        "text/markdown",
    ],
)
def test_other_types_have_no_links(media_type: str) -> None:
    body = b"<html><title>t</title><a href=1>"
    headers = Headers([("content-type", media_type), ("link", "<1>; rel=next")])
    assert read_page(Response(URL, 200, "HTTP/1.1", headers, body)) == Page(content_type=media_type)


MIB = 1 << 20
HOSTILE: dict[str, Callable[[], bytes]] = {
    "200,000 links": lambda: b"".join(b"<a href=/%d>" % number for number in range(200_000)),
    "one line of 10 MiB": lambda: b"<p>" + b"x" * 10 * MIB,
    "one attribute of 10 MiB": lambda: b"<a href='" + b"x" * 10 * MIB + b"'>",
    "10^6 nested tags": lambda: b"<div>" * 1_000_000,
    "10^5 nested tags with links": lambda: b"<i><a href=x>" * 50_000,
    "2 MiB of NUL": lambda: b"\0" * 2 * MIB,
    "2 MiB of character references": lambda: b"<a href='" + b"&amp;" * (2 * MIB // 5) + b"'>",
    "40,000 hostile references": lambda: (
        b"<a href='//[" + b"'><a href='http://%zz@:".join([b":" * 40] * 40_000) + b"'>"
    ),
    "40,000 base elements": lambda: b"<base href=//[>" * 40_000 + b"<a href=1>" * 1000,
    "60,000 iframes in the deep": lambda: b"<div>" * 200 + b"<iframe src=x></iframe>" * 60_000,
    "60,000 titles of pictures": lambda: b"<svg>" + b"<g>" * 200 + b"<title></title>" * 60_000,
    "100,000 robots rules": lambda: b"<meta name=robots content='" + b"x," * 100_000 + b"'><a href=1>",
    "1 MiB of refresh": lambda: b"<meta http-equiv=refresh content='" + b"1." * (MIB // 2) + b"'>",
    "a base of 1 MiB and 10,000 links": lambda: b"<base href=/" + b"a/" * (MIB // 2) + b">" + b"<a href=x>" * 10_000,
}


@pytest.mark.standard(HTML, "hostile pages end")
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_page_is_read_in_bounded_time(kind: str) -> None:
    body = HOSTILE[kind]()
    started = time.process_time()
    seen = page(body)
    assert time.process_time() - started < 15  # each takes 0.05 to 2 s
    assert all(len(link) <= 8192 for link in seen.links)


MARKUP = (
    "<a_href= <a_href=' <base_href= <meta_name=robots_content= <title> </title> <!-- --> <svg> </svg> <math> <b> </p> "
    "<template> </template> <table> <td> <script> </script> <iframe_src= <plaintext> ' \" > & &#x &#0; // http:// [ ] "
    "\\ # ? \0 \ud800 javascript: é 日 <![CDATA[ ]]> </ <? = rel=nofollow <frameset> <p> charset=utf-16"
)
TAGS = st.sampled_from([piece.replace("_", " ") for piece in MARKUP.split(" ")])
BODIES = st.one_of(
    st.binary(max_size=300),
    st.lists(TAGS, max_size=30).map(lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass")),
    st.text(max_size=100).map(lambda text: text.encode("utf-16")),
)
FIELDS = st.lists(
    st.tuples(
        st.sampled_from(["content-type", "link", "x-robots-tag", "x-content-type-options"]),
        st.one_of(
            st.sampled_from(
                ["text/html", "application/xhtml+xml", "text/html;charset=gbk", "*/*", "<x>; rel=next", "nosniff"]
            ),
            st.text(st.characters(max_codepoint=255), max_size=40),
        ),
    ),
    max_size=4,
)


@pytest.mark.standard(HTML, "any octets make a page")
@settings(max_examples=200, deadline=None)
@given(BODIES, FIELDS)
def test_any_octets_make_a_page(body: bytes, fields: list[tuple[str, str]]) -> None:
    seen = read_page(Response(URL, 200, "HTTP/1.1", Headers(fields), body), product_token="crawlfile", want_text=True)
    assert list(seen.links) == list(dict.fromkeys(map(normalise, seen.links)))
    assert set(seen.follow) <= set(seen.links)
    assert seen == read_page(
        Response(URL, 200, "HTTP/1.1", Headers(fields), body), product_token="crawlfile", want_text=True
    )
