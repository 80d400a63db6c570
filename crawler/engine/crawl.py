"""The crawl loop: asks the frontier what may be asked now, until nothing is to do, handed out or waiting."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import cast

from crawler.core.errors import CrawlError
from crawler.core.events import Event, Postponed, Stopping, Warned
from crawler.core.ports import Frontier
from crawler.core.visit import Request
from crawler.engine.accounts.ledger import INTERVAL_S, Ledger
from crawler.engine.discovery import Discovery
from crawler.engine.gate import RobotsGate
from crawler.engine.outcome import Again, Done, Fetching, Hop, Outcome, SitemapDone, Unheard
from crawler.engine.redirects import Redirects
from crawler.engine.rules.limits import Budget
from crawler.engine.seeding import Seeding

COMPLETE = frozenset({"complete", "max_pages"})  # reasons to end after which nothing is left to resume


class Crawl:
    """One run over one frontier; total: requests in flight at most; drain_s: what a stop waits for them."""

    def __init__(
        self,
        frontier: Frontier,
        fetcher: Fetching,
        gate: RobotsGate | None,
        redirects: Redirects,
        discovery: Discovery,
        seeding: Seeding,
        ledger: Ledger,
        budget: Budget,
        notify: Callable[[Event], None],
        *,
        total: int,
        drain_s: float,
    ) -> None:
        self._frontier, self._fetcher, self._gate = frontier, fetcher, gate
        self._redirects, self._discovery, self._seeding = redirects, discovery, seeding
        self._ledger, self._budget, self._notify = ledger, budget, notify
        self._total = total
        self._drain_s = drain_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stop: str | None = None
        self._abort = asyncio.Event()
        self._failure: BaseException | None = None

    async def run(self) -> str:
        """Why it ended: "complete", a limit's name, or what `stop` was told. Raises OutputFailed, OutputClosed."""
        await self._seeding.start(self._is_over)
        try:
            while self._stop is None and self._failure is None:
                self._ledger.commit_if_due()
                self._seeding.feed(is_idle=len(self._tasks) < self._total)
                self._hand_out()
                if not self._tasks and self._seeding.exhausted and self._frontier.stats().queued == 0:
                    self._stop = self._stop or "complete"
                if self._stop is None:
                    await (asyncio.sleep(0) if self._seeding.is_short else self._pause())
        except BaseException as error:
            self._failure = self._failure or error
        await self._drain()
        if self._failure is not None:
            raise self._failure
        reason = self._stop or "complete"
        self._ledger.commit(final=reason in COMPLETE)
        return reason

    def finish(self) -> None:
        """Marks the run as complete, so that the next one begins anew. The very last act: killed before it, the same
        command only finds that nothing is left to do. Raises OutputFailed, OutputClosed."""
        self._ledger.conclude()

    def stop(self, reason: str) -> None:
        """Takes no new URLs; what is in flight may finish within the drain time. A second call leaves at once."""
        if self._stop is not None:
            self._abort.set()
        self._stop = self._stop or reason
        self._wake.set()

    def _hand_out(self) -> None:
        while (room := self._total - len(self._tasks)) > 0 and (requests := self._reserve(room)):
            for request in requests:
                task = asyncio.create_task(self._work(request))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _reserve(self, room: int) -> list[Request]:
        """Requests that may be asked now; those that a page limit refuses after all are dropped on the way."""
        if self._is_over() or self._failure is not None:
            return []
        while (places := self._budget.room(room)) and (requests := self._frontier.reserve(places)):
            admitted = [request for request in requests if self._admit(request)]
            if admitted:
                return admitted
        return []

    def _is_over(self) -> bool:
        self._stop = self._stop or self._budget.stop_reason()
        return self._stop is not None

    def _admit(self, request: Request) -> bool:
        admitted = self._budget.admit(request)
        if not admitted:
            self._frontier.drop(request)
        return admitted

    async def _pause(self) -> None:
        """Until something happens, time lets a host be asked, or a commit is due."""
        self._wake.clear()
        wait_s = INTERVAL_S if self._tasks or self._ledger.due() else self._budget.seconds_left()
        if (next_start := self._frontier.next_start()) is not None:
            wait_s = min(wait_s, max(0.0, next_start - time.monotonic()))
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _work(self, request: Request | None) -> None:
        """Handles `request`, then whatever may be asked next: a task lives as long as there is work."""
        try:
            while request is not None:
                await self._handle(request)
                self._ledger.commit_if_due()
                if len(self._tasks) < self._total:
                    self._wake.set()
                request = next(iter(self._reserve(1)), None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # an output that failed, or a bug in the loop: either ends the run
            self._failure = self._failure or error
        finally:
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))  # before the loop looks
            self._wake.set()

    async def _handle(self, request: Request) -> None:
        if self._gate is not None and not self._gate.knows(request.target):
            self._budget.release(request)
            await self._gate.load(request)
            return
        try:
            outcome = await self._ask(request)
            if isinstance(outcome, SitemapDone):
                await self._seeding.read(request, outcome.response, outcome.problem)
        except asyncio.CancelledError:
            self._budget.release(request)
            self._frontier.hand_back(request)
            raise
        self._settle(request, outcome)

    async def _ask(self, request: Request) -> Outcome:
        """One page never costs another: a bug met on the way is the page's own record."""
        try:
            if self._gate is not None and (refusal := self._gate.refusal(request.target)) is not None:
                return self._fetcher.refused(request, refusal.type, refusal.message, refusal.attempts)
            return await self._fetcher.take(request, partial(self._frontier.sent, request))
        except CrawlError:
            raise
        except Exception as error:
            self._notify(Warned(f"bug met at {request.target}: {traceback.format_exc()}"))
            return self._fetcher.failed(request, "internal", f"{type(error).__name__}: {error}")

    def _settle(self, request: Request, outcome: Outcome) -> None:
        match outcome:
            case Done(visit, follow, refused):
                self._discovery.follow(request, follow, refused)
                self._budget.settle(request)
                self._ledger.enter(_spent(request, outcome), visit)
            case Hop():
                self._hop(request, outcome)
            case Again():
                self._postpone(request, outcome)
            case Unheard():
                self._budget.release(request)
                self._frontier.postpone(request._replace(is_repeat=True), time.monotonic(), "delay")
            case SitemapDone():
                self._budget.settle(request)
                self._frontier.finish(_spent(request, outcome))
                self._ledger.touch()

    def _hop(self, request: Request, hop: Hop) -> None:
        following = self._redirects.follow(request, hop)
        if isinstance(following, Request):
            if hop.visit is not None:
                self._ledger.enter_hop(hop.visit)
            self._budget.postponed(request)
            self._frontier.postpone(following, time.monotonic(), "delay")
            self._ledger.touch()
        else:
            self._settle(request, following)

    def _postpone(self, request: Request, again: Again) -> None:
        until = time.monotonic() + again.wait_s
        if again.pause_host:
            self._frontier.block_host(request.host, until, again.reason)
        self._budget.postponed(request)
        self._frontier.postpone(request._replace(attempts=request.attempts + 1, is_repeat=False), until, again.reason)
        self._ledger.touch()
        self._notify(Postponed(request, again.reason, again.wait_s, again.cause))

    async def _drain(self) -> None:
        """Waits for what is in flight, as long as allowed; hands the rest back."""
        await asyncio.sleep(0)  # a task that never began could not hand its request back
        if self._tasks and self._failure is None and self._stop != "max_pages":  # there, every page has its visit
            self._notify(Stopping(self._stop or "failure", self._drain_s, len(self._tasks)))
            abort = asyncio.create_task(self._abort.wait())
            deadline = time.monotonic() + self._drain_s
            while self._tasks and not (abort.done() or self._failure) and (left_s := deadline - time.monotonic()) > 0:
                await asyncio.wait({*self._tasks, abort}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            abort.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _spent(request: Request, outcome: Done | SitemapDone) -> Request:
    """`request` as the frontier is to see it: its attempts say whether a vain try has cost the host something."""
    return request._replace(attempts=request.attempts + outcome.was_tried)
