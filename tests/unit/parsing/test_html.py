"""What a page says and where it points, by the HTML standard and not by regular expressions."""

from __future__ import annotations

import time

import pytest

from crawler.parsing.html import from_xhtml, read_html, refresh_target


@pytest.mark.parametrize(
    ("html", "hrefs"),
    [
        ("<a href=1>x</a><area href=2><p><A HREF='3'>", ["1", "2", "3"]),
        ("<a href='1&amp;2&eacute;&#x41;'>", ["1&2éA"]),
        ("<a href=1&copy=2>", ["1&copy=2"]),
        ("<a href=1 href=2>", ["1"]),
        ("<a href><a href=''><a>", ["", ""]),
        ("<a name=x><img src=y><script src=z></script><form action=f>", []),
        ("<!-- <a href=1> --><!--><a href=2>--><a href=3>", ["2", "3"]),
        ("<textarea><a href=1></textarea><script>'<a href=2>'</script><style><a href=3></style>", []),
        ("<title><a href=1></title><a href=2>", ["2"]),
        ("<template><a href=1></template><a href=2>", ["2"]),
        ("<noscript><a href=1></noscript>", ["1"]),
        ("<svg><a href=1 xlink:href=2></a></svg>", ["1"]),
        ("<svg><iframe src=1></iframe><link rel=next href=2><area href=3><a href=4></svg><iframe src=5>", ["4", "5"]),
        ("<svg><foreignObject><iframe src=1></iframe></foreignObject><desc><area href=2></desc></svg>", ["1", "2"]),
        ("<iframe src=1></iframe><iframe src></iframe>", ["1"]),
        ("<frameset><frame src=1><frame src=2></frameset>", ["1", "2"]),
        ("<link rel=next href=1><link rel='PREV x' href=2><link rel=canonical href=3>", ["1", "2", "3"]),
        (
            "<link rel=alternate href=1><link rel='alternate stylesheet' href=2><link rel=icon href=3><link href=4>",
            ["1"],
        ),
        ("<a href=1><meta http-equiv=Refresh content='3; url=2'><a href=3>", ["1", "2", "3"]),
        ("<table><a href=1><tr><td><a href=2></table>", ["1", "2"]),
        ("<a href=1><a href=2><b><a href=3></b><a href=4>", ["1", "2", "3", "4"]),
        ("<a\0href=1><a hr\0ef=2><a href='3\0'>", ["3\ufffd"]),
        ("<a href='unclosed", []),
        ("", []),
    ],
)
def test_links_are_those_of_the_tree(html: str, hrefs: list[str]) -> None:
    assert read_html(html).hrefs == hrefs


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title> a \n\t b </title>", "a b"),
        ("<title>a &amp; <b>b</b></title>", "a & <b>b</b>"),
        ("<title>first</title><title>second</title>", "first"),
        ("<title></title><title>second</title>", ""),
        ("<body><p>x<title>in the body</title>", "in the body"),
        ("<svg><title>a picture</title></svg><title>the page</title>", "the page"),
        ("<svg><g><title>a picture</title></g></svg>", None),
        ("<svg><foreignObject><title>HTML inside</title></foreignObject></svg>", "HTML inside"),
        ("<title>no-break\xa0\xa0space</title>", "no-break\xa0\xa0space"),
        ("<p>none", None),
    ],
)
def test_the_title_is_the_first_one_in_html(html: str, title: str | None) -> None:
    assert read_html(html).title == title


def test_titles_of_deep_pictures_cost_no_more_than_others() -> None:
    started = time.process_time()
    assert read_html("<svg>" + "<g>" * 240 + "<title></title>" * 60_000 + "</svg><title>x</title>").title == "x"
    assert time.process_time() - started < 2  # 0.1 s; asking every ancestor took 4 s


def test_the_base_is_the_first_with_an_href() -> None:
    assert read_html("<base target=x><base href=1><base href=2>").base_href == "1"
    assert read_html("<svg><base href=1></svg><base href=2>").base_href == "2"
    assert read_html("<base href>").base_href == ""
    assert read_html("<base>").base_href is None


def test_links_not_to_be_followed_are_kept_apart_where_asked() -> None:
    html = "<a href=1 rel='x NoFollow'><area href=2 rel=nofollow><a href=3 rel=nofollower><a rel=nofollow>"
    apart, together = read_html(html, split_nofollow=True), read_html(html)
    assert (apart.hrefs, apart.nofollow_hrefs) == (["3"], ["1", "2"])
    assert (together.hrefs, together.nofollow_hrefs) == (["1", "2", "3"], [])


def test_named_meta_elements_are_told_for_robots() -> None:
    html = "<meta name=' ROBOTS ' content=NoFollow><meta name=x content><meta content=y><meta name=z>"
    assert read_html(html).robots == [("robots", "NoFollow"), ("x", "")]


@pytest.mark.parametrize(
    "element",
    [
        "<meta property=og:url href=x><meta name=robots href=x><meta http-equiv=refresh href=x>",
        "<svg><a xlink:href=x rel=nofollow></a><a xlink:href=x></a></svg>",
        "<math><annotation-xml><base xlink:href=x><link rel=next xlink:href=x></annotation-xml></math>",
        "<title href=x></title><iframe href=x></iframe><meta content>",
    ],
)
@pytest.mark.parametrize("split_nofollow", [True, False])
def test_elements_that_lack_the_attribute_asked_for_say_nothing(element: str, split_nofollow: bool) -> None:
    markup = read_html(element + "<a href=next>", split_nofollow=split_nofollow)
    assert (markup.hrefs, markup.nofollow_hrefs, markup.base_href, markup.robots) == (["next"], [], None, [])


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("5;url=x", "x"),
        ("5; URL = x y ", "x y "),
        ("  5.9  ,  uRl='x'y", "x"),
        ('0;url="x', "x"),
        ("0 url=x", "x"),
        ("0;x", "x"),
        ("0;'x'y", "x"),
        ("0; ur", "ur"),
        ("0;url", "url"),
        ("0;url 'x'", "url 'x'"),
        (".5;url=x", "x"),
        ("1..2.;x", "x"),
        ("0;url=", ""),
        ("5", None),
        ("5;", None),
        ("5 ", None),
        ("5x", None),
        ("x;url=y", None),
        (";url=y", None),
        ("-1;url=y", None),
        ("", None),
    ],
)
def test_a_refresh_leads_where_the_grammar_says(content: str, target: str | None) -> None:
    assert refresh_target(content) == target


def test_a_refresh_after_ever_so_many_digits_is_read_in_bounded_time() -> None:
    started = time.process_time()
    assert refresh_target("0" * 200_000 + "x") is None
    assert time.process_time() - started < 2  # 1 ms; trying every number of digits took 23 s


@pytest.mark.parametrize(
    ("xhtml", "hrefs"),
    [
        ("<script src='x'/><a href='1'/><a href='2'>x</a>", ["1", "2"]),
        ("<title/><textarea/><style/><iframe src='1'/><a href='2'/>", ["1", "2"]),
        ("<link rel='next' href='1'/><br/><base href='x'/><a href='2'/>", ["1", "2"]),
        ("<p><![CDATA[ > <a href='1'/> ]]></p><a href='2'/>", ["2"]),
        ("<!-- <a href='1'/> <![CDATA[ --><a href='2'/>", ["2"]),
        ("<?x <a href='1'/> ?><a href='2'/>", ["2"]),
        ("<a title='/>' href=\"1\" /><a href='2/'>x</a><a href='/'/>", ["1", "2/", "/"]),
        ("<h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:a href='1'/><x:a href='2'/></h:html>", ["1"]),
        ("<svg xmlns='http://www.w3.org/2000/svg'><a href='1'><path/></a></svg><a href='2'/>", ["1", "2"]),
        ("<a href='1'><b><a href='2'", ["1"]),
    ],
)
def test_links_of_xhtml_are_those_that_xml_has(xhtml: str, hrefs: list[str]) -> None:
    assert read_html(from_xhtml(xhtml)).hrefs == hrefs


def test_a_title_may_be_a_cdata_section() -> None:
    assert read_html(from_xhtml("<title><![CDATA[a & <b>]]></title>")).title == "a & <b>"


@pytest.mark.parametrize(
    "xhtml", ["<!--" * 100_000, "<![CDATA[" * 100_000, "<?" * 100_000, "<a '" * 99_999, "<a x" * 100_000]
)
def test_hostile_xhtml_is_read_in_bounded_time(xhtml: str) -> None:
    started = time.process_time()
    assert len(from_xhtml(xhtml)) < 2 * len(xhtml)
    assert time.process_time() - started < 2


def test_a_watcher_sees_the_tree_of_each_piece_and_what_was_read_of_it() -> None:
    seen: list[tuple[str, str | None, int]] = []
    read_html(
        "<base href=/b/><a href=x>x</a>",
        watch=lambda piece, root, markup: seen.append((root.tag or "", markup.base_href, len(markup.hrefs))),
    )
    assert seen == [("html", "/b/", 1)]
    pieces: list[str] = []
    read_html("<div>" * 3000 + "x", watch=lambda piece, root, markup: pieces.append(piece))
    assert len(pieces) > 1
    assert "".join(pieces) == "<div>" * 3000 + "x"
