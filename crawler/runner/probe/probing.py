"""Takes one URL through the crawl loop with all its rules, and says what became of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from crawler.config.model import Config
from crawler.core.errors import BadInput, UnusableUrl
from crawler.core.events import Event, RobotsLoaded, Visited
from crawler.core.ports import Client, SavedRun
from crawler.core.url import host_of, normalise, origin_of
from crawler.core.visit import NOTHING, FieldTrace, Page, Response, Visit
from crawler.engine.accounts.meter import MeteredClient
from crawler.engine.accounts.tally import Tally
from crawler.engine.throttle import Throttle
from crawler.frontiers.saved_state import read_state
from crawler.observers.wording import TELLERS
from crawler.runner.assembly import (
    Engine,
    Naming,
    build_client,
    build_fetcher,
    build_identity,
    folder_of,
    named_urls,
)
from crawler.runner.probe.fields import rules_told
from crawler.runner.probe.local_file import LocalFile
from crawler.runner.probe.telling import (
    Keeper,
    Step,
    Teller,
    TellingClient,
    TellingFrontier,
    TellingGuard,
    TellingResolver,
)
from crawler.runner.reading.composition import asked_of_pages, build_heavy_reader
from crawler.sinks.record import render

MOST_WAITS = 100_000
STARTED = "19700101T000000Z"  # the id of no run
_KINDS = {
    "Postponed": "retry",
    "RobotsLoaded": "robots",
    "HostBlocked": "wait",
    "ScopeWidened": "scope",
    "FellBack": "protocol",
    "Warned": "warning",
}


class Links(NamedTuple):
    """What would become of the links of the page."""

    found: int
    kept: list[str]
    refused: Mapping[str, int]  # by reason, references that are no URLs among them
    examples: Mapping[str, list[str]]  # of those that are
    closed: Mapping[str, str] = NOTHING  # those kept that robots.txt would refuse, and the line that says so


class Findings(NamedTuple):
    """What became of the URL. visit: None where it was not even asked for."""

    url: str
    steps: list[Step]
    visit: Visit | None
    links: Links | None
    record: Mapping[str, Any] | None
    traces: Sequence[FieldTrace] = ()  # of the declared fields in `record`

    @property
    def is_usable(self) -> bool:
        return self.visit is not None and self.visit.ok


def probe(config: Config, url: str, listen: Callable[[Step], None], *, file: Path | None = None) -> Findings:
    """What `config` makes of `url`, asked for once, or, without any network, of `file` as if it was what is there.

    Stores nothing and takes no lock, but leaves each host alone as long as it is to be. listen: told each step at once.
    Raises BadInput.
    """
    try:
        normalised = normalise(url)
    except UnusableUrl as error:
        raise BadInput(f"no URL that can be crawled: {error}") from None
    teller = Teller(listen)
    teller.tell("url", normalised if normalised == url else f"{normalised} is its normalised form", url=normalised)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_Probe(config, normalised, teller, file).run())


class _Probe:
    """The parts of a run around one URL."""

    def __init__(self, config: Config, url: str, teller: Teller, file: Path | None) -> None:
        self._config = config
        self._url = url
        self._teller = teller
        self._file = file
        self._tally = Tally()
        self._keeper = Keeper()
        self._frontier = TellingFrontier(
            teller,
            folder=folder_of(config),
            delay_s=config.politeness.delay if file is None else 0.0,
            jitter=config.politeness.jitter,
            per_host=config.concurrency.per_host,
        )
        self._frontier.only = url
        client, name_host = self._parts(file)
        self._client = MeteredClient(client, self._tally, self._notice)
        self._traces: Sequence[FieldTrace] = ()
        asked = asked_of_pages(config, is_traced=True)
        self._reader = build_heavy_reader(config, asked)
        self._engine = Engine(
            config,
            self._client,
            build_fetcher(config, self._client, self._read_heavy, make_rules=lambda config: asked.rules(self._heed)),
            self._frontier,
            Throttle(self._frontier, floor_s=config.politeness.delay, adaptive=False),
            SavedRun(STARTED, resumed=False),
            tally=self._tally,
            notify=self._notice,
            name_host=name_host,
        )
        self._frontier.explain = self._engine.scope.explanation

    async def run(self) -> Findings:
        """Raises BadInput."""
        async with self._client, self._reader:
            await self._engine.seeding.start()
            while not self._engine.seeding.exhausted:
                self._engine.seeding.feed(is_idle=True)
                await asyncio.sleep(0)
            self._tally.refused.clear()  # what the seeds came to is not asked
            depth = self._role()
            if self._is_admitted(depth):
                await self._ask(depth)
        return self._findings(depth)

    def _parts(self, file: Path | None) -> tuple[Client, Naming]:
        """What answers, and who is told of seeds: the network, or a file."""
        if file is not None:
            local = LocalFile(file, self._url)
            told = f"{file}, read as what is there ({local.content_type}); nothing is asked of anybody"
            self._teller.tell("file", told, path=str(file), content_type=local.content_type)
            return local, lambda url: None
        client, name_host = build_client(
            self._config,
            build_identity(self._config),
            1,
            make_resolver=partial(TellingResolver, self._teller),
            make_guard=partial(TellingGuard, self._teller),
        )
        return TellingClient(client, self._teller, self._verdict), name_host

    async def _read_heavy(self, response: Response, *, with_bodies: bool = True) -> Page:
        page = await self._reader.read(response, with_bodies=with_bodies)
        self._heed(page.taken.traces)
        return page

    def _heed(self, traces: Sequence[FieldTrace]) -> None:
        self._traces = traces

    def _role(self) -> int:
        """Whether the configuration names the URL; links from a seed. What it does not name is taken for a link."""
        depth = self._frontier.seed_depth
        if depth is not None:
            self._teller.tell("seed", "the configuration names it", seed=True, depth=depth)
            return depth
        if self._lists_pages_alone():
            self._teller.tell("seed", "no: taken for a page that a sitemap lists", seed=False, depth=0)
            return 0
        self._teller.tell("seed", f"no: taken for a link on {self._parent()}", seed=False, depth=1)
        return 1

    def _lists_pages_alone(self) -> bool:
        """Whether a page that is no seed most likely comes from a sitemap: links are not followed, or come later."""
        config = self._config
        has_seeds = bool(config.seeds) or config.seed_file is not None
        return config.sitemaps != "off" and (config.limits.max_depth == 0 or not has_seeds)

    def _parent(self) -> str:
        named = named_urls(self._config)
        return named[0] if named else f"{origin_of(self._url)}/"

    def _is_admitted(self, depth: int) -> bool:
        """Whether a run would ask for it, as far as that is known before robots.txt."""
        scope, reason = self._engine.scope, self._engine.discovery.refusal(self._url, depth)
        if self._frontier.seed_depth is not None and scope.refusal(self._url) != "exclude":
            told = scope.explanation(self._url).replace("refused: ", "a seed is asked, though ")
            self._teller.tell("scope", told, refusal=None)
            return True
        self._teller.tell("scope", scope.explanation(self._url), refusal=scope.refusal(self._url))
        if reason == "scope" and self._config.scope.extra_hops:
            self._teller.tell("scope", "taken all the same: scope.extra_hops reaches out of scope", refusal=None)
            return True
        if scope.refusal(self._url) is None:
            told = "none refuses it" if reason is None else f"refused: limits.{reason}"
            self._teller.tell("limits", told, refusal=reason)
        return reason is None

    async def _ask(self, depth: int) -> None:
        parent = self._parent() if depth and self._frontier.seed_depth is None else None
        if self._file is None:
            self._respect_saved_waits()
        self._frontier.begin(depth, parent)
        await self._engine.build_crawl(self._keeper).run()

    def _respect_saved_waits(self) -> None:
        """A run that goes on, or ended just now, has left its host's clock in the state."""
        durable = self._config.frontier.type == "sqlite"
        state = read_state(folder_of(self._config), MOST_WAITS) if durable else None
        host = host_of(self._url)
        for wait in state.waits if state is not None else ():
            if wait.host == host and wait.until is not None and (left_s := wait.until - time.time()) > 0:
                self._teller.tell("wait", f"{left_s:.1f} s, since a run waits for {host} too: {wait.reason}", host=host)
                self._frontier.block_host(host, time.monotonic() + left_s, "delay")

    def _verdict(self, url: str) -> str | None:
        gate = self._engine.gate
        if gate is None:
            return "politeness.obey_robots is false"
        return gate.line_for(url) or "no line of robots.txt speaks of it"

    def _notice(self, event: Event) -> None:
        kind = type(event)
        if kind in TELLERS and kind is not Visited and not (self._file and kind is RobotsLoaded):
            told = TELLERS[kind](event)
            self._teller.tell(_KINDS.get(kind.__name__, told.name), told.text, **told.fields)

    def _findings(self, depth: int) -> Findings:
        visit = self._keeper.visit
        if visit is None:
            return Findings(self._url, self._teller.steps, None, None, None)
        self._tell_rules(visit)
        output = self._config.output[0]
        record = json.loads(render(visit, links=output.links, headers=output.headers))
        return Findings(self._url, self._teller.steps, visit, self._links(visit, depth), record, self._traces)

    def _tell_rules(self, visit: Visit) -> None:
        """Which rules speak of the page, where redirects ended; with those that do not, to be compared with its URL."""
        if not visit.ok or visit.final_url is None:
            return
        config, url = self._config, visit.final_url
        for told in (*rules_told("extract", config.extract, url), *rules_told("follow", config.follow, url)):
            self._teller.tell(told.key.partition(".")[0], told.text, **told._asdict())
        if config.extract and not self._traces:
            self._teller.tell("extract", f"no field is taken from this page ({visit.content_type})")

    def _links(self, visit: Visit, depth: int) -> Links:
        kept, examples = self._frontier.kept, dict[str, list[str]]()
        for link in visit.links:
            if link not in kept:
                reason = self._engine.discovery.refusal(link, depth + 1)
                otherwise = "known" if link == visit.url else "nofollow"
                examples.setdefault(reason or otherwise, []).append(link)
        return Links(len(visit.links), list(kept), dict(self._tally.refused), examples, self._closed(kept))

    def _closed(self, urls: Iterable[str]) -> dict[str, str]:
        """Those that the rules known by now refuse, each with why. Others' robots.txt is not asked for."""
        gate = self._engine.gate
        refusals = {} if gate is None else {url: gate.refusal(url) for url in urls if gate.knows(url)}
        return {url: refusal.message for url, refusal in refusals.items() if refusal is not None}
