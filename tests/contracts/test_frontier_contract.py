"""What every frontier keeps: each URL once, never too early, nothing lost, and in which order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from crawler.core.ports import Frontier, HostWait
from crawler.core.registry import load
from crawler.core.visit import Request
from crawler.frontiers import FRONTIERS
from crawler.frontiers.host_clock import MARGIN_S, SLOW_S
from crawler.frontiers.schedule import MOST_IN_A_ROW
from tests.unit.frontiers.fake_time import FakeTime

DELAY_S = 1.0
Make = Callable[..., Frontier]


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture(params=sorted(FRONTIERS))
def make(request: pytest.FixtureRequest, tmp_path: Path, time: FakeTime) -> Iterator[Make]:
    """Opens a frontier of each kind; by default one slot a host and one second between two starts."""
    opened: list[Frontier] = []

    def open_one(**options: Any) -> Frontier:
        options = {"delay_s": DELAY_S, "jitter": 0.0, "per_host": 1} | options
        frontier: Frontier = load(FRONTIERS, request.param)(tmp_path, now=time.now, wall=time.wall, **options)
        frontier.open("20261122T173400Z", fresh=False)
        opened.append(frontier)
        return frontier

    yield open_one
    for frontier in opened:
        frontier.close()


def page(number: int, host: str = "a") -> str:
    return f"https://{host}.example/{number}"


def pages(count: int, host: str = "a") -> list[str]:
    return [page(number, host) for number in range(count)]


def take(frontier: Frontier, room: int = 1) -> list[str]:
    return [request.url for request in frontier.reserve(room)]


def ask(frontier: Frontier) -> Request:
    """Asks the one URL that may be asked now."""
    (request,) = frontier.reserve(1)
    frontier.sent(request)
    return request


# What is to do.


def test_a_url_is_handed_out_as_it_was_found(make: Make) -> None:
    frontier = make()
    frontier.discover(["https://a.example:8080/x"], depth=2, parent="https://b.example/", kind="sitemap", hops_out=1)
    (request,) = frontier.reserve(5)
    assert request == Request(
        "https://a.example:8080/x", "https://a.example:8080/x", "a.example:8080", 2, "https://b.example/", "sitemap", 1
    )


def test_a_url_is_added_once_however_often_it_is_found(make: Make) -> None:
    frontier = make(delay_s=0, per_host=9)
    assert frontier.discover([page(1), page(2), page(1)], depth=0, parent=None) == 2
    assert frontier.discover([page(2), page(3)], depth=1, parent=page(1)) == 1
    for request in frontier.reserve(9):
        frontier.finish(request)
    assert frontier.discover(pages(4), depth=1, parent=None) == 1
    assert take(frontier, 9) == [page(0)]


def test_what_was_seen_is_sieved_out(make: Make) -> None:
    frontier = make()
    frontier.discover(pages(3), depth=0, parent=None)
    frontier.claim(page(7), page(0))
    assert frontier.unknown([page(5), page(1), page(7), page(4)]) == [page(5), page(4)]
    assert frontier.discover([page(5)], depth=1, parent=None) == 1


def test_a_host_is_asked_breadth_first_and_in_order_of_discovery(make: Make) -> None:
    frontier = make(delay_s=0, per_host=9)
    frontier.discover([page(5), page(4)], depth=2, parent=None)
    frontier.discover([page(3), page(2)], depth=1, parent=None)
    frontier.discover([page(1)], depth=2, parent=None)
    assert take(frontier, 9) == [page(3), page(2), page(5), page(4), page(1)]


def test_hosts_take_turns(make: Make) -> None:
    frontier = make(delay_s=0, per_host=9)
    for host in "abc":
        frontier.discover(pages(2, host), depth=0, parent=None)
    assert take(frontier, 2) + take(frontier, 4) == [page(0, "a"), page(0, "b"), page(0, "c"),
                                                     page(1, "a"), page(1, "b"), page(1, "c")]  # fmt: skip


def in_turn(frontier: Frontier, requests: int) -> str:
    """The hosts of so many requests, each finished before the next one is handed out."""
    hosts = ""
    for _ in range(requests):
        (request,) = frontier.reserve(1)
        hosts += request.host[0]
        frontier.sent(request)
        frontier.finish(request)
    return hosts


def test_a_host_without_a_delay_keeps_its_turn_for_a_few_requests(make: Make) -> None:
    frontier = make(delay_s=0, per_host=2)
    for host in "ab":
        frontier.discover(pages(12, host), depth=1, parent=None)
    assert in_turn(frontier, 24) == "a" * MOST_IN_A_ROW + "b" * MOST_IN_A_ROW + "a" * 4 + "b" * 4


def test_hosts_that_are_fewer_than_the_requests_in_flight_take_turns_all_the_same(make: Make) -> None:
    frontier = make(delay_s=0, per_host=3)
    for host in "ab":
        frontier.discover(pages(9, host), depth=1, parent=None)
    frontier.reserve(2)
    assert in_turn(frontier, 4) == "abab"


def test_no_host_runs_ahead_of_the_others_into_the_depth(make: Make) -> None:
    frontier = make(delay_s=0, per_host=2)
    for host in "abc":
        frontier.discover([page(0, host)], depth=0, parent=None)
        frontier.discover([page(1, host), page(2, host)], depth=1, parent=None)
    assert in_turn(frontier, 9) == "abc" + "aabbcc"


def test_a_host_that_asks_for_a_delay_keeps_no_turn(make: Make, time: FakeTime) -> None:
    frontier = make(delay_s=0, per_host=2)
    for host in "ab":
        frontier.discover(pages(3, host), depth=0, parent=None)
        frontier.set_delay(f"{host}.example", 1.0)
    assert in_turn(frontier, 2) == "ab"
    assert take(frontier) == []
    time.go_on(1.5)
    assert in_turn(frontier, 2) == "ab"


def test_room_is_never_exceeded(make: Make) -> None:
    frontier = make(delay_s=0, per_host=9)
    frontier.discover(pages(5), depth=0, parent=None)
    assert (take(frontier, 0), len(take(frontier, 3)), len(take(frontier, 3))) == ([], 3, 2)


def test_stats_count_what_is_where(make: Make) -> None:
    frontier = make(delay_s=0, per_host=9)
    frontier.discover(pages(5), depth=0, parent=None)
    one, two, three = frontier.reserve(3)
    assert tuple(frontier.stats()) == (2, 3, 0, 5, 0)
    frontier.finish(one)
    frontier.drop(two)
    frontier.postpone(three._replace(attempts=1), 0.0, "backoff")
    assert tuple(frontier.stats()) == (3, 0, 1, 5, 1)
    frontier.hand_back(frontier.reserve(1)[0])
    assert tuple(frontier.stats()) == (3, 0, 1, 5, 1)
    assert frontier.reserve(1)[0] == three._replace(attempts=1)
    assert tuple(frontier.stats()) == (2, 1, 1, 5, 0)


# When a host is asked.


def test_the_delay_runs_from_the_moment_of_sending(make: Make, time: FakeTime) -> None:
    frontier = make(per_host=9)
    frontier.discover(pages(3), depth=0, parent=None)
    (request,) = frontier.reserve(9)
    time.go_on(50.0)
    assert take(frontier) == []  # handed out, not yet sent: it holds the host
    frontier.sent(request)
    assert frontier.next_start() == time.monotonic + DELAY_S + MARGIN_S
    time.go_on(DELAY_S)
    assert take(frontier) == []
    time.go_on(MARGIN_S + 1e-9)
    assert take(frontier) == [page(1)]


def test_slots_hold_without_a_delay(make: Make) -> None:
    frontier = make(delay_s=0, per_host=2)
    frontier.discover(pages(5), depth=0, parent=None)
    one, two = frontier.reserve(9)
    assert (take(frontier, 9), frontier.next_start()) == ([], None)
    frontier.sent(one)
    assert take(frontier, 9) == []
    frontier.finish(one)
    frontier.finish(two)
    assert take(frontier, 9) == [page(2), page(3)]


def test_slots_hold_beside_a_delay(make: Make, time: FakeTime) -> None:
    frontier = make(per_host=2)
    frontier.discover(pages(5), depth=0, parent=None)
    for _ in range(2):
        ask(frontier)
        time.go_on(2 * DELAY_S)
    assert take(frontier, 9) == []


def test_jitter_moves_the_delay_by_its_share_and_both_ways(make: Make, time: FakeTime) -> None:
    frontier = make(jitter=0.5)
    frontier.discover(pages(200), depth=0, parent=None)
    gaps = []
    for _ in range(200):
        frontier.finish(ask(frontier))
        gaps.append((frontier.next_start() or 1e9) - time.monotonic - MARGIN_S)
        time.go_on(2 * DELAY_S)
        if len(gaps) == 199:
            break
    assert 0.5 * DELAY_S <= min(gaps) < 0.7 * DELAY_S < 1.3 * DELAY_S < max(gaps) <= 1.5 * DELAY_S + 1e-9


def test_a_failed_connection_costs_the_host_its_delay(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.discover(pages(3), depth=0, parent=None)
    (request,) = frontier.reserve(1)
    frontier.postpone(request._replace(attempts=1), time.monotonic, "backoff")
    assert take(frontier) == []
    time.go_on(DELAY_S + 2 * MARGIN_S)
    (request,) = frontier.reserve(1)
    frontier.finish(request._replace(attempts=2))
    assert take(frontier) == []
    time.go_on(DELAY_S + 2 * MARGIN_S)
    assert take(frontier) == [page(1)]


def test_what_was_never_tried_costs_the_host_nothing(make: Make) -> None:
    frontier = make()
    frontier.discover(pages(4), depth=0, parent=None)
    frontier.finish(frontier.reserve(1)[0])  # refused by robots.txt
    frontier.drop(frontier.reserve(1)[0])
    (request,) = frontier.reserve(1)
    frontier.hand_back(request)
    assert take(frontier) == [page(2)] == [request.url]


def test_handing_back_after_sending_leaves_the_clock_running(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.discover(pages(1), depth=0, parent=None)
    frontier.hand_back(ask(frontier))
    assert take(frontier) == []
    time.go_on(DELAY_S + 2 * MARGIN_S)
    assert take(frontier) == [page(0)]


def test_one_host_never_holds_up_another(make: Make) -> None:
    frontier = make()
    frontier.discover(pages(3), depth=0, parent=None)
    frontier.discover(pages(1, "b"), depth=3, parent=None)
    assert take(frontier, 9) == [page(0), page(0, "b")]


def test_next_start_is_the_soonest_and_does_not_repeat_what_was_not_taken_up(make: Make, time: FakeTime) -> None:
    frontier = make()
    assert frontier.next_start() is None
    frontier.discover(pages(2), depth=0, parent=None)
    frontier.finish(ask(frontier))
    time.go_on(0.3)
    frontier.discover(pages(2, "b"), depth=0, parent=None)
    frontier.finish(ask(frontier))
    soonest = time.monotonic - 0.3 + DELAY_S + MARGIN_S
    assert frontier.next_start() == soonest
    time.go_on(DELAY_S - 0.2)
    assert frontier.next_start() == time.monotonic  # due since the last look
    assert frontier.next_start() == soonest + 0.3  # without room to reserve, only the other host is worth waking for
    assert take(frontier, 9) == [page(1)]


def test_ten_thousand_hosts_are_each_asked_when_their_time_comes(make: Make, time: FakeTime) -> None:
    frontier = make()
    for number in range(10_000):
        frontier.discover(pages(2, f"h{number}"), depth=0, parent=None)
    first = frontier.reserve(20_000)
    for request in first:
        frontier.sent(request)
        frontier.finish(request)
    assert (len(first), len({request.host for request in first}), take(frontier, 9)) == (10_000, 10_000, [])
    time.go_on(DELAY_S + 2 * MARGIN_S)
    assert len(take(frontier, 20_000)) == 10_000


# Blocks and delays that hosts ask for.


def test_a_block_ends_at_its_time_and_the_later_end_wins(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.discover(pages(1), depth=0, parent=None)
    end = time.monotonic + 300
    frontier.block_host("a.example", end, "retry-after")
    frontier.block_host("a.example", end - 100, "backoff")
    assert (take(frontier), frontier.next_start()) == ([], end)
    assert frontier.waiting() == [HostWait("a.example", "retry-after", end, 1)]
    time.go_on(300.0)
    assert take(frontier) == [page(0)]


def test_an_open_ended_block_lasts_until_it_is_lifted(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.discover(pages(1), depth=0, parent=None)
    frontier.block_host("a.example", None, "robots")
    time.go_on(1e6)
    assert (take(frontier), frontier.next_start()) == ([], None)
    assert frontier.waiting() == [HostWait("a.example", "robots", None, 1)]
    frontier.unblock_host("a.example")
    assert take(frontier) == [page(0)]


def test_lifting_an_open_ended_block_leaves_a_timed_one(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.discover(pages(1), depth=0, parent=None)
    frontier.block_host("a.example", time.monotonic + 10, "retry-after")
    frontier.block_host("a.example", None, "robots")
    frontier.unblock_host("a.example")
    assert take(frontier) == []
    time.go_on(10.0)
    assert take(frontier) == [page(0)]


def test_a_host_may_ask_for_a_longer_delay_but_not_for_a_shorter_one(make: Make, time: FakeTime) -> None:
    frontier = make(jitter=1.0)
    for host, asked_s, held_s in (("a", 10.0, 10.0), ("b", 0.0, 0.0)):
        frontier.discover(pages(2, host), depth=0, parent=None)
        frontier.finish(ask(frontier))
        frontier.set_delay(f"{host}.example", asked_s)  # counted from the request before, too
        assert (frontier.next_start() or 1e9) >= time.monotonic + held_s
        time.go_on(30.0)
        assert take(frontier) == [page(1, host)]


def test_what_hosts_asked_for_is_forgotten_where_they_may_not_ask(make: Make, time: FakeTime) -> None:
    asking = make()
    asking.discover(pages(3), depth=0, parent=None)
    asking.set_delay("a.example", 100.0)
    asking.commit(None, {})
    asking.close()
    frontier = make(hosts_ask=False)
    frontier.discover(pages(3), depth=0, parent=None)
    frontier.set_delay("a.example", 100.0)
    for _ in range(2):
        time.go_on(2 * DELAY_S)
        frontier.finish(ask(frontier))


def test_a_wait_that_a_restart_must_respect_is_urgent(make: Make, time: FakeTime) -> None:
    frontier: Any = make()
    assert not frontier.urgent
    for learn in (
        lambda: frontier.block_host("a.example", time.monotonic + 5, "retry-after"),
        lambda: frontier.set_delay("a.example", 7.0),
    ):
        learn()
        assert frontier.urgent
        frontier.commit(None, {})
        assert not frontier.urgent
    frontier.set_delay("a.example", 7.0)
    frontier.block_host("a.example", None, "robots")
    assert not frontier.urgent


def test_more_to_do_and_open_ended_blocks_outdate_what_was_committed(make: Make) -> None:
    frontier: Any = make()
    assert not frontier.outdated
    for change in (
        lambda: frontier.discover(pages(2), depth=0, parent=None),
        lambda: frontier.block_host("a.example", None, "robots"),
        lambda: frontier.unblock_host("a.example"),
    ):
        change()
        assert frontier.outdated
        frontier.commit(None, {})
        assert not frontier.outdated
    frontier.discover(pages(2), depth=0, parent=None)  # known
    frontier.finish(ask(frontier))
    assert not frontier.outdated


# Requests that come back.


def test_postponed_requests_come_before_new_ones_once_their_time_has_come(make: Make, time: FakeTime) -> None:
    frontier = make(delay_s=0, per_host=9)
    frontier.discover(pages(5), depth=0, parent=None)
    one, two, three = frontier.reserve(3)
    frontier.postpone(one._replace(attempts=1), time.monotonic + 9, "backoff")
    frontier.postpone(two._replace(attempts=2), time.monotonic + 5, "retry-after")
    frontier.postpone(three._replace(attempts=3), time.monotonic + 100, "backoff")
    frontier.discover([page(9)], depth=0, parent=None)
    assert take(frontier) == [page(3)]
    time.go_on(10.0)
    assert frontier.reserve(9)[:2] == [two._replace(attempts=2), one._replace(attempts=1)]
    assert frontier.next_start() == time.monotonic + 90


def test_a_host_with_postponed_requests_only_says_what_it_waits_for(make: Make, time: FakeTime) -> None:
    frontier = make(delay_s=0)
    frontier.discover(pages(1), depth=0, parent=None)
    until = time.monotonic + 60
    frontier.postpone(ask(frontier)._replace(attempts=1), until, "backoff")
    assert frontier.waiting() == [HostWait("a.example", "backoff", until, 1)]
    assert frontier.next_start() == until


def test_a_redirect_goes_on_at_another_host_under_that_hosts_clock(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.discover([page(1)], depth=0, parent=None)
    frontier.discover([page(1, "b")], depth=1, parent=None)
    from_a, at_b = frontier.reserve(9)
    frontier.sent(from_a)
    frontier.sent(at_b)
    frontier.finish(at_b)
    assert frontier.claim(page(7, "b"), page(1)) is None
    hop = from_a._replace(target=page(7, "b"), host="b.example", redirects=(page(1),))
    frontier.postpone(hop, time.monotonic, "delay")
    assert (take(frontier), frontier.stats().taken_up) == ([], 1)
    time.go_on(DELAY_S + 2 * MARGIN_S)
    assert frontier.reserve(9) == [hop]
    frontier.sent(hop)
    frontier.finish(hop)
    assert tuple(frontier.stats()) == (0, 0, 2, 3, 0)


def test_a_redirect_that_goes_on_at_once_at_the_same_moment_is_not_lost(make: Make, time: FakeTime) -> None:
    frontier = make(delay_s=0)
    frontier.discover([page(1)], depth=0, parent=None)
    request = ask(frontier)
    for number in (2, 3, 4):
        hop = request._replace(target=page(number), redirects=(*request.redirects, request.target))
        frontier.postpone(hop, time.monotonic, "delay")
        frontier.commit(None, {})
        request = ask(frontier)
        assert request == hop
    frontier.finish(request)
    assert tuple(frontier.stats()) == (0, 0, 1, 1, 0)


def test_a_claimed_target_has_one_owner_and_is_not_handed_out(make: Make) -> None:
    frontier = make(delay_s=0, per_host=9)
    frontier.discover(pages(2), depth=0, parent=None)
    assert frontier.claim(page(5), page(0)) is None
    assert frontier.claim(page(5), page(1)) == page(0)
    assert frontier.claim(page(5), page(0)) == page(0)
    frontier.commit(None, {})
    assert frontier.claim(page(5), page(1)) == page(0)
    assert frontier.claim(page(1), page(0)) == page(1)
    assert frontier.discover([page(5)], depth=1, parent=None) == 0
    assert take(frontier, 9) == pages(2)


def test_a_duplicate_that_leads_back_to_a_url_does_not_cover_it(make: Make) -> None:
    frontier = make(delay_s=0, per_host=9)
    frontier.discover(pages(6), depth=0, parent=None)
    requests = frontier.reserve(9)

    def end(number: int, of: int) -> None:
        """Page `number` was redirected to page `of`, which has its own record."""
        assert frontier.claim(page(of), page(number)) == page(of)
        frontier.finish(requests[number], page(of))

    end(0, of=1)
    assert frontier.claim(page(0), page(1)) == page(1), "nobody but 1 can have the content"
    assert frontier.claim(page(0), page(2)) == page(0)
    end(1, of=2)
    frontier.commit(None, {})
    assert [frontier.claim(page(number), page(2)) for number in (0, 1)] == [page(2)] * 2
    assert frontier.claim(page(9), page(3)) is None
    end(3, of=0)
    assert frontier.claim(page(9), page(2)) == page(2), "3 fetched it, and ended where 0 did"
    assert frontier.claim(page(9), page(4)) == page(3)
    frontier.finish(requests[2])
    assert frontier.claim(page(2), page(4)) == page(2), "it was fetched"
    assert frontier.claim(page(4), page(5)) == page(4)


def test_a_long_trail_of_duplicates_is_followed_in_bounded_time(make: Make) -> None:
    frontier = make(delay_s=0, per_host=5000)
    frontier.discover(pages(4001), depth=0, parent=None)
    for number, request in enumerate(frontier.reserve(4000)):
        frontier.finish(request, page(number + 1))
    started = process_time()
    for _ in range(4000):
        assert frontier.claim(page(0), page(4000)) == page(4000)
    assert process_time() - started < 2


# Requests outside the queue.


def test_an_outsider_takes_a_slot_and_moves_the_clock(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.discover(pages(1), depth=0, parent=None)
    assert frontier.acquire("a.example") == 0.0
    assert take(frontier) == []
    frontier.sent_to("a.example")
    frontier.release("a.example")
    assert frontier.acquire("a.example") == pytest.approx(DELAY_S + MARGIN_S)
    time.go_on(DELAY_S + 2 * MARGIN_S)
    assert frontier.acquire("a.example") == 0.0
    frontier.release("a.example")  # never sent: the attempt counts
    assert frontier.acquire("a.example") == pytest.approx(DELAY_S + MARGIN_S)


def test_an_outsider_that_was_told_to_wait_is_not_overtaken_by_the_queue(make: Make, time: FakeTime) -> None:
    frontier = make(delay_s=0)
    frontier.discover(pages(3), depth=0, parent=None)
    request = ask(frontier)
    wait_s = frontier.acquire("a.example")
    assert wait_s > 0
    frontier.finish(request)
    assert take(frontier) == []
    time.go_on(wait_s)
    assert frontier.acquire("a.example") == 0.0
    frontier.release("a.example")
    assert take(frontier) == [page(1)]


def test_an_outsider_that_never_comes_back_holds_nothing_up(make: Make, time: FakeTime) -> None:
    frontier = make(delay_s=0)
    frontier.discover(pages(3), depth=0, parent=None)
    request = ask(frontier)
    frontier.acquire("a.example")
    frontier.finish(request)
    time.go_on((frontier.next_start() or 1e9) - time.monotonic)
    assert take(frontier) == [page(1)]


def test_an_open_ended_block_lets_outsiders_through_and_a_timed_one_does_not(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.block_host("a.example", None, "robots")
    assert frontier.acquire("a.example") == 0.0
    frontier.release("a.example")
    frontier.block_host("b.example", time.monotonic + 30, "retry-after")
    assert frontier.acquire("b.example") == 30.0


# Who waits.


def test_waiting_names_hosts_that_cannot_be_asked_soonest_first(make: Make, time: FakeTime) -> None:
    frontier = make()
    for host in "abcde":
        frontier.discover(pages(3, host), depth=0, parent=None)
    a, b, c = frontier.reserve(3)
    frontier.sent(a)
    frontier.sent(b)
    frontier.finish(a)
    frontier.finish(b)
    frontier.set_delay("b.example", 7.0)
    frontier.block_host("d.example", time.monotonic + 3, "retry-after")
    assert frontier.waiting() == [
        HostWait("a.example", "delay", time.monotonic + DELAY_S + MARGIN_S, 2),
        HostWait("d.example", "retry-after", time.monotonic + 3, 3),
        HostWait("b.example", "crawl-delay", time.monotonic + 7 + MARGIN_S, 2),
        HostWait("c.example", "in flight", None, 2),
    ]
    assert [wait.host for wait in frontier.waiting(2)] == ["a.example", "d.example"]
    assert c.host == "c.example"


def test_waiting_names_hosts_that_owe_the_last_answer_for_long(make: Make, time: FakeTime) -> None:
    frontier = make()
    frontier.discover([page(0, "a"), page(0, "b")], depth=0, parent=None)
    slow, unsent = frontier.reserve(2)
    frontier.sent(slow)
    time.go_on(SLOW_S - 1)
    assert frontier.waiting() == []
    time.go_on(1.0)
    assert frontier.waiting() == [HostWait("a.example", "in flight", None, 0)]
    frontier.finish(slow)
    assert frontier.waiting() == []
    assert unsent.host == "b.example"  # to which nothing was sent yet: connecting has a deadline of its own


# Whatever the order of events.

SLACK_S = 1e-6  # wall-clock times are stored with a resolution of 0.2 µs
URLS = [page(number, host) for number in range(8) for host in "abc"]


class FrontierMachine(RuleBasedStateMachine):
    """A frontier against what it was told: a set of URLs to do, and the last start and the slots of each host."""

    name = ""
    limits: dict[str, int] = {}  # noqa: RUF012
    prompt = True  # hands out whatever may be asked, as far as there is room
    handed = Bundle("handed")

    @initialize(per_host=st.integers(1, 3), delay_s=st.sampled_from([0.0, 1.0]))
    def open(self, per_host: int, delay_s: float) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.time = FakeTime()
        clocks = {"now": self.time.now, "wall": self.time.wall}
        self.options = {"delay_s": delay_s, "jitter": 0.0, "per_host": per_host} | clocks | self.limits
        self.frontier: Frontier = load(FRONTIERS, self.name)(Path(self.folder.name), **self.options)
        self.frontier.open("run", fresh=False)
        self.delay_s, self.per_host = delay_s, per_host
        self.to_do: dict[str, tuple[Request, float]] = {}  # with its "not before"
        self.out: dict[str, Request] = {}
        self.left: dict[str, bool] = {}  # url → sent
        self.done: set[str] = set()
        self.last_start: dict[str, float] = {}
        self.blocked: dict[str, float] = {}
        self.saved: tuple[dict[str, tuple[Request, float]], set[str], dict[str, float]] | None = None

    @rule(urls=st.lists(st.sampled_from(URLS), max_size=6), depth=st.integers(0, 3))
    def discover(self, urls: list[str], depth: int) -> None:
        known = {*self.to_do, *self.out, *self.done}
        new = [url for url in dict.fromkeys(urls) if url not in known]
        assert self.frontier.discover(urls, depth=depth, parent=None) == len(new)
        self.to_do |= {url: (Request(url, url, url.split("/")[2], depth), 0.0) for url in new}

    @rule(target=handed, room=st.integers(1, 4))
    def reserve(self, room: int) -> Any:
        requests = self.frontier.reserve(room)
        assert len(requests) <= room
        for request in requests:
            expected, not_before = self.to_do.pop(request.url)
            assert request == expected
            assert not_before <= self.time.monotonic + SLACK_S
            assert self._may_be_asked(request.host, SLACK_S)
            self.out[request.url] = request
            self.left[request.url] = False
        if self.prompt and len(requests) < room:  # then nothing that could be asked was held back
            due = self.time.monotonic - SLACK_S
            queued = [request for request, not_before in self.to_do.values() if not_before <= due]
            assert not [request for request in queued if self._may_be_asked(request.host, -SLACK_S)]
        return multiple(*requests)

    def _may_be_asked(self, host: str, slack_s: float) -> bool:
        here = [url for url, request in self.out.items() if request.host == host]
        starting = self.delay_s and not all(self.left[url] for url in here)
        clear_at = max(self.last_start.get(host, -1e9) + self.delay_s, self.blocked.get(host, -1e9))
        return len(here) < self.per_host and not starting and clear_at <= self.time.monotonic + slack_s

    @rule(request=handed)
    def sent(self, request: Request) -> None:
        if self.out.get(request.url) == request and not self.left[request.url]:
            self.frontier.sent(request)
            self.left[request.url] = True
            self.last_start[request.host] = self.time.monotonic + (MARGIN_S if self.delay_s else 0)

    @rule(request=handed, keep=st.booleans())
    def end(self, request: Request, keep: bool) -> None:
        if self.out.get(request.url) == request:
            del self.out[request.url]
            self.done.add(request.url)
            (self.frontier.finish if keep else self.frontier.drop)(request)

    @rule(request=handed)
    def hand_back(self, request: Request) -> None:
        if self.out.get(request.url) == request:
            self.to_do[request.url] = self.out.pop(request.url), 0.0
            self.frontier.hand_back(request)

    @rule(request=handed, wait_s=st.sampled_from([0.0, 0.5, 5.0]), host=st.sampled_from(["a", "b", "c", None]))
    def postpone(self, request: Request, wait_s: float, host: str | None) -> None:
        if self.out.get(request.url) == request and self.left[request.url]:
            del self.out[request.url]
            not_before = self.time.monotonic + wait_s
            changed = request._replace(attempts=request.attempts + 1)
            if host:
                changed = changed._replace(host=f"{host}.example", redirects=(*request.redirects, request.target))
            self.frontier.postpone(changed, not_before, "backoff")
            self.to_do[request.url] = changed, not_before

    @rule(host=st.sampled_from(["a.example", "b.example"]), wait_s=st.sampled_from([0.5, 3.0]))
    def block(self, host: str, wait_s: float) -> None:
        end = self.time.monotonic + wait_s
        self.blocked[host] = max(end, self.blocked.get(host, 0.0))
        self.frontier.block_host(host, end, "retry-after")

    @rule(seconds=st.sampled_from([0.1, 0.9, 1.1, 10.0]))
    def wait(self, seconds: float) -> None:
        self.time.go_on(seconds)

    @rule()
    def commit(self) -> None:
        self.frontier.commit("here", {})
        handed_out = {url: (request, 0.0) for url, request in self.out.items()}
        self.saved = self.to_do | handed_out, set(self.done), dict(self.blocked)

    @invariant()
    def nothing_is_lost(self) -> None:
        stats = self.frontier.stats()
        assert (stats.queued, stats.in_flight) == (len(self.to_do), len(self.out))
        assert stats.known == len(self.to_do) + len(self.out) + len(self.done)
        assert stats.taken_up == sum(1 for request, _ in self.to_do.values() if request.attempts)

    def teardown(self) -> None:
        for request in self.out.values():
            self.frontier.finish(request)
        for _ in range(len(URLS) + 3):  # whatever happened, all that is left gets its turn in bounded time
            self.time.go_on(10.0)
            while requests := self.frontier.reserve(100):
                for request in requests:
                    assert self.to_do.pop(request.url)[0] == request
                    self.frontier.sent(request)
                    self.frontier.finish(request)
        assert self.to_do == {}
        self.frontier.close()
        self.folder.cleanup()


class MemoryMachine(FrontierMachine):
    name = "memory"


class SqliteMachine(FrontierMachine):
    """The same, with processes that die, now and then just after a commit, and begin again."""

    name = "sqlite"

    @rule(commit=st.booleans(), asleep_s=st.sampled_from([0.0, 2.0]))
    def restart(self, commit: bool, asleep_s: float) -> None:
        if commit:
            self.commit()
        self.frontier.close()
        self.time.go_on(asleep_s)
        to_do, done, blocked = self.saved or ({}, set(), {})
        self.to_do, self.done, self.blocked, self.out = dict(to_do), set(done), dict(blocked), {}
        self.frontier = load(FRONTIERS, self.name)(Path(self.folder.name), **self.options)
        assert self.frontier.open("other", fresh=False).resumed == (self.saved is not None)
        for host in "abc":  # no host is asked sooner than one delay after the start
            self.last_start[f"{host}.example"] = self.time.monotonic + (MARGIN_S if self.delay_s else 0)


class CrampedMachine(SqliteMachine):
    """The same with hardly any memory: hosts sleep in the file, queues are read a few rows at a time."""

    limits = {"most_hosts": 1, "most_entries": 1, "most_recent": 3}  # noqa: RUF012
    prompt = False


LIMITS = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TestMemoryInAnyOrder = MemoryMachine.TestCase
TestSqliteInAnyOrder = SqliteMachine.TestCase
TestCrampedInAnyOrder = CrampedMachine.TestCase
TestMemoryInAnyOrder.settings = TestSqliteInAnyOrder.settings = TestCrampedInAnyOrder.settings = LIMITS


def test_a_url_read_as_a_sitemap_is_a_page_all_the_same(make: Make) -> None:
    frontier = make(per_host=2, delay_s=0.0)
    assert frontier.discover([page(1)], depth=0, parent=None, kind="sitemap") == 1
    assert frontier.discover([page(1), page(1)], depth=1, parent=page(0)) == 1
    assert frontier.discover([page(1)], depth=0, parent=None, kind="sitemap") == 0
    requests = frontier.reserve(5)
    assert {(request.url, request.target, request.kind) for request in requests} == {
        (page(1), page(1), "sitemap"),
        (page(1), page(1), "page"),
    }
    for request in requests:
        frontier.sent(request)
        frontier.postpone(request._replace(attempts=1), 0.0, "backoff")
    again = frontier.reserve(5)
    assert {request.kind for request in again} == {"page", "sitemap"}
    for request in again:
        frontier.finish(request)
    assert frontier.stats()[:3] == (0, 0, 2)
    assert frontier.claim(page(1), page(7)) == page(1)
    frontier.discover([page(2)], depth=0, parent=None, kind="sitemap")
    assert frontier.claim(page(2), page(7)) is None


def test_pages_are_remembered_wherever_something_outlives_the_process(make: Make) -> None:
    frontier = make()
    assert (frontier.pages is None) == (type(frontier).__name__ == "MemoryFrontier")
