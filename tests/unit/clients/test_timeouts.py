"""Deadlines: each phase its own, the total over all, and nobody else's cancellation taken for one."""

from __future__ import annotations

import asyncio
import time

import pytest

from crawler.clients.timeouts import Deadline, Phase, Timeouts, Watch
from crawler.core.errors import FetchFailed

LONG = Timeouts()


async def stay(timeouts: Timeouts, *phases: Phase, awaiting: str = "answer") -> None:
    with Deadline(Watch(timeouts)) as deadline:
        for phase in phases:
            deadline.enter(phase, time.monotonic(), awaiting)
        await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("timeouts", "phase", "sentence", "reached"),
    [
        (Timeouts(connect_s=0.05), "connect", "no connection within 0.05 s (connect)", True),
        (Timeouts(read_s=0.05), "read", "no answer within 0.05 s (read)", True),
        (Timeouts(write_s=0.05), "write", "request not sent within 0.05 s (write)", True),
        (Timeouts(pool_s=0.05), "pool", "no free connection within 0.05 s (pool)", False),
        (Timeouts(total_s=0.05), "read", "not finished within 0.05 s (total)", True),
    ],
)
async def test_each_phase_has_its_deadline(timeouts: Timeouts, phase: Phase, sentence: str, reached: bool) -> None:
    with pytest.raises(FetchFailed) as caught:
        await stay(timeouts, phase)
    assert (caught.value.type, caught.value.message, caught.value.reached) == ("timeout", sentence, reached)


async def test_the_sentence_says_what_was_waited_for() -> None:
    with pytest.raises(FetchFailed, match=r"^no more of the body within 0\.05 s \(read\)$"):
        await stay(Timeouts(read_s=0.05), "read", awaiting="more of the body")


async def go_on_for_ever() -> None:
    with Deadline(Watch(Timeouts(read_s=5, total_s=0.1))) as deadline:
        while True:
            await asyncio.sleep(0.01)
            deadline.enter("read", time.monotonic())


async def test_a_phase_that_goes_on_starts_its_deadline_anew_and_the_total_does_not() -> None:
    with Deadline(Watch(Timeouts(read_s=0.5))) as deadline:
        for _ in range(8):
            await asyncio.sleep(0.1)
            deadline.enter("read", time.monotonic())
    with pytest.raises(FetchFailed, match="total"):
        await go_on_for_ever()


async def stand_still(timeouts: Timeouts, *, times: int) -> None:
    """A deadline while something else holds the loop, again and again, for longer than the deadline allows."""
    with Deadline(Watch(timeouts)) as deadline:
        deadline.enter("read", time.monotonic())
        for _ in range(times):
            await asyncio.sleep(0.05)
            time.sleep(0.7)
        await asyncio.sleep(0.05)


async def test_time_in_which_the_process_stood_still_is_nobodys_silence_but_not_for_ever() -> None:
    await stand_still(Timeouts(read_s=0.4, total_s=1), times=1)
    with pytest.raises(FetchFailed):
        await stand_still(Timeouts(read_s=0.4, total_s=0.5), times=3)


async def test_leaving_in_time_leaves_nothing_behind() -> None:
    watch = Watch(Timeouts(total_s=0.05))
    with Deadline(watch):
        pass
    await asyncio.sleep(0.15)
    task = asyncio.current_task()
    assert task is not None
    assert (task.cancelling(), watch.running) == (0, set())


async def test_a_cancellation_from_outside_stays_one() -> None:
    task = asyncio.ensure_future(stay(LONG, "read"))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def break_upon_cancellation() -> None:
    with Deadline(Watch(Timeouts(total_s=0.05))):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise OSError("closed under the reader") from None


async def test_what_the_cancellation_broke_is_a_timeout_too() -> None:
    with pytest.raises(FetchFailed, match="total"):
        await break_upon_cancellation()


async def test_many_deadlines_share_one_watch() -> None:
    watch = Watch(Timeouts(total_s=0.1))

    async def one(seconds: float) -> str:
        try:
            with Deadline(watch):
                await asyncio.sleep(seconds)
        except FetchFailed as failure:
            return failure.type
        return "in time"

    assert await asyncio.gather(*(one(seconds) for seconds in (0, 60, 0.01, 60))) == [
        "in time",
        "timeout",
        "in time",
        "timeout",
    ]
