"""The queue of one host: order, and the part of it that stays in memory."""

from __future__ import annotations

from heapq import heappop
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from crawler.core.visit import Request
from crawler.frontiers.host_clock import Pace
from crawler.frontiers.host_queue import MAX_DEPTH, Host, Window, depth_of, rank_of

A_REQUEST = Request("https://a.example/", "https://a.example/", "a.example")


@given(st.lists(st.tuples(st.integers(0, MAX_DEPTH), st.integers(0, 1 << 38)), unique=True))
def test_ranks_sort_by_depth_then_by_order_and_fit_in_a_database(places: list[tuple[int, int]]) -> None:
    ranks = [rank_of(depth, order) for depth, order in sorted(places)]
    assert ranks == sorted(ranks)
    assert [depth_of(rank) for rank in ranks] == [depth for depth, _ in sorted(places)]
    assert all(rank < 1 << 63 for rank in ranks)


@given(st.lists(st.integers(0, 999), unique=True), st.integers(4, 20))
def test_a_window_holds_the_first_entries_and_knows_where_the_rest_begins(ranks: list[int], most: int) -> None:
    window: Window[tuple[int, Request]] = Window()
    for rank in ranks:
        window.add((rank, A_REQUEST), most)
    inside = [heappop(window.heap)[0] for _ in range(len(window.heap))]
    assert inside == sorted(ranks)[: len(inside)]
    assert len(inside) <= most
    if len(ranks) > len(inside):
        assert window.end is not None
        assert all(rank >= window.end[0] for rank in set(ranks) - set(inside))
    else:
        assert window.end is None


def test_a_host_has_work_at_once_later_or_never() -> None:
    host = Host("a.example", Pace(0.0))
    assert (host.work_at(), host.startable_at()) == (None, None)
    host.later.add((50.0, 1, (A_REQUEST, "backoff")), 4)
    assert (host.work_at(), host.startable_at()) == (50.0, 50.0)
    host.fresh.add((1, A_REQUEST), 4)
    assert host.work_at() == -inf


def test_what_is_only_stored_is_work_too() -> None:
    host = Host("a.example", Pace(0.0))
    host.later = Window((70.0, 3))
    assert host.work_at() == 70.0
    host.fresh = Window((0,))
    assert host.work_at() == -inf
