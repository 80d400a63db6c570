"""Requests are shared out by load; a process that dies costs its pages one more request, no page kills many."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from crawler.clients.identity import Identity
from crawler.core.events import Event, FellBack, Warned
from crawler.core.visit import Exchange, Headers, Request, Response
from crawler.engine.accounts.meter import MeteredClient
from crawler.engine.accounts.tally import Tally
from crawler.engine.fetcher import Fetcher
from crawler.engine.outcome import Again, Done, Outcome
from crawler.engine.rules.retry import RetryRules
from crawler.engine.throttle import Throttle
from crawler.frontiers.memory_frontier import MemoryFrontier
from crawler.runner.workers import colleague
from crawler.runner.workers import crew as module
from crawler.runner.workers.channel import frame, receive
from crawler.runner.workers.crew import Crew
from crawler.runner.workers.nursery import Born, Nursery
from crawler.runner.workers.packing import packed_outcome, unpacked_request

HERE = "here"


class LocalClient:
    """A client that answers at once, and says where."""

    newest_http = "HTTP/2"
    hold: asyncio.Event | None = None

    async def __aenter__(self) -> LocalClient:
        return self

    async def __aexit__(self, *exc_info: object) -> None: ...

    async def send(self, exchange: Exchange) -> Response:
        if self.hold is not None:
            await self.hold.wait()
        return Response(exchange.url, 404, "HTTP/2", Headers([("etag", HERE)]))

    def counts(self) -> dict[str, int]:
        return {"dns_lookups": 1}


def fetcher_of(client: Any) -> Fetcher:
    return Fetcher(
        client,
        RetryRules(
            max_retries=0,
            statuses=(),
            initial_s=1,
            factor=2,
            max_s=1,
            jitter=False,
            respect_retry_after=True,
            max_retry_after_s=None,
        ),
        max_body_bytes=1000,
        max_redirects=1,
        max_links=10,
        product_token="",
        obey_nofollow=True,
    )


def visits(share: int, sock: socket.socket) -> None:
    """A worker that says which process it is, holds on to what it is asked to hold, and dies of what kills."""
    fetcher = fetcher_of(LocalClient())
    names: list[str] = []
    while batch := receive(sock):
        answers: list[Any] = []
        for kind, *rest in batch:
            if kind == "name":
                names.append(rest[0])
            if kind in ("cookies", "jar"):
                names.append(repr(rest))
            if kind != "visit":
                continue
            number, packed, *_ = rest
            request = unpacked_request(packed)
            if "killer" in request.url:
                os.kill(os.getpid(), signal.SIGSEGV)
            if "hold" in request.url:
                continue
            outcome = fetcher.failed(request, "internal", f"{os.getpid()} {names}")
            answers.append(("done", number, packed_outcome(outcome), True))
        answers.append(("figures", len(answers), 100, {"dns_lookups": 5}, 0.0))
        sock.sendall(frame(answers))


def dies_at_once(share: int, sock: socket.socket) -> None:
    """A worker that never gets to its first page."""


class World:
    """A crew with real processes around it."""

    def __init__(self, crew: Crew, events: list[Event], tally: Tally, client: LocalClient, identity: Identity) -> None:
        self.crew, self.events, self.tally, self.client, self.identity = crew, events, tally, client, identity

    async def ask(self, path: str = "/", host: str = "a.test") -> Outcome:
        url = f"http://{host}{path}"
        return await self.crew.take(Request(url, url, host), lambda: None)

    async def place(self, path: str = "/", host: str = "a.test") -> str:
        """Which process visited it: a pid, or HERE."""
        outcome = await self.ask(path, host)
        assert isinstance(outcome, Done)
        return HERE if outcome.visit.etag == HERE else (outcome.visit.error or ("", ""))[1].split()[0]


def run(
    use: Callable[[World], Awaitable[None]], shares: tuple[int, ...] = (4, 4), life: Any = visits, delay_s: float = 0
) -> None:
    """Runs `use` with a crew whose processes live `life`."""
    with Nursery(life) as nursery:
        asyncio.run(_with_crew(nursery, use, shares, delay_s))


async def _with_crew(
    nursery: Nursery, use: Callable[[World], Awaitable[None]], shares: tuple[int, ...], delay_s: float
) -> None:
    events, tally, client, identity = list[Event](), Tally(), LocalClient(), Identity(user_agent="me")
    frontier = MemoryFrontier(None, delay_s=delay_s, jitter=0.0, per_host=8)
    metered = MeteredClient(client, tally, events.append)
    crew = Crew(
        nursery,
        shares,
        fetcher_of(metered),
        client=metered,
        identity=identity,
        name_host=lambda url: None,
        throttle=Throttle(frontier, floor_s=delay_s, adaptive=False),
        tally=tally,
        notify=events.append,
    )
    async with asyncio.timeout(20), crew:
        await use(World(crew, events, tally, client, identity))


def test_hosts_are_spread_and_stay_where_they_are() -> None:
    async def use(world: World) -> None:
        world.client.hold = asyncio.Event()
        held = [asyncio.create_task(world.place("/", f"{number}.test")) for number in range(1)]
        await asyncio.sleep(0)
        other = await world.place("/", "x.test")
        world.client.hold.set()
        assert {*await asyncio.gather(*held), other} == {HERE, other}
        assert other != HERE
        for _ in range(5):
            assert await world.place("/", "0.test") == HERE
            assert await world.place("/", "x.test") == other

    run(use)


def test_one_host_is_spread_where_it_is_allowed_more_than_one_process_carries() -> None:
    async def use(world: World) -> None:
        world.client.hold = asyncio.Event()
        held = [asyncio.create_task(world.ask(f"/hold/{number}")) for number in range(8)]
        await asyncio.sleep(0.05)
        assert world.crew._here.in_flight == 4
        assert world.crew._colleagues[0].in_flight == 4
        for task in held:
            task.cancel()
        await asyncio.sleep(0.01)
        assert world.crew._here.in_flight == world.crew._colleagues[0].in_flight == 0

    run(use)


def test_pages_of_a_process_that_dies_are_asked_again_and_another_one_is_there() -> None:
    async def use(world: World) -> None:
        world.client.hold = asyncio.Event()
        held = [asyncio.create_task(world.ask(f"/hold/{number}")) for number in range(8)]
        await asyncio.sleep(0.05)
        victim = world.crew._colleagues[0].pid
        os.kill(victim, signal.SIGKILL)
        while sum(task.done() for task in held) < 4:
            await asyncio.sleep(0.01)
        outcomes = [task.result() for task in held if task.done()]
        assert outcomes == [Again(0.0, "backoff", False, "the worker process that had it died")] * 4
        while not world.events:
            await asyncio.sleep(0.01)
        [told] = world.events
        assert isinstance(told, Warned)
        assert str(victim) in told.message
        assert "killed by SIGKILL: 4 pages" in told.message
        assert world.crew._colleagues[0].pid != victim
        assert world.crew._colleagues[0].share == 4
        for task in held:
            task.cancel()

    run(use)


def test_a_process_that_stands_still_is_replaced_as_if_it_had_died(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colleague, "LOOK_S", 0.1)

    async def use(world: World) -> None:
        frozen = world.crew._colleagues[0].pid
        os.kill(frozen, signal.SIGSTOP)
        world.crew._bound["a.test"] = world.crew._colleagues[0]
        assert await world.ask() == Again(0.0, "backoff", False, "the worker process that had it died")
        while not world.events:
            await asyncio.sleep(0.01)
        told = f"a worker process (pid {frozen}) gave no sign of life for 0.6 s, killed by SIGKILL: 1 pages"
        assert isinstance(world.events[0], Warned)
        assert world.events[0].message.startswith(told)
        assert await world.place() == str(world.crew._colleagues[0].pid) != str(frozen)

    run(use)


def test_a_page_that_kills_whoever_has_it_ends_in_one_record_and_never_reaches_this_process() -> None:
    async def use(world: World) -> None:
        world.crew._bound["a.test"] = world.crew._colleagues[0]
        outcomes = [await world.ask("/killer") for _ in range(3)]
        assert [type(outcome) for outcome in outcomes] == [Again, Again, Done]
        assert isinstance(outcomes[2], Done)
        error = outcomes[2].visit.error
        assert error is not None
        assert error.type == "internal"
        assert "3 worker processes died" in error.message
        assert await world.place("/next", "b.test")

    run(use)


def test_a_page_that_was_lost_once_and_is_well_is_forgotten() -> None:
    async def use(world: World) -> None:
        world.crew._suspects.note("http://a.test/")
        assert await world.place("/") != HERE
        assert "http://a.test/" not in world.crew._suspects

    run(use)


def test_processes_that_die_at_once_are_given_up_and_the_crawl_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.001)

    async def use(world: World) -> None:
        while not any("not replaced" in event.message for event in world.events if isinstance(event, Warned)):
            await asyncio.sleep(0.01)
        assert await world.place() == HERE
        world.crew._suspects.note("http://a.test/")
        assert await world.place() == HERE

    run(use, life=dies_at_once)


@pytest.mark.parametrize("born", [0, 1])
def test_processes_that_cannot_be_started_are_told_and_the_crawl_goes_on(
    monkeypatch: pytest.MonkeyPatch, born: int
) -> None:
    bear, orders = Nursery.bear, iter(range(2))

    async def bear_some(self: Nursery, share: int, gone: int = 0) -> Born:
        if next(orders) >= born:
            raise OSError("no room")
        return await bear(self, share, gone)

    monkeypatch.setattr(Nursery, "bear", bear_some)

    async def use(world: World) -> None:
        told = f"{born} of 2 worker processes could be started: no room; the run goes on without the others"
        assert world.events == [Warned(told)]
        assert len(world.crew._colleagues) == born
        assert await world.place() == HERE
        world.crew._suspects.note("http://a.test/")
        assert (await world.place() == HERE) == (born == 0)

    run(use, shares=(4, 2, 2))


def test_without_the_process_that_starts_them_the_crawl_goes_on() -> None:
    async def use(nursery: Nursery) -> None:
        os.kill(nursery._pid, signal.SIGKILL)

        async def ask(world: World) -> None:
            [event] = world.events
            assert isinstance(event, Warned)
            assert "the process that starts worker processes is gone" in event.message
            assert await world.place() == HERE

        await _with_crew(nursery, ask, (4, 4), 0)

    with Nursery(visits) as nursery:
        asyncio.run(use(nursery))


def test_figures_are_added_up_also_those_of_the_dead() -> None:
    async def use(world: World) -> None:
        world.client.hold = asyncio.Event()
        here = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        await world.place("/", "b.test")
        assert world.tally.bytes_received == 100
        assert world.crew.counts() == {"dns_lookups": 5}
        os.kill(world.crew._colleagues[0].pid, signal.SIGKILL)
        while not world.events:
            await asyncio.sleep(0.01)
        await world.place("/", "b.test")
        assert world.tally.bytes_received == 200
        assert world.crew.counts() == {"dns_lookups": 10}
        here.cancel()

    run(use)


def test_hosts_are_named_and_cookies_told_before_they_are_needed() -> None:
    async def use(world: World) -> None:
        world.crew.name_host("http://a.test/one")
        world.crew.name_host("http://a.test/two")
        world.crew.name_host("http://z.test/")
        world.identity.receive("http://a.test/", ["a=1"])
        world.crew._bound["a.test"] = world.crew._colleagues[0]
        outcome = await world.ask()
        assert isinstance(outcome, Done)
        assert outcome.visit.error is not None
        told = outcome.visit.error.message
        assert told.count("http://a.test/'") == 2  # as a name, and with the cookie
        assert "a=1" in told
        assert "z.test" not in told
        world.crew.name_host("https://a.test/")
        outcome = await world.ask()
        assert isinstance(outcome, Done)
        assert "https://a.test/" in str(outcome.visit.error)

    run(use)


def test_a_new_process_begins_with_the_cookies_of_the_session() -> None:
    async def use(world: World) -> None:
        world.identity.receive("http://a.test/", ["kept=1"])
        os.kill(world.crew._colleagues[0].pid, signal.SIGKILL)
        while not world.events:
            await asyncio.sleep(0.01)
        world.crew._bound["b.test"] = world.crew._colleagues[0]
        outcome = await world.ask("/", "b.test")
        assert isinstance(outcome, Done)
        assert outcome.visit.error is not None
        assert "'kept', '1', 'a.test'" in outcome.visit.error.message

    run(use)


def test_what_a_process_hears_reaches_whom_it_concerns() -> None:
    async def use(world: World) -> None:
        crew = world.crew
        one, other = crew._colleagues
        told: list[Any] = []
        other.tell = lambda *message: told.append(message)  # type: ignore[method-assign]
        crew._hear(one, ("cookies", "http://a.test/", ["a=1"]))
        assert told == [("cookies", "http://a.test/", ["a=1"])]
        assert world.identity.own_for("http://a.test/") == {"Cookie": "a=1"}
        for _ in range(2):
            crew._hear(one, ("fell back", "a.test", "HTTP/1.1"))
        crew._hear(one, ("bug", "bug met at x"))
        assert world.events == [FellBack("a.test", "HTTP/1.1"), Warned("bug met at x")]
        assert world.tally.extra["http2_fallbacks"] == 1

    run(use, shares=(2, 3, 3))


def test_it_ends_at_once_whatever_is_in_hand() -> None:
    async def use(world: World) -> None:
        world.crew._bound["a.test"] = world.crew._colleagues[0]
        held = asyncio.create_task(world.ask("/hold"))
        await asyncio.sleep(0.02)
        held.cancel()

    began = time.monotonic()
    run(use)
    assert time.monotonic() - began < 2
