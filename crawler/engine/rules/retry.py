"""Whether a failure is worth another attempt, and how long to wait first."""

from __future__ import annotations

import re
import time
from calendar import timegm
from collections.abc import Callable, Iterable
from email.utils import parsedate
from typing import Final, Literal, NamedTuple

from tenacity import RetryCallState, Retrying, retry_if_exception, retry_if_result
from tenacity.stop import stop_after_attempt
from tenacity.wait import wait_base, wait_exponential, wait_random_exponential

from crawler.core.errors import ErrorType, FetchFailed

# What may pass by itself. A certificate, an address or a body does not get better by asking again.
PASSING: Final = frozenset[ErrorType](("dns", "connect", "timeout", "protocol"))
OVERLOADED: Final = frozenset((429, 503))  # a whole host asks for a pause: RFC 6585 4, RFC 9110 15.6.4

_DELAY_SECONDS = re.compile(r"[0-9]+").fullmatch
_HTTP_DATE = re.compile(  # RFC 9110 5.6.7: IMF-fixdate, RFC 850, asctime
    r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT|\w{6,9}, \d\d-\w{3}-\d\d [\d:]{8} GMT|\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}",
    re.ASCII,
).fullmatch
_FAR_S = 1e10  # what stands for a wait that no float or calendar holds


class Decision(NamedTuple):
    """Try again after `wait_s`; pause_host: nothing else may be asked of the host before."""

    wait_s: float
    reason: Literal["backoff", "retry-after"]
    pause_host: bool = False


class GiveUp(NamedTuple):
    """No further attempt; `type` is the record's error type. message: only where the status does not say it all."""

    type: ErrorType
    message: str | None = None


class RetryRules:
    """When to try again, by strategies of tenacity; the waiting itself is done by the frontier.

    max_retries: after the first attempt. The n-th wait is initial_s * factor**(n - 1), at most max_s; with jitter, half
    of that and a random share of the other half, so that no wait comes to nothing. A Retry-After is a lower bound for
    the wait; max_retry_after_s: a longer one is not waited for (None: however long).
    """

    def __init__(
        self,
        *,
        max_retries: int,
        statuses: Iterable[int],
        initial_s: float,
        factor: float,
        max_s: float,
        jitter: bool,
        respect_retry_after: bool,
        max_retry_after_s: float | None,
        now: Callable[[], float] = time.time,
    ) -> None:
        retried = frozenset(statuses)
        self._strategy = Retrying(
            stop=stop_after_attempt(max_retries + 1),
            wait=_backoff(initial_s, factor, max_s, jitter),
            retry=retry_if_result(retried.__contains__) | retry_if_exception(_may_pass),
        )
        self._respect_retry_after = respect_retry_after
        self._max_retry_after_s = max_retry_after_s
        self._now = now

    def after_failure(self, attempts: int, type: ErrorType) -> Decision | GiveUp:
        """What to do after `attempts` requests, the last of which brought no usable response."""
        state = self._state(attempts)
        state.set_exception((FetchFailed, FetchFailed(type, ""), None))
        wait_s = self._wait_s(state)
        return GiveUp(type) if wait_s is None else Decision(wait_s, "backoff")

    def after_status(self, attempts: int, status: int, retry_after: str | None = None) -> Decision | GiveUp:
        """What to do after `attempts` requests, the last of which was answered by `status`.

        retry_after: the value of the field, in any of its forms (RFC 9110 10.2.3); what cannot be read is ignored.
        """
        state = self._state(attempts)
        state.set_result(status)
        wait_s = self._wait_s(state)
        if wait_s is None:
            return GiveUp("http_status")
        asked_s = retry_after_s(retry_after, self._now()) if self._respect_retry_after and retry_after else None
        if asked_s is None or asked_s < wait_s:
            return Decision(wait_s, "backoff", status in OVERLOADED)
        if self._max_retry_after_s is not None and asked_s > self._max_retry_after_s:
            message = f"status {status}, Retry-After {asked_s:.0f} s is longer than {self._max_retry_after_s:g} s"
            return GiveUp("retry_after_too_long", message)
        return Decision(asked_s, "retry-after", status in OVERLOADED)

    def _state(self, attempts: int) -> RetryCallState:
        state = RetryCallState(self._strategy, None, (), {})
        state.attempt_number = attempts
        return state

    def _wait_s(self, state: RetryCallState) -> float | None:
        """None: not worth another attempt, or there were enough."""
        strategy = self._strategy
        if not strategy.retry(state) or strategy.stop(state):
            return None
        return float(strategy.wait(state))


def retry_after_s(value: str, now: float) -> float | None:
    """Seconds that a Retry-After field asks to wait, from the wall-clock time `now` on; None if it is neither
    delay-seconds nor an HTTP-date. A date in the past means no wait."""
    value = value.strip()
    if _DELAY_SECONDS(value):
        return min(float(value), _FAR_S)
    if not _HTTP_DATE(value) or (parts := parsedate(value)) is None:
        return None
    try:
        return max(0.0, min(timegm(_in_this_century(value, parts, now)) - now, _FAR_S))
    except (ValueError, OverflowError):
        return None


def _in_this_century(value: str, parts: tuple[int, ...], now: float) -> tuple[int, ...]:
    """A year of two digits that seems to be more than 50 years ahead is one of the past (RFC 9110 5.6.7)."""
    if "-" not in value:
        return parts
    year = time.gmtime(now).tm_year
    two_digits = parts[0] % 100
    full = year - year % 100 + two_digits
    return (full - 100 if full > year + 50 else full, *parts[1:])


def _backoff(initial_s: float, factor: float, max_s: float, jitter: bool) -> wait_base:
    if not jitter:
        return wait_exponential(multiplier=initial_s, exp_base=factor, max=max_s)
    half, most = initial_s / 2, max_s / 2
    return wait_exponential(multiplier=half, exp_base=factor, max=most) + wait_random_exponential(
        multiplier=half, exp_base=factor, max=most
    )


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, FetchFailed) and error.type in PASSING
