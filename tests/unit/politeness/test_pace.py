"""A struggling host is left alone longer, a healthy one no longer than configured."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness.pace import CEILING_S, FIRST_STEP_S, adapted_delay_s

seconds = st.floats(0, 1000)


def after(delay_s: float, *answers: tuple[float, bool], floor_s: float = 0.5) -> float:
    """The delay after `answers`: how long each took, and whether it was good."""
    for elapsed_s, good in answers:
        delay_s = adapted_delay_s(delay_s, elapsed_s, good=good, floor_s=floor_s)
    return delay_s


@given(seconds, seconds, st.booleans(), seconds)
def test_the_delay_is_never_below_the_floor_and_never_above_both_floor_and_ceiling(
    delay_s: float, elapsed_s: float, good: bool, floor_s: float
) -> None:
    start_s = max(floor_s, min(delay_s, CEILING_S))
    adapted_s = after(start_s, (elapsed_s, good), floor_s=floor_s)
    assert floor_s <= adapted_s <= max(floor_s, CEILING_S) + 1e-9


def test_a_fast_and_healthy_host_stays_at_the_floor() -> None:
    assert after(0.0, *[(0.05, True)] * 10) == 0.5


def test_a_slow_host_is_asked_no_more_than_half_of_the_time() -> None:
    assert after(0.5, (4.0, True)) == 4.0


def test_each_error_doubles_the_delay_up_to_a_minute() -> None:
    assert [after(2.0, *[(0.1, False)] * errors) for errors in (1, 2, 3, 9)] == [4, 8, 16, CEILING_S]


def test_the_first_error_of_a_host_asked_without_delay_counts() -> None:
    assert after(0.0, (0.1, False), floor_s=0.0) == FIRST_STEP_S


@given(st.floats(0.5, 60), seconds)
def test_good_answers_ease_the_delay_gradually_and_errors_never_do(delay_s: float, elapsed_s: float) -> None:
    assert after(delay_s, (elapsed_s, False)) >= delay_s
    eased_s = after(delay_s, (0.1, True))
    assert 0.8 * delay_s <= eased_s <= delay_s


def test_a_host_that_recovered_comes_back_to_the_floor() -> None:
    assert abs(after(60.0, *[(0.1, True)] * 60) - 0.5) < 0.01
