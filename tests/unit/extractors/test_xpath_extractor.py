"""XPath over the tree that the HTML standard describes."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.extractors.css_extractor import CssExtractor
from crawler.extractors.xpath_extractor import XPathExtractor, tree_of
from tests.unit.extractors.documents import found, html, json_body

PAGE = html(
    "<div id=a>own <b>bold</b> tail<script>no</script></div><table><tr><td>1<td>2</table>"
    "<p data-sku=s1>one<p data-sku=s2>two<br>lines<!-- no -->"
)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("//div", ["own bold tail"]),
        ("//b/text()", ["bold"]),
        ("//*[@data-sku]/@data-sku", ["s1", "s2"]),
        ("/html/body/table/tbody/tr/td", ["1", "2"]),
        ("count(//p)", [2.0]),
        ("boolean(//p)", [True]),
        ("string(//b)", ["bold"]),
        ("//p[re:test(., '^t')]", ["two lines"]),
        ("//nope", []),
        ("//comment()", []),
    ],
)
def test_an_expression_gives_elements_texts_numbers_or_truths(expression: str, values: list[Any]) -> None:
    assert found("xpath", expression, PAGE) == values


def test_attr_gives_that_attribute_of_elements() -> None:
    assert found("xpath", "//p", PAGE, attr="Data-Sku") == ["s1", "s2"]
    assert found("xpath", "//p/br/@id | //p", PAGE, attr="data-sku") == ["s1", "s2"]


@pytest.mark.parametrize(
    "expression",
    [
        *("//a/@href", "@href", "//p/text()", "text()", " //a/ @href ", "//a/@*", "//a//text()[1]"),
        *("//a/@href[. != '']", "(//a/@href)[1]", "(//p/text())[last()]", "//a/@href | //link/@href", "child::text()"),
    ],
)
def test_attr_goes_not_with_what_gives_no_elements(expression: str) -> None:
    with pytest.raises(ValueError, match="attr goes with"):
        XPathExtractor(expression, "href")
    assert XPathExtractor(expression)


@pytest.mark.parametrize(
    "expression",
    [
        *("//a", "//a[@href]", "//a[b/@href]", "//a[text()]", "//a[b/@href[1]]", "//a | //b/@href", "id(//a/@ref)"),
        *("//a[. = '/@href']", "(//a)[1]", "//a[b/text() = '|/@c']", "//a[(b/@href)]", "//a/@href/.."),
    ],
)
def test_attr_goes_with_whatever_may_give_elements(expression: str) -> None:
    assert XPathExtractor(expression, "href")


def test_one_tree_serves_all_fields_of_a_page() -> None:
    assert PAGE.once(tree_of) is PAGE.once(tree_of)


def test_there_is_no_tree_where_there_is_no_html() -> None:
    assert found("xpath", "//p", json_body("{}")) == []


@pytest.mark.parametrize("form", ["str", "text"])
@pytest.mark.parametrize(
    "markup",
    [
        "<div>a<p>b</p>c <i>d</i>e<br>f<ul><li>g<li>h</ul><pre>i\n  j</pre></div>k",
        "<div><script>no</script>a<style>no</style>b</div>",
        "<div><table><tr><td>a<td>b<tr><th>c</table></div>",
        "<div></div>",
    ],
)
def test_texts_are_those_that_css_gives(markup: str, form: Any) -> None:
    page = html(markup)
    css, xpath = CssExtractor("div"), XPathExtractor("//div")
    assert xpath.shown(next(xpath.find(page)), form) == css.shown(next(css.find(page)), form)


def test_markup_is_that_of_the_element_alone() -> None:
    assert found("xpath", "//b", PAGE, "html") == ["<b>bold</b>"]
