"""Retries: what is tried again, after how long, and what is not."""

from __future__ import annotations

import pickle
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.core.errors import ERROR_TYPES, ErrorType
from crawler.engine.rules.retry import PASSING, Decision, GiveUp, RetryRules, retry_after_s

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()


def wall_clock() -> float:
    return NOW


def rules(**changes: Any) -> RetryRules:
    settings: dict[str, Any] = {
        "max_retries": 3,
        "statuses": (408, 429, 500, 502, 503, 504),
        "initial_s": 1,
        "factor": 2,
        "max_s": 60,
        "jitter": False,
        "respect_retry_after": True,
        "max_retry_after_s": 300,
        "now": wall_clock,
    }
    return RetryRules(**(settings | changes))


@pytest.mark.parametrize("type", ["dns", "connect", "timeout", "protocol"])
def test_a_failure_that_may_pass_by_itself_is_tried_again(type: ErrorType) -> None:
    assert rules().after_failure(1, type) == Decision(1.0, "backoff", pause_host=False)


@pytest.mark.parametrize("type", sorted(set(ERROR_TYPES) - PASSING))
def test_any_other_failure_is_final_and_keeps_its_type(type: ErrorType) -> None:
    assert rules().after_failure(1, type) == GiveUp(type)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_the_statuses_that_the_configuration_lists_are_tried_again(status: int) -> None:
    assert rules().after_status(1, status) == Decision(1.0, "backoff", pause_host=status in (429, 503))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501, 505, 999])
def test_other_statuses_are_final(status: int) -> None:
    assert rules().after_status(1, status, "5") == GiveUp("http_status")
    assert rules(statuses=()).after_status(1, 503) == GiveUp("http_status")


def test_there_are_max_retries_after_the_first_attempt() -> None:
    some = rules(max_retries=2)
    assert [isinstance(some.after_status(n, 500), Decision) for n in (1, 2, 3, 4)] == [True, True, False, False]
    assert [isinstance(some.after_failure(n, "timeout"), Decision) for n in (1, 2, 3, 4)] == [True, True, False, False]
    assert rules(max_retries=0).after_status(1, 503, "9999") == GiveUp("http_status")
    assert rules(max_retries=0).after_failure(1, "connect") == GiveUp("connect")


def waits_s(some: RetryRules, attempts: int) -> list[float]:
    decisions = [some.after_failure(n, "timeout") for n in range(1, attempts + 1)]
    return [decision.wait_s for decision in decisions if isinstance(decision, Decision)]


def test_waits_grow_by_the_factor_up_to_the_longest() -> None:
    assert waits_s(rules(max_retries=8, initial_s=0.5, factor=3, max_s=20), 8) == [0.5, 1.5, 4.5, 13.5, 20, 20, 20, 20]
    assert waits_s(rules(max_retries=3, initial_s=2, factor=1), 3) == [2, 2, 2]
    assert waits_s(rules(max_retries=100, max_s=60), 100)[-1] == 60
    assert waits_s(rules(initial_s=0, jitter=True), 2) == [0, 0]
    assert waits_s(rules(initial_s=0, max_s=0), 2) == [0, 0]


def test_jitter_takes_away_half_of_a_wait_at_most() -> None:
    some = rules(max_retries=9, initial_s=4, jitter=True, max_s=20)
    for attempt, full_s in ((1, 4), (2, 8), (3, 16), (4, 20), (9, 20)):
        waits = [waits_s(some, attempt)[-1] for _ in range(200)]
        assert full_s / 2 <= min(waits) < max(waits) <= full_s


@pytest.mark.parametrize(
    "value",
    ["120", " 120 ", "Sun, 22 Nov 2026 12:02:00 GMT", "Sunday, 22-Nov-26 12:02:00 GMT", "Sun Nov 22 12:02:00 2026"],
)
def test_retry_after_is_understood_in_all_its_forms_10_2_3(value: str) -> None:
    assert rules().after_status(1, 503, value) == Decision(120.0, "retry-after", pause_host=True)
    assert rules().after_status(1, 500, value) == Decision(120.0, "retry-after", pause_host=False)


@pytest.mark.parametrize(
    "value",
    [
        *("", "soon", "-5", "+5", "1.5", "1e3", "0x10", "٣", "5 s", "Sun, 31 Feb 2026 12:02:00", "2026-11-22T12:02"),
        *("Sun, 22 Nov 2026 99:99:99 PST", "Sun, 22 Xxx 2026 12:02:00 GMT", "1" + "," * 5000),
    ],
)
def test_a_retry_after_that_cannot_be_read_is_ignored(value: str) -> None:
    assert rules().after_status(1, 503, value) == Decision(1.0, "backoff", pause_host=True)


def test_retry_after_is_the_least_wait_and_never_shortens_the_backoff() -> None:
    assert rules().after_status(1, 429, "0") == Decision(1.0, "backoff", pause_host=True)
    assert rules().after_status(3, 429, "3") == Decision(4.0, "backoff", pause_host=True)
    assert rules().after_status(1, 429, "Sun, 22 Nov 2020 12:00:00 GMT") == Decision(1.0, "backoff", pause_host=True)
    assert rules(initial_s=0).after_status(1, 429, "0") == Decision(0.0, "retry-after", pause_host=True)


def test_a_wait_longer_than_allowed_is_not_waited_for() -> None:
    assert rules().after_status(1, 429, "300") == Decision(300.0, "retry-after", pause_host=True)
    found = rules().after_status(1, 429, "301")
    assert found == GiveUp("retry_after_too_long", "status 429, Retry-After 301 s is longer than 300 s")
    assert isinstance(rules().after_status(1, 503, "9" * 400), GiveUp)
    assert rules(max_retry_after_s=None).after_status(1, 503, "86400") == Decision(86400.0, "retry-after", True)


def test_retry_after_is_not_looked_at_where_it_is_not_respected() -> None:
    assert rules(respect_retry_after=False).after_status(1, 503, "9999") == Decision(1.0, "backoff", pause_host=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sun Nov  6 08:49:37 1994", 0.0),
        ("Sunday, 22-Nov-76 12:00:00 GMT", 1577923200.0),
        ("Sunday, 22-Nov-77 12:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1e10),
    ],
)
def test_a_year_of_two_digits_is_at_most_fifty_years_ahead_5_6_7(value: str, expected: float) -> None:
    assert retry_after_s(value, NOW) == expected


def test_dates_count_from_the_wall_clock_where_nothing_else_is_said() -> None:
    some = RetryRules(
        max_retries=1,
        statuses=(503,),
        initial_s=1,
        factor=2,
        max_s=60,
        jitter=True,
        respect_retry_after=True,
        max_retry_after_s=300,
    )
    value = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 120))
    found = some.after_status(1, 503, value)
    assert isinstance(found, Decision)
    assert 60 < found.wait_s <= 120


def test_rules_survive_the_way_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(rules()))
    assert copy.after_status(2, 503) == Decision(2.0, "backoff", pause_host=True)
