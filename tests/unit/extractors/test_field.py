"""From what an extractor finds to the value in the record."""

from __future__ import annotations

from collections.abc import Mapping
from time import process_time
from typing import Any

import pytest

from crawler.core.visit import Document
from crawler.extractors.composition import fields_of
from crawler.extractors.field import MOST_CHARACTERS, MOST_VALUES, Patience, TookTooLong
from crawler.extractors.section import FieldSection
from tests.unit.extractors.documents import html, json_body

PAGE = html("<b>x</b><i>1</i><i>two</i><i> 3 €</i><u data-a=1 data-b></u><s></s>")


def taken(section: Mapping[str, Any], *documents: Document) -> tuple[Any, list[str]]:
    """The value of a field in documents of one page, and the paths of what is required and missing."""
    field = fields_of({"f": FieldSection.model_validate(section)})["f"]
    missing: list[str] = []
    with Patience() as patience:
        gathered = [one for document in documents or (PAGE,) for one in field.gather(document, patience)]
    return field.settle(gathered, "f", missing), missing


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ({"css": "b"}, "x"),
        ({"css": "i"}, "1"),
        ({"css": "i", "all": True}, ["1", "two", "3 €"]),
        ({"css": "i", "all": True, "type": "int"}, [1, 3]),  # what is no number is no value
        ({"css": "i", "join": "|"}, "1|two|3 €"),
        ({"css": "i", "regex": "[a-z]+"}, "two"),  # the first that matches
        ({"css": "i", "regex": "(t)(w)"}, "t"),
        ({"css": "i", "regex": "[0-9]", "type": "int", "all": True}, [1, 3]),
        ({"css": "u", "attr": "data-a", "type": "float"}, 1.0),
        ({"css": "u", "attr": "data-b", "type": "bool"}, True),
        ({"css": "u", "attr": "data-b"}, None),
        ({"css": "s"}, None),
        ({"css": "s", "type": "bool"}, True),
        ({"css": "q", "type": "bool", "default": False}, False),
        ({"css": "q"}, None),
        ({"css": "q", "all": True}, []),
        ({"css": "q", "join": ","}, None),
        ({"css": "q", "default": "d"}, "d"),
        ({"css": "q", "all": True, "default": ["d"]}, ["d"]),
        ({"css": "q", "default": 0, "type": "int"}, 0),
        ({"fields": {"a": {"css": "b"}, "c": {"css": "q"}}}, {"a": "x", "c": None}),
        ({"each": "i", "fields": {"a": {"css": "::text"}}}, [{"a": "1"}, {"a": "two"}, {"a": "3 €"}]),
        ({"each": "q", "fields": {"a": {"css": "b"}}}, []),
        ({"each": {"xpath": "//i"}, "fields": {"a": {"xpath": "text()"}}}, [{"a": "1"}, {"a": "two"}, {"a": "3 €"}]),
    ],
)
def test_a_field_has_one_value(section: Mapping[str, Any], value: Any) -> None:
    assert taken(section) == (value, [])


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ({"json": "a"}, [1, "2"]),
        ({"json": "a", "type": "int"}, [1, 2]),
        ({"json": "a", "all": True}, [1, "2"]),
        ({"json": "a[0]", "all": True}, [1]),
        ({"json": "a", "join": "-"}, "1-2"),
        ({"json": "e"}, []),
        ({"json": "o.p", "regex": "[0-9]+", "type": "int"}, 7),
        ({"each": {"json": "l"}, "fields": {"n": {"json": "n"}, "m": {"json": "m", "default": 0}}}, [{"n": 1, "m": 0}]),
    ],
)
def test_json_values_stay_what_they_are(section: Mapping[str, Any], value: Any) -> None:
    body = json_body('{"a": [1, "2"], "e": [], "o": {"p": "EUR 7"}, "l": [{"n": 1}]}')
    assert taken(section, body) == (value, [])


@pytest.mark.parametrize(
    ("section", "missing"),
    [
        ({"css": "b", "required": True}, []),
        ({"css": "q", "required": True}, ["f"]),
        ({"css": "q", "required": True, "default": 1}, ["f"]),
        ({"css": "b", "type": "int", "required": True}, ["f"]),
        ({"each": "q", "fields": {"a": {"css": "b"}}, "required": True}, ["f"]),
        ({"each": "i", "fields": {"a": {"css": "q", "required": True}}}, ["f.a"] * 3),
        ({"fields": {"a": {"css": "q"}}, "required": True}, ["f"]),
        ({"fields": {"a": {"css": "q", "required": True}, "b": {"css": "b"}}, "required": True}, ["f.a"]),
    ],
)
def test_what_is_required_and_missing_is_named(section: Mapping[str, Any], missing: list[str]) -> None:
    assert taken(section)[1] == missing


def test_an_empty_list_of_json_is_missing_where_it_is_required() -> None:
    assert taken({"json": "a", "required": True}, json_body('{"a": []}')) == ([], ["f"])


def test_the_pieces_of_a_page_make_one_value() -> None:
    pieces = [html("<p>"), html("<b>1</b>"), html("<b>2</b><i>x</i>")]
    assert taken({"css": "b"}, *pieces) == ("1", [])
    assert taken({"css": "b", "all": True}, *pieces) == (["1", "2"], [])
    assert taken({"each": "b", "fields": {"n": {"css": "::text"}}}, *pieces) == ([{"n": "1"}, {"n": "2"}], [])
    assert taken({"fields": {"b": {"css": "b"}, "i": {"css": "i"}}}, *pieces) == ({"b": "1", "i": "x"}, [])


def test_answers_to_a_comment_do_not_hold_the_comment() -> None:
    thread = html("<div class=c><b>1</b><div class=c><b>2</b></div></div><div class=c><b>3</b></div>")
    inner = {"each": ".c", "fields": {"by": {"css": "b"}}}
    value, _ = taken({"each": "body > .c", "fields": {"by": {"css": "b"}, "answers": inner}}, thread)
    assert value == [{"by": "1", "answers": [{"by": "2"}]}, {"by": "3", "answers": []}]


def test_a_page_cannot_make_a_field_without_end() -> None:
    many = html("<b>x</b>" * (MOST_VALUES + 1))
    assert len(taken({"css": "b", "all": True}, many)[0]) == MOST_VALUES
    nested = html("<b>" * 200 + "x" * (MOST_CHARACTERS // 100))
    assert sum(map(len, taken({"css": "b", "all": True}, nested)[0])) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    "section",
    [{"css": "b"}, {"css": "q"}, {"each": "b", "fields": {"a": {"css": "q"}}}, {"fields": {"a": {"css": "b"}}}],
)
def test_patience_has_an_end(section: Mapping[str, Any]) -> None:
    field = fields_of({"f": FieldSection.model_validate(section)})["f"]
    with pytest.raises(TookTooLong), Patience(-1.0) as patience:
        field.gather(PAGE, patience)


def test_patience_counts_the_time_inside_of_its_blocks_together() -> None:
    patience = Patience(0.05)
    _work(0.1)
    with patience:
        patience.check()
        _work(0.03)
    _work(0.1)
    with patience:
        patience.check()
        _work(0.03)
        with pytest.raises(TookTooLong):
            patience.check()


def _work(seconds: float) -> None:
    until = process_time() + seconds
    while process_time() < until:
        pass
