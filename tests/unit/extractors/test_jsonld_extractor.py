"""Paths into JSON-LD, as pages write it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.extractors.documents import found, html, json_body

PRODUCT = {"@type": "Product", "name": "Lamp", "offers": {"@type": "Offer", "price": 12.5}}


def page(*scripts: Any, type: str = "application/ld+json") -> Any:
    """A page with these values as JSON-LD; texts as they are."""
    texts = [script if isinstance(script, str) else json.dumps(script) for script in scripts]
    return html("".join(f'<script type="{type}">{text}</script>' for text in texts))


@pytest.mark.parametrize(
    "value",
    [
        PRODUCT,
        [{"@type": "WebPage"}, PRODUCT],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, PRODUCT]},
        {"@type": "WebPage", "mainEntity": PRODUCT},
        PRODUCT | {"@type": ["Thing", "Product"]},
        PRODUCT | {"@type": "https://schema.org/Product"},
        PRODUCT | {"@type": "schema:Product"},
        PRODUCT | {"offers": [{"price": 12.5}]},
        PRODUCT | {"offers": {"price": {"@value": 12.5, "@type": "xsd:decimal"}}},
        {"@graph": [PRODUCT | {"offers": {"@id": "#o"}}, {"@id": "#o", "@type": "Offer", "price": 12.5}]},
    ],
)
def test_a_type_is_found_wherever_it_is(value: Any) -> None:
    assert found("jsonld", "Product.offers.price", page(value)) == [12.5]


def test_lists_are_gone_through_and_numbers_pick() -> None:
    document = page(PRODUCT | {"offers": [{"price": 1}, {"price": 2}, {"price": None}]})
    assert found("jsonld", "Product.offers.price", document) == [1, 2]
    assert found("jsonld", "Product.offers.1.price", document) == [2]
    assert found("jsonld", "Product.offers.7.price", document) == []


def test_without_such_a_type_the_path_begins_with_a_property_of_the_outermost_objects() -> None:
    document = page({"@type": "Article", "headline": "H", "author": {"@type": "Person", "name": "N"}})
    assert found("jsonld", "headline", document) == ["H"]
    assert found("jsonld", "author.name", document) == ["N"]
    assert found("jsonld", "Person.name", document) == ["N"]
    assert found("jsonld", "name", document) == []


def test_all_scripts_count_and_a_broken_one_hides_no_other() -> None:
    document = page({"@type": "A", "x": 1}, '{"@type": "A", "x": ', {"@type": "A", "x": 2})
    assert found("jsonld", "A.x", document) == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        '<!-- {"@type": "A", "x": 1} -->',
        '//<![CDATA[\n{"@type": "A", "x": 1}\n//]]>',
        '{"@type": "A", "x": 1,}',
        '{"@type": "A", "x": 1};',
        '{"@type": "A", "y": "two\nlines", "x": 1}',
    ],
)
def test_common_slips_are_forgiven(text: str) -> None:
    assert found("jsonld", "A.x", page(text)) == [1]


def test_the_type_of_the_script_may_be_written_otherwise() -> None:
    assert found("jsonld", "A.x", page({"@type": "A", "x": 1}, type="Application/LD+JSON; charset=utf-8")) == [1]
    assert found("jsonld", "A.x", page({"@type": "A", "x": 1}, type="application/json")) == []


def test_a_value_may_be_an_object() -> None:
    assert found("jsonld", "Product.offers", page(PRODUCT)) == [PRODUCT["offers"]]


def test_a_json_body_has_no_json_ld() -> None:
    assert found("jsonld", "A.x", json_body('{"@type": "A", "x": 1}')) == []
