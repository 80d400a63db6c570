"""Meta elements by name or property."""

from __future__ import annotations

import pytest

from tests.unit.extractors.documents import found, html, json_body

PAGE = html(
    '<meta name="Description" content=" About. "><meta property="og:title" content="T"><meta name=og:title content=U>'
    '<meta name=x property=x content=once><meta name=bare><meta charset=utf-8><meta name=empty content="">'
)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("description", ["About."]),
        ("DESCRIPTION", ["About."]),
        ("og:title", ["T", "U"]),
        ("x", ["once"]),
        ("bare", []),
        ("empty", [""]),
        ("nope", []),
    ],
)
def test_the_contents_come_by_name_and_property_alike(name: str, values: list[str]) -> None:
    assert found("meta", name, PAGE) == values


def test_json_has_none() -> None:
    assert found("meta", "x", json_body("{}")) == []
