"""One worker process, played by hand at the other end of its channel."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from crawler.core.errors import FetchFailed
from crawler.core.visit import Exchange, Headers, Request, Response, Visit
from crawler.engine.outcome import Again, Done
from crawler.runner.workers import colleague as module
from crawler.runner.workers.channel import Channel, Message
from crawler.runner.workers.colleague import Colleague, Errand, WorkerDied
from crawler.runner.workers.nursery import Born
from crawler.runner.workers.packing import packed_failure, packed_outcome, packed_request, packed_response

REQUEST = Request("http://a.test/", "http://a.test/", "a.test")
AGAIN = Again(1.0, "backoff", False, "timeout")
DONE = Done(Visit("http://a.test/", None, None, False, None, "", 0.0, 1, 0, None))
CONDITIONS = (("If-None-Match", '"1"'),)


class Played:
    """A colleague and the end that the test holds."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.got: list[Message] = []
        self.heard: list[Message] = []
        self.died = 0
        self.end = Channel(theirs, self.got.extend, lambda: None)
        self.colleague = Colleague(Born(7, ours, ""), 4, self.heard.append, self._note)

    def _note(self, colleague: Colleague) -> None:
        assert colleague is self.colleague
        self.died += 1

    def visit(self, sent: list[str], **options: Any) -> asyncio.Task[Any]:
        options = {"tell_sent": True} | options
        errand = Errand(REQUEST, lambda: sent.append("sent"), CONDITIONS)
        return asyncio.create_task(self.colleague.visit(errand, **options))


async def turns() -> None:
    await asyncio.sleep(0.02)


@pytest.fixture
async def played() -> AsyncIterator[Played]:
    played = Played()
    yield played
    played.colleague.close()
    played.end.close()


async def test_a_request_goes_over_and_its_outcome_comes_back(played: Played) -> None:
    sent: list[str] = []
    first, second = played.visit(sent), played.visit(sent, tell_sent=False)
    await turns()
    assert [message[0] for message in played.got] == ["visit", "visit"]
    (_, one, packed, conditions, tell), (_, other, _, _, tell_other) = played.got
    assert (packed, conditions, tell, tell_other) == (packed_request(REQUEST), CONDITIONS, True, False)
    assert played.colleague.in_flight == 2
    played.end.post(("sent", one))
    await turns()
    assert sent == ["sent"]
    played.end.post(("done", other, packed_outcome(AGAIN), False))
    played.end.post(("done", one, packed_outcome(DONE), False))
    assert (await first, await second) == (DONE, AGAIN)
    assert played.colleague.in_flight == 0
    assert sent == ["sent"], "a request that never left is not said to have left"


async def test_that_it_was_sent_may_be_told_with_the_outcome(played: Played) -> None:
    sent: list[str] = []
    visit = played.visit(sent, tell_sent=False)
    await turns()
    played.end.post(("done", played.got[0][1], packed_outcome(DONE), True))
    assert await visit == DONE
    assert sent == ["sent"]


async def test_all_that_it_had_in_hand_is_lost_with_it(played: Played) -> None:
    visits = [played.visit([]) for _ in range(3)]
    await turns()
    played.end.close()
    for visit in visits:
        with pytest.raises(WorkerDied):
            await visit
    assert played.died == 1
    assert played.colleague.in_flight == 0


async def test_one_that_gives_no_sign_of_life_is_as_good_as_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    played = Played()
    visit = played.visit([])
    with pytest.raises(WorkerDied):
        await asyncio.wait_for(visit, 5)
    assert played.got[1:] == [("look",)] * module.MOST_LOOKS
    assert (played.died, played.colleague.end) == (1, "gave no sign of life for 0.12 s")
    await asyncio.sleep(0.1)
    assert played.died == 1
    played.end.close()


async def test_one_that_answers_may_take_any_time_for_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    played = Played()
    visit = played.visit([])
    while len(played.got) <= 3 * module.MOST_LOOKS:
        await asyncio.sleep(0.01)
        if played.got[-1] == ("look",):
            played.end.post(("alive",))
    assert (visit.done(), played.died, played.heard) == (False, 0, [])
    visit.cancel()
    played.colleague.close()
    played.end.close()


async def test_time_in_which_all_stood_still_is_not_its_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    played = Played()
    for _ in range(3):
        time.sleep(2 * module.MOST_LOOKS * module.LOOK_S)
        await asyncio.sleep(0.01)
        played.end.post(("alive",))
        await asyncio.sleep(0.01)
    assert played.died == 0
    played.colleague.close()
    played.end.close()


async def test_an_outcome_that_nobody_waits_for_any_more_is_passed_over(played: Played) -> None:
    visit = played.visit([])
    await turns()
    visit.cancel()
    await turns()
    played.end.post(("done", played.got[0][1], packed_outcome(DONE), True))
    played.end.post(("sent", played.got[0][1]))
    await turns()
    assert visit.cancelled()
    assert played.died == 0


async def test_what_concerns_everybody_is_passed_on(played: Played) -> None:
    figures = ("figures", 3, 1000, {"dns_lookups": 2}, 0.5)
    played.end.post(figures)
    played.end.post(("cookies", "http://a.test/", ["a=1"]))
    await turns()
    assert played.heard == [figures, ("cookies", "http://a.test/", ["a=1"])]
    assert played.colleague.counts == {"dns_lookups": 2}


async def test_who_hears_of_a_failure_of_the_state_tells_those_that_wait(played: Played) -> None:
    def fail(message: Message) -> None:
        raise OSError("disk full")

    played.colleague._hear = fail
    visit = played.visit([])
    await turns()
    played.end.post(("saw", "a.test", 0.1, True))
    with pytest.raises(OSError, match="disk full"):
        await visit


async def test_a_host_is_introduced_once_and_before_it_is_asked(played: Played) -> None:
    for _ in range(2):
        played.colleague.introduce("a.test", ["http://a.test/", "https://a.test/"])
    visit = played.visit([])
    await turns()
    assert [message[:2] for message in played.got] == [
        ("name", "http://a.test/"), ("name", "https://a.test/"), ("visit", 1),
    ]  # fmt: skip
    assert played.colleague.knows("a.test")
    visit.cancel()


async def test_a_request_outside_the_queue_brings_a_response_or_its_failure(played: Played) -> None:
    sent: list[str] = []
    exchange = Exchange("http://a.test/robots.txt", 0, on_sent=lambda: sent.append("sent"), new_connection=True)
    first, second = (asyncio.create_task(played.colleague.send(exchange)) for _ in range(2))
    await turns()
    assert [message[0] for message in played.got] == ["send", "send"]
    assert played.got[0][2:] == ("http://a.test/robots.txt", True)
    response = Response("http://a.test/robots.txt", 200, "HTTP/1.1", Headers([("a", "b")]), b"rules")
    failure = FetchFailed("dns", "no such host", reached=False, response=response, unheard=True)
    played.end.post(("sent", played.got[0][1]))
    played.end.post(("done", played.got[0][1], (packed_response(response), None), False))
    played.end.post(("done", played.got[1][1], (None, packed_failure(failure)), False))
    assert await first == response
    with pytest.raises(FetchFailed, match="no such host") as failed:
        await second
    assert (failed.value.type, failed.value.reached, failed.value.unheard) == ("dns", False, True)
    assert failed.value.response == response
    assert sent == ["sent"]
