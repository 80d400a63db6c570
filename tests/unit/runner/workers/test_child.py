"""A worker's life in this process: real requests to the test site, messages at the other end of its channel."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from crawler.config.model import Config
from crawler.core.visit import Request
from crawler.engine.fetcher import Fetcher
from crawler.engine.outcome import Again, Done, Hop
from crawler.runner.workers.channel import Channel, Message
from crawler.runner.workers.child import _serve, live
from crawler.runner.workers.packing import packed_request, unpacked_outcome, unpacked_response
from tests.site import Site


class Coordinator:
    """What the other end says and hears."""

    def __init__(self, sock: socket.socket) -> None:
        self.heard: list[Message] = []
        self.channel = Channel(sock, self.heard.extend, lambda: None)
        self._number = 0

    async def visit(self, url: str, *, tell_sent: bool = False) -> tuple[Any, bool]:
        """The outcome, and whether it is said to have been sent."""
        self._number += 1
        host = url.split("/")[2]
        self.channel.post(("visit", self._number, packed_request(Request(url, url, host)), (), tell_sent))
        return await self.outcome(self._number)

    async def outcome(self, number: int) -> tuple[Any, bool]:
        """What came of the request of that number."""
        async with asyncio.timeout(10):
            while not (found := [message for message in self.heard if message[:2] == ("done", number)]):
                await asyncio.sleep(0.005)
        return unpacked_outcome(found[0][2]), found[0][3]

    def of_kind(self, kind: str) -> list[Message]:
        return [message for message in self.heard if message[0] == kind]


async def serving(use: Callable[[Coordinator], Awaitable[None]], **sections: Any) -> None:
    """Runs `use` against a worker; it must end when the channel does."""
    config = Config.model_validate({"seeds": "http://127.0.0.1/", **sections})
    ours, theirs = socket.socketpair()
    living = asyncio.create_task(_serve(config, 4, theirs))
    await asyncio.sleep(0)
    coordinator = Coordinator(ours)
    try:
        await use(coordinator)
    finally:
        coordinator.channel.close()
        async with asyncio.timeout(5):
            await living


async def test_it_visits_what_it_is_told(site: Site) -> None:
    async def use(coordinator: Coordinator) -> None:
        coordinator.channel.post(("name", site.url("/")))
        outcome, sent = await coordinator.visit(site.url("/list/3"))
        assert isinstance(outcome, Done)
        assert (outcome.visit.title, len(outcome.follow), sent) == ("List of 3", 3, True)
        assert isinstance((await coordinator.visit(site.url("/redirect/1")))[0], Hop)
        assert isinstance((await coordinator.visit(site.url("/status/503")))[0], Again)
        assert coordinator.of_kind("sent") == []
        figures = coordinator.of_kind("figures")
        assert sum(message[1] for message in figures) == 3
        assert sum(message[2] for message in figures) >= outcome.visit.bytes_received
        assert figures[-1][3]["connections_opened"] == 1

    await serving(use)


async def test_it_says_when_a_request_leaves_where_a_delay_waits_for_that(site: Site) -> None:
    async def use(coordinator: Coordinator) -> None:
        coordinator.channel.post(("name", site.url("/")))
        visit = asyncio.create_task(coordinator.visit(site.url("/slow/0.5/x"), tell_sent=True))
        async with asyncio.timeout(5):
            while not coordinator.of_kind("sent"):
                await asyncio.sleep(0.005)
        assert not visit.done()
        await visit

    await serving(use)


async def test_it_says_that_it_is_alive_whatever_it_has_in_hand(site: Site) -> None:
    async def use(coordinator: Coordinator) -> None:
        coordinator.channel.post(("name", site.url("/")))
        visit = asyncio.create_task(coordinator.visit(site.url("/slow/0.5/x")))
        await asyncio.sleep(0.05)
        coordinator.channel.post(("look",))
        async with asyncio.timeout(5):
            while not coordinator.of_kind("alive"):
                await asyncio.sleep(0.005)
        assert not visit.done()
        await visit

    await serving(use)


async def test_a_request_that_never_left_is_not_said_to_have(site: Site) -> None:
    async def use(coordinator: Coordinator) -> None:
        outcome, sent = await coordinator.visit(site.url("/leaf/x"))
        assert isinstance(outcome, Done)
        assert outcome.visit.error is not None
        assert (outcome.visit.error.type, sent) == ("private_address", False)
        assert site.hits() == []

    await serving(use)


async def test_cookies_go_both_ways(site: Site) -> None:
    async def use(coordinator: Coordinator) -> None:
        coordinator.channel.post(("name", site.url("/")))
        coordinator.channel.post(("cookies", site.url("/"), ["told=1; Path=/"]))
        await coordinator.visit(site.url("/cookie/set/own/2"))
        assert coordinator.of_kind("cookies") == [("cookies", site.url("/cookie/set/own/2"), ["own=2; Path=/"])]
        outcome, _ = await coordinator.visit(site.url("/cookie/show"))
        assert outcome.visit.title == "Cookies: told=1; own=2"

    await serving(use)


async def test_answers_are_observed_where_the_pace_depends_on_them(site: Site) -> None:
    async def use(coordinator: Coordinator) -> None:
        coordinator.channel.post(("name", site.url("/")))
        await coordinator.visit(site.url("/status/500"))
        [(_, host, elapsed_s, good)] = coordinator.of_kind("saw")
        assert (host, good) == (site.host(), False)
        assert elapsed_s > 0

    await serving(use, politeness={"adaptive": True})


async def test_a_bug_is_the_pages_own_record(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*args: object) -> None:
        raise KeyError("surprise")

    async def use(coordinator: Coordinator) -> None:
        monkeypatch.setattr(Fetcher, "take", fail)
        outcome, _ = await coordinator.visit(site.url("/leaf/x"))
        assert outcome.visit.error == ("internal", "KeyError: 'surprise'")
        assert "Traceback" in coordinator.of_kind("bug")[0][1]

    await serving(use)


def test_it_has_a_loop_of_its_own_and_ends_with_its_channel() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    live(Config.model_validate({"seeds": "http://127.0.0.1/"}), 1, theirs)
    assert theirs.fileno() == -1


async def test_robots_txt_is_fetched_for_another_process(site: Site) -> None:
    async def use(coordinator: Coordinator) -> None:
        coordinator.channel.post(("name", site.url("/")))
        site.robots("User-agent: *\nDisallow: /x\n")
        for number, url in enumerate((site.url("/robots.txt"), site.refused_url)):
            coordinator.channel.post(("send", number, url, 1000))
            async with asyncio.timeout(10):
                while len(coordinator.of_kind("done")) <= number:
                    await asyncio.sleep(0.005)
        (_, _, (response, _), _), (_, _, (nothing, failure), _) = coordinator.of_kind("done")
        assert unpacked_response(response).body == b"User-agent: *\nDisallow: /x\n"
        assert nothing is None
        assert failure[0] == "connect"
        assert coordinator.of_kind("sent") == [("sent", 0)]

    await serving(use)
