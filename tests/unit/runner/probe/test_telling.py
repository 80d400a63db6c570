"""The adapters of a probe do what those of a run do, and tell it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from crawler.core.errors import FetchFailed
from crawler.runner.probe.telling import Step, Teller, TellingFrontier, TellingGuard, TellingResolver

PUBLIC = "93.184.216.34"


@pytest.fixture
def teller() -> Teller:
    return Teller(lambda step: None)


def last(teller: Teller) -> Step:
    return teller.steps[-1]


def test_a_step_is_passed_on_at_once_and_the_same_one_only_once() -> None:
    heard: list[Step] = []
    teller = Teller(heard.append)
    teller.tell("dns", "x", host="h")
    assert heard == [Step("dns", "x", {"host": "h"})]
    teller.tell("dns", "x", host="h")
    assert len(heard) == len(teller.steps) == 1


async def test_a_name_is_told_with_its_addresses_and_whether_they_were_known(teller: Teller) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 0))]
    resolver = TellingResolver(
        teller, ttl_s=60, negative_ttl_s=60, max_entries=9, lookup=lambda *_: found, clock=lambda: 0.0
    )
    await resolver.resolve("a.test", 80)
    assert last(teller).text.startswith(f"a.test is {PUBLIC}, looked up in ")
    await resolver.resolve("a.test", 80)
    assert last(teller) == Step(
        "dns", f"a.test is {PUBLIC}, from the cache", {"host": "a.test", "addresses": [PUBLIC], "cached": True}
    )


async def test_a_name_without_an_address_is_told(teller: Teller) -> None:
    def none(*_: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    resolver = TellingResolver(teller, ttl_s=60, negative_ttl_s=60, max_entries=9, lookup=none)
    with pytest.raises(FetchFailed):
        await resolver.resolve("a.test", 80)
    assert last(teller).text == "no such host: a.test"


def test_the_guard_tells_why_an_address_may_be_connected_to_or_not(teller: Teller) -> None:
    guard = TellingGuard(teller, False, ["seed.test"])
    assert guard.check("a.test", [PUBLIC]) == [PUBLIC]
    assert last(teller).text == f"{PUBLIC} may be connected to: public"
    assert guard.check("seed.test", ["10.0.0.1"]) == ["10.0.0.1"]
    assert last(teller).text.endswith("private, and a seed or client.allow_private names it")
    with pytest.raises(FetchFailed):
        guard.check("a.test", ["10.0.0.1"])
    assert last(teller).text == "refused: a.test resolves to 10.0.0.1, which is not a public address"


def test_the_frontier_gathers_what_a_run_would_take_up_and_takes_up_its_own_url_only(teller: Teller) -> None:
    frontier = TellingFrontier(teller, folder=Path(), delay_s=0, jitter=0, per_host=1)
    frontier.only = "http://a.test/"
    frontier.discover(["http://b.test/", "http://a.test/"], depth=4, parent=None)
    frontier.discover(["http://a.test/robots.txt"], depth=0, parent=None, kind="sitemap")
    frontier.discover(["http://a.test/1", "http://a.test/1"], depth=1, parent="http://a.test/")
    assert (frontier.seed_depth, list(frontier.kept), list(frontier.sitemaps)) == (
        4, ["http://a.test/1"], ["http://a.test/robots.txt"]
    )  # fmt: skip
    assert frontier.reserve(9) == []
    frontier.begin(4, None)
    (request,) = frontier.reserve(9)
    moved = request._replace(target="http://a.test/there", redirects=("http://a.test/",))
    frontier.postpone(moved, 0.0, "delay")
    assert last(teller).text == "1: to http://a.test/there"
