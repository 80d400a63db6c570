"""Asks robots.txt first: holds a host until the rules of an origin are known, then answers for every URL."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from typing import NamedTuple, cast

from crawler.core.errors import CrawlError, ErrorType, FetchFailed, UnusableUrl
from crawler.core.events import Event, HostBlocked, RobotsLoaded, Warned
from crawler.core.ports import Client, Frontier
from crawler.core.url import from_field, host_of, origin_of, resolve
from crawler.core.visit import Exchange, Headers, Request, Response
from crawler.engine.fetcher import REDIRECTS, describe_status
from crawler.engine.reading import read_aside
from crawler.engine.rules.retry import Decision, GiveUp, RetryRules
from crawler.engine.throttle import Throttle
from crawler.politeness.groups import MAX_ROBOTS_BYTES
from crawler.politeness.robots import RobotsRules, from_answer
from crawler.politeness.robots_cache import RobotsCache

UNREAD_BYTES = 16 * 1024  # of an answer that gives no rules: enough for the connection to be used again
LARGE_BYTES = 64 * 1024  # of rules, to be parsed beside the loop: 1 MiB takes up to a second
MAX_HOPS = 5  # RFC 9309 2.3.1.2: at least five consecutive redirects should be followed
MOST_CLOSED = 10_000  # origins of which is remembered why nothing may be asked; of others only that it may not
UNREACHABLE = frozenset({"dns", "connect", "tls", "private_address"})  # the host is at fault, not its robots.txt


class Refusal(NamedTuple):
    """Why a URL may not be asked: robots.txt forbids it, or the host could not even be asked for robots.txt."""

    type: ErrorType
    message: str
    attempts: int = 0  # tries that the host's failure took


class RobotsGate:
    """Nothing is sent to an origin while its robots.txt is unknown; other hosts go on meanwhile.

    announce: told the rules of an origin as they become known, for sitemaps.
    """

    def __init__(
        self,
        client: Client,
        frontier: Frontier,
        retry: RetryRules,
        throttle: Throttle,
        notify: Callable[[Event], None],
        announce: Callable[[str, RobotsRules], None],
        *,
        ttl_s: float,
        product_token: str,
        obey_crawl_delay: bool,
        max_crawl_delay_s: float | None,
    ) -> None:
        self._client = client
        self._frontier = frontier
        self._cache = RobotsCache(ttl_s)
        self._retry = retry
        self._throttle = throttle
        self._notify = notify
        self._announce = announce
        self._product_token = product_token
        self._obey_crawl_delay = obey_crawl_delay
        self._max_crawl_delay_s = max_crawl_delay_s
        self._loading: dict[str, str] = {}  # origin → host, while its robots.txt is under way
        self._tries: dict[str, int] = {}  # by origin, while its robots.txt waits to be tried again
        self._closed: dict[str, Refusal] = {}  # by origin whose robots.txt could not be had
        self._answers: dict[str, tuple[str, Refusal | None]] = {}  # origin → the URL it was loaded for, and its answer

    def knows(self, url: str) -> bool:
        """Whether `refusal` can answer for `url`."""
        origin = origin_of(url)
        return self._cache.get(origin) is not None or self._answers.get(origin, ("",))[0] == url

    def refusal(self, url: str) -> Refusal | None:
        """Why `url` may not be asked, or None if it may. To be called only where `knows` says so."""
        origin = origin_of(url)
        if self._answers.get(origin, ("",))[0] == url:
            return self._answers.pop(origin)[1]
        rules = self._cache.get(origin)
        return None if rules is None else self._judge(rules, url)

    def line_for(self, url: str) -> str | None:
        """The line of robots.txt that decides about `url`; None: none speaks of it, or the rules are not known."""
        rules = self._cache.get(origin_of(url))
        return None if rules is None else rules.verdict(url).line

    async def load(self, request: Request) -> None:
        """Hands `request` back and learns the rules of its origin; a load that is under way is left to its task.

        The answer for `request` is kept until it comes round again: with more origins in turn than the cache holds, or
        rules too old by then, the crawl would otherwise do nothing but load.
        """
        origin = origin_of(request.target)
        self._frontier.block_host(request.host, None, "robots")
        self._frontier.hand_back(request)
        if origin in self._loading:
            return
        self._loading[origin] = request.host
        try:
            rules = await self._load(origin, request.host)
            if rules is not None:
                self._answers[origin] = request.target, self._judge(rules, request.target)
        finally:
            del self._loading[origin]
            if request.host not in self._loading.values():
                self._frontier.unblock_host(request.host)

    def _judge(self, rules: RobotsRules, url: str) -> Refusal | None:
        verdict = rules.verdict(url)
        if verdict.allowed:
            return None
        return self._closed.get(origin_of(url)) or Refusal("robots", f"refused by robots.txt: {verdict.line}")

    async def _load(self, origin: str, host: str) -> RobotsRules | None:
        """The rules that hold now; None: it is to be tried again. A bug met on the way closes this origin alone."""
        tries, passed = self._tries.pop(origin, 0) + 1, list[str]()
        try:
            response = await self._fetch(f"{origin}/robots.txt", passed)
            if response is None or (decision := self._after(tries, response)) is None:
                return await self._learn(origin, response)
            refusal = _unreadable(describe_status(response.status))
        except FetchFailed as failure:
            decision = self._retry.after_failure(tries, failure.type)
            refusal = Refusal(failure.type, failure.message, tries)
            if passed:
                refusal = _unreadable(f"after a redirect, {failure.type}: {failure.message}")
            elif failure.sent and failure.type not in UNREACHABLE:
                refusal = _unreadable(f"{failure.type}: {failure.message}")
        except CrawlError:
            raise
        except Exception as error:
            self._notify(Warned(f"bug met at {origin}/robots.txt: {traceback.format_exc()}"))
            decision, refusal = GiveUp("internal"), Refusal("internal", f"{type(error).__name__}: {error}")
        if isinstance(decision, GiveUp):
            return self._close(origin, refusal)
        self._tries[origin] = tries
        self._frontier.block_host(host, time.monotonic() + decision.wait_s, decision.reason)
        self._notify(HostBlocked(host, f"robots.txt, {decision.reason}", decision.wait_s))
        return None

    def _after(self, tries: int, response: Response) -> Decision | GiveUp | None:
        """What to do about an answer that gives no rules; None: it is to be taken up. A host that asks for patience
        (429) gets it, but in the end that is as good as any other 4xx."""
        if response.status < 500 and response.status != 429:
            return None
        decision = self._retry.after_status(tries, response.status, response.headers.get("retry-after"))
        return None if response.status == 429 and isinstance(decision, GiveUp) else decision

    def _close(self, origin: str, refusal: Refusal) -> RobotsRules:
        """Nothing may be asked, unless an earlier copy goes on serving (RFC 9309 2.4)."""
        closed, outcome = from_answer(None, b"", self._product_token)
        rules = self._cache.put(origin, closed)
        if rules is closed:
            self._closed[origin] = refusal
            if len(self._closed) > MOST_CLOSED:
                del self._closed[next(iter(self._closed))]
        self._notify(RobotsLoaded(origin, outcome if rules is closed else "rules", refusal.message))
        return rules

    async def _learn(self, origin: str, response: Response | None) -> RobotsRules:
        """Takes up the rules of an answer below 500; None: too many redirects, which RFC 9309 2.3.1.2 treats as 404."""
        status = response.status if response is not None else 404
        body = response.body if response is not None else b""
        if len(body) > LARGE_BYTES:
            rules, outcome = await read_aside(from_answer, status, body, self._product_token)
        else:
            rules, outcome = from_answer(status, body, self._product_token)
        self._closed.pop(origin, None)
        self._cache.put(origin, rules)
        delay_s, most_s = rules.crawl_delay_s or 0.0, self._max_crawl_delay_s
        if not self._obey_crawl_delay:
            delay_s = 0.0  # which ends what an earlier run has obeyed
        self._throttle.ask(origin, delay_s if most_s is None else min(delay_s, most_s))
        why = describe_status(status) if response is not None else f"more than {MAX_HOPS} redirects"
        self._notify(RobotsLoaded(origin, outcome, why, rules.crawl_delay_s, len(rules.sitemaps)))
        self._announce(origin, rules)
        return rules

    async def _fetch(self, url: str, passed: list[str]) -> Response | None:
        """The answer at the end of at most five redirects; None beyond. Every hop waits for its host. passed: takes the
        URLs that redirected, also where what they lead to fails."""
        for _ in range(MAX_HOPS + 1):
            response = await self._send(url)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or location is None:
                return response
            passed.append(url)
            try:
                url = resolve(from_field(location), url)
            except UnusableUrl:
                return None
        return None

    async def _send(self, url: str) -> Response:
        try:
            return await self._send_once(url)
        except FetchFailed as failure:
            if not failure.unheard:
                raise
        return await self._send_once(url, new_connection=True)

    async def _send_once(self, url: str, *, new_connection: bool = False) -> Response:
        host = host_of(url)
        while wait_s := self._frontier.acquire(host):
            await asyncio.sleep(wait_s)
        try:
            return await self._client.send(
                Exchange(
                    url,
                    0,
                    enough_bytes=enough_of_robots,
                    on_sent=lambda: self._frontier.sent_to(host),
                    new_connection=new_connection,
                )
            )
        except FetchFailed as failure:
            response = cast("Response | None", failure.response)
            if response is None or 200 <= response.status < 300:
                raise
            return response  # its status says it all, however broken its body is
        finally:
            self._frontier.release(host)


def enough_of_robots(status: int, _headers: Headers) -> int:
    """What is read of an answer. One byte beyond what is parsed tells that the last line may be torn."""
    return MAX_ROBOTS_BYTES + 1 if 200 <= status < 300 else UNREAD_BYTES


def _unreadable(why: str) -> Refusal:
    """The host is there, only its robots.txt is not."""
    return Refusal("robots", f"robots.txt could not be read ({why}), so nothing may be asked")
