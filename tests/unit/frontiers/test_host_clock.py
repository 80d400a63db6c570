"""One host's clock: what holds it, what moves it, what it says."""

from __future__ import annotations

from crawler.frontiers.host_clock import MARGIN_S, SLOW_S, HostClock, Pace


def a_clock(delay_s: float = 2.0, jitter: float = 0.0, per_host: int = 2) -> HostClock:
    return HostClock(Pace(delay_s, jitter, per_host))


def test_a_fresh_host_may_be_asked_at_any_time() -> None:
    assert (a_clock().clear_at() or 0) < -1e308
    assert a_clock().why(0.0) is None


def test_a_held_host_is_clear_again_one_delay_and_a_margin_after_the_start() -> None:
    clock = a_clock()
    clock.hold()
    assert (clock.clear_at(), clock.why(5.0)) == (None, ("in flight", None))
    clock.start(10.0)
    assert clock.clear_at() == 10.0 + (2.0 + MARGIN_S)
    assert clock.why(11.0) == ("delay", 10.0 + (2.0 + MARGIN_S))


def test_a_host_is_slow_while_the_answer_to_its_last_request_is_long_in_coming() -> None:
    clock = a_clock(per_host=9)
    clock.hold()
    assert not clock.is_slow(100.0)  # nothing was sent
    clock.start(100.0)
    assert (clock.is_slow(100.0 + SLOW_S - 1), clock.is_slow(100.0 + SLOW_S)) == (False, True)
    clock.hold()
    clock.start(110.0)
    assert not clock.is_slow(110.0)


def test_without_a_delay_only_slots_count() -> None:
    clock = a_clock(delay_s=0.0)
    clock.hold()
    assert (clock.clear_at() or 0) < 0
    clock.hold()
    assert clock.clear_at() is None


def test_a_delay_that_is_learnt_while_requests_are_unsent_holds_the_host_until_all_have_left() -> None:
    clock = a_clock(delay_s=0.0, per_host=9)
    clock.hold()
    clock.hold()
    clock.ask_delay(5.0)
    clock.start(1.0)
    assert clock.clear_at() is None
    clock.start(2.0)
    assert clock.clear_at() == 2.0 + (5.0 + MARGIN_S)


def test_jitter_never_undercuts_the_delay_that_the_host_asked_for() -> None:
    clock = a_clock(jitter=1.0)
    clock.ask_delay(1.5)
    for now in range(0, 1000, 10):
        clock.hold()
        clock.start(float(now))
        assert now + 1.5 <= clock.next_start <= now + 4.0 + MARGIN_S


def test_of_a_block_and_a_delay_the_later_one_is_named() -> None:
    clock = a_clock()
    clock.hold()
    clock.start(0.0)
    clock.in_flight = 0
    clock.block(1.0, "retry-after")
    assert (clock.why(0.5) or ("",))[0] == "delay"
    clock.block(9.0, "backoff")
    assert clock.why(0.5) == ("backoff", 9.0)


def test_a_crawl_delay_is_named_as_such() -> None:
    clock = a_clock()
    clock.ask_delay(7.0)
    clock.hold()
    clock.start(0.0)
    assert clock.why(1.0) == ("crawl-delay", 7.0 + MARGIN_S)


def test_an_outsider_sent_twice_is_one_start() -> None:
    clock = a_clock()
    clock.hold_outsider()
    clock.start_outsider(1.0)
    clock.start_outsider(5.0)
    clock.free_outsider(6.0)
    assert (clock.next_start, clock.in_flight, clock.unsent, clock.outsiders) == (1.0 + (2.0 + MARGIN_S), 0, 0, 0)


def test_an_idle_host_has_nothing_to_be_remembered_for() -> None:
    clock = a_clock()
    assert clock.is_idle(0.0)
    clock.hold()
    assert not clock.is_idle(0.0)
    clock.start(0.0)
    clock.in_flight -= 1
    assert not clock.is_idle(1.0)
    assert clock.is_idle(3.0)
    clock.block(None, "robots")
    assert not clock.is_idle(3.0)
