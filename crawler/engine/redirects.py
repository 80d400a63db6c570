"""What a redirect may lead to: scope, and records that already exist, are asked before the hop is taken."""

from __future__ import annotations

from collections.abc import Callable

from crawler.core.events import Event, ScopeWidened
from crawler.core.ports import Frontier
from crawler.core.url import host_of
from crawler.core.visit import Request
from crawler.engine.outcome import Done, Fetching, Hop, SitemapDone
from crawler.engine.rules.scope import Scope
from crawler.engine.seeding import Seeding

WHY = {"scope": "out of scope", "include": "no include pattern matches", "exclude": "an exclude pattern matches"}


class Redirects:
    """Turns a hop into the next request of the same URL, or into the end of it."""

    def __init__(
        self,
        frontier: Frontier,
        fetcher: Fetching,
        scope: Scope,
        seeding: Seeding,
        notify: Callable[[Event], None],
        *,
        extra_hops: int,
    ) -> None:
        self._frontier = frontier
        self._fetcher = fetcher
        self._scope = scope
        self._seeding = seeding
        self._notify = notify
        self._extra_hops = extra_hops

    def follow(self, request: Request, hop: Hop) -> Request | Done | SitemapDone:
        """The request to wait for its host next, or how the URL ends instead.

        A URL of the chain itself may be asked again (sites that set a cookie and send back do so); the number of hops
        bounds that. A URL that has, or will have, its own record is not fetched twice; one whose record only says
        that it is a duplicate of this one, by whatever detour, was not fetched at all.
        """
        following = request._replace(
            target=hop.target,
            host=host_of(hop.target),
            redirects=(*request.redirects, request.target),
            is_repeat=False,
        )
        if request.kind == "sitemap":
            return following
        if (reason := self._refusal(request, hop.target)) is not None:
            message = f"redirect to {hop.target}: {reason}"
            return self._fetcher.failed(request, "redirect_refused", message, response=hop.response)
        if hop.target not in following.redirects:
            owner = self._frontier.claim(hop.target, request.url)
            if owner not in (None, request.url):  # its own: claimed before a retry, or led back to
                return self._fetcher.duplicate(request, hop, owner)
        return following._replace(hops_out=self._hops_out(request, hop.target))

    def _refusal(self, request: Request, target: str) -> str | None:
        reason = self._scope.refusal(target)
        if reason == "scope" and self._seeding.names(request, target):
            self._seeding.widen(target)
            self._notify(ScopeWidened(request.url, target))
            reason = self._scope.refusal(target)
        if reason == "include" and request.parent is None:
            return None  # seeds are taken whatever include says
        if reason == "scope" and (request.hops_out or self._extra_hops):
            return None
        return WHY.get(reason, reason) if reason is not None else None

    def _hops_out(self, request: Request, target: str) -> int:
        return max(request.hops_out, 1) if self._scope.refusal(target) == "scope" else request.hops_out
