"""Slots: bounded, fair, and none lost to a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from crawler.clients.wire.slots import Slots


def test_no_more_than_there_are_can_be_taken() -> None:
    slots = Slots(2)
    assert [slots.take(), slots.take(), slots.take()] == [True, True, False]
    slots.give_back()
    assert slots.take()


async def test_a_slot_given_back_goes_to_the_one_who_waited_longest() -> None:
    slots, order = Slots(1), []
    slots.take()

    async def one(number: int) -> None:
        await slots.wait()
        order.append(number)

    waiting = [asyncio.ensure_future(one(number)) for number in range(3)]
    await asyncio.sleep(0)
    for _ in waiting:
        slots.give_back()
        assert not slots.take()
        await asyncio.sleep(0)
    assert order == [0, 1, 2]


@pytest.mark.parametrize("handed_over", [False, True])
async def test_one_who_is_cancelled_keeps_no_slot(handed_over: bool) -> None:
    slots = Slots(1)
    slots.take()
    waiting = asyncio.ensure_future(slots.wait())
    await asyncio.sleep(0)
    if handed_over:
        slots.give_back()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not handed_over:
        slots.give_back()
    assert slots.take()
