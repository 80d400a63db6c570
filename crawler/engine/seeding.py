"""Where a crawl begins: seeds, the seed file and sitemaps become requests."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from crawler.core.errors import UnusableUrl
from crawler.core.events import Event, SitemapRead, Warned
from crawler.core.ports import Frontier
from crawler.core.url import hostname_of, origin_of, registrable_domain, resolve
from crawler.core.visit import Request, Response
from crawler.engine.discovery import Discovery
from crawler.engine.reading import read_aside
from crawler.engine.rules.recrawl import Recrawl
from crawler.engine.rules.scope import Scope
from crawler.engine.seeds.seed_file import SeedFile, Taken
from crawler.parsing.sitemap import SitemapEntries, read_sitemap
from crawler.politeness.robots import RobotsRules

MAX_NESTING = 5  # sitemap indexes within indexes; sitemaps.org allows one level
MOST_SITEMAPS = 50_000  # read in one execution: an index may list as many, and indexes could multiply without end
LARGE_BYTES = 16 * 1024  # of a sitemap, to be read beside the loop
SLICE = 250  # entries taken at a time, about 5 ms
GUESS = "/sitemap.xml"  # where a sitemap may be that robots.txt does not name
LOW_WATER = 1000  # queued URLs below which the next lines are taken
MOST_ORIGINS = 100_000  # whose sitemaps are wanted; older ones were asked long ago, since the seed file waits for that
MOST_WIDENED = 10_000  # stored with every commit


class Seed(NamedTuple):
    """A URL that the configuration names."""

    url: str  # normalised
    depth: int = 0


class Seeding:
    """Feeds the frontier with what the configuration names.

    sitemaps: "auto" (of the seeds' origins), None (off), or URLs. gated: robots.txt of each origin is loaded anyway
    and `announce` told; otherwise it is fetched here, for its Sitemap lines only. name_host: told each URL that the
    configuration names, before it is asked. taken: what an earlier execution stored of the seed file. recrawl: what
    the last run knew, to be asked for as well.
    """

    def __init__(
        self,
        frontier: Frontier,
        discovery: Discovery,
        scope: Scope,
        notify: Callable[[Event], None],
        count: Callable[[str, int], None],
        name_host: Callable[[str], None],
        *,
        seeds: Iterable[Seed],
        seed_file: Path | None,
        sitemaps: Literal["auto"] | tuple[str, ...] | None,
        gated: bool,
        taken: Taken = 0,
        widened: Iterable[str] = (),
        recrawl: Recrawl | None = None,
    ) -> None:
        self._frontier = frontier
        self._discovery = discovery
        self._scope = scope
        self._notify = notify
        self._count = count
        self._name_host = name_host
        self._seeds = tuple(seeds)
        self._named = {seed.url for seed in self._seeds}
        self._sitemaps = sitemaps
        self._gated = gated
        self._recrawl = recrawl
        self._origins: dict[str, None] = {}
        self._sitemaps_left = MOST_SITEMAPS
        self.taken = taken  # of the seed file, to be stored
        self.widened = list(widened)  # URLs that seeds were redirected to, beyond the scope that the seeds gave
        self._file = None if seed_file is None else SeedFile(seed_file, taken, notify, count)

    async def start(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Adds the seeds and the sitemaps that are known from the start; harmless when repeated after a restart.
        Whatever is asked or decided must wait for that. is_over: asked between steps whether to leave it at once."""
        if not await self._reread(is_over):
            return
        for url in self.widened:
            self._scope.add_seed(url)
        for seed in self._seeds:
            self._add_seed(seed)
        if isinstance(self._sitemaps, tuple):
            for url in self._sitemaps:
                self._name_host(url)
            self._add_sitemaps(self._sitemaps, depth=0, base="about:blank")

    def feed(self, *, is_idle: bool = False) -> None:
        """Takes the next lines of the seed file if the queue runs low, or holds nothing that may be asked now; when all
        else is done, URLs of the last run that nothing has led to."""
        if self._file is not None:
            if is_idle or self.is_short:
                self._take_lines(self._file)
        elif self._recrawl is not None and self.is_short:
            self._recrawl.feed(self._discovery.add_known)

    @property
    def is_short(self) -> bool:
        """Whether `feed` is to be called again at once."""
        if self._file is not None:
            return self._frontier.stats().queued < LOW_WATER
        return not self.exhausted and self._frontier.stats()[:2] == (0, 0)

    @property
    def exhausted(self) -> bool:
        """Whether nothing more will come from the seed file, nor from the last run."""
        return self._file is None and (self._recrawl is None or self._recrawl.is_fed)

    def names(self, request: Request, target: str) -> bool:
        """Whether `request` is a seed that may take the scope along to `target`: the configuration names it, or it was
        listed (seed file, sitemap) and stays within its registrable domain."""
        if request.parent is not None:
            return False
        if request.url in self._named:
            return True
        return registrable_domain(hostname_of(request.url)) == registrable_domain(hostname_of(target))

    def widen(self, target: str) -> None:
        """A seed redirected to `target`: scope and sitemaps go along."""
        self.widened = [*self.widened[1 - MOST_WIDENED :], target]
        self._scope.add_seed(target)
        self._add_origin(origin_of(target))

    def announce(self, origin: str, rules: RobotsRules) -> None:
        """The robots.txt of `origin` is known: with sitemaps "auto" its Sitemap lines count, else /sitemap.xml."""
        if self._sitemaps == "auto" and origin in self._origins:
            self._add_sitemaps(rules.sitemaps or (GUESS,), depth=0, base=f"{origin}/robots.txt")

    async def read(self, request: Request, response: Response | None, problem: str | None) -> None:
        """Adds what a sitemap lists: pages as seeds, sitemaps to be read themselves. Other pages go on meanwhile; to be
        called before the request is finished, so that a run that is killed under way reads it again."""
        found = SitemapEntries(problem=problem)
        if response is not None:
            found = await self._entries(request.target, response)
        for reason, number in found.refused.items():
            self._count(reason, number)
        pages, nested = list(found.pages), list(found.sitemaps)
        added = 0
        for start in range(0, len(pages), SLICE):
            added += self._discovery.add_seeds(some := pages[start : start + SLICE])
            if self._frontier.pages is not None:
                self._frontier.pages.keep_dates((url, date) for url in some if (date := found.pages[url]))
            await asyncio.sleep(0)
        if nested and request.depth < MAX_NESTING:
            for start in range(0, len(nested), SLICE):
                self._add_sitemaps(nested[start : start + SLICE], depth=request.depth + 1, base=request.target)
                await asyncio.sleep(0)
        elif nested:
            self._count("sitemap_nesting", len(nested))
        elif not pages and not nested and request.url.endswith("/robots.txt"):
            self._add_sitemaps([GUESS], depth=1, base=request.target)
        if response is not None or not request.url.endswith(GUESS):  # nobody promised that one
            self._notify(SitemapRead(request.target, len(pages) + len(nested), added, found.problem))

    async def _entries(self, url: str, response: Response) -> SitemapEntries:
        """One sitemap never costs another, nor a page: a bug met in it is its own problem."""
        body, content_type = response.body, response.headers.get("content-type")
        try:
            if len(body) <= LARGE_BYTES and not body.startswith(b"\x1f\x8b"):
                return read_sitemap(body, url, content_type)
            return await read_aside(read_sitemap, body, url, content_type)
        except Exception as error:
            self._notify(Warned(f"bug met at {url}: {traceback.format_exc()}"))
            return SitemapEntries(problem=f"internal: {type(error).__name__}: {error}")

    async def _reread(self, is_over: Callable[[], bool]) -> bool:
        """Learns again which hosts the lines of the seed file named that were taken before a restart; whether that was
        done to the end."""
        if self._file is None:
            return True
        for urls in self._file.taken_before():
            for url in urls:
                self._scope.add_seed(url)
                self._name_host(url)
                self._add_origin(origin_of(url))
            await asyncio.sleep(0)
            if is_over():
                return False
        self.taken = self._file.taken
        return True

    def _take_lines(self, file: SeedFile) -> None:
        for url in file.take():
            self._add_seed(Seed(url))
        self.taken = file.taken
        if file.is_exhausted:
            self._file = None

    def _add_seed(self, seed: Seed) -> None:
        self._scope.add_seed(seed.url)
        self._name_host(seed.url)
        if (reason := self._scope.refusal(seed.url)) == "exclude":
            self._count(reason, 1)
            return
        self._frontier.discover([seed.url], depth=seed.depth, parent=None)
        self._add_origin(origin_of(seed.url))

    def _add_origin(self, origin: str) -> None:
        if self._sitemaps != "auto" or origin in self._origins:
            return
        self._origins[origin] = None
        if len(self._origins) > MOST_ORIGINS:
            del self._origins[next(iter(self._origins))]
        if not self._gated:
            self._add_sitemaps(["/robots.txt"], depth=0, base=f"{origin}/")

    def _add_sitemaps(self, urls: Iterable[str], depth: int, base: str) -> None:
        usable = []
        for url in urls:
            try:
                usable.append(resolve(url, base))
            except UnusableUrl as error:
                self._count(error.reason, 1)
        if len(usable) > self._sitemaps_left:
            self._count("sitemap_number", len(usable) - self._sitemaps_left)
        new = self._frontier.discover(usable[: self._sitemaps_left], depth=depth, parent=None, kind="sitemap")
        self._sitemaps_left -= new
