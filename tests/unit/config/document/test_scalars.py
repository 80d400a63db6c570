from __future__ import annotations

import math

import pytest

from crawler.config.document.scalars import resolve, typed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("true", True),
        ("Yes", True),
        ("ON", True),
        ("off", False),
        ("No", False),
        ("FALSE", False),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("1_000", 1000),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("10s", "10s"),
        ("2026-11-22", "2026-11-22"),
        ("y", "y"),
        ("n", "n"),
        ("oFF", "oFF"),
        ("1.2.3", "1.2.3"),
        ("0b1", "0b1"),
        ("0o17", "0o17"),
        ("=", "="),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("00:1a:2b", "00:1a:2b"),
        ("٣", "٣"),
    ],
)
def test_an_unquoted_value_means_what_people_expect(text: str, value: object) -> None:
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


def test_nan_is_a_number_so_that_it_can_be_refused_as_one() -> None:
    found = resolve(".NaN")
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("010", "octal"), ("-007", "octal"), ("12:30", "base-60"), ("1:2:3.4", "base-60"), ("9" * 19, "too many digits")],
)
def test_numbers_that_two_versions_of_yaml_read_differently_are_refused(text: str, phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        resolve(text)


def test_quoted_values_are_text() -> None:
    assert typed("10", "str") == "10"
    assert typed("off", "str") == "off"
    assert typed("010", "str") == "010"


def test_a_tag_must_fit_its_value() -> None:
    assert typed("10", "int") == 10
    with pytest.raises(ValueError, match="!!int"):
        typed("ten", "int")
    with pytest.raises(ValueError, match="!!bool"):
        typed("1", "bool")
