"""The processes that visit, this one among them: seen by the engine as one fetcher."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Self

from crawler.clients.identity import Identity
from crawler.core.errors import FetchFailed
from crawler.core.events import Event, Warned
from crawler.core.url import host_of, hostname_of, origin_of
from crawler.core.visit import Exchange, Fields, Request, Response
from crawler.engine.accounts.meter import MeteredClient
from crawler.engine.accounts.tally import Tally
from crawler.engine.fetcher import Fetcher
from crawler.engine.outcome import Again, Outcome
from crawler.engine.throttle import Throttle
from crawler.runner.workers.balance import Balance
from crawler.runner.workers.channel import Message
from crawler.runner.workers.colleague import Colleague, Errand, WorkerDied
from crawler.runner.workers.nursery import Born, Nursery
from crawler.runner.workers.suspects import MOST_LOSSES, Suspects

MOST_HOSTS: Final = 50_000  # bound to a process at a time
MOST_IN_VAIN: Final = 5  # processes in a row that died before their first outcome
PAUSE_S: Final = 0.2  # before such a one is replaced, doubled each time
SLACK: Final = 0.25  # of its share by which the process of a host may be busier than another


class Here:
    """This process, as a place to visit pages from."""

    def __init__(self, share: float, fetcher: Fetcher) -> None:
        self.share = share
        self.in_flight = 0
        self._fetcher = fetcher

    async def visit(self, errand: Errand) -> Outcome:
        """As the fetcher's `take`."""
        self.in_flight += 1
        try:
            return await self._fetcher.take(*errand)
        finally:
            self.in_flight -= 1

    async def send(self, client: MeteredClient, exchange: Exchange) -> Response:
        """As the client's."""
        self.in_flight += 1
        try:
            return await client.send(exchange)
        finally:
            self.in_flight -= 1


Place = Here | Colleague


class Crew:
    """Shares requests out by load, hosts to the process that has their connections while it has room.

    A request whose process died is asked once more, by itself among such: if its process dies again, it is known which
    page that was, and after MOST_LOSSES it is that page's record. shares: of the requests in flight, this process's
    first. fetcher, client, identity, name_host: those of this process.
    """

    def __init__(
        self,
        nursery: Nursery,
        shares: Sequence[int],
        fetcher: Fetcher,
        *,
        client: MeteredClient,
        identity: Identity,
        name_host: Callable[[str], None],
        throttle: Throttle,
        tally: Tally,
        notify: Callable[[Event], None],
    ) -> None:
        self._nursery = nursery
        self._here = Here(shares[0], fetcher)
        self._balance = Balance(shares[0])
        self._shares = shares[1:]
        self._client = client
        self._identity = identity
        self._name_own = name_host
        self._throttle = throttle
        self._tally = tally
        self._notify = notify
        self._colleagues: list[Colleague] = []
        self._bound: OrderedDict[str, Place] = OrderedDict()  # by host
        self._named: dict[str, list[str]] = {}  # host name → origins that the configuration names
        self._suspects = Suspects()
        self._arrived = asyncio.Event()  # a colleague, or the news that there will be none
        self._replacing: set[asyncio.Task[None]] = set()
        self._counts_of_the_dead = Counter[str]()
        self._in_vain = 0
        self.newest_http = client.newest_http
        self.failed, self.refused, self.duplicate = fetcher.failed, fetcher.refused, fetcher.duplicate

    async def __aenter__(self) -> Self:
        self._identity.pass_cookies_to(self.share_cookies)
        try:
            for share in self._shares:
                self._welcome(await self._nursery.bear(share), share)
        except OSError as error:
            there = f"{len(self._colleagues)} of {len(self._shares)} worker processes could be started"
            self._notify(Warned(f"{there}: {error}; the run goes on without the others"))
            self._arrived.set()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for task in self._replacing:
            task.cancel()
        for colleague in self._colleagues:
            colleague.close()

    async def take(self, request: Request, on_sent: Callable[[], None], conditions: Fields = ()) -> Outcome:
        """As a fetcher's, in whichever process."""
        errand = Errand(request, on_sent, conditions)
        if request.url in self._suspects:
            return await self._take_suspect(errand)
        place = self._choose(request.host)
        return await (place.visit(errand) if isinstance(place, Here) else self._take_there(place, errand))

    async def send(self, exchange: Exchange) -> Response:
        """As a client's, in whichever process: robots.txt shares the sockets of all."""
        place = self._choose(host_of(exchange.url))
        if isinstance(place, Here):
            return await place.send(self._client, exchange)
        self._introduce(place, exchange.url)
        try:
            return await place.send(exchange)
        except WorkerDied:
            raise FetchFailed("protocol", "the worker process that had it died") from None

    def name_host(self, url: str) -> None:
        """The configuration names `url`: told to every process before it asks for anything there."""
        self._name_own(url)
        hostname, origin = hostname_of(url), origin_of(url)
        origins = self._named.setdefault(hostname, [])
        if origin not in origins:
            origins.append(origin)
            for colleague in self._colleagues:
                if colleague.knows(hostname):
                    colleague.tell("name", f"{origin}/")

    def share_cookies(self, url: str, fields: Sequence[str], *, source: Colleague | None = None) -> None:
        """Tells all processes but `source` (None: this one) of cookies that were set."""
        if source is not None:
            self._identity.adopt(url, fields)
        for colleague in self._colleagues:
            if colleague is not source:
                colleague.tell("cookies", url, list(fields))

    def counts(self) -> Mapping[str, int]:
        """The clients' counts of all processes but this one."""
        return sum((Counter(colleague.counts) for colleague in self._colleagues), self._counts_of_the_dead)

    def _choose(self, host: str) -> Place:
        """Where to visit `host` from: where it was visited from before, unless there is clearly more room elsewhere."""
        places: list[Place] = [self._here, *self._colleagues]
        least = min(places, key=_load)
        bound, most = self._bound.get(host), _load(least)
        if bound is not None and _load(bound) <= max(most, min(1.0, most + SLACK)):
            return bound
        self._bound[host] = least
        if len(self._bound) > MOST_HOSTS:
            self._bound.popitem(last=False)
        return least

    async def _take_there(self, colleague: Colleague, errand: Errand) -> Outcome:
        request = errand.request
        self._introduce(colleague, request.target)
        try:
            return await colleague.visit(errand, tell_sent=self._throttle.delay_s(request.host) > 0)
        except WorkerDied:
            return self._lost(request)

    def _introduce(self, colleague: Colleague, url: str) -> None:
        hostname = hostname_of(url)
        if not colleague.knows(hostname) and (origins := self._named.get(hostname)):
            colleague.introduce(hostname, [f"{origin}/" for origin in origins])

    async def _take_suspect(self, errand: Errand) -> Outcome:
        """One at a time, and never in this process as long as there are others."""
        url = errand.request.url
        async with self._suspects.turn:
            await self._arrived.wait()
            if not self._colleagues:
                return await self._here.visit(errand)
            colleague = min(self._colleagues, key=_load)
            losses = self._suspects.losses(url)
            outcome = await self._take_there(colleague, errand)
            if self._suspects.losses(url) == losses:
                self._suspects.clear(url)
            return outcome

    def _lost(self, request: Request) -> Outcome:
        """What becomes of a request whose process died: counted as an attempt, since it was most likely sent."""
        losses = self._suspects.note(request.url)
        if losses >= MOST_LOSSES:
            return self.failed(request, "internal", f"{losses} worker processes died while they had this page")
        return Again(0.0, "backoff", False, "the worker process that had it died")

    def _welcome(self, born: Born, share: int) -> None:
        colleague = Colleague(born, share, lambda message: self._hear(colleague, message), self._miss)
        if cookies := self._identity.cookies():
            colleague.tell("jar", cookies)
        self._colleagues.append(colleague)
        self._arrived.set()

    def _miss(self, colleague: Colleague) -> None:
        """A worker process is gone: another one takes its place."""
        self._colleagues.remove(colleague)
        if not self._colleagues:
            self._arrived.clear()
        for host in [host for host, place in self._bound.items() if place is colleague]:
            del self._bound[host]
        self._counts_of_the_dead.update(colleague.counts)
        self._in_vain = 0 if colleague.has_served else self._in_vain + 1
        task = asyncio.create_task(self._replace(colleague, colleague.in_flight))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _replace(self, gone: Colleague, in_hand: int) -> None:
        what = f"a worker process (pid {gone.pid}) {gone.end}"
        if self._in_vain >= MOST_IN_VAIN:
            self._notify(Warned(f"{what}, as {self._in_vain} before it at once: it is not replaced"))
            self._arrived.set()
            return
        if self._in_vain:
            await asyncio.sleep(PAUSE_S * 2**self._in_vain)
        try:
            born = await self._nursery.bear(gone.share, gone.pid)
        except OSError as error:
            self._notify(Warned(f"{what} and cannot be replaced: {error}"))
            self._arrived.set()
            return
        self._welcome(born, gone.share)
        self._notify(Warned(f"{what}, {born.ended}: {in_hand} pages are asked for once more, another one is at work"))

    def _hear(self, source: Colleague, message: Message) -> None:
        kind, *rest = message
        match kind:
            case "figures":
                requests, received = rest[:2]
                self._tally.extra["requests"] += requests
                self._tally.bytes_received += received
                self._here.share = self._balance.weigh(sum(each.cpu_s for each in self._colleagues) / len(self._shares))
            case "saw":
                self._throttle.observe(*rest)
            case "cookies":
                self.share_cookies(*rest, source=source)
            case "fell back":
                self._client.note_fallback(*rest)
            case "bug":
                self._notify(Warned(*rest))


def _load(place: Place) -> float:
    """How busy a process would be with one request more; 1.0 is its share."""
    return (place.in_flight + 1) / place.share
