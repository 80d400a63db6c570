"""Whatever passes through the client is counted once, whether it came to something or not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crawler.core.errors import FetchFailed
from crawler.core.events import Event, FellBack
from crawler.core.visit import Exchange, Headers, Response
from crawler.engine.accounts import meter
from crawler.engine.accounts.meter import MeteredClient
from crawler.engine.accounts.tally import Tally
from tests.unit.engine.fakes import A, Answer, B, Clock, Reply, Script, ScriptedClient, fault

Watched = list[tuple[str, float, bool]]


class Metered:
    """A metered client over a script."""

    def __init__(self, script: Script, *, newest_http: str = "HTTP/1.1") -> None:
        self.client = ScriptedClient(script)
        self.client.newest_http = newest_http
        self.tally = Tally()
        self.events: list[Event] = []
        self.watched: Watched = []
        self.metered = MeteredClient(
            self.client, self.tally, self.events.append, lambda *answer: self.watched.append(answer)
        )

    async def send(self, *urls: str) -> list[Any]:
        """What came back, failures included."""
        return [await self._send(url) for url in urls]

    async def _send(self, url: str) -> Any:
        try:
            return await self.metered.send(Exchange(url, 1000))
        except FetchFailed as failure:
            return failure


def test_requests_and_bytes_are_counted_for_answers_of_any_kind(clock: Clock) -> None:
    half = Response(f"{A}/half", 200, "HTTP/1.1", Headers(), bytes_received=70)
    site: dict[str, Answer | list[Answer]] = {
        f"{A}/": Reply(body=b"x" * 100),
        f"{A}/robots.txt": Reply(404, body=b"x" * 20),
        f"{A}/moved": Reply(302, body=b"x" * 3),
        f"{A}/half": FetchFailed("timeout", "too slow", response=half),
        f"{A}/gone": fault("connect"),
    }
    metered = Metered(site)
    clock.run(metered.send(*site))
    assert metered.tally.extra["requests"] == 5
    assert metered.tally.bytes_received == 193
    assert metered.tally.pages == 0


def test_the_answer_and_the_failure_are_those_of_the_client(clock: Clock) -> None:
    failure = fault("tls")
    response, raised = clock.run(Metered({f"{A}/": Reply(), f"{A}/bad": failure}).send(f"{A}/", f"{A}/bad"))
    assert response.status == 200
    assert raised is failure


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        (Reply(), True),
        (Reply(404), True),
        (Reply(429), False),
        (Reply(500), False),
        (Reply(503), False),
        (fault("timeout"), False),
        (fault("connect"), False),
        (fault("protocol"), False),
        (fault("tls"), True),
        (fault("body_too_large"), True),
    ],
)
def test_who_watches_is_told_how_long_an_answer_took_and_how_the_host_is(
    clock: Clock, answer: Answer, good: bool
) -> None:
    metered = Metered({f"{A}/": answer})
    clock.run(metered.send(f"{A}/"))
    assert metered.watched == [("a.test", pytest.approx(0.01), good)]


def test_what_a_host_never_worked_on_says_nothing_about_it(clock: Clock) -> None:
    metered = Metered({f"{A}/": fault("dns", reached=False), f"{A}/2": fault("protocol", unheard=True)})
    clock.run(metered.send(f"{A}/", f"{A}/2"))
    assert metered.watched == []
    assert metered.tally.extra["requests"] == 2


def test_a_fallback_from_http2_is_told_once_a_host(clock: Clock) -> None:
    site = {f"{A}/": Reply(), f"{B}/": Reply(http_version="HTTP/1.0"), f"{B}/2": Reply(http_version="HTTP/2")}
    metered = Metered(site, newest_http="HTTP/2")
    clock.run(metered.send(f"{A}/", f"{A}/", f"{B}/2", f"{B}/"))
    assert metered.events == [FellBack("a.test", "HTTP/1.1"), FellBack("b.test", "HTTP/1.0")]
    assert metered.tally.extra["http2_fallbacks"] == 2


def test_a_fallback_from_http3_is_told_and_counted_as_that(clock: Clock) -> None:
    site = {f"{A}/": Reply(http_version="HTTP/3"), f"{B}/": Reply(http_version="HTTP/2")}
    metered = Metered(site, newest_http="HTTP/3")
    clock.run(metered.send(f"{A}/", f"{B}/"))
    assert metered.events == [FellBack("b.test", "HTTP/2", "HTTP/3")]
    assert metered.tally.figures()["http3_fallbacks"] == 1


def test_who_never_asked_for_http2_cannot_fall_back(clock: Clock) -> None:
    metered = Metered({f"{A}/": Reply()})
    clock.run(metered.send(f"{A}/"))
    assert metered.events == []


def test_the_hosts_that_fell_back_are_remembered_up_to_a_bound(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "MOST_HOSTS", 3)
    urls = [f"http://{number}.test/" for number in range(9)]
    metered = Metered(dict.fromkeys(urls, Reply()), newest_http="HTTP/2")
    clock.run(metered.send(*urls))
    assert len(vars(metered.metered)["_fell_back"]) == 3
    assert len(metered.events) == 9


def test_a_session_and_its_figures_are_those_of_the_client() -> None:
    metered = Metered({}).metered

    async def enter() -> object:
        async with metered as entered:
            return entered

    assert asyncio.run(enter()) is metered
    assert metered.counts() == {"dns_lookups": 1}
    assert metered.newest_http == "HTTP/1.1"
