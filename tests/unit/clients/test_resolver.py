"""The DNS cache: time to live, failures remembered shortly, one lookup at a time for a name, bounded size."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from crawler.clients.resolver import TEMPORARY_TTL_S, Address, Resolver
from crawler.core.errors import FetchFailed


class Lookup:
    """getaddrinfo with a memory; `answers` may hold exceptions, `gate` holds every lookup up."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, host: str, port: int, family: int, kind: int) -> list[Any]:
        self.asked.append(host)
        self.gate.wait(10)
        answer = self.answers.get(host, ["192.0.2.1"])
        if isinstance(answer, Exception):
            raise answer
        return [
            (socket.AF_INET6, kind, 6, "", (ip, 0, 0, 3)) if ":" in ip else (socket.AF_INET, kind, 6, "", (ip, 0))
            for ip in answer
        ]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def made(lookup: Lookup, *, ttl_s: float = 300, negative_ttl_s: float = 30, most: int = 100) -> tuple[Resolver, Clock]:
    clock = Clock()
    return Resolver(ttl_s, negative_ttl_s, most, lookup=lookup, clock=clock), clock


async def message(resolver: Resolver, host: str) -> str:
    with pytest.raises(FetchFailed) as caught:
        await resolver.resolve(host, 80)
    assert (caught.value.type, caught.value.reached) == ("dns", False)
    return caught.value.message


async def test_an_answer_is_used_until_its_time_is_over() -> None:
    resolver, clock = made(lookup := Lookup())
    assert await resolver.resolve("a", 80) == [Address(socket.AF_INET, "192.0.2.1", 80)]
    clock.now = 299.9
    assert await resolver.resolve("a", 443) == [Address(socket.AF_INET, "192.0.2.1", 443)]
    clock.now = 300.0
    await resolver.resolve("a", 80)
    assert lookup.asked == ["a", "a"]
    assert resolver.counts() == {"dns_lookups": 2, "dns_hits": 1, "dns_misses": 2}


async def test_a_thread_that_cannot_be_started_fails_those_who_ask_now_and_nobody_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    resolver, _ = made(lookup := Lookup())
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        told = await asyncio.gather(message(resolver, "a"), message(resolver, "a"))
    assert told == ["name lookup of a failed: no thread could be started"] * 2
    async with asyncio.timeout(5):
        assert await resolver.resolve("a", 80) == [Address(socket.AF_INET, "192.0.2.1", 80)]
    assert lookup.asked == ["a"]


async def test_zero_seconds_is_no_cache() -> None:
    resolver, _ = made(lookup := Lookup(), ttl_s=0)
    for _ in range(3):
        await resolver.resolve("a", 80)
    assert lookup.asked == ["a"] * 3


async def test_those_who_ask_meanwhile_share_one_lookup_even_if_the_first_gives_up() -> None:
    resolver, _ = made(lookup := Lookup())
    lookup.gate.clear()
    asking = [asyncio.ensure_future(resolver.resolve("a", 80)) for _ in range(5)]
    other = asyncio.ensure_future(resolver.resolve("b", 80))
    await asyncio.sleep(0.02)
    asking[0].cancel()
    lookup.gate.set()
    answers = await asyncio.gather(*asking, other, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert all(answer == [Address(socket.AF_INET, "192.0.2.1", 80)] for answer in answers[1:])
    assert sorted(lookup.asked) == ["a", "b"]


async def test_a_name_that_does_not_exist_is_remembered_for_the_negative_time() -> None:
    resolver, clock = made(lookup := Lookup(no=socket.gaierror(socket.EAI_NONAME, "Name or service not known")))
    assert [await message(resolver, "no") for _ in range(2)] == ["no such host: no"] * 2
    clock.now = 30.0
    await message(resolver, "no")
    assert lookup.asked == ["no", "no"]


async def test_a_name_server_that_fails_is_asked_again_soon() -> None:
    resolver, clock = made(lookup := Lookup(no=socket.gaierror(socket.EAI_AGAIN, "Temporary failure")))
    assert await message(resolver, "no") == "name lookup of no failed: temporary failure"
    clock.now = TEMPORARY_TTL_S
    lookup.answers["no"] = ["192.0.2.9"]
    assert (await resolver.resolve("no", 80))[0].ip == "192.0.2.9"


async def test_a_name_that_cannot_be_looked_up_is_a_failure_not_a_crash() -> None:
    resolver, _ = made(Lookup(bad=UnicodeError("label too long"), nul=ValueError("embedded null"), none=[]))
    assert await message(resolver, "bad") == "not a usable host name: bad"
    assert await message(resolver, "nul") == "not a usable host name: nul"
    assert await message(resolver, "none") == "no address for none"


async def test_the_name_not_used_for_longest_is_forgotten_first() -> None:
    resolver, _ = made(lookup := Lookup(), most=2)
    for host in ("a", "b", "a", "c", "a", "b"):
        await resolver.resolve(host, 80)
    assert lookup.asked == ["a", "b", "c", "b"]


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
async def test_an_address_is_its_own_answer_and_no_lookup(host: str, family: int) -> None:
    resolver, _ = made(lookup := Lookup())
    assert await resolver.resolve(host, 80) == [Address(family, host, 80)]
    assert (lookup.asked, resolver.counts()["dns_misses"]) == ([], 0)


async def test_link_local_answers_keep_their_zone() -> None:
    resolver, _ = made(Lookup(a=["fe80::1"]))
    assert (await resolver.resolve("a", 80))[0].ip == "fe80::1%3"


async def test_the_operating_system_is_asked_by_default() -> None:
    addresses = await Resolver(300, 30, 10).resolve("localhost", 80)
    assert {address.ip for address in addresses} <= {"127.0.0.1", "::1"}


def test_a_lookup_that_hangs_does_not_hold_up_the_end_of_a_run() -> None:
    lookup = Lookup()
    lookup.gate.clear()

    async def give_up() -> None:
        resolver, _ = made(lookup)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(resolver.resolve("a", 80), 0.02)

    asyncio.run(give_up())
    assert any(thread.daemon and thread.name == "dns a" for thread in threading.enumerate())
    lookup.gate.set()
