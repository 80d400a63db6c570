"""The parts of a run, made from its configuration: the one place where the whole composition can be seen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from crawler.clients import CLIENTS
from crawler.clients.address_guard import AddressGuard
from crawler.clients.identity import Identity, basic_authorization, bearer_authorization
from crawler.clients.resolver import Resolver
from crawler.clients.section import AuthSection
from crawler.clients.timeouts import Timeouts
from crawler.clients.wire.tls import without_authorities
from crawler.config.model import Config
from crawler.core.events import Event, Warned
from crawler.core.ports import Client, Frontier, Observer, SavedRun, Sink
from crawler.core.registry import load
from crawler.core.section_types import revealed
from crawler.core.url import hostname_of
from crawler.engine.accounts.ledger import Ledger
from crawler.engine.accounts.tally import Tally
from crawler.engine.crawl import Crawl
from crawler.engine.discovery import Discovery
from crawler.engine.fetcher import Fetcher
from crawler.engine.gate import RobotsGate
from crawler.engine.redirects import Redirects
from crawler.engine.rules.limits import Budget, Traps
from crawler.engine.rules.retry import RetryRules
from crawler.engine.rules.scope import Scope
from crawler.engine.seeding import Seed, Seeding
from crawler.engine.throttle import Throttle
from crawler.frontiers import FRONTIERS
from crawler.frontiers.lock import RunLock
from crawler.observers import OBSERVERS
from crawler.observers.terminal import SafeStream, is_lively
from crawler.sinks import SINKS
from crawler.sinks.failures import FILE_NAME as FAILURES_NAME
from crawler.sinks.failures import FailureList
from crawler.sinks.fan_out import FanOut
from crawler.sinks.template import expand

STATUS_EVERY_S = 10.0
Notify = Callable[[Event], None]
Naming = Callable[[str], None]  # told each URL that the configuration names, before it is asked


def build_observers(
    config: Config, runs_folder: Path, stream: TextIO | None, *, quiet: bool, progress: bool
) -> tuple[list[Observer], bool]:
    """Who is told (a display on the terminal `stream`, the log, the summary file), and whether there is a display."""
    settings = config.logging
    prints_records = any(output.path == "-" for output in config.output) and SafeStream(sys.stdout).isatty()
    lively = progress and not quiet and not prints_records and is_lively(stream)
    display = load(OBSERVERS, "progress")(stream=stream) if lively else None
    log = load(OBSERVERS, "log")(
        level=settings.level,
        format=settings.format,
        file=settings.file,
        stream=display.above if display is not None else stream,
        quiet=quiet,
        status_every_s=None if display is not None and settings.file is None else STATUS_EVERY_S,
    )
    summary = load(OBSERVERS, "summary")(runs_folder, say=lambda message: log.notice(Warned(message)))
    report = load(OBSERVERS, "report")(runs_folder, say=lambda message: log.notice(Warned(message)))
    quiet_ones = [report, summary, log]
    return (quiet_ones, False) if display is None else ([display, *quiet_ones], True)


def folder_of(config: Config) -> Path:
    """Where state, lock and run summaries of this crawl are."""
    return Path(config.frontier.path.replace("{name}", config.name))


def build_lock(folder: Path) -> RunLock:
    """The lock that lets one run at a time use `folder`."""
    return RunLock(folder)


def build_frontier(config: Config, folder: Path) -> Frontier:
    """The frontier whose state lies in `folder`, not opened yet."""
    frontier: Frontier = load(FRONTIERS, config.frontier.type)(
        folder,
        delay_s=config.politeness.delay,
        jitter=config.politeness.jitter,
        per_host=config.concurrency.per_host,
    )
    return frontier


def build_sink(config: Config, started: str) -> Sink:
    """All outputs of the run `started` as one sink, not opened yet."""
    day = datetime.strptime(started, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).date()
    return FanOut(
        [
            load(SINKS, output.type)(
                path=expand(output.path, config.name, started, day),
                on_exists=output.on_exists,
                compress=output.compress,
                links=output.links,
                headers=output.headers,
                body=output.body,
            )
            for output in config.output
        ]
    )


def build_sinks(config: Config, started: str) -> Sink:
    """All that stores the visits of the run `started`: its outputs, and the list of what failed."""
    path = folder_of(config) / "runs" / started / FAILURES_NAME
    return FanOut((build_sink(config, started), FailureList(path=str(path), on_exists="replace")))


def build_client(
    config: Config,
    *,
    make_resolver: Callable[..., Resolver] | None = None,
    make_guard: Callable[..., AddressGuard] | None = None,
) -> tuple[Client, Naming]:
    """The one long-lived session, not entered yet, and what makes it trust a host that a seed names. make_resolver,
    make_guard: for others than the ordinary ones."""
    settings, deadlines = config.client, config.timeouts
    guard = (make_guard or AddressGuard)(settings.allow_private, ())
    identity = Identity(
        user_agent=settings.sent_user_agent,
        headers=revealed(settings.headers),
        authorization=_authorization(settings.auth),
        cookies=settings.cookies if isinstance(settings.cookies, bool) else revealed(settings.cookies),
        seed_headers={seed.url: revealed(seed.headers) for seed in config.seeds if seed.headers},
    )
    with without_authorities():
        make_client = load(CLIENTS, settings.type)
    client: Client = make_client(
        resolver=(make_resolver or Resolver)(
            ttl_s=config.dns.ttl, negative_ttl_s=config.dns.negative_ttl, max_entries=config.dns.max_entries
        ),
        guard=guard,
        identity=identity,
        http2=settings.http2,
        connections=config.concurrency.connections or config.concurrency.total,
        timeouts=Timeouts(deadlines.connect, deadlines.read, deadlines.write, deadlines.pool, deadlines.total),
        proxies=[proxy.get_secret_value() for proxy in settings.proxy],
        verify_tls=settings.verify_tls,
        ca_file=settings.ca_file,
    )

    def name_host(url: str) -> None:
        guard.add_seed_host(hostname_of(url))
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


class Rules(NamedTuple):
    """What decides about a URL in a run, to be asked from outside as well."""

    scope: Scope
    discovery: Discovery
    seeding: Seeding
    gate: RobotsGate | None  # None: robots.txt is not obeyed


class Engine:
    """The loop with its rules around the given adapters.

    saved.notes is what an earlier execution stored, `state` what this one will. name_host: see `build_client`.
    """

    def __init__(
        self,
        config: Config,
        client: Client,
        frontier: Frontier,
        throttle: Throttle,
        saved: SavedRun,
        *,
        tally: Tally,
        notify: Notify,
        name_host: Naming,
    ) -> None:
        self._config = config
        self._client = client
        self._frontier = frontier
        self._throttle = throttle
        self._saved = saved
        self._tally = tally
        self._notify = notify
        self._scope = self._build_scope()
        self._retry = self._build_retry()
        self._fetcher = self._build_fetcher()
        self._discovery = self._build_discovery()
        self._seeding = self._build_seeding(name_host)
        gate = self._build_gate() if config.politeness.obey_robots else None
        self.rules = Rules(self._scope, self._discovery, self._seeding, gate)

    def build_crawl(self, sink: Sink) -> Crawl:
        """The crawl loop; its visits go to `sink`."""
        config, limits = self._config, self._config.limits
        total = config.concurrency.total
        return Crawl(
            self._frontier,
            self._fetcher,
            self.rules.gate,
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
                max_pages=limits.max_pages,
                max_pages_per_host=limits.max_pages_per_host,
                max_bytes=limits.max_bytes,
                max_duration_s=limits.max_duration,
            ),
            self._notify,
            total=total,
            drain_s=config.timeouts.drain,
        )

    def state(self) -> Mapping[str, Any]:
        """What to store with each commit, to go on from after a restart."""
        return {"tally": self._tally.state(), "widened": self._seeding.widened, "seed_file": self._seeding.offset}

    def _build_scope(self) -> Scope:
        rules = self._config.scope
        return Scope(rules.type, named_urls(self._config), rules.hosts, rules.include, rules.exclude)

    def _build_retry(self) -> RetryRules:
        rules = self._config.retry
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

    def _build_fetcher(self) -> Fetcher:
        config = self._config
        keep_body = any(output.body != "none" for output in config.output)
        return Fetcher(
            self._client,
            self._retry,
            max_body_bytes=config.limits.max_response_size,
            max_redirects=config.limits.max_redirects,
            max_links=config.limits.max_links_per_page,
            product_token=config.client.product_token,
            obey_nofollow=config.politeness.obey_robots,
            keep_headers=any(output.headers for output in config.output),
            keep_body=keep_body,
        )

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
            offset=self._saved.notes.get("seed_file", 0),
            widened=self._saved.notes.get("widened", ()),
        )

    def _build_gate(self) -> RobotsGate:
        politeness = self._config.politeness
        return RobotsGate(
            self._client,
            self._frontier,
            self._retry,
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
