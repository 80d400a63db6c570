"""Links become requests where depth, scope and traps allow; every refusal is counted by its reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from crawler.core.ports import KnownUrl
from crawler.core.visit import Request
from crawler.engine.discovery import Discovery
from crawler.engine.rules.limits import Traps
from crawler.engine.rules.scope import Scope
from tests.unit.engine.fakes import A, B, C, Clock, WatchedFrontier

PAGE = Request(f"{A}/", f"{A}/", "a.test")


class Found:
    """A discovery over a frontier, and what it refused."""

    def __init__(
        self, clock: Clock, *, include: tuple[str, ...] = (), exclude: tuple[str, ...] = (), **more: Any
    ) -> None:
        self.frontier = WatchedFrontier(clock, per_host=1000)
        self.refused = Counter[str]()
        options: dict[str, Any] = {"max_depth": None, "extra_hops": 0}
        self.discovery = Discovery(
            self.frontier,
            Scope("host", [f"{A}/"], include=include, exclude=exclude),
            Traps(max_path_segments=3),
            lambda reason, number: self.refused.update({reason: number}),
            **options | more,
        )

    def follow(self, *links: str, **request: Any) -> list[Request]:
        """The requests that come of `links` on a page."""
        self.discovery.follow(PAGE._replace(**request), links)
        return sorted(self.frontier.reserve(1000))


def test_links_are_one_deeper_than_their_page_and_know_it_as_parent(clock: Clock) -> None:
    (found,) = Found(clock).follow(f"{A}/1", depth=4)
    assert (found.url, found.depth, found.parent, found.hops_out) == (f"{A}/1", 5, f"{A}/", 0)


def test_the_parent_of_a_link_is_the_url_of_the_record_not_where_it_was_redirected_to(clock: Clock) -> None:
    (found,) = Found(clock).follow(f"{A}/1", url=f"{A}/old", target=f"{A}/new")
    assert found.parent == f"{A}/old"


def test_only_new_links_are_added_and_their_number_is_returned(clock: Clock) -> None:
    found = Found(clock)
    assert found.discovery.follow(PAGE, [f"{A}/1", f"{A}/2"]) == 2
    assert found.discovery.follow(PAGE, [f"{A}/2", f"{A}/3"]) == 1
    assert found.refused == {}


@pytest.mark.parametrize(("max_depth", "urls"), [(None, 1), (3, 1), (2, 0), (0, 0)])
def test_links_deeper_than_allowed_are_counted_and_left(clock: Clock, max_depth: int | None, urls: int) -> None:
    found = Found(clock, max_depth=max_depth)
    assert len(found.follow(f"{A}/1", depth=2)) == urls
    assert found.refused["max_depth"] == 1 - urls


def test_each_refusal_is_counted_by_its_reason(clock: Clock) -> None:
    found = Found(clock, include=("/yes",), exclude=("/no",))
    links = [f"{A}/yes", f"{A}/yes/no", f"{A}/other", f"{B}/yes", f"{A}/yes/2/3/4", f"{A}/yes/a/b/c/d"]
    assert [request.url for request in found.follow(*links)] == [f"{A}/yes"]
    assert found.refused == {"exclude": 1, "include": 1, "scope": 1, "max_path_segments": 2}


def test_hrefs_that_are_no_urls_are_counted_even_on_a_page_without_links(clock: Clock) -> None:
    found = Found(clock)
    assert found.discovery.follow(PAGE, [], [("scheme", 3), ("invalid", 1)]) == 0
    assert found.refused == {"scheme": 3, "invalid": 1}


def test_links_out_of_scope_are_followed_as_many_steps_as_allowed(clock: Clock) -> None:
    found = Found(clock, extra_hops=2)
    (first,) = found.follow(f"{B}/1")
    assert first.hops_out == 1
    (second,) = found.follow(f"{C}/2", hops_out=1)
    assert second.hops_out == 2
    assert found.follow(f"{B}/3", hops_out=2) == []
    assert found.refused == {"scope": 1}


def test_a_link_back_into_scope_begins_anew(clock: Clock) -> None:
    (back,) = Found(clock, extra_hops=1).follow(f"{A}/1", hops_out=1)
    assert back.hops_out == 0


def test_traps_and_patterns_hold_out_of_scope_too(clock: Clock) -> None:
    found = Found(clock, extra_hops=1, exclude=("/no",))
    assert found.follow(f"{B}/a/b/c/d", f"{B}/no") == []
    assert found.refused == {"max_path_segments": 1, "exclude": 1}


def test_what_a_sitemap_lists_is_a_seed_as_far_as_scope_goes(clock: Clock) -> None:
    found = Found(clock, max_depth=0, extra_hops=1, include=("/yes",))
    assert found.discovery.add_seeds([f"{A}/yes", f"{A}/no", f"{B}/yes", f"{A}/yes/2/3/4/5"]) == 1
    (request,) = found.frontier.reserve(10)
    assert (request.url, request.depth, request.parent) == (f"{A}/yes", 0, None)
    assert found.refused == {"include": 1, "scope": 1, "max_path_segments": 1}


@pytest.mark.parametrize(
    ("known", "added", "refused"),
    [
        (KnownUrl(0, f"{A}/x", 3, f"{A}/", 0), 1, {}),
        (KnownUrl(0, f"{A}/x", 4, f"{A}/", 0), 0, {"max_depth": 1}),
        (KnownUrl(0, f"{B}/x", 1, f"{A}/", 1), 1, {}),
        (KnownUrl(0, f"{B}/x", 1, f"{A}/", 2), 0, {"scope": 1}),
        (KnownUrl(0, f"{B}/x", 1, None, 0), 0, {"scope": 1}),
        (KnownUrl(0, f"{A}/out", 1, None, 0), 0, {"exclude": 1}),
        (KnownUrl(0, f"{A}/1/2/3/4", 1, None, 0), 0, {"max_path_segments": 1}),
    ],
)
def test_urls_of_an_earlier_run_come_as_they_were_found_as_far_as_rules_still_go(
    clock: Clock, known: KnownUrl, added: int, refused: dict[str, int]
) -> None:
    found = Found(clock, exclude=("/out",), max_depth=3, extra_hops=1)
    assert found.discovery.add_known(known) == added
    assert found.refused == refused
    assert [request[3:5] for request in found.frontier.reserve(9)] == [(known.depth, known.parent)] * added
