"""What every extractor keeps: values of a page in order, nothing where there is nothing, wrong expressions refused."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from crawler.core.registry import load
from crawler.core.visit import Document
from crawler.extractors import EXTRACTORS
from tests.unit.extractors.documents import html, json_body

PAGE = """<!doctype html><meta name=word content=one><meta property=word content=two>
<script type="application/ld+json">[{"@type": "A", "word": "one"}, {"@type": "A", "word": "two"}]</script>
<div class=item><b>one</b></div><div class=item><b>two</b></div>"""
JSON = '[{"item": {"word": "one"}}, {"item": {"word": "two"}}]'


class Case(NamedTuple):
    """How one kind of extractor finds the words of a page, one of which is inside of the second item."""

    page: Document
    words: str
    nothing: str
    wrong: tuple[str, ...]
    items: str | None = None  # for kinds that can search within what they found
    word: str = ""


CASES = {
    "css": Case(html(PAGE), "b", "i", ("", "a[", "a:nope", "a, ::text"), "div.item", "b"),
    "xpath": Case(html(PAGE), "//b", "//i", ("", "//a[", "$x", "nope()"), "//div", "./b"),
    "regex": Case(html(PAGE), "[a-z]+", "[0-9]+", ("(", "[", "a**")),
    "jsonld": Case(html(PAGE), "A.word", "B.word", ("", "A..b", "A. b"), "A", "word"),
    "json": Case(json_body(JSON), "[].item.word", "[].nope", ("", "a[", "a b", "nope(a)"), "[].item", "word"),
    "meta": Case(html(PAGE), "word", "nope", ("", " ")),
}
HOSTILE = {
    "empty": html(""),
    "NUL and lone surrogates": html("<b>\0\ud800</b><meta name=word content='\ud800'>"),
    "no JSON": json_body("{"),
    "JSON nested deeply": json_body("[" * 100_000),
    "JSON with a huge number": json_body('{"a": ' + "9" * 10_000 + "}"),
    "broken JSON-LD": html('<script type="application/ld+json">{"@type": </script><b>x</b>'),
    "JSON-LD nested deeply": html(f'<script type="application/ld+json">{"[" * 100_000}</script>'),
    "JSON-LD in a circle": html(
        '<script type="application/ld+json">[{"@id": "#a", "@type": "A", "word": {"@id": "#a"}}]</script>'
    ),
    "many elements": html("<b>x</b>" * 20_000),
    "unclosed tags": html("<div><b><i>" * 200),
}


@pytest.fixture(params=EXTRACTORS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def values(kind: str, expression: str, document: Document, within: Any = None) -> list[Any]:
    extractor = load(EXTRACTORS, kind)(expression)
    return [extractor.shown(one, "str") for one in extractor.find(document, within)]


def test_every_extractor_of_the_table_is_under_this_contract() -> None:
    assert CASES.keys() == EXTRACTORS.keys()


def test_values_come_in_the_order_of_the_page(kind: str) -> None:
    assert values(kind, CASES[kind].words, CASES[kind].page) == ["one", "two"]


def test_nothing_is_found_where_there_is_nothing(kind: str) -> None:
    assert values(kind, CASES[kind].nothing, CASES[kind].page) == []


def test_a_wrong_expression_is_refused_in_one_short_sentence(kind: str) -> None:
    for wrong in CASES[kind].wrong:
        with pytest.raises(ValueError, match=r"^[^\n]{10,120}$"):
            load(EXTRACTORS, kind)(wrong)


def test_an_extractor_searches_within_what_its_kind_has_found(kind: str) -> None:
    case = CASES[kind]
    if case.items is None:
        pytest.skip("finds texts, which nothing is within")
    items = list(load(EXTRACTORS, kind)(case.items).find(case.page))
    assert [values(kind, case.word, case.page, item) for item in items] == [["one"], ["two"]]


def test_one_extractor_serves_many_pages(kind: str) -> None:
    case = CASES[kind]
    extractor = load(EXTRACTORS, kind)(case.words)
    other = html("<p>") if case.page.root is not None else json_body("{}")
    counts = [len(list(extractor.find(document))) for document in (case.page, other, case.page)]
    assert counts == [2, 0, 2]


def test_the_first_value_can_be_had_without_the_others(kind: str) -> None:
    extractor = load(EXTRACTORS, kind)(CASES[kind].words)
    assert extractor.shown(next(extractor.find(CASES[kind].page)), "str") == "one"


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["str", "text", "html"])
def test_no_page_makes_an_extractor_fail(kind: str, name: str, form: Any) -> None:
    for expression in (CASES[kind].words, CASES[kind].items or CASES[kind].nothing):
        extractor = load(EXTRACTORS, kind)(expression)
        shown = [extractor.shown(one, form) for one in extractor.find(HOSTILE[name])]
        json.dumps(shown)  # values outlive the page: no element is left in them
