"""Fakes of the ports, a clock that leaps over every wait, and the whole engine around them."""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from crawler.core.errors import FetchFailed
from crawler.core.events import Event
from crawler.core.url import host_of
from crawler.core.visit import Exchange, Headers, Request, Response, Visit, VisitError
from crawler.engine import gate
from crawler.engine.accounts.ledger import Ledger
from crawler.engine.accounts.meter import MeteredClient
from crawler.engine.accounts.tally import Tally
from crawler.engine.crawl import Crawl
from crawler.engine.discovery import Discovery
from crawler.engine.fetcher import Fetcher
from crawler.engine.gate import RobotsGate
from crawler.engine.redirects import Redirects
from crawler.engine.rules.limits import Budget, Traps
from crawler.engine.rules.retry import RetryRules
from crawler.engine.rules.scope import Scope, ScopeType
from crawler.engine.seeding import Seed, Seeding
from crawler.engine.throttle import Throttle
from crawler.frontiers.memory_frontier import MemoryFrontier
from crawler.politeness.robots_cache import RobotsCache

Result = TypeVar("Result")
A, B, C = "http://a.test", "http://b.test", "http://c.test"
MOST_TURNS = 5_000  # of an event loop without any time passing: more is a loop that runs hot
FOREVER_S = 1e6


class Clock:
    """Seconds that pass only where somebody waits for them."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    def run(self, main: Coroutine[Any, Any, Result]) -> Result:
        """The result of `main`, in a loop that leaps over its waits; fails where it would sleep for ever or run hot."""
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_Leaping(self))) as runner:
            return runner.run(main)


class _Leaping(selectors.DefaultSelector):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None and threading.active_count() > 1 and (found := super().select(10)):
            return found  # what a thread was given to do is done
        if timeout is None:
            raise AssertionError("everything waits, and nothing will ever happen")
        self._clock.at += timeout
        self._turns = 0 if timeout > 0 else self._turns + 1
        assert self._turns < MOST_TURNS, "the loop runs hot"
        return super().select(0)


@dataclass(frozen=True)
class Reply:
    """What a fake server says, and how long it takes."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    takes_s: float = 0.01
    http_version: str = "HTTP/1.1"


Answer = Reply | Exception
Script = Mapping[str, Answer | list[Answer]]  # by URL; of a list the last one is repeated


def page(*links: str, title: str = "", **more: Any) -> Reply:
    """An HTML page with `links`."""
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    body = f"<!doctype html><title>{title}</title>{anchors}".encode()
    return Reply(body=body, headers=(("content-type", "text/html; charset=utf-8"),), **more)


def text(content: str, **more: Any) -> Reply:
    """A text file, such as robots.txt."""
    return Reply(body=content.encode(), headers=(("content-type", "text/plain"),), **more)


def sitemap(*pages: str, sitemaps: Iterable[str] = ()) -> Reply:
    """A sitemap that lists `pages`, or an index of `sitemaps`."""
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in pages)
    nested = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in sitemaps)
    kind = "sitemapindex" if nested else "urlset"
    return Reply(body=f"<{kind}>{entries}{nested}</{kind}>".encode(), headers=(("content-type", "application/xml"),))


def moved(target: str, status: int = 302) -> Reply:
    """A redirect to `target`."""
    return Reply(status=status, headers=(("location", target),))


def busy(status: int = 503, retry_after: str | None = None) -> Reply:
    """An answer worth another attempt."""
    return Reply(status=status, headers=() if retry_after is None else (("retry-after", retry_after),))


def fault(type: Any, message: str = "it went wrong", **more: Any) -> FetchFailed:
    """A request that brings no response."""
    return FetchFailed(type, message, **more)


HANGING = Reply(takes_s=FOREVER_S)


class Sent(NamedTuple):
    """A request as a server sees it."""

    at: float
    url: str
    headers: tuple[tuple[str, str], ...] = ()


class ScriptedClient:
    """Answers by URL; 404 where the script says nothing."""

    newest_http = "HTTP/1.1"

    def __init__(self, script: Script) -> None:
        self._script = script
        self.sent: list[Sent] = []
        self.new_connections: list[tuple[str, bool]] = []  # whether one was asked for, robots.txt left out
        self.in_flight = 0
        self.most_in_flight = 0

    async def __aenter__(self) -> ScriptedClient:
        return self

    async def __aexit__(self, *exc_info: object) -> None: ...

    async def send(self, exchange: Exchange) -> Response:
        answer = self._answer(exchange.url)
        if isinstance(answer, FetchFailed) and not answer.reached:
            raise answer
        self.sent.append(Sent(time.monotonic(), exchange.url, exchange.headers))
        if not exchange.url.endswith("/robots.txt"):
            self.new_connections.append((exchange.url, exchange.new_connection))
        if not (isinstance(answer, FetchFailed) and answer.type in ("connect", "tls")):
            exchange.on_sent()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0.01 if isinstance(answer, Exception) else answer.takes_s)
        finally:
            self.in_flight -= 1
        if isinstance(answer, Exception):
            raise answer
        return response_of(answer, exchange)

    def counts(self) -> Mapping[str, int]:
        return {"dns_lookups": 1}

    def urls(self, *, robots: bool = False) -> list[str]:
        """What was asked for, in order, robots.txt files left out or not."""
        return [sent.url for sent in self.sent if robots or not sent.url.endswith("/robots.txt")]

    def times(self, host: str) -> list[float]:
        """When `host` was asked, robots.txt included."""
        return [sent.at for sent in self.sent if host_of(sent.url) == host_of(f"{host}/")]

    def _answer(self, url: str) -> Answer:
        answer = self._script.get(url, Reply(404))
        if not isinstance(answer, list):
            return answer
        asked = self.urls(robots=True).count(url)
        return answer[min(asked, len(answer) - 1)]


def response_of(reply: Reply, exchange: Exchange) -> Response:
    """The response that a client makes of `reply`. Raises FetchFailed for a body that is too large."""
    headers = Headers(reply.headers)
    enough = exchange.enough_bytes(reply.status, headers)
    if enough is None and len(reply.body) > exchange.max_body_bytes:
        raise FetchFailed("body_too_large", f"body longer than {exchange.max_body_bytes} bytes")
    body = reply.body[:enough]
    return Response(
        url=exchange.url,
        status=reply.status,
        http_version=reply.http_version,
        headers=headers,
        body=body if exchange.keep_body(reply.status, headers) else b"",
        bytes_received=len(body),
        body_bytes=len(body),
        elapsed_s=reply.takes_s,
        is_cut=len(body) < len(reply.body),
    )


class RecordingSink:
    """Keeps visits; `refuses_write` and `refuses_flush` are raised instead."""

    def __init__(self, log: list[str] | None = None) -> None:
        self.visits: list[Visit] = []
        self.flushed = 0
        self.refuses_write: Exception | None = None
        self.refuses_flush: Exception | None = None
        self._log = [] if log is None else log

    def open(self, position: str | None) -> None: ...

    def write(self, visit: Visit) -> None:
        if self.refuses_write is not None:
            raise self.refuses_write
        self._log.append(f"write {visit.url}")
        self.visits.append(visit)

    def flush(self, *, final: bool = False) -> str:
        self._log.append("flush")
        if self.refuses_flush is not None:
            raise self.refuses_flush
        self.flushed = len(self.visits)
        return str(self.flushed)

    def close(self, *, for_good: bool = False) -> None:
        self._log.append("close for good" if for_good else "close")

    def describe(self) -> str:
        return "a list"


class WatchedFrontier(MemoryFrontier):
    """The frontier in memory, telling what was asked of it."""

    def __init__(self, clock: Clock, log: list[str] | None = None, **pace: Any) -> None:
        super().__init__(Path(), **{"delay_s": 0.0, "jitter": 0.0, "per_host": 2} | pace, now=clock.now)
        self.commits: list[tuple[str | None, Mapping[str, Any]]] = []
        self.ended = False
        self.asked_delays: list[tuple[str, float]] = []
        self._log = [] if log is None else log

    def commit(self, position: str | None, notes: Mapping[str, Any]) -> None:
        self._log.append("commit")
        self.commits.append((position, dict(notes)))
        super().commit(position, notes)

    def finish(self, request: Request, duplicate_of: str | None = None) -> None:
        self._log.append(f"finish {request.url}")
        super().finish(request, duplicate_of)

    def end_run(self) -> None:
        self._log.append("end")
        self.ended = True

    def set_delay(self, host: str, delay_s: float) -> None:
        self.asked_delays.append((host, delay_s))
        super().set_delay(host, delay_s)

    def urls(self, kind: Literal["page", "sitemap"] = "page") -> list[str]:
        """Everything to do, handed out one by one and given back."""
        requests = self.reserve(10_000)
        for request in requests:
            self.hand_back(request)
        return [request.url for request in requests if request.kind == kind]


@dataclass
class Rules:
    """What a configuration would say; the engine's own defaults are elsewhere."""

    total: int = 4
    per_host: int = 2
    delay_s: float = 0.0
    drain_s: float = 8.0
    scope: ScopeType = "host"
    hosts: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    extra_hops: int = 0
    max_depth: int | None = None
    max_pages: int | None = None
    max_pages_per_host: int | None = None
    max_bytes: int | None = None
    max_duration_s: float | None = None
    max_body_bytes: int = 1_000_000
    max_redirects: int = 5
    max_retries: int = 3
    obey_robots: bool = True
    robots_ttl_s: float = 86_400.0
    max_crawl_delay_s: float | None = 30.0
    adaptive: bool = False
    sitemaps: Literal["auto"] | tuple[str, ...] | None = None
    seed_file: Path | None = None
    most: int = 1_000
    notes: Mapping[str, Any] = field(default_factory=dict)  # what an earlier execution stored
    frontier: WatchedFrontier | None = None  # of an earlier execution
    cache: Callable[[float], RobotsCache] | None = None


def retry_rules(max_retries: int = 3) -> RetryRules:
    """Waits of 1, 2, 4 … seconds, a Retry-After of five minutes at most."""
    return RetryRules(
        max_retries=max_retries,
        statuses=(408, 429, 500, 502, 503, 504),
        initial_s=1,
        factor=2,
        max_s=60,
        jitter=False,
        respect_retry_after=True,
        max_retry_after_s=300,
    )


class World:
    """The engine among fakes, put together as a run does it; `started_at` is when the clock stood at its beginning."""

    def __init__(self, clock: Clock, script: Script, *seeds: str | Seed, **rules: Any) -> None:
        self.clock = clock
        self.started_at = clock.now()
        self.rules = known = Rules(**rules)
        self.log: list[str] = []
        self.events: list[Event] = []
        self.tally = Tally(known.notes.get("tally"))
        self.client = ScriptedClient(script)
        self.sink = RecordingSink(self.log)
        self.frontier = known.frontier or WatchedFrontier(
            clock, self.log, delay_s=known.delay_s, per_host=known.per_host
        )
        self.throttle = Throttle(self.frontier, floor_s=known.delay_s, adaptive=known.adaptive)
        self.metered = MeteredClient(self.client, self.tally, self.events.append, self.throttle.observe)
        self.scope = Scope(known.scope, (), known.hosts, known.include, known.exclude)
        self.fetcher = self._fetcher(self.metered)
        self.discovery = Discovery(
            self.frontier,
            self.scope,
            Traps(max_path_segments=8),
            self.tally.refuse,
            max_depth=known.max_depth,
            extra_hops=known.extra_hops,
        )
        self.named: list[str] = []
        self.seeding = self._seeding([Seed(seed) if isinstance(seed, str) else seed for seed in seeds])
        self.gate = self._gate() if known.obey_robots else None
        self.ledger = Ledger(self.frontier, self.sink, self.tally, self.notes, self.events.append, most=known.most)
        self.crawl = self._crawl()

    def run(self, *meanwhile: Callable[[], Coroutine[Any, Any, None]]) -> str:
        """Why the crawl ended; each of `meanwhile` goes on beside it."""

        async def main() -> str:
            others = [asyncio.create_task(other()) for other in meanwhile]
            try:
                return await self.crawl.run()
            finally:
                for other in others:
                    other.cancel()

        return self.clock.run(main())

    def start(self) -> None:
        """Seeds are added, and nothing else happens."""
        self.clock.run(self.seeding.start())

    async def clock_limit(self, seconds: float) -> None:
        """Stops a crawl that goes on for so long."""
        await self.sleep(seconds)
        self.crawl.stop("too long")

    async def sleep(self, seconds: float) -> None:
        """Lets time pass beside the crawl."""
        await asyncio.sleep(seconds)

    @property
    def records(self) -> dict[str, Visit]:
        """Visits by URL; fails if one URL has two."""
        urls = [visit.url for visit in self.sink.visits]
        assert len(urls) == len(set(urls))
        return dict(zip(urls, self.sink.visits, strict=True))

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return self.clock.now() - self.started_at

    def told(self, kind: type[Result]) -> list[Result]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def notes(self) -> Mapping[str, Any]:
        return {
            "tally": self.tally.state(),
            "widened": list(self.seeding.widened),
            "seed_file": self.seeding.taken,
        }

    def _fetcher(self, client: MeteredClient) -> Fetcher:
        return Fetcher(
            client,
            retry_rules(self.rules.max_retries),
            max_body_bytes=self.rules.max_body_bytes,
            max_redirects=self.rules.max_redirects,
            max_links=None,
            product_token="crawlfile",
            obey_nofollow=True,
        )

    def _seeding(self, seeds: list[Seed]) -> Seeding:
        return Seeding(
            self.frontier,
            self.discovery,
            self.scope,
            self.events.append,
            self.tally.refuse,
            self.named.append,
            seeds=seeds,
            seed_file=self.rules.seed_file,
            sitemaps=self.rules.sitemaps,
            gated=self.rules.obey_robots,
            taken=self.rules.notes.get("seed_file", 0),
            widened=self.rules.notes.get("widened", ()),
        )

    def _gate(self) -> RobotsGate:
        cache = self.rules.cache or partial(RobotsCache, now=self.clock.now)
        vars(gate)["RobotsCache"] = cache
        return RobotsGate(
            self.metered,
            self.frontier,
            retry_rules(self.rules.max_retries),
            self.throttle,
            self.events.append,
            self.seeding.announce,
            ttl_s=self.rules.robots_ttl_s,
            product_token="crawlfile",
            obey_crawl_delay=True,
            max_crawl_delay_s=self.rules.max_crawl_delay_s,
        )

    def _crawl(self) -> Crawl:
        rules = self.rules
        budget = Budget(
            self.tally,
            taken_up=self.frontier.stats().taken_up,
            max_pages=rules.max_pages,
            max_pages_per_host=rules.max_pages_per_host,
            max_bytes=rules.max_bytes,
            max_duration_s=rules.max_duration_s,
            now=self.clock.now,
        )
        redirects = Redirects(
            self.frontier, self.fetcher, self.scope, self.seeding, self.events.append, extra_hops=rules.extra_hops
        )
        return Crawl(
            self.frontier,
            self.fetcher,
            self.gate,
            redirects,
            self.discovery,
            self.seeding,
            self.ledger,
            budget,
            self.events.append,
            total=rules.total,
            drain_s=rules.drain_s,
        )


def visit_of(url: str, error: str | None = None, **more: Any) -> Visit:
    """A visit of `url`, usable or with an error."""
    known: dict[str, Any] = {
        "url": url,
        "final_url": url,
        "status": 200 if error is None else None,
        "ok": error is None,
        "error": None if error is None else VisitError(error, "it went wrong"),  # type: ignore[arg-type]
        "fetched_at": "2026-11-22T17:34:00.000Z",
        "elapsed_s": 0.1,
        "attempts": 1,
        "depth": 0,
        "parent": None,
    }
    return Visit(**known | more)
