"""A person reads which rule and selector gave a value, or why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.core.visit import FieldTrace
from crawler.extractors.section import ExtractSection, FollowSection
from crawler.runner.probe.fields import rules_told, source_of, trace_fields, trace_text

TRACE = FieldTrace(("price",), 1, {"css": ".p"}, False, 1, 1, 1, 0, False, False)


@pytest.mark.parametrize(
    ("changed", "source", "said"),
    [
        ({}, "selector", "matched"),
        ({"found": 3}, "selector", "matched; number 3 of what is found is the first that passes"),
        ({"found": 3, "passed": 2}, "selector", "2 values of 3 found"),
        ({"found": 3, "passed": 3}, "selector", "3 values"),
        ({"found": 0, "passed": 0}, "nothing", "nothing matched; no value"),
        ({"found": 0, "passed": 0, "has_default": True}, "default", "nothing matched; the default"),
        ({"found": 2, "passed": 0}, "nothing", "2 found, but empty; no value"),
        ({"places": 5, "empty": 2}, "selector", "matched in 3 of 5 objects, no value in the others"),
        (
            {"places": 5, "empty": 2, "has_default": True},
            "selector",
            "matched in 3 of 5 objects, the default in the others",
        ),
        ({"places": 5}, "selector", "matched in 5 of 5 objects"),
        ({"found": 0, "passed": 0, "places": 0}, "nothing", "not looked for: there is no object around it"),
        ({"was_given_up": True}, "nothing", "given up, since it takes too long; no value"),
        ({"was_given_up": True, "has_default": True}, "default", "given up, since it takes too long; the default"),
    ],
)
def test_the_outcome_is_said(changed: dict[str, Any], source: str, said: str) -> None:
    trace = TRACE._replace(**changed)
    assert trace_text(trace) == f"extract.1 css: .p → {said}"
    assert (source_of(trace), trace_fields(trace)["source"]) == (source, source)


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ({"css": ".p", "type": "int"}, "css: .p, type: int → 2 found, but none is of type int; no value"),
        ({"css": ".p", "regex": "x"}, "css: .p, regex: x → 2 found, but none passes regex; no value"),
        ({"regex": "x", "source": "url", "type": "int"},
         "regex: x, source: url, type: int → 2 found, but none is of type int; no value"),
        ({"css": "p", "regex": "x", "type": "url"},
         "css: p, regex: x, type: url → 2 found, but none passes regex and is of type url; no value"),
    ],
)  # fmt: skip
def test_what_refused_a_value_is_said(selector: dict[str, str], said: str) -> None:
    assert trace_text(TRACE._replace(selector=selector, found=2, passed=0)) == f"extract.1 {said}"


def test_the_selector_of_a_list_that_matched_is_said() -> None:
    trace = TRACE._replace(selector={"css": "h1, .p"}, matched=(".p",))
    assert trace_text(trace) == "extract.1 css: h1, .p → matched, by .p"
    assert trace_fields(trace)["matched"] == [".p"]
    assert trace_fields(TRACE)["matched"] == [".p"]
    assert trace_fields(TRACE._replace(found=0, passed=0))["matched"] == []


def test_lists_are_told_as_such() -> None:
    items = TRACE._replace(field=("offers",), is_list=True, found=4, passed=4)
    assert trace_text(items) == "extract.1 each css: .p → 4 objects"
    assert trace_text(items._replace(found=0, passed=0)) == "extract.1 each css: .p → nothing matched"
    assert trace_fields(items) == {
        "field": "offers", "rule": "extract.1", "each": {"css": ".p"}, "source": "selector",
        "matched": [".p"], "found": 4, "passed": 4, "objects": 1, "objects_without": 0,
    }  # fmt: skip


def test_each_rule_is_told_with_whether_it_speaks_of_the_page() -> None:
    matches: list[Any] = [{"match": "/blog/"}, {"match": "/shop/"}, {}, {"match": "(?=(a+)+$)(a+a+)+b"}]
    extract = [ExtractSection.model_validate({"fields": {"a": {"css": "b"}}} | match) for match in matches]
    told = list(rules_told("extract", extract, "http://a.test/shop/" + "a" * 5000))
    assert [one.applies for one in told] == [False, True, True, False]
    assert [one.text for one in told[:3]] == [
        "extract.0 does not apply: match /blog/",
        "extract.1 applies: match /shop/",
        "extract.2 applies: it has no match, so it is for every page",
    ]
    (follow,) = rules_told("follow", [FollowSection.model_validate({"css": "a"})], "http://a.test/")
    assert (follow.key, follow.applies) == ("follow.0", True)
