"""Traps and budgets: what is refused, what is never overstepped, and that a run comes to its end."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.core.visit import Request, Visit
from crawler.engine.accounts.tally import OTHER_HOSTS, Tally
from crawler.engine.rules import limits
from crawler.engine.rules.limits import MOST_SECONDS, Budget, Traps

LIMITS = {"max_url_length": 60, "max_path_segments": 5, "max_path_repeats": 3, "max_query_params": 3}
E = "https://e.test"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"{E}/", None),
        (f"{E}/{'x' * 45}", None),
        (f"{E}/{'x' * 46}", "max_url_length"),
        (f"{E}/1/2/3/4/5", None),
        (f"{E}/1/2/3/4/5/", None),
        (f"{E}/1/2/3/4/5/6", "max_path_segments"),
        (f"{E}//////", None),
        (f"{E}///////", "max_path_segments"),
        (f"{E}/?/1/2/3/4/5/6/7/8/1/1", None),
        (f"{E}/a/b/a/b", None),
        (f"{E}/a/b/a/b/a", "max_path_repeats"),
        (f"{E}/a/a/a/", "max_path_repeats"),
        (f"{E}/aa/a/a", None),
        (f"{E}/a/b?a/a/a", None),
        (f"{E}/////", None),
        (f"{E}/e.test/e.test", None),
        (f"{E}/?a=1&b=2&c=3", None),
        (f"{E}/?a=1&b=2&c=3&d=4", "max_query_params"),
        (f"{E}/&&&&", None),
        (f"{E}/?", None),
    ],
)
def test_a_url_that_looks_like_a_trap_is_refused_by_the_name_of_the_limit(url: str, reason: str | None) -> None:
    traps = Traps(**LIMITS)
    assert [traps(url), traps(url)] == [reason, reason]


def test_a_limit_that_is_not_set_does_not_exist() -> None:
    assert Traps()(f"{E}/{'a/' * 5000}?{'b&' * 5000}") is None


def test_no_query_at_all_may_be_a_limit() -> None:
    assert Traps(max_query_params=0)(f"{E}/?a") == "max_query_params"
    assert Traps(max_query_params=0)(f"{E}/") is None


SEGMENTS = st.lists(st.sampled_from(["a", "b", "ab", ""]), min_size=1, max_size=9)


@settings(deadline=None)
@given(st.lists(SEGMENTS, max_size=6), st.integers(1, 4), st.integers(1, 6))
def test_paths_are_judged_as_a_plain_count_would_whatever_came_before(
    paths: list[list[str]], repeats: int, depth: int
) -> None:
    traps = Traps(max_path_repeats=repeats, max_path_segments=depth)
    for segments in paths:
        most = max((segments.count(segment) for segment in segments if segment), default=0)
        size = len(segments) - (segments[-1] == "")
        expected = "max_path_segments" if size > depth else "max_path_repeats" if most >= repeats else None
        assert traps(f"{E}/{'/'.join(segments)}?a/a/a/a") == expected


def test_what_traps_remember_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FOLDERS", 10)
    traps = Traps(max_path_repeats=3)
    assert all(traps(f"{E}/{n}/x") is None for n in range(100))
    assert traps(f"{E}/1/1/1") == "max_path_repeats"
    assert len(traps._harmless) <= 10


class Clock:
    time_s = 100.0

    def __call__(self) -> float:
        return self.time_s


def request(n: int, host: str = "e.test", **changes: object) -> Request:
    url = f"https://{host}/{n}"
    return Request(url, url, host)._replace(**changes)  # type: ignore[arg-type]


def visited(request: Request, bytes_received: int = 0) -> Visit:
    return Visit(request.url, request.url, 200, True, None, "", 0.0, 1, 0, None, bytes_received=bytes_received)


def finish(budget: Budget, tally: Tally, done: Request) -> None:
    budget.settle(done)
    tally.add(visited(done), done.host)


def test_without_limits_every_free_slot_may_be_used_and_nothing_stops() -> None:
    budget = Budget(Tally())
    assert budget.room(32) == 32
    assert all(budget.admit(request(n)) for n in range(100))
    assert budget.room(32) == 32
    assert budget.stop_reason() is None
    assert budget.seconds_left() == MOST_SECONDS


def test_visits_and_places_together_never_exceed_max_pages() -> None:
    tally = Tally()
    budget = Budget(tally, max_pages=3)
    assert budget.room(32) == 3
    assert [budget.admit(request(n)) for n in range(4)] == [True, True, True, False]
    assert tally.refused["max_pages"] == 1
    assert budget.room(32) == 0
    for n in range(3):
        assert budget.stop_reason() is None
        finish(budget, tally, request(n))
    assert budget.stop_reason() == "max_pages"


def test_a_url_that_waits_for_another_attempt_keeps_its_place_and_may_come_back() -> None:
    tally = Tally()
    budget = Budget(tally, max_pages=1)
    first = request(1)
    assert budget.admit(first)
    budget.postponed(first)
    assert budget.room(32) == 1
    assert not budget.admit(request(2))
    assert budget.admit(first._replace(attempts=1))
    assert budget.room(32) == 0
    finish(budget, tally, first)
    assert budget.stop_reason() == "max_pages"


def test_a_redirected_url_keeps_its_place_too() -> None:
    budget = Budget(Tally(), max_pages=1)
    budget.admit(request(1))
    budget.postponed(request(1))
    assert budget.admit(request(1, target="https://f.test/", host="f.test", redirects=(f"{E}/1",)))


def test_a_request_that_goes_back_unsent_gives_up_the_place_it_got_and_no_other() -> None:
    budget = Budget(Tally(), max_pages=1, max_pages_per_host=1)
    budget.admit(request(1))
    budget.release(request(1))
    assert budget.room(32) == 1
    assert budget.admit(request(2))
    budget.postponed(request(2))
    again = request(2, attempts=1)
    budget.admit(again)
    budget.release(again)
    assert not budget.admit(request(3))
    assert budget.admit(again)


def test_urls_left_half_done_by_an_earlier_execution_hold_their_places() -> None:
    tally = Tally({"pages": 5})
    budget = Budget(tally, max_pages=8, taken_up=2)
    assert budget.room(32) == 1
    assert budget.admit(request(1))
    assert not budget.admit(request(2))
    assert budget.room(32) == 2
    assert budget.admit(request(3, attempts=2))
    assert budget.admit(request(4, redirects=(f"{E}/4",)))


def test_sitemaps_hold_no_place() -> None:
    budget = Budget(Tally(), max_pages=1, max_pages_per_host=1)
    sitemap = request(1, kind="sitemap")
    assert budget.admit(sitemap)
    budget.postponed(sitemap)
    assert budget.admit(sitemap._replace(attempts=1))
    budget.release(sitemap._replace(attempts=1))
    budget.settle(sitemap)
    assert budget.room(32) == 1
    assert budget.admit(request(2))


def test_each_host_has_its_own_limit_by_the_url_that_was_taken_up() -> None:
    tally = Tally({"pages": 1, "hosts": {"f.test": [1, 0, 0], OTHER_HOSTS: [9, 0, 0]}})
    budget = Budget(tally, max_pages_per_host=2)
    assert [budget.admit(request(n)) for n in range(3)] == [True, True, False]
    assert [budget.admit(request(n, "f.test")) for n in range(2)] == [True, False]
    assert tally.refused["max_pages_per_host"] == 2
    finish(budget, tally, request(0))
    assert not budget.admit(request(9))
    budget.release(request(1))
    assert budget.admit(request(9))
    assert budget.stop_reason() is None


def test_bytes_and_time_are_those_of_this_execution() -> None:
    tally, clock = Tally({"bytes_received": 5000}), Clock()
    budget = Budget(tally, max_bytes=1000, max_duration_s=60, now=clock)
    tally.bytes_received += 999
    clock.time_s += 59
    assert budget.stop_reason() is None
    assert budget.seconds_left() == 1
    clock.time_s += 1
    assert budget.stop_reason() == "max_duration"
    assert budget.seconds_left() == 0
    tally.bytes_received += 1
    assert budget.stop_reason() == "max_bytes"


def test_what_each_host_had_before_a_restart_counts_also_where_the_tally_has_forgotten_it() -> None:
    class Counts(dict[str, int]):
        def of(self, host: str) -> int:
            return self.get(host, 0)

        def add(self, host: str) -> None:
            self[host] = self.of(host) + 1

    counts = Counts({"e.test": 1})
    budget = Budget(Tally(), max_pages_per_host=2, counts=counts)
    first, second = (request(number) for number in range(2))
    assert budget.admit(first)
    budget.settle(first)
    assert counts == {"e.test": 2}
    assert not budget.admit(second)
    assert not Budget(Tally(), max_pages_per_host=2, counts=counts).admit(second)
    unlimited = Budget(Tally(), counts=counts)
    assert unlimited.admit(second)
    unlimited.settle(second)
    assert counts == {"e.test": 2}  # nobody pays for a limit that is not there


def test_the_disk_is_looked_at_once_a_second() -> None:
    clock, free = Clock(), [999]
    budget = Budget(Tally(), min_free_bytes=1000, free_bytes=lambda: free[0], now=clock)
    assert budget.stop_reason() == "min_free_disk"
    free[0] = 1000
    clock.time_s += 1
    assert budget.stop_reason() is None
    free[0] = 0
    assert budget.stop_reason() is None
    clock.time_s += 1
    assert budget.stop_reason() == "min_free_disk"
    assert Budget(Tally(), free_bytes=lambda: 0).stop_reason() is None


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(0, 30), st.integers(1, 5), st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_run_makes_exactly_max_pages_visits_and_ends_whatever_happens_on_the_way(
    max_pages: int, known: int, slots: int, killed_after: int, chance: random.Random
) -> None:
    """A small frontier and loop: requests finish, are postponed, go back unsent, and the process is killed once."""
    tally = Tally()
    budget = Budget(tally, max_pages=max_pages)
    queue, in_flight = [request(n) for n in range(known)], list[Request]()
    for step in range(10_000):
        if budget.stop_reason() or not (queue or in_flight):
            break
        if step == killed_after:
            queue, in_flight = queue + in_flight, []
            budget = Budget(tally, max_pages=max_pages, taken_up=sum(one.attempts > 0 for one in queue))
        room = budget.room(slots - len(in_flight))
        assert room > 0 or in_flight, "nothing under way, nothing to be reserved, and no reason to stop"
        chance.shuffle(queue)
        reserved, queue = queue[:room], queue[room:]
        in_flight += [one for one in reserved if budget.admit(one)]
        assert tally.pages + len(in_flight) <= max_pages
        chance.shuffle(in_flight)
        if in_flight:
            one = in_flight.pop()
            match chance.choice(["finish", "postpone", "release"]):
                case "finish":
                    finish(budget, tally, one)
                case "postpone":
                    budget.postponed(one)
                    queue.append(one._replace(attempts=one.attempts + 1))
                case "release":
                    budget.release(one)
                    queue.append(one)
    assert tally.pages == min(max_pages, known)
