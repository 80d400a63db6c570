"""A hop is taken where scope allows and no record covers its target; seeds take the scope along."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.core.events import ScopeWidened
from crawler.engine.seeding import Seed
from tests.unit.engine.fakes import A, Answer, B, C, Clock, World, busy, moved, page, sitemap

WWW = "http://www.a.test"


def redirected(world: World, url: str) -> tuple[str | None, str | None, str | None, tuple[str, ...]]:
    """Final URL, error type, duplicate and chain of the record of `url`."""
    visit = world.records[url]
    return visit.final_url, visit.error and visit.error.type, visit.duplicate_of, visit.redirects


def crawled(clock: Clock, site: dict[str, Any], *seeds: str, **rules: Any) -> World:
    """The world after a crawl."""
    world = World(clock, site, *(seeds or (f"{A}/",)), **rules)
    assert world.run() == "complete"
    return world


def test_a_target_nobody_knew_is_fetched_for_the_url_that_led_there(clock: Clock) -> None:
    world = crawled(clock, {f"{A}/": moved("/b"), f"{A}/b": moved("/c"), f"{A}/c": page("/d", title="C")})
    assert redirected(world, f"{A}/") == (f"{A}/c", None, None, (f"{A}/", f"{A}/b"))
    assert world.records[f"{A}/"].title == "C"
    assert world.records[f"{A}/d"].depth == 1
    assert set(world.records) == {f"{A}/", f"{A}/d"}


def test_a_target_with_its_own_record_is_not_fetched_again(clock: Clock) -> None:
    site = {f"{A}/": page("/1", "/2"), f"{A}/1": moved("/2"), f"{A}/2": page()}
    world = crawled(clock, site)
    assert redirected(world, f"{A}/1") == (f"{A}/2", None, f"{A}/2", (f"{A}/1",))
    assert world.client.urls().count(f"{A}/2") == 1


def test_a_target_that_another_url_was_redirected_to_first_is_covered_by_that_one(clock: Clock) -> None:
    site = {f"{A}/": page("/1", "/2", "/3"), f"{A}/1": moved("/t"), f"{A}/2": moved("/t"), f"{A}/t": page("/t")}
    world = crawled(clock, site, total=1)
    assert redirected(world, f"{A}/1")[:3] == (f"{A}/t", None, None)
    assert redirected(world, f"{A}/2")[2] == f"{A}/1"
    assert world.client.urls().count(f"{A}/t") == 1
    assert f"{A}/t" not in world.records


def test_a_page_that_sends_back_to_itself_once_is_asked_again(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {f"{A}/": [moved("/set-cookie"), page()], f"{A}/set-cookie": moved("/")}
    world = crawled(clock, site)
    assert redirected(world, f"{A}/") == (f"{A}/", None, None, (f"{A}/", f"{A}/set-cookie"))
    assert world.records[f"{A}/"].ok


@pytest.mark.parametrize("site", [{f"{A}/": moved("/")}, {f"{A}/": moved("/b"), f"{A}/b": moved("/")}])
def test_a_chain_that_goes_in_circles_ends_as_one_failure(clock: Clock, site: dict[str, Answer]) -> None:
    world = crawled(clock, site, max_redirects=5)
    assert redirected(world, f"{A}/")[1] == "too_many_redirects"
    assert len(world.client.urls()) == 6


def test_a_claim_made_before_a_retry_does_not_make_a_url_its_own_duplicate(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {f"{A}/": moved("/b"), f"{A}/b": [busy(), page()]}
    assert redirected(crawled(clock, site), f"{A}/")[1:3] == (None, None)
    world = World(clock, {f"{A}/": moved("/b"), f"{A}/b": page()}, f"{A}/")
    world.frontier.claim(f"{A}/b", f"{A}/")  # by an execution that was killed
    world.run()
    assert redirected(world, f"{A}/")[:3] == (f"{A}/b", None, None)


@pytest.mark.parametrize("total", [1, 4])
def test_behind_a_cookie_wall_whose_both_pages_are_known_the_content_is_fetched(clock: Clock, total: int) -> None:
    site = {
        f"{A}/": page("/1", "/check"),
        f"{A}/1": [moved("/check"), page(title="Inside")],
        f"{A}/check": moved("/1"),
    }
    world = crawled(clock, site, total=total)
    assert world.records[f"{A}/1"].duplicate_of == f"{A}/check"
    assert redirected(world, f"{A}/check") == (f"{A}/1", None, None, (f"{A}/check",))
    assert world.records[f"{A}/check"].title == "Inside"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    targets=st.lists(st.integers(0, 7), min_size=2, max_size=7),
    seeds=st.sets(st.integers(0, 6), min_size=1),
    total=st.integers(1, 4),
)
def test_whatever_leads_where_each_url_has_its_content_or_says_who_has(
    clock: Clock, targets: list[int], seeds: set[int], total: int
) -> None:
    size = len(targets)  # what is not among them is a page
    site = {f"{A}/{number}": moved(f"/{target}") if target < size else page() for number, target in enumerate(targets)}
    world = crawled(clock, site, *(f"{A}/{number % size}" for number in seeds), total=total, max_redirects=size)
    for start in {number % size for number in seeds}:
        reached, passed, end = start, set[str](), f"{A}/{start}"
        for _ in range(size):
            reached = reached if targets[reached] >= size else targets[reached]
        while (owner := world.records[end].duplicate_of) is not None:
            assert end not in passed, "each of them says that another has it"
            passed.add(end)
            end = owner
        error = world.records[end].error
        assert (error and error.type) == (None if targets[reached] >= size else "too_many_redirects")


# Scope


def test_a_target_out_of_scope_is_refused_and_not_asked(clock: Clock) -> None:
    world = crawled(clock, {f"{A}/": page("/1"), f"{A}/1": moved(f"{B}/secret")})
    assert redirected(world, f"{A}/1")[:2] == (f"{A}/1", "redirect_refused")
    assert world.client.times(B) == []
    error = world.records[f"{A}/1"].error
    assert error is not None
    assert error.message == f"redirect to {B}/secret: out of scope"


@pytest.mark.parametrize("rules", [{"include": ("/1",)}, {"exclude": ("/t",)}])
def test_patterns_hold_for_targets(clock: Clock, rules: dict[str, Any]) -> None:
    world = crawled(clock, {f"{A}/": page("/1"), f"{A}/1": moved("/t"), f"{A}/t": page()}, **rules)
    assert redirected(world, f"{A}/1")[1] == "redirect_refused"


def test_a_seed_takes_the_scope_along(clock: Clock) -> None:
    site = {f"{A}/": moved(f"{B}/"), f"{B}/": page("/1"), f"{B}/1": moved(f"{C}/"), f"{C}/": page()}
    world = crawled(clock, site)
    assert world.told(ScopeWidened) == [ScopeWidened(f"{A}/", f"{B}/")]
    assert redirected(world, f"{A}/")[:2] == (f"{B}/", None)
    assert redirected(world, f"{B}/1")[1] == "redirect_refused"
    assert world.seeding.widened == [f"{B}/"]


def test_a_seed_takes_the_scope_along_over_several_hops(clock: Clock) -> None:
    site = {f"{A}/": moved(f"{B}/"), f"{B}/": moved(f"{C}/"), f"{C}/": page("/1"), f"{C}/1": page()}
    world = crawled(clock, site)
    assert set(world.records) == {f"{A}/", f"{C}/1"}


def test_a_widened_scope_outlives_a_restart(clock: Clock) -> None:
    site = {f"{A}/": page("/1"), f"{A}/1": moved(f"{B}/"), f"{B}/": page()}
    world = crawled(clock, site, notes={"widened": [f"{B}/"]})
    assert redirected(world, f"{A}/1")[1] is None


def test_an_excluded_target_is_refused_to_a_seed_too(clock: Clock) -> None:
    world = crawled(clock, {f"{A}/": moved(f"{B}/no"), f"{B}/no": page()}, exclude=("/no",))
    assert redirected(world, f"{A}/")[1] == "redirect_refused"
    assert world.client.times(B) == []


def test_a_seed_need_not_match_include_nor_need_its_target(clock: Clock) -> None:
    world = crawled(
        clock, {f"{A}/": moved("/new"), f"{A}/new": page("/yes", "/no"), f"{A}/yes": page()}, include=("yes",)
    )
    assert set(world.records) == {f"{A}/", f"{A}/yes"}
    assert world.records[f"{A}/"].ok


def test_what_a_sitemap_lists_takes_the_scope_along_within_its_domain_only(clock: Clock) -> None:
    site = {
        f"{A}/map": sitemap(f"{A}/1", f"{A}/2"),
        f"{A}/1": moved(f"{WWW}/1"),
        f"{A}/2": moved(f"{B}/2"),
        f"{WWW}/1": page(),
    }
    world = crawled(clock, site, sitemaps=(f"{A}/map",))
    assert redirected(world, f"{A}/1")[:2] == (f"{WWW}/1", None)
    assert redirected(world, f"{A}/2")[1] == "redirect_refused"


def test_a_redirect_out_of_scope_is_a_step_out_where_such_steps_are_allowed(clock: Clock) -> None:
    site = {
        f"{A}/": page("/1"),
        f"{A}/1": moved(f"{B}/"),
        f"{B}/": page("/2", f"{A}/3"),
        f"{B}/2": page(),
        f"{A}/3": page(),
    }
    world = crawled(clock, site, extra_hops=1)
    assert redirected(world, f"{A}/1")[:2] == (f"{B}/", None)
    assert f"{A}/3" in world.records
    assert f"{B}/2" not in world.records


def test_a_hop_keeps_depth_and_attempts_and_waits_for_the_host_it_leads_to(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {f"{A}/": moved(f"{B}/"), f"{B}/": [busy(), page("/1")], f"{B}/1": page()}
    world = World(clock, site, Seed(f"{A}/", depth=3), delay_s=2)
    assert world.run() == "complete"
    assert world.records[f"{A}/"].attempts == 2
    assert world.records[f"{B}/1"].depth == 4
    times = world.client.times(B)
    assert min(after - before for before, after in pairwise(times)) >= 2


def test_a_sitemap_is_followed_anywhere_and_has_no_record(clock: Clock) -> None:
    site = {f"{A}/": page(), f"{A}/map": moved(f"{B}/map"), f"{B}/map": sitemap(f"{A}/1"), f"{A}/1": page()}
    world = crawled(clock, site, sitemaps=(f"{A}/map",))
    assert set(world.records) == {f"{A}/", f"{A}/1"}
