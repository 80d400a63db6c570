"""The frontier is told of a host's delay when that changes: never less than any of its robots.txt files asks for."""

from __future__ import annotations

import pytest

from crawler.engine import throttle
from crawler.engine.throttle import Throttle
from tests.unit.engine.fakes import A, B, Clock, WatchedFrontier

HTTPS = "https://a.test"


@pytest.fixture
def frontier(clock: Clock) -> WatchedFrontier:
    return WatchedFrontier(clock, delay_s=0.5)


def throttle_of(frontier: WatchedFrontier, *, adaptive: bool = False, floor_s: float = 0.5) -> Throttle:
    return Throttle(frontier, floor_s=floor_s, adaptive=adaptive)


@pytest.mark.parametrize("delay_s", [0.51, 0.54, 1, 30])
def test_a_crawl_delay_is_told_exactly_however_little_it_adds(frontier: WatchedFrontier, delay_s: float) -> None:
    throttle_of(frontier).ask(A, delay_s)
    assert frontier.asked_delays == [("a.test", delay_s)]


def test_a_crawl_delay_below_the_configured_delay_changes_nothing(frontier: WatchedFrontier) -> None:
    throttle_of(frontier).ask(A, 0.2)
    assert frontier.asked_delays == [("a.test", 0.0)]
    assert not frontier.urgent


def test_of_two_origins_of_one_host_the_slower_one_holds(frontier: WatchedFrontier) -> None:
    asked = throttle_of(frontier)
    for origin, delay_s in ((A, 10), (HTTPS, 2), (B, 3), (A, 1)):
        asked.ask(origin, delay_s)
    assert frontier.asked_delays == [("a.test", 10), ("a.test", 10), ("b.test", 3), ("a.test", 2)]


def test_a_crawl_delay_that_is_gone_is_over_also_if_it_was_learnt_before_a_restart(frontier: WatchedFrontier) -> None:
    frontier.set_delay("a.test", 30)  # from the saved state
    asked = throttle_of(frontier)
    asked.ask(A, 0)
    assert frontier.asked_delays[-1] == ("a.test", 0.0)
    asked.ask(A, 5)
    asked.ask(A, 0)
    assert [delay_s for _, delay_s in frontier.asked_delays[-2:]] == [5, 0.0]


def test_answers_have_no_effect_unless_the_crawl_adapts(frontier: WatchedFrontier) -> None:
    idle = throttle_of(frontier)
    for _ in range(20):
        idle.observe("a.test", 50, good=False)
    assert frontier.asked_delays == []


def test_a_host_that_fails_is_slowed_down_and_recovers_to_the_floor(frontier: WatchedFrontier) -> None:
    adaptive = throttle_of(frontier, adaptive=True)
    for _ in range(4):
        adaptive.observe("a.test", 0.1, good=False)
    slowed = [delay_s for _, delay_s in frontier.asked_delays]
    assert slowed == sorted(slowed)
    assert slowed[-1] >= 4
    for _ in range(60):
        adaptive.observe("a.test", 0.1, good=True)
    assert frontier.asked_delays[-1][1] < 0.6


def test_a_host_without_any_delay_is_slowed_down_too(frontier: WatchedFrontier) -> None:
    adaptive = throttle_of(frontier, adaptive=True, floor_s=0)
    adaptive.observe("a.test", 0.01, good=False)
    assert frontier.asked_delays == [("a.test", 0.5)]


def test_answers_never_bring_a_host_below_its_crawl_delay(frontier: WatchedFrontier) -> None:
    adaptive = throttle_of(frontier, adaptive=True)
    adaptive.ask(A, 10)
    for good in (False, *[True] * 50):
        adaptive.observe("a.test", 0.1, good=good)
    assert min(delay_s for _, delay_s in frontier.asked_delays) == 10


def test_small_changes_are_not_worth_telling(frontier: WatchedFrontier) -> None:
    adaptive = throttle_of(frontier, adaptive=True)
    for elapsed_s in (1.0, 1.05, 0.97, 1.08, 1.0):
        adaptive.observe("a.test", elapsed_s, good=True)
    assert frontier.asked_delays == [("a.test", 1.0)]


def test_the_hosts_remembered_are_bounded_and_the_oldest_are_forgotten(
    frontier: WatchedFrontier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MOST_HOSTS", 3)
    bounded = throttle_of(frontier)
    for number in range(10):
        bounded.ask(f"http://{number}.test", 5)
    bounded.ask("http://8.test", 6)
    assert list(vars(bounded)["_hosts"]) == ["7.test", "9.test", "8.test"]


def test_it_says_which_delay_holds(frontier: WatchedFrontier) -> None:
    asked = throttle_of(frontier)
    assert asked.delay_s("a.test") == 0.5
    asked.ask(A, 10)
    assert (asked.delay_s("a.test"), asked.delay_s("b.test")) == (10, 0.5)
    assert throttle_of(frontier, floor_s=0.0).delay_s("a.test") == 0.0
