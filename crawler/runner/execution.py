"""One run from lock to summary: owns the lifetimes of the parts, the signals and the run folder."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from crawler.config.model import Config
from crawler.core.errors import BadInput, CrawlError, ExitCode, OutputClosed
from crawler.core.events import Event, RunEnded, RunStarted, Warned
from crawler.core.ports import Client, Frontier, Observer, SavedRun, Sink
from crawler.engine.accounts.meter import MeteredClient
from crawler.engine.accounts.tally import Tally
from crawler.engine.accounts.teller import Teller
from crawler.engine.crawl import COMPLETE, Crawl
from crawler.engine.outcome import Fetching
from crawler.engine.rules.verdict import RESUMABLE, exit_code
from crawler.engine.throttle import Throttle
from crawler.runner.assembly import (
    Engine,
    Naming,
    build_client,
    build_fetcher,
    build_frontier,
    build_identity,
    build_lock,
    build_recrawl,
    client_type,
    folder_of,
)
from crawler.runner.collector import begin_to_collect
from crawler.runner.descriptors import fitted
from crawler.runner.outlets import build_observers, build_sinks
from crawler.runner.reading.composition import build_heavy_reader
from crawler.runner.workers.child import live
from crawler.runner.workers.crew import Crew
from crawler.runner.workers.nursery import Nursery
from crawler.runner.workers.shares import shares_of

SIGNALS = (signal.SIGINT, signal.SIGTERM)
MOMENT = "%Y%m%dT%H%M%SZ"
AT_ONCE_S = 1.0
LIVELY_S = 0.25  # between two snapshots for a progress display
CALM_S = 1.0  # for a log, which picks one every ten seconds


class Options(NamedTuple):
    """What the command line says beside the configuration."""

    fresh: bool = False
    quiet: bool = False
    progress: bool = True


def run(config: Config, options: Options) -> int:
    """The exit code of one run. Raises BadInput, Locked, OutputFailed before anything was fetched."""
    folder = folder_of(config)
    config, notice = fitted(config)
    with ExitStack() as stack:
        nursery, lack = _nursery(config, stack)
        observers, lively = build_observers(
            config, folder / "runs", sys.stderr, quiet=options.quiet, progress=options.progress
        )
        for observer in observers:
            stack.callback(observer.close)
        for warning in filter(None, (notice, lack)):
            _warn(observers, warning)
        stack.enter_context(build_lock(folder))
        frontier = build_frontier(config, folder)
        stack.callback(frontier.close)
        saved = frontier.open(unused_id(folder / "runs"), fresh=options.fresh)
        sink = build_sinks(config, saved.started, partial(_warn, observers))
        sink.open(saved.position)
        stack.callback(sink.close)
        with suppress(OSError):  # whoever writes the summary will say so
            (folder / "runs" / saved.started).mkdir(parents=True, exist_ok=True)
        # From here on the output belongs to this run: a kill before the first visit must not make it look foreign.
        frontier.commit(sink.flush(), saved.notes)
        interval_s = LIVELY_S if lively else CALM_S
        run = Run(
            config,
            folder,
            frontier=frontier,
            sink=sink,
            saved=saved,
            observers=observers,
            interval_s=interval_s,
            nursery=nursery,
        )
        return run.execute()


def _warn(observers: Sequence[Observer], message: str) -> None:
    for observer in observers:
        observer.notice(Warned(message))


def _nursery(config: Config, stack: ExitStack) -> tuple[Nursery | None, str | None]:
    """Where further worker processes come from, if there are to be any, and what to tell where there can be none: made
    before anything is open."""
    if len(shares_of(config.concurrency)) == 1:
        return None, None
    client_type(config)  # imported once, for all of them
    try:
        return stack.enter_context(Nursery(partial(live, config))), None
    except OSError as error:
        return None, f"no worker process could be started: {error.strerror}; the run goes on without"


def unused_id(runs_folder: Path) -> str:
    """This second as a run's id, or the next one that no earlier run has: several may begin within a second."""
    moment = datetime.now(UTC)
    while os.path.lexists(runs_folder / moment.strftime(MOMENT)):
        moment += timedelta(seconds=1)
    return moment.strftime(MOMENT)


class Run:
    """One execution over an opened frontier and an opened sink."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        *,
        frontier: Frontier,
        sink: Sink,
        saved: SavedRun,
        observers: Sequence[Observer],
        interval_s: float,
        nursery: Nursery | None = None,
    ) -> None:
        self._config = config
        self._folder = folder
        self._frontier = frontier
        self._sink = sink
        self._saved = saved
        self._observers = observers
        self._interval_s = interval_s
        self._nursery = nursery
        shares = shares_of(config.concurrency)
        self._shares = [sum(shares)] if nursery is None else shares
        self._recrawl = build_recrawl(config, frontier)
        self._crawl_loop: Crawl | None = None
        self._tally = Tally(saved.notes.get("tally"))

    def execute(self) -> int:
        """Crawls; the exit code."""
        self.notify(
            RunStarted(
                self._config.name,
                self._saved.started,
                self._saved.resumed,
                self._sink.describe(),
                str(self._folder),
                self._tally.pages,
                len(self._shares),
            )
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                reason = runner.run(self._crawl())
            except CrawlError as error:
                if isinstance(error, BadInput):
                    self._abandon()
                return self._end(str(error), error.exit_code, quietly=isinstance(error, OutputClosed))
        fail_if = self._config.fail_if
        code = exit_code(
            reason,
            self._tally,
            failed_ratio=fail_if.failed_ratio,
            failed_pages=fail_if.failed_pages,
        )
        self._end(reason, code)
        if self._crawl_loop is not None and reason in COMPLETE:
            self._crawl_loop.finish()
        return code

    def notify(self, event: Event) -> None:
        """Tells every observer."""
        for observer in self._observers:
            observer.notice(event)

    def _close_observers(self) -> None:
        for observer in self._observers:
            observer.close()

    async def _crawl(self) -> str:
        config, politeness = self._config, self._config.politeness
        throttle = Throttle(self._frontier, floor_s=politeness.delay, adaptive=politeness.adaptive)
        identity = build_identity(config)
        inner, name_host = build_client(config, identity, self._shares[0])
        metered = MeteredClient(inner, self._tally, self.notify, throttle.observe)
        async with metered as client, build_heavy_reader(config) as reader:
            fetcher = build_fetcher(config, client, reader.read)
            try:
                if self._nursery is None:
                    return await self._crawl_by(fetcher, client, throttle, name_host)
                crew = Crew(
                    self._nursery,
                    self._shares,
                    fetcher,
                    client=client,
                    identity=identity,
                    name_host=name_host,
                    throttle=throttle,
                    tally=self._tally,
                    notify=self.notify,
                )
                async with crew:
                    return await self._crawl_by(crew, crew, throttle, crew.name_host)
            finally:
                self._tally.extra.update(client.counts())

    async def _crawl_by(self, fetcher: Fetching, client: Client, throttle: Throttle, name_host: Naming) -> str:
        """Why it ended. client: for robots.txt; what it counts is added up elsewhere."""
        engine = Engine(
            self._config,
            client,
            fetcher,
            self._frontier,
            throttle,
            self._saved,
            tally=self._tally,
            notify=self.notify,
            name_host=name_host,
            recrawl=self._recrawl,
        )
        self._crawl_loop = crawl = engine.build_crawl(self._sink)
        teller = Teller(
            self._frontier,
            self._tally,
            self.notify,
            interval_s=self._interval_s,
            max_pages=self._config.limits.max_pages,
        )
        telling = asyncio.create_task(teller.run())
        try:
            with _Signals(crawl, self._close_observers):
                begin_to_collect()  # `main` has turned it off
                return await crawl.run()
        finally:
            telling.cancel()

    def _abandon(self) -> None:
        """A configuration that turned out wrong this late has begun nothing that could be resumed once it is mended."""
        if not self._saved.resumed:
            self._frontier.end_run()
            self._frontier.commit(self._sink.flush(), self._saved.notes)

    def _end(self, reason: str, code: ExitCode, *, quietly: bool = False) -> int:
        if quietly:
            return code
        summary = self._summary(reason, code)
        self.notify(RunEnded(code, reason, code in RESUMABLE, summary))
        return code

    def _summary(self, reason: str, code: ExitCode) -> Mapping[str, Any]:
        tally = self._tally
        dns = {name: tally.extra.get(f"dns_{name}", 0) for name in ("lookups", "hits", "misses")}
        return {
            "crawl": self._config.name,
            "started": self._saved.started,
            "ended": datetime.now(UTC).strftime(MOMENT),
            "resumed": self._saved.resumed,
            "exit_code": int(code),
            "reason": reason,
            "resumable": code in RESUMABLE,
            "processes": len(self._shares),
            **tally.figures(),
            "dns": dns,
            "outputs": [self._sink.describe()],
            "config": self._config.redacted(),
        }


class _Signals:
    """First signal: stop; second: leave at once, and a second later whatever still holds the process up is left behind
    (a reader of standard output that reads no more blocks every write; what was committed is whole).

    tidy: called before that, so that the terminal is left as it was found.
    """

    def __init__(self, crawl: Crawl, tidy: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._crawl = crawl
        self._tidy = tidy
        self._seen = 0

    def __enter__(self) -> None:
        # Not the loop's own handlers: those wait for the loop, which a blocked write would keep from them.
        self._before = {number: signal.signal(number, self._heed) for number in SIGNALS}

    def __exit__(self, *exc_info: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _heed(self, number: int, frame: object) -> None:
        self._seen += 1
        if self._seen == 2:  # further ones must not put off the end
            signal.signal(signal.SIGALRM, lambda *_: self._leave(128 + number))
            signal.setitimer(signal.ITIMER_REAL, AT_ONCE_S, AT_ONCE_S)
        self._loop.call_soon_threadsafe(self._crawl.stop, signal.Signals(number).name)

    def _leave(self, code: int) -> None:
        signal.signal(signal.SIGALRM, lambda *_: os._exit(code))  # the terminal may be what blocks
        try:
            self._tidy()
        finally:
            os._exit(code)
