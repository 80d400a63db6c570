"""Durations and sizes as people write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from crawler.core.units import LARGEST, Duration, Section, Size, duration_s, size_bytes

SECONDS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {"": 1, "B": 1, "kB": 1000, "KiB": 1024, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "TiB": 2**40}
NEITHER = ["", " ", "ten", "1,5", "1.2.3", ".", "1e3", "-1", "+1", "0x10", "1 0", "inf", "nan", "1_000", "10 parsecs"]


class Timed(Section):
    """A section as rooms write them."""

    wait: Duration = 1.0
    room: Size = 1
    share: float = 0.5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("10s", 10), ("5m", 300), ("2h", 7200), ("1d", 86400), ("0", 0), ("1.5", 1.5), (".5s", 0.5)],
)
def test_durations_are_seconds_or_text(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "number"),
    [("500kB", 500_000), ("5MB", 5_000_000), ("10MiB", 10 << 20), ("1 GiB", 1 << 30), ("12", 12), ("1.5KiB", 1536)],
)
def test_sizes_are_bytes_or_text_decimal_or_binary(text: str, number: int) -> None:
    assert size_bytes(text) == number
    assert isinstance(size_bytes(text), int)


@given(st.integers(0, 10**6), st.sampled_from(list(SECONDS)), st.sampled_from(["", " "]), st.booleans())
def test_any_number_takes_any_unit_of_time_in_either_case(number: int, unit: str, space: str, upper: bool) -> None:
    text = f" {number}{space}{unit.upper() if upper else unit} "
    assert duration_s(text) == pytest.approx(number * SECONDS[unit])


@given(st.integers(0, 1000), st.sampled_from(list(BYTES)), st.sampled_from([str.lower, str.upper, str]))
def test_any_number_takes_any_unit_of_size_in_any_case(number: int, unit: str, case: type[str]) -> None:
    assert size_bytes(f"{number}{case(unit)}") == number * BYTES[unit]


@pytest.mark.parametrize("number", [0, 0.25, 7, 10**6])
def test_plain_numbers_stay_what_they_are(number: float) -> None:
    assert duration_s(number) == number
    assert size_bytes(number) == int(number)


@pytest.mark.parametrize("value", [*NEITHER, True, False, None, [], {}, math.inf, math.nan, b"1s", "1MB"])
def test_what_is_no_duration_is_told_what_is(value: object) -> None:
    with pytest.raises(PydanticCustomError, match=r"duration|negative") as refused:
        duration_s(value)
    assert "500ms, 10s, 5m, 2h, 1d" in str(refused.value)


@pytest.mark.parametrize("value", [*NEITHER, True, False, None, [], {}, -math.inf, math.nan, b"1kB", "1s"])
def test_what_is_no_size_is_told_what_is(value: object) -> None:
    with pytest.raises(PydanticCustomError, match=r"size|negative") as refused:
        size_bytes(value)
    assert "500kB, 5MB, 10MiB" in str(refused.value)


def test_negative_numbers_are_refused_as_such() -> None:
    for convert in (duration_s, size_bytes):
        with pytest.raises(PydanticCustomError, match="must not be negative"):
            convert(-1)


@pytest.mark.parametrize("value", [LARGEST * 2, "9999999999999999d", "9" * 400, int("9" * 400)])
def test_numbers_that_could_not_be_kept_exactly_are_too_large(value: object) -> None:
    with pytest.raises(PydanticCustomError, match=r"too large|not a duration"):
        duration_s(value)


def test_the_largest_number_is_still_exact() -> None:
    assert size_bytes(int(LARGEST)) == 2**53


def test_sections_hold_the_numbers_behind_the_text() -> None:
    section = Timed.model_validate({"wait": "2m", "room": "4KiB"})
    assert (section.wait, section.room) == (120.0, 4096)


@pytest.mark.parametrize(
    "fields", [{"wiat": 1}, {"wait": True}, {"room": "much"}, {"share": math.nan}, {"share": "0.5"}]
)
def test_sections_refuse_unknown_keys_and_wrong_values(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Timed.model_validate(fields)


def test_sections_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Timed().wait = 2.0  # type: ignore[misc]


def test_the_schema_admits_numbers_and_text() -> None:
    properties = Timed.model_json_schema()["properties"]
    kinds = {name: [one["type"] for one in properties[name]["anyOf"]] for name in ("wait", "room")}
    assert kinds == {"wait": ["number", "string"], "room": ["integer", "string"]}
