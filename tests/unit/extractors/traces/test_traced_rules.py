"""What is told of a field is what happened to it, and the values are those of rules that tell nothing."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.core.visit import Document, FieldTrace, Taken
from crawler.extractors.composition import compose
from crawler.extractors.section import ExtractSection
from crawler.extractors.traces.traced_rules import TracedRules
from tests.unit.extractors.documents import URL, html, json_body

PAGE = html(
    "<title>T</title><h1>A</h1><b class=p>soon</b><b class=p>12.5</b>"
    "<ul><li><i>x</i>1</li><li>2</li><li><i>z</i></li></ul>"
)


def read(*extract: Any, documents: tuple[Document, ...] = (PAGE,), url: str = URL) -> Taken:
    """What traced rules take of a page; asserts that others take the same."""
    sections = [ExtractSection.model_validate(one) for one in extract]
    heeded: list[Any] = []
    traced, plain = TracedRules(sections, (), (), heeded.append), compose(sections, (), ())
    results: list[Taken] = []
    for rules in (traced, plain):
        assert rules is not None
        reading = rules.reading(url)
        assert reading is not None
        for document in documents:
            reading.look_at(document)
        results.append(reading.result())
    assert results[0]._replace(traces=()) == results[1]
    assert heeded == [results[0].traces]
    return results[0]


def trace_of(field: Any, document: Document = PAGE) -> FieldTrace:
    """Of the one field, whose name is f."""
    (trace,) = read({"fields": {"f": field}}, documents=(document,)).traces
    return trace


def counts(trace: FieldTrace) -> tuple[int, int, int, int]:
    return trace.found, trace.passed, trace.places, trace.empty


@pytest.mark.parametrize(
    ("field", "selector", "expected"),
    [
        ({"css": "h1"}, {"css": "h1"}, (1, 1, 1, 0)),
        ({"css": "h2"}, {"css": "h2"}, (0, 0, 1, 1)),
        ({"css": ".p", "type": "float"}, {"css": ".p", "type": "float"}, (2, 1, 1, 0)),
        ({"css": ".p", "regex": "x"}, {"css": ".p", "regex": "x"}, (2, 0, 1, 1)),
        ({"css": ".p", "regex": "o", "all": True}, {"css": ".p", "regex": "o"}, (2, 1, 1, 0)),
        ({"xpath": "//h1", "attr": "id"}, {"xpath": "//h1", "attr": "id"}, (0, 0, 1, 1)),
        ({"regex": "shop/(.*)", "source": "url"}, {"regex": "shop/(.*)", "source": "url"}, (1, 1, 1, 0)),
        ({"meta": "og:title"}, {"meta": "og:title"}, (0, 0, 1, 1)),
    ],
)
def test_it_is_told_how_often_a_selector_matched_and_how_much_of_it_passed(
    field: Any, selector: dict[str, str], expected: tuple[int, int, int, int]
) -> None:
    trace = trace_of(field)
    assert (trace.field, trace.rule, dict(trace.selector)) == (("f",), 0, selector)
    assert list(trace.selector) == list(selector)
    assert counts(trace) == expected
    assert (trace.is_list, trace.has_default, trace.was_given_up) == (False, False, False)


def test_json_is_looked_into_alike() -> None:
    trace = trace_of({"json": "a[].b", "default": 0}, json_body('{"a": [{"b": 1}]}'))
    assert (counts(trace), trace.has_default) == ((1, 1, 1, 0), True)


def test_of_objects_each_field_is_told_over_all_items() -> None:
    inner = {"css": "i"}
    nested = {"each": "li", "fields": {"i": inner, "n": {"css": "::text", "type": "int"}}}
    none, one = {"each": "td", "fields": {"i": inner}}, {"fields": {"h": {"css": "h1"}}}
    taken = read({"fields": {"list": nested, "none": none, "one": one}})
    traces = {trace.field: trace for trace in taken.traces}
    assert list(traces) == [("list",), ("list", "i"), ("list", "n"), ("none",), ("none", "i"), ("one", "h")]
    assert (traces["list",].is_list, counts(traces["list",])) == (True, (3, 3, 1, 0))
    assert counts(traces["list", "i"]) == (2, 2, 3, 1)
    assert counts(traces["list", "n"]) == (2, 2, 3, 1)
    assert counts(traces["none", "i"]) == (0, 0, 0, 0)
    assert counts(traces["one", "h"]) == (1, 1, 1, 0)


def test_only_the_rule_that_counts_is_told() -> None:
    taken = read(
        {"fields": {"a": {"css": "h1"}, "b": {"css": "h1"}}},
        {"match": "/nowhere/", "fields": {"a": {"css": "i"}}},
        {"match": "/shop/", "fields": {"b": {"css": "title"}}},
    )
    assert [(trace.field, trace.rule, dict(trace.selector)) for trace in taken.traces] == [
        (("a",), 0, {"css": "h1"}),
        (("b",), 2, {"css": "title"}),
    ]


def test_a_page_in_pieces_is_told_as_one_and_the_next_page_anew() -> None:
    field = {"fields": {"f": {"css": "i", "all": True}}}
    (trace,) = read(field, documents=(PAGE, PAGE)).traces
    assert counts(trace) == (4, 4, 1, 0)
    rules = TracedRules([ExtractSection.model_validate(field)], (), ())
    for _ in range(2):
        reading = rules.reading(URL)
        assert reading is not None
        reading.look_at(PAGE)
        (trace,) = reading.result().traces
        assert counts(trace) == (2, 2, 1, 0)


def test_a_field_that_takes_too_long_is_told_so() -> None:
    slow = html("a" * 5000)
    trace = trace_of({"regex": r"(?=(a+)+$)(a+a+)+b\1"}, slow)
    assert (trace.was_given_up, trace.passed) == (True, 0)


def test_of_a_page_that_no_rule_speaks_of_nothing_is_told() -> None:
    rules = TracedRules([ExtractSection.model_validate({"match": "/blog/", "fields": {"f": {"css": "i"}}})], (), ())
    assert rules.reading(URL) is None
    assert (rules.reads_json, rules.heavy_bytes) == (False, None)
    json_rules = TracedRules([ExtractSection.model_validate({"fields": {"f": {"json": "a"}}})], (), ())
    assert json_rules.reads_json is True


def test_without_the_forms_of_the_body_fields_are_traced_still() -> None:
    heeded: list[Any] = []
    rules = TracedRules([ExtractSection.model_validate({"fields": {"f": {"css": "i"}}})], (), ("text",), heeded.append)
    assert rules.heavy_bytes is not None
    plain = rules.without_bodies()
    reading = plain.reading(URL)
    assert reading is not None
    reading.look_at(PAGE)
    assert (reading.result().bodies, plain.heavy_bytes, len(heeded)) == ({}, None, 1)
    assert plain.without_bodies() is plain


@pytest.mark.parametrize(
    ("field", "matched"),
    [
        ({"css": "h2, .p, h1"}, ("h1",)),
        ({"css": "h1, .p", "type": "float"}, (".p",)),
        ({"css": "h2, h3"}, ()),
        ({"css": "h1, .p", "type": "url"}, ("h1",)),
        ({"css": "h1, .p", "type": "date"}, ()),
        ({"css": "h1"}, ()),
        ({"css": "i::text, .p::text, h1::text"}, ("h1::text",)),
        ({"css": "i, .q", "attr": "class"}, ()),
        ({"css": "i, .p", "attr": "class"}, (".p",)),
        ({"css": "h1, i, u", "all": True}, ("h1", "i")),
        ({"xpath": "//h1 | //h2"}, ()),
    ],
)
def test_of_a_list_of_selectors_those_that_matched_are_told(field: Any, matched: tuple[str, ...]) -> None:
    assert trace_of(field).matched == matched


def test_within_items_too_and_for_the_items_themselves() -> None:
    nested = {"each": "li, h1", "fields": {"b": {"css": "b, i"}}}
    items, inner = read({"fields": {"f": nested}}).traces
    assert (items.matched, inner.matched) == (("h1", "li"), ("i",))
