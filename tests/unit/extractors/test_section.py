"""What may be written under extract and follow."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from crawler.extractors import EXTRACTORS
from crawler.extractors.section import Extract, FieldSection, Follow

EXTRACT = TypeAdapter(Extract)
FOLLOW = TypeAdapter(Follow)


@pytest.mark.parametrize("value", [None, []])
def test_no_rules_are_no_rules(value: Any) -> None:
    assert EXTRACT.validate_python(value) == FOLLOW.validate_python(value) == ()


def test_one_rule_set_needs_no_list() -> None:
    rules = {"fields": {"a": {"css": "h1"}}}
    assert EXTRACT.validate_python(rules) == EXTRACT.validate_python([rules])
    assert FOLLOW.validate_python({"css": "a"}) == FOLLOW.validate_python([{"css": ["a"]}])


@pytest.mark.parametrize("kind", EXTRACTORS)
def test_each_kind_of_extractor_is_a_key(kind: str) -> None:
    field = FieldSection.model_validate({kind: "abc"})
    assert (field.kind, field.expression) == (kind, "abc")


def test_a_regex_beside_another_kind_is_not_the_kind() -> None:
    field = FieldSection.model_validate({"css": "p", "regex": "[0-9]+"})
    assert (field.kind, field.expression) == ("css", "p")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({}, "exactly one of"),
        ({"type": "int"}, "exactly one of"),
        ({"css": "a", "xpath": "//a"}, "exactly one of"),
        ({"css": "a["}, "no CSS selector"),
        ({"xpath": "//a["}, "no XPath"),
        ({"jsonld": "a..b"}, "no JSON-LD path"),
        ({"json": "a["}, "no JMESPath"),
        ({"meta": ""}, "no name"),
        ({"regex": "("}, "no regular expression"),
        ({"css": "a", "regex": "("}, "no regular expression"),
        ({"css": "a::text", "attr": "href"}, "contradictory"),
        ({"xpath": "//a/@href", "attr": "x"}, "contradictory: attr goes with an expression that does not end with"),
        ({"css": "a", "attr": ""}, "at least 1 character"),
        ({"meta": "a", "attr": "href"}, "must not have attr"),
        ({"css": "a", "source": "url"}, "must not have source"),
        ({"css": "a", "join": ",", "type": "int"}, "must not have join"),
        ({"each": "a"}, "must have fields beside each"),
        ({"fields": {"a": {"css": "b"}}, "css": "c"}, "must not have css beside fields"),
        ({"fields": {"a": {"css": "b"}}, "all": True}, "must not have all beside fields"),
        ({"fields": {}}, "at least 1 item"),
        ({"each": {}, "fields": {"a": {"css": "b"}}}, "exactly one of"),
        ({"each": {"css": "a", "json": "b"}, "fields": {"a": {"css": "b"}}}, "exactly one of"),
        ({"each": {"regex": "a"}, "fields": {"a": {"css": "b"}}}, "Extra inputs"),
        ({"each": "a", "fields": {"a": {"xpath": "b"}}}, "must be found by css"),
        ({"each": "a", "fields": {"a": {"regex": "b"}}}, "must be found by css"),
        ({"each": "a", "fields": {"a": {"fields": {"b": {"meta": "c"}}}}}, "must be found by css"),
        (
            {"each": "a", "fields": {"a": {"each": {"json": "b"}, "fields": {"c": {"json": "d"}}}}},
            "must be found by css",
        ),
        ({"css": "a" * 9000}, "has 9000 characters"),
        ({"css": "a" + ":is(" * 2000 + "b" + ")" * 2000}, "characters"),
        ({"json": "(" * 8000}, "nested too deeply"),
        ({"xpath": "(" * 8000}, "no XPath"),
        ("h1", "valid dictionary"),
    ],
)
def test_what_makes_no_field_is_refused(field: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FieldSection.model_validate(field)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (
            {"meta": "a", "attr": "b", "source": "url", "join": ",", "type": "int"},
            ["must not have attr", "must not have source", "must not have join"],
        ),
        ({"fields": {"a": {"css": "b"}}, "css": "c", "all": True}, ["must not have css, all beside fields"]),
        (
            {"each": "a", "fields": {"b": {"xpath": "c"}, "d": {"css": "e"}, "f": {"json": "g"}}},
            ["must be found by css"] * 2,
        ),
    ],
)
def test_all_that_contradicts_itself_in_a_field_is_told_at_once(field: Any, said: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        FieldSection.model_validate(field)
    assert [one["msg"].partition(",")[0] for one in caught.value.errors()] == [one.partition(",")[0] for one in said]
    assert all(one in str(caught.value) for one in said)


@pytest.mark.parametrize("rule", [{}, {"match": "x"}, {"css": "a["}, {"json": ["a", "b["]}, {"match": "(", "css": []}])
def test_what_says_not_which_links_is_refused(rule: Any) -> None:
    with pytest.raises(ValidationError):
        FOLLOW.validate_python(rule)


def test_attr_may_stand_beside_a_selector_that_ends_with_a_parenthesis() -> None:
    assert FieldSection.model_validate({"css": "a:not(.b)", "attr": "href"}).attr == "href"
