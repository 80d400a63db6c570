"""Numbers as people read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from crawler.observers import figures

NOW = datetime(2026, 11, 22, 17, 34, 0)


def test_counts_have_separators() -> None:
    assert [figures.count(number) for number in (0, 999, 1234567)] == ["0", "999", "1,234,567"]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_999, "1.0 MB"), (5.25e13, "52.5 TB")],
)
def test_sizes_are_in_the_unit_that_fits(number: float, text: str) -> None:
    assert figures.size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.25, "0.2 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (123, "2 min 3 s"),
        (3599.9, "1 h"),
        (4800, "1 h 20 min"),
        (86400 * 3 + 3600 * 4, "3 d 4 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert figures.duration(seconds) == text


def test_a_stopwatch_counts_hours() -> None:
    assert [figures.stopwatch(seconds) for seconds in (0, 754.9, 360000)] == ["0:00:00", "0:12:34", "100:00:00"]


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "0.0 pages/s"), (0.1, "6.0 pages/min"), (2, "2.0 pages/s"), (99.96, "100.0 pages/s"), (1234, "1,234 pages/s")],
)
def test_slow_rates_are_told_by_the_minute(rate: float, text: str) -> None:
    assert figures.rate(rate) == text


def test_a_moment_on_another_day_has_its_date() -> None:
    assert figures.moment(12, NOW) == "17:34:12"
    assert figures.moment(86400, NOW) == "2026-11-23 17:34:00"


def test_a_ranking_has_the_largest_first_and_says_how_many_are_left_out() -> None:
    counts = {"a": 1, "b": 3000, "c": 3000, "d": 2}
    assert figures.ranking(counts, 2) == ["b 3,000", "c 3,000", "2 more"]
    assert figures.ranking(counts, 4, ": ") == ["b: 3,000", "c: 3,000", "d: 2", "a: 1"]
    assert figures.ranking({}) == []
