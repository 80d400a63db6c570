"""CSS selectors, and what may stand at their end."""

from __future__ import annotations

import pytest

from crawler.extractors.css_extractor import CssExtractor
from tests.unit.extractors.documents import found, html

PAGE = html(
    "<div id=a class='x y' data-n=1>own <b>bold</b> text<!-- no --><script>var no</script></div>"
    "<p title='' lang=en>one<p title=t>two<br>lines</p><a href=/1><h2>In</h2></a>"
    "<template><i>not there</i></template>"
)


@pytest.mark.parametrize(
    ("selector", "values"),
    [
        ("#a", ["own bold text"]),
        ("p", ["one", "two lines"]),
        ("b, p", ["bold", "one", "two lines"]),
        ("p, p, [title]", ["one", "two lines"]),  # nothing twice
        ("#a::text", ["own", "text"]),
        ("b::text, p::text", ["bold", "one", "two", "lines"]),
        ("p::attr(title)", ["", "t"]),
        ("P::attr( 'TITLE' )", ["", "t"]),
        ("[data-n]::attr(data-n)", ["1"]),
        ("p::attr(nope)", []),
        ("a:has(> h2)::attr(href)", ["/1"]),
        ("div:is(.x, .z):not([title])", ["own bold text"]),
        ("[class~='y']", ["own bold text"]),
        ("script", ["var no"]),
        ("i", []),
    ],
)
def test_a_selector_gives_texts_or_attributes(selector: str, values: list[str]) -> None:
    assert found("css", selector, PAGE) == values


def test_attr_is_another_way_to_ask_for_an_attribute() -> None:
    assert found("css", "p", PAGE, attr="Title") == ["", "t"]


@pytest.mark.parametrize("selector", ["p::text", "p::attr(a)"])
def test_attr_beside_an_ending_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match="attr goes with a selector"):
        CssExtractor(selector, "title")


@pytest.mark.parametrize("selector", ["p::text, b", "p, b::attr(x)", "a,", ",a", "::before", "p::attr()", "> p", "a]"])
def test_what_cannot_be_read_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        CssExtractor(selector)


def test_commas_inside_of_quotes_and_parentheses_part_nothing() -> None:
    page = html("<a title='x,y'>1</a><a title=\"a)b\">2</a>")
    assert found("css", "a[title='x,y']::text", page) == ["1"]
    assert found("css", 'a[title="a)b"], b', page) == ["2"]


def test_an_ending_alone_means_the_item_itself() -> None:
    page = html("<ul><li data-n=1>a<i>b</i><li data-n=2>c</ul>")
    items = list(CssExtractor("li").find(page))
    assert [list(CssExtractor("::attr(data-n)").find(page, item)) for item in items] == [["1"], ["2"]]
    assert [list(CssExtractor("::text").find(page, item)) for item in items] == [["a"], ["c"]]


def test_within_an_item_the_item_and_what_is_around_it_may_match_too() -> None:
    page = html("<ul class=u><li class=x><b>1</b><li class=x><b>2</b></ul>")
    second = list(CssExtractor("li").find(page))[1]
    extractor = CssExtractor(".u .x b")
    assert [extractor.shown(one, "str") for one in extractor.find(page, second)] == ["2"]
    assert len(list(CssExtractor(".x").find(page, second))) == 1


def test_what_is_inside_an_item_is_not_the_item() -> None:
    page = html("<li id=a><ul><li id=b><ul><li id=c></ul></ul>")
    first = next(CssExtractor("li").find(page))
    assert list(CssExtractor("li::attr(id)").find(page, first)) == ["a", "b", "c"]
    inside = CssExtractor("li, ul li", is_inside=True)
    assert [node.attributes["id"] for node in inside.find(page, first)] == ["b", "c"]
    assert [node.attributes["id"] for node in inside.find(page)] == ["a", "b", "c"]


def test_the_parts_of_a_list_can_be_had_one_by_one() -> None:
    page = html("<b title=1>x</b><i title=2>y</i>")
    parts = CssExtractor("b, i:is(i, u)", "title").alternatives()
    assert [(part, list(extractor.find(page))) for part, extractor in parts] == [("b", ["1"]), ("i:is(i, u)", ["2"])]
    assert CssExtractor("i:is(i, u)").alternatives() == []


def test_elements_have_three_forms() -> None:
    page = html("<div><p>a  b<p>c<pre>d\n  e</pre></div>")
    assert found("css", "div", page, "str") == ["a b c d e"]
    assert found("css", "div", page, "text") == ["a b\n\nc\n\nd\n  e"]
    assert found("css", "p", page, "html") == ["<p>a  b</p>", "<p>c</p>"]
