"""JMESPath in JSON bodies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.extractors.documents import found, html, json_body

BODY = json_body('{"a": {"b": [1, null, {"c": "x"}]}, "t": true, "z": 0, "e": [], "n": null}')


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("a.b[2].c", ["x"]),
        ("a.b", [1, {"c": "x"}]),
        ("t", [True]),
        ("z", [0]),
        ("n", []),
        ("e", []),
        ("a.{k: b[0]}", [{"k": 1}]),
        ("length(a.b)", [3]),
        ("length(z)", []),  # fails on this page, which is the page's matter
        ("join('', ['/p?after=', a.b[2].c])", ["/p?after=x"]),
        ("join('', ['/p?after=', n])", []),
    ],
)
def test_an_expression_gives_values_one_by_one(expression: str, values: list[Any]) -> None:
    assert found("json", expression, BODY) == values


def test_a_list_may_be_wanted_whole() -> None:
    assert found("json", "a.b", BODY, whole=True) == [[1, None, {"c": "x"}]]
    assert found("json", "e", BODY, whole=True) == [[]]


def test_what_others_take_for_json_is_taken_too() -> None:
    assert found("json", "a", json_body('{"a": "\\ud800"}')) == ["\ud800"]
    assert found("json", "a", json_body('{"a": NaN, "b": 1}')) == []
    assert found("json", "b", json_body('{"a": NaN, "b": 1}')) == [1]


def test_html_is_no_json() -> None:
    assert found("json", "a", html('{"a": 1}')) == []
