"""The pool: which connection a request gets, and which are closed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crawler.clients.wire import pool as module
from crawler.clients.wire.pool import Carrier, Pool
from crawler.clients.wire.transfer import Origin

HERE, THERE = (Origin(False, name, 80, name, None) for name in ("here", "there"))


class Connection:
    """A connection of the engine's, in a state that the test sets."""

    def __init__(self) -> None:
        self.idle, self.expired, self.shareable, self.closed = True, False, False, 0

    def is_idle(self) -> bool:
        return self.idle

    def is_available(self) -> bool:
        return self.shareable

    def has_expired(self) -> bool:
        return self.expired

    async def aclose(self) -> None:
        self.closed += 1


class Made:
    """A pool and the connections it made."""

    def __init__(self, most: int, *, share: bool = False) -> None:
        self.connections: list[Connection] = []
        self.waited = 0
        self.pool = Pool(self.create, most, share=share)

    def create(self, origin: Origin) -> Any:
        self.connections.append(Connection())
        return self.connections[-1]

    async def take(self, origin: Origin = HERE, *, new: bool = False) -> Carrier:
        return await self.pool.take(origin, self.wait, new=new)

    def wait(self) -> None:
        self.waited += 1

    @property
    def closed(self) -> list[int]:
        return [connection.closed for connection in self.connections]


async def test_a_connection_given_back_serves_again() -> None:
    made = Made(2)
    first = await made.take()
    assert not first.has_served
    await made.pool.give_back(first)
    again = await made.take()
    assert again is first
    assert again.has_served


async def test_one_request_at_a_time_without_http2() -> None:
    made = Made(2)
    assert await made.take() is not await made.take()
    waiting = asyncio.ensure_future(made.take())
    await asyncio.sleep(0)
    assert (made.waited, waiting.done()) == (1, False)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize("fault", ["retired", "busy", "expired"])
async def test_what_cannot_be_kept_is_closed_and_replaced(fault: str) -> None:
    made = Made(1)
    first = await made.take()
    if fault == "retired":
        first.retire()
    made.connections[0].idle = fault != "busy"
    await made.pool.give_back(first)
    made.connections[0].expired = fault == "expired"
    assert await made.take() is not first
    assert made.closed == [1, 0]


async def test_the_longest_idle_gives_way_to_another_origin() -> None:
    made = Made(2)
    one, two = await made.take(), await made.take()
    await made.pool.give_back(two)
    await made.pool.give_back(one)
    await made.take(THERE)
    assert made.closed == [0, 1, 0]
    assert await made.take() is one


async def test_a_new_one_closes_all_that_have_waited_for_this_origin() -> None:
    made = Made(5)
    taken = [await made.take() for _ in range(3)] + [await made.take(THERE)]
    for carrier in taken:
        await made.pool.give_back(carrier)
    fresh = await made.take(new=True)
    assert (fresh.has_served, made.closed) == (False, [1, 1, 1, 0, 0])


async def test_a_new_one_is_not_needed_where_http2_says_itself_that_it_ends() -> None:
    made = Made(5, share=True)
    first = await made.take()
    first.stream = type("Stream", (), {"get_extra_info": lambda _, info: info == "is_http2"})()
    await made.pool.give_back(first)
    assert await made.take(new=True) is first
    made.connections[0].shareable = True
    assert await made.take(new=True) is first


async def test_http2_is_shared_as_long_as_it_takes_requests() -> None:
    made = Made(1, share=True)
    first = await made.take()
    made.connections[0].shareable = True
    assert await made.take() is first
    await made.pool.give_back(first)
    assert made.closed == [0]
    first.retire()
    waiting = asyncio.ensure_future(made.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    await made.pool.give_back(first)
    assert await waiting is not first
    assert made.closed == [1, 0]


async def test_after_a_shared_connection_broke_requests_have_one_each_until_one_goes_well() -> None:
    made = Made(4, share=True)
    broken = await made.take()
    made.connections[0].shareable = True
    assert await made.take() is broken
    broken.is_broken = True
    for _ in range(2):
        broken.retire()
        await made.pool.give_back(broken)
    alone = await made.take()
    made.connections[1].shareable = True
    other = await made.take()
    made.connections[2].shareable = True
    assert other is not alone
    await made.pool.give_back(alone)
    assert await made.take() is other
    assert await made.take(THERE) is not other


async def test_origins_kept_apart_are_forgotten_beyond_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_APART", 1)
    made = Made(8, share=True)

    async def share(origin: Origin) -> bool:
        """Whether two requests share a connection; it breaks then."""
        one = await made.take(origin)
        made.connections[-1].shareable = True
        other = await made.take(origin)
        one.is_broken = True
        made.connections[-1].idle = False
        for carrier in (one, other):
            await made.pool.give_back(carrier)
        return one is other

    assert await share(HERE)
    assert not await share(HERE)
    assert await share(THERE)
    assert await share(HERE)


async def test_bytes_behind_a_response_put_a_connection_out_of_use() -> None:
    class Inner:
        _h11_state = type("State", (), {"trailing_data": (b"HTTP/1.1 200", False)})

    made = Made(1)
    carrier = await made.take()
    made.connections[0]._connection = Inner()  # type: ignore[attr-defined]
    assert carrier.out_of_step()
    await made.pool.give_back(carrier)
    assert made.closed == [1]


async def test_closing_closes_what_is_idle() -> None:
    made = Made(3)
    taken = [await made.take() for _ in range(3)]
    for carrier in taken:
        await made.pool.give_back(carrier)
    await made.pool.aclose()
    assert made.closed == [1, 1, 1]
