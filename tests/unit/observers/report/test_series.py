"""A series keeps all that was counted in a bounded number of intervals."""

from __future__ import annotations

import pytest

from crawler.observers.report.series import MOST, Interval, Series


def filled(seconds: int) -> Series:
    """One page a second, and a failure every tenth."""
    series = Series()
    for second in range(1, seconds + 1):
        series.now.pages += 1
        series.now.failed += second % 10 == 0
        series.now.bytes_received += 100
        series.now.latencies[second % 3] += 1
        series.pass_to(float(second), queued=second)
    return series


@pytest.mark.parametrize("seconds", [1, 10, MOST, MOST + 1, 5000])
def test_nothing_that_was_counted_is_lost_however_long_it_goes_on(seconds: int) -> None:
    intervals = filled(seconds).intervals()
    assert len(intervals) <= MOST
    assert sum(one.pages for one in intervals) == seconds
    assert sum(one.failed for one in intervals) == seconds // 10
    assert sum(one.bytes_received for one in intervals) == 100 * seconds
    assert sum(sum(one.latencies) for one in intervals) == seconds


def test_intervals_follow_each_other_without_a_gap() -> None:
    intervals = filled(1000).intervals()
    assert intervals[0].begin_s == 0
    assert [one.end_s for one in intervals[:-1]] == [one.begin_s for one in intervals[1:]]
    assert (intervals[-1].end_s, intervals[-1].queued) == (1000, 1000)


def test_it_goes_on_after_a_restart_from_its_plain_form() -> None:
    first = [Interval.from_plain(one.plain()) for one in filled(700).intervals()]
    series = Series(first)
    series.now.pages += 5
    series.pass_to(720.0, queued=1)
    assert sum(one.pages for one in series.intervals()) == 705
    assert series.intervals()[-1].begin_s == 700


def test_what_has_not_lasted_yet_is_told_as_far_as_it_has_pages() -> None:
    series = Series()
    assert series.intervals() == []
    series.now.pages += 1
    assert len(series.intervals()) == 1


@pytest.mark.parametrize("value", [{}, {"begin_s": "x"}, {"begin_s": 0, "end_s": 1, "latencies": []}])
def test_what_is_no_interval_is_not_taken_for_one(value: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        Interval.from_plain(value)
