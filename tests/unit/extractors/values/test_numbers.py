"""Numbers as people write them."""

from __future__ import annotations

import pytest

from crawler.extractors.values.numbers import number_in, whole_number_in


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,299.00 €", 1299.0),
        ("1.299,00 €", 1299.0),
        ("1 299,00 zł", 1299.0),
        ("1\u00a0299,50", 1299.5),
        ("1\u202f299\u202f000", 1299000.0),
        ("CHF 1'299.50", 1299.5),
        ("1,299", 1299.0),
        ("1.299", 1.299),
        ("1.299 €", 1299.0),
        ("€1.299", 1299.0),
        ("EUR 1.299,–", 1299.0),
        ("USD 12", 12.0),
        ("0,125", 0.125),
        ("0.50 €", 0.5),
        (".5", 0.5),
        ("1,299,000", 1299000.0),
        ("1.299.000", 1299000.0),
        ("Rs. 1,00,000", 100000.0),
        ("12,5", 12.5),
        ("-5", -5.0),
        ("\u22125.5 °C", -5.5),
        ("-$5.00", -5.0),
        ("from 10-20", 10.0),
        ("AB-5", 5.0),
        ("12 34", 12.0),
        ("1,2,3", 1.0),
        ("1.2.2026", 1.0),
        ("1.5e3", 1500.0),
        ("4.5 out of 5", 4.5),
        ("20% off", 20.0),
        ("٣٤", 34.0),
    ],
)
def test_the_first_number_is_read_whatever_its_marks(text: str, number: float) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize("text", ["", "none", "€", "1e999", "9" * 400, "-", "..."])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number_in(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("42", 42), ("1.299 reviews", 1299), ("1,299", 1299), ("12.00", 12), ("-3", -3), ("1e3", 1000), ("12.7", None)],
)
def test_a_whole_number_is_one_without_a_rest(text: str, number: int | None) -> None:
    assert whole_number_in(text) == number


def test_long_whole_numbers_stay_exact() -> None:
    assert whole_number_in("id 12345678901234567891") == 12345678901234567891


@pytest.mark.parametrize("text", ["1" * 100_000, "1," * 50_000, " 1" * 50_000, "-" * 100_000, "1'" * 50_000])
def test_no_text_takes_long(text: str) -> None:
    number_in(text)
