"""Pages made to stall a parser are read all the same, in pieces, and none of their links is lost."""

from __future__ import annotations

import time

import pytest

from crawler.parsing.html import read_html
from crawler.parsing.nesting import BLOCK, FREE_TAGS, MAX_ATTRIBUTES, MAX_DEPTH, MAX_NODES, Shape, pieces, shape_of

MANY = 50_000
# A whole-page parse of these takes from seconds to hours, or memory beyond the machine's.
HOSTILE = {
    "nested blocks": "<div>" * MANY,
    "nested blocks, closed": "<div>" * MANY + "</div>" * MANY,
    "nested blocks in capitals": "<DIV>" * MANY,
    "nested lists": "<ul><li>" * MANY,
    "end tags that find nothing": "<div>" * MANY + "</p>" * MANY,
    "misnested formatting": "<b><div></b>" * MANY,
    "links closed around formatting": "<a><i>" * MANY + "</a>" * MANY,
    "formatting that is copied": "".join(f"<font size={number}><p>" for number in range(MANY)),
    "formatting of every kind": "".join(f"<b x={number}>" for number in range(MANY)) + "<p>" * MANY,
    "scopes that hide an end tag": "<div><table><td></div>" * MANY,
    "cells": "<table><tr><td>" * MANY,
    "templates": "<template>" * 1000 + "<div>" * MANY,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(MANY)) + ">",
    "attributes between tags in quotes": "<p " + " ".join(f"a{n} b{n}='<p></p>'" for n in range(MANY)) + ">",
    "attributes between ends in quotes": "<p " + " ".join(f'a{n} b{n} =\n">" c{n}="<"' for n in range(MANY)) + ">",
    "one long line": "x" * 10 * MANY,
    "open comments": "<!--" * MANY + "-->" * MANY,
    "open scripts": "<script>" * MANY + "</script>",
    "comparisons in a script": "<script>" + "a<b;" * MANY + "</script>",
    "angle brackets": "<" * MANY + ">",
    "open quotes": "<a title='" * MANY + "'>",
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_page_is_read_in_bounded_time_and_what_follows_is_found(attack: str) -> None:
    started = time.process_time()
    markup = read_html(HOSTILE[attack] + "<a href=last>")
    assert markup.hrefs[-1:] == ["last"] or attack == "templates"
    assert time.process_time() - started < 20  # each takes 0.01 to 1 s


def test_formatting_that_is_closed_by_another_name_is_not_copied_without_end() -> None:
    copies: list[int] = []
    html = "<p>" + "".join(f"<b x={n}></i>" for n in range(200)) + "</p>" + "<p>x</p>" * 2000 + "<div>" * 300
    read_html(html, watch=lambda _piece, root, _markup: copies.append(len(root.css("b"))))
    assert sum(copies) < 50_000  # 400,000 when any end tag counted


def test_the_links_within_a_deep_page_are_found_in_order() -> None:
    html = "".join(f"<div><a href={number}>x</a>" for number in range(5000)) + "</div>" * 5000
    assert read_html("<title>deep</title><base href=b>" + html).hrefs == list(map(str, range(5000)))


def test_two_hundred_thousand_links_are_found() -> None:
    assert len(read_html("".join(f"<a href=/{number}>x</a>" for number in range(200_000))).hrefs) == 200_000


def test_pieces_make_up_the_page() -> None:
    for attack in ("nested blocks, closed", "nested lists", "misnested formatting", "cells"):
        html = HOSTILE[attack]
        parts = list(pieces(html))
        assert "".join(parts) == html
        assert len(parts) > 1
        assert max(part.count("<") for part in parts) <= 2 * MAX_NODES


@pytest.mark.parametrize(
    "html",
    [
        "<div><p>text<br><img src=x></p></div>" * FREE_TAGS,
        "<ul>" + "<li>item <b>bold</b>" * FREE_TAGS + "</ul>",
        "<table>" + "<tr><td>1<td>2" * FREE_TAGS + "</table>",
        "<p>paragraph without an end" * 3 * FREE_TAGS,
        "<div>" * (MAX_DEPTH - 1) + "<p>x</p>" * FREE_TAGS + "</div>" * (MAX_DEPTH - 1),
        "<script>" + "if (a<b) document.write('<div>');" * FREE_TAGS + "</script>" + "<p>x</p>" * FREE_TAGS,
        "<!--" + "<div>" * FREE_TAGS + "--><p>",
        "<input><br><hr><img>" * FREE_TAGS,
        "<div><a href=/ data-t='<div><b>Note</b>'>x</a></div>" * FREE_TAGS,
        '<p><a href=/ data-content = "<b><i><u>Note">x</a></p x="<b>">' * FREE_TAGS,
        "<p><a =\"<b> x=y'><i></i>'></a></p>" * FREE_TAGS,
        "<b-card><title-bar><i-con></i-con>" + "<style-guide>x</style-guide>" * FREE_TAGS,
        "<script x='>'>'<div>'</scripts>'<div>'</script\n>" * FREE_TAGS,
        "<!-- <div> --!><!--><p></p><!---><?x <div ?></ <div>" * FREE_TAGS,
    ],
)
def test_an_honest_page_stays_whole(html: str) -> None:
    assert list(pieces(html)) == [html]
    assert list(pieces(html.upper())) == [html.upper()]


def test_no_link_is_lost_or_found_twice_where_tags_stand_in_quotes() -> None:
    html = "".join(f'<p><a href={number} data-content="<b><i><u><a href=no>">x</a>' for number in range(600))
    assert read_html(html).hrefs == list(map(str, range(600)))
    html = "".join(f'<div><a href={number} data-content="<b><i><u><a href=no>">x</a>' for number in range(600))
    assert read_html(html).hrefs == list(map(str, range(600)))


def test_the_shape_says_how_far_start_tags_run_ahead_and_fall_behind() -> None:
    opened, closed = "<div>" * 2 * BLOCK, "</div>" * 3 * BLOCK
    assert shape_of((opened + closed).encode()) == Shape(5 * BLOCK, 2 * BLOCK, BLOCK)
    assert shape_of(b"<p>" * FREE_TAGS) == Shape(FREE_TAGS)
    assert shape_of(b"") == Shape(0)


def test_a_shape_that_is_known_is_believed() -> None:
    html = HOSTILE["nested blocks"]
    assert list(pieces(html, shape=Shape(MANY, 0, 0))) == [html]


def test_attributes_beyond_a_thousand_are_dropped_and_the_first_kept() -> None:
    names = " ".join(f"data-a{number}=1" for number in range(4 * MAX_ATTRIBUTES))
    assert read_html(f"<a href=first {names} href=second><a href=next>").hrefs == ["first", "next"]
    (kept,) = pieces(f"<p {names}>text")
    assert kept.count("data-a") == MAX_ATTRIBUTES
    assert kept.endswith(">text")


@pytest.mark.parametrize(
    "attribute",
    ["=q{0}/", "q{0}='a'", 'q{0}="a"', "q{0}= 'a > b'", "/q{0}", "\f=q{0}=='", "q\xa0\x0b{0} ", "q{0}=\x0b'y{0}' "],
)
def test_attributes_of_every_form_are_counted(attribute: str) -> None:
    crowd = "".join(attribute.format(number) for number in range(40 * MAX_ATTRIBUTES))
    (kept,) = pieces(f"<a {crowd}>text<a href=next>")
    assert kept.count("q") == MAX_ATTRIBUTES
    assert kept.endswith(">text<a href=next>")


def test_a_quote_that_is_not_closed_reaches_to_the_end() -> None:
    crowd = " ".join(f"data-a{number}" for number in range(4 * MAX_ATTRIBUTES))
    for quote in "'\"":
        assert read_html(f"<a href=first><p {crowd} x={quote}>" + "<a href=next>" * FREE_TAGS).hrefs == ["first"]


def test_attributes_are_dropped_beside_what_looks_like_an_end() -> None:
    crowd = " ".join(f"data-a{number}" for number in range(4 * MAX_ATTRIBUTES))
    for end in ('"a > b"', "'<b></b>'"):
        (kept,) = pieces(f"<p {crowd} title={end} {crowd}>text")
        assert kept.count("data-a") == MAX_ATTRIBUTES
        assert kept.endswith(">text")


WORDS = "x <y " + " ".join(f"w{number}" for number in range(12 * MAX_ATTRIBUTES))


@pytest.mark.parametrize(
    "text",
    [
        *(f"<!-- {WORDS} -->", f"<!--{WORDS}--!>", f"<!{WORDS}>", f"</ {WORDS}>", f"<? {WORDS} >"),
        *(f"<script type=application/ld+json>{WORDS}</script>", f"<STYLE>{WORDS}</Style >", f"<xmp/>{WORDS}</xmp>"),
        *(f"<textarea>{WORDS}</textareas></textarea>", f"<title x='>'>{WORDS}</title>", f"<!--><p><!-- {WORDS} -->"),
    ],
)
def test_words_in_comments_and_texts_are_no_attributes(text: str) -> None:
    html = f"{text}<a href=next>"
    assert list(pieces(html)) == [html]
    assert read_html(html).hrefs == ["next"]


@pytest.mark.parametrize(
    "before",
    ["<!--><a", "<!---><a", "<title-bar><a", "<script", "<style x=1", "<!x <!-- ><a", "<script></scripts></script><a"],
)
def test_attributes_beside_what_looks_like_a_comment_or_a_text_are_counted(before: str) -> None:
    (kept,) = pieces(before + WORDS[4:] + "></script></style></title-bar><a href=next>-->")
    assert kept.count(" w") == MAX_ATTRIBUTES - before.count("=")
    assert read_html(kept).hrefs == ["next"]


def test_whatever_looks_like_a_crowd_is_told_in_time_proportional_to_the_page() -> None:
    crowd = " ".join(f"a{number}" for number in range(12 * MAX_ATTRIBUTES)).encode()
    for page in (b"<p " + crowd, b"<!-- <p " + crowd + b"-->", b"<a title='<p " + crowd + b">'>", b"<a\0 " + crowd):
        assert shape_of(page).crowds
    started = time.process_time()
    for piece in (b"<a x='", b"<a x=' b=\"", b"<a ", b"<a", b"<a x='>", b"='>", b"='<a ", b"<a b='' ", b'<a =">" '):
        shape_of(piece * 200_000)
    assert time.process_time() - started < 5  # 0.3 s
    assert not shape_of(b"<p title='a > b'>" + crowd + b"<p>" + b"<a class='[&>*]:p-1' href=/>x</a>" * 10_000).crowds


def test_long_texts_and_values_are_left_alone() -> None:
    for html in ("<p>" + "word " * 10_000 + "</p>", "<img src='data:" + "A" * 100_000 + "'><a title='a=1 b=2'>"):
        assert list(pieces(html)) == [html]
