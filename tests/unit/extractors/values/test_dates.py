"""Dates as people and machines write them."""

from __future__ import annotations

import pytest

from crawler.extractors.values.dates import iso_date, iso_datetime


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-03", "2026-03-03T00:00:00"),
        ("20260303", "2026-03-03T00:00:00"),
        ("2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z"),
        ("2026-03-03 10:00+01:00", "2026-03-03T10:00:00+01:00"),
        ("2026-03-03T10:00:00.123456789Z", "2026-03-03T10:00:00.123456Z"),
        ("Tue, 03 Mar 2026 10:00:00 GMT", "2026-03-03T10:00:00Z"),
        ("March 3rd, 2026 5pm", "2026-03-03T17:00:00"),
        ("3 March 2026", "2026-03-03T00:00:00"),
        ("Posted on March 3, 2026", "2026-03-03T00:00:00"),
        ("3/4/2026", "2026-03-04T00:00:00"),
        ("3.4.2026", "2026-04-03T00:00:00"),
        ("03. 04. 2026", "2026-04-03T00:00:00"),
        ("1770000000", "2026-02-02T02:40:00Z"),
        (1770000000, "2026-02-02T02:40:00Z"),
        (1770000000000, "2026-02-02T02:40:00Z"),
    ],
)
def test_a_moment_becomes_iso_8601(text: str | float, moment: str) -> None:
    assert iso_datetime(text) == moment
    assert iso_date(text) == moment[:10]


@pytest.mark.parametrize(
    "text",
    ["", "March", "2026", "12:30", "3 March", "yesterday", "5", "1" * 50, "3 March 2026 " * 20, "99/99/9999", 1e300],
)
def test_what_is_no_whole_date_is_none(text: str | float) -> None:
    assert iso_datetime(text) is None
    assert iso_date(text) is None


def test_a_date_is_that_of_its_own_time_zone() -> None:
    assert iso_date("2026-03-03T23:30:00-05:00") == "2026-03-03"
