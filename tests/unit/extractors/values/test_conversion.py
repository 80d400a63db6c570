"""What a type makes of a value."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.core.url import Base
from crawler.extractors.values.conversion import as_text, converted

BASE = Base("https://example.org/shop/")


@pytest.mark.parametrize(
    ("type", "value", "result"),
    [
        (None, "x", "x"),
        (None, "", None),
        (None, 0, 0),
        (None, False, False),
        (None, {"a": 1}, {"a": 1}),
        ("str", " x ", "x"),
        ("str", 5, "5"),
        ("str", True, "true"),
        ("str", {"a": [1]}, '{"a":[1]}'),
        ("str", " ", None),
        ("text", "  a\n b \n", "  a\n b"),
        ("html", "<b>", "<b>"),
        ("int", "1,299 €", 1299),
        ("int", 4.0, 4),
        ("int", 4.5, None),
        ("int", True, 1),
        ("int", "x", None),
        ("int", {}, None),
        ("float", "4.5", 4.5),
        ("float", 4, 4.0),
        ("float", 10**400, None),
        ("float", float("inf"), None),
        ("float", None, None),
        ("bool", "yes", True),
        ("bool", "In stock", True),
        ("bool", "", True),  # an element or an attribute that is there
        ("bool", " No ", False),
        ("bool", "0", False),
        ("bool", 0, False),
        ("url", "../a b?c#d", "https://example.org/a%20b?c"),
        ("url", "//cdn.example.net/x", "https://cdn.example.net/x"),
        ("url", "data:image/png;base64,x", None),
        ("url", "mailto:a@b", None),
        ("url", "", None),
        ("url", 5, None),
        ("date", "March 3rd, 2026", "2026-03-03"),
        ("date", True, None),
        ("date", {}, None),
        ("datetime", 1770000000, "2026-02-02T02:40:00Z"),
        ("float", ["1", "x", 2], [1.0, 2.0]),
        ("str", [1, ""], ["1"]),
    ],
)
def test_a_value_becomes_its_type_or_nothing(type: Any, value: Any, result: Any) -> None:
    made = converted(value, type, BASE)
    assert (made, made.__class__) == (result, result.__class__)


def test_any_json_value_has_a_text() -> None:
    assert as_text([1, None, "x"]) == '[1,null,"x"]'
    assert as_text(10**30) == str(10**30)
