"""The parts of a run, made from its configuration: the one place where the whole composition can be seen."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from crawler.clients import CLIENTS
from crawler.clients.address_guard import AddressGuard
from crawler.clients.identity import Identity, basic_authorization, bearer_authorization
from crawler.clients.resolver import Resolver
from crawler.clients.section import AuthSection
from crawler.clients.timeouts import Timeouts
from crawler.clients.wire.tls import without_authorities
from crawler.config.model import Config
from crawler.core.events import Event
from crawler.core.ports import Client, Frontier, PageRules, SavedRun, Sink
from crawler.core.registry import load
from crawler.core.section_types import revealed
from crawler.core.url import hostname_of
from crawler.engine.accounts.ledger import Ledger
from crawler.engine.accounts.tally import Tally
from crawler.engine.crawl import Crawl
from crawler.engine.discovery import Discovery
from crawler.engine.fetcher import Fetcher
from crawler.engine.gate import RobotsGate
from crawler.engine.outcome import Fetching
from crawler.engine.reading import ReadsElsewhere
from crawler.engine.redirects import Redirects
from crawler.engine.rules.limits import Budget, Traps
from crawler.engine.rules.recrawl import Recrawl, RecrawlingFetcher
from crawler.engine.rules.retry import RetryRules
from crawler.engine.rules.scope import Scope
from crawler.engine.seeding import Seed, Seeding
from crawler.engine.throttle import Throttle
from crawler.frontiers import FRONTIERS
from crawler.frontiers.lock import RunLock
from crawler.runner.disk import free_bytes, written_places
from crawler.runner.reading.composition import asked_of_pages, keeps_bodies

Notify = Callable[[Event], None]
Naming = Callable[[str], None]  # told each URL that the configuration names, before it is asked


def folder_of(config: Config) -> Path:
    """Where state, lock and run summaries of this crawl are."""
    return Path(config.frontier.path.replace("{name}", config.name))


def build_lock(folder: Path) -> RunLock:
    """The lock that lets one run at a time use `folder`."""
    return RunLock(folder)


def build_frontier(config: Config, folder: Path) -> Frontier:
    """The frontier whose state lies in `folder`, not opened yet."""
    rules = config.politeness
    frontier: Frontier = load(FRONTIERS, config.frontier.type)(
        folder,
        delay_s=rules.delay,
        jitter=rules.jitter,
        per_host=config.concurrency.per_host,
        hosts_ask=rules.adaptive or (rules.obey_robots and rules.obey_crawl_delay),
    )
    return frontier


def build_identity(config: Config) -> Identity:
    """What requests say of who asks."""
    settings = config.client
    return Identity(
        user_agent=settings.sent_user_agent,
        headers=revealed(settings.headers),
        authorization=_authorization(settings.auth),
        cookies=settings.cookies if isinstance(settings.cookies, bool) else revealed(settings.cookies),
        seed_headers={seed.url: revealed(seed.headers) for seed in config.seeds if seed.headers},
    )


def client_type(config: Config) -> Callable[..., Client]:
    """What makes clients, imported now."""
    with without_authorities():
        make: Callable[..., Client] = load(CLIENTS, config.client.type)
    return make


def build_client(
    config: Config,
    identity: Identity,
    connections: int,
    *,
    make_resolver: Callable[..., Resolver] | None = None,
    make_guard: Callable[..., AddressGuard] | None = None,
) -> tuple[Client, Naming]:
    """One long-lived session, not entered yet, and what makes it trust a host that a seed names. make_resolver,
    make_guard: for others than the ordinary ones."""
    settings, deadlines = config.client, config.timeouts
    guard = (make_guard or AddressGuard)(settings.allow_private, ())
    has_seeds = bool(config.seeds or config.seed_file) and not isinstance(config.sitemaps, str)
    beside_seeds = frozenset(config.sitemaps if has_seeds else ())  # may be private, but secrets are for seeds' hosts
    client: Client = client_type(config)(
        resolver=(make_resolver or Resolver)(
            ttl_s=config.dns.ttl, negative_ttl_s=config.dns.negative_ttl, max_entries=config.dns.max_entries
        ),
        guard=guard,
        identity=identity,
        http2=settings.http2,
        connections=connections,
        timeouts=Timeouts(deadlines.connect, deadlines.read, deadlines.write, deadlines.pool, deadlines.total),
        proxies=[proxy.get_secret_value() for proxy in settings.proxy],
        verify_tls=settings.verify_tls,
        ca_file=settings.ca_file,
        **({"http3": True} if settings.http3 else {}),  # which only a client that speaks it is told
    )

    def name_host(url: str) -> None:
        guard.add_seed_host(hostname_of(url))
        if url not in beside_seeds:
            identity.add_seed(url)

    return client, name_host


def _authorization(auth: AuthSection | None) -> str | None:
    if auth is None:
        return None
    if auth.bearer is not None:
        return bearer_authorization(auth.bearer.get_secret_value())
    assert auth.username is not None  # the section allows no other form
    assert auth.password is not None
    return basic_authorization(auth.username.get_secret_value(), auth.password.get_secret_value())


def build_fetcher(
    config: Config,
    client: Client,
    read_heavy: ReadsElsewhere,
    *,
    make_rules: Callable[[Config], PageRules | None] = lambda config: asked_of_pages(config).rules(),
) -> Fetcher:
    """The policy around `client`. make_rules: for others than the ordinary ones about pages."""
    return Fetcher(
        client,
        build_retry(config),
        max_body_bytes=config.limits.max_response_size,
        max_redirects=config.limits.max_redirects,
        max_links=config.limits.max_links_per_page,
        product_token=config.client.product_token,
        obey_nofollow=config.politeness.obey_robots,
        keep_headers=any(output.headers for output in config.output),
        keep_body=keeps_bodies(config),
        rules=make_rules(config),
        keep_response=any(output.type == "warc" for output in config.output),
        read_heavy=read_heavy,
    )


def build_recrawl(config: Config, frontier: Frontier) -> Recrawl | None:
    """What is known of pages from the run before, where that is asked for."""
    pages = frontier.pages if config.recrawl.mode == "changed" else None
    if pages is None:
        return None
    shaping = (
        config.extract,
        config.follow,
        config.limits.max_links_per_page,
        config.politeness.obey_robots,
        config.client.product_token,
    )
    return Recrawl(pages, recipe=f"{zlib.crc32(repr(shaping).encode()):08x}")


def build_retry(config: Config) -> RetryRules:
    """What is tried again, and when."""
    rules = config.retry
    return RetryRules(
        max_retries=rules.max_retries,
        statuses=rules.statuses,
        initial_s=rules.backoff.initial,
        factor=rules.backoff.factor,
        max_s=rules.backoff.max,
        jitter=rules.backoff.jitter,
        respect_retry_after=rules.respect_retry_after,
        max_retry_after_s=rules.max_retry_after,
    )


class Engine:
    """The loop with its rules around the given adapters.

    saved.notes is what an earlier execution stored, `state` what this one will. name_host: see `build_client`.
    """

    def __init__(
        self,
        config: Config,
        client: Client,
        fetcher: Fetching,
        frontier: Frontier,
        throttle: Throttle,
        saved: SavedRun,
        *,
        tally: Tally,
        notify: Notify,
        name_host: Naming,
        recrawl: Recrawl | None = None,
    ) -> None:
        self._config = config
        self._client = client
        self._frontier = frontier
        self._throttle = throttle
        self._saved = saved
        self._tally = tally
        self._notify = notify
        self._scope = self._build_scope()
        self._fetcher = fetcher if recrawl is None else RecrawlingFetcher(fetcher, recrawl)
        self._recrawl = recrawl
        self._discovery = self._build_discovery()
        self._seeding = self._build_seeding(name_host)
        self.gate = self._build_gate() if config.politeness.obey_robots else None
        self.scope, self.discovery, self.seeding = self._scope, self._discovery, self._seeding  # to be asked, too

    def build_crawl(self, sink: Sink) -> Crawl:
        """The crawl loop; its visits go to `sink`."""
        config, limits = self._config, self._config.limits
        total = config.concurrency.total
        return Crawl(
            self._frontier,
            self._fetcher,
            self.gate,
            Redirects(
                self._frontier,
                self._fetcher,
                self._scope,
                self._seeding,
                self._notify,
                extra_hops=config.scope.extra_hops,
            ),
            self._discovery,
            self._seeding,
            Ledger(self._frontier, sink, self._tally, self.state, self._notify, most=commit_size(total)),
            Budget(
                self._tally,
                taken_up=self._frontier.stats().taken_up,
                counts=self._frontier.host_counts,
                max_pages=limits.max_pages,
                max_pages_per_host=limits.max_pages_per_host,
                max_bytes=limits.max_bytes,
                max_duration_s=limits.max_duration,
                min_free_bytes=limits.min_free_disk,
                free_bytes=partial(free_bytes, written_places(config, folder_of(config))),
            ),
            self._notify,
            total=total,
            drain_s=config.timeouts.drain,
        )

    def state(self) -> Mapping[str, Any]:
        """What to store with each commit, to go on from after a restart."""
        return {"tally": self._tally.state(), "widened": self._seeding.widened, "seed_file": self._seeding.taken}

    def _build_scope(self) -> Scope:
        rules = self._config.scope
        return Scope(rules.type, named_urls(self._config), rules.hosts, rules.include, rules.exclude)

    def _build_discovery(self) -> Discovery:
        limits = self._config.limits
        traps = Traps(
            max_url_length=limits.max_url_length,
            max_path_segments=limits.max_path_segments,
            max_path_repeats=limits.max_path_repeats,
            max_query_params=limits.max_query_params,
        )
        return Discovery(
            self._frontier,
            self._scope,
            traps,
            self._tally.refuse,
            max_depth=limits.max_depth,
            extra_hops=self._config.scope.extra_hops,
        )

    def _build_seeding(self, name_host: Naming) -> Seeding:
        config = self._config
        return Seeding(
            self._frontier,
            self._discovery,
            self._scope,
            self._notify,
            self._tally.refuse,
            name_host,
            seeds=[Seed(seed.url, seed.depth) for seed in config.seeds],
            seed_file=Path(config.seed_file) if config.seed_file else None,
            sitemaps=None if config.sitemaps == "off" else config.sitemaps,
            gated=config.politeness.obey_robots,
            taken=self._saved.notes.get("seed_file", 0),
            widened=self._saved.notes.get("widened", ()),
            recrawl=self._recrawl,
        )

    def _build_gate(self) -> RobotsGate:
        politeness = self._config.politeness
        return RobotsGate(
            self._client,
            self._frontier,
            build_retry(self._config),
            self._throttle,
            self._notify,
            self._seeding.announce,
            ttl_s=politeness.robots_ttl,
            product_token=self._config.client.product_token,
            obey_crawl_delay=politeness.obey_crawl_delay,
            max_crawl_delay_s=politeness.max_crawl_delay,
        )


def commit_size(total: int) -> int:
    """Visits between two commits: with those in flight, what a kill causes to be asked again is below 2 × `total`."""
    return max(1, total * 3 // 4)


def named_urls(config: Config) -> list[str]:
    """The URLs that the configuration names itself: seeds, and sitemaps, which may stand in for them."""
    listed = config.sitemaps if isinstance(config.sitemaps, tuple) else ()
    return [*(seed.url for seed in config.seeds), *listed]
