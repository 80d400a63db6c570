"""Links of a page into the frontier: depth, scope and traps decide, refusals are counted by reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from crawler.core.ports import Frontier, KnownUrl
from crawler.core.visit import Request
from crawler.engine.rules.scope import Scope


class Discovery:
    """What of the links found may be asked.

    trap: the reason why a URL looks like a trap, or None. count: told each reason with a number of refused URLs.
    """

    def __init__(
        self,
        frontier: Frontier,
        scope: Scope,
        trap: Callable[[str], str | None],
        count: Callable[[str, int], None],
        *,
        max_depth: int | None,
        extra_hops: int,
    ) -> None:
        self._frontier = frontier
        self._scope = scope
        self._trap = trap
        self._count = count
        self._max_depth = max_depth
        self._extra_hops = extra_hops

    def follow(self, request: Request, links: Sequence[str], refused: Iterable[tuple[str, int]] = ()) -> int:
        """Adds the links of the page `request.url`; the number that were new. refused: hrefs that are no crawlable
        URL, by reason. Most links of most pages are known: they are sorted out before scope and traps look at them."""
        for reason, number in refused:
            self._count(reason, number)
        if not links:
            return 0
        depth = request.depth + 1
        if self._max_depth is not None and depth > self._max_depth:
            self._count("max_depth", len(links))
            return 0
        if not (links := self._frontier.unknown(links)):
            return 0
        inside, outside = self._sort(links)
        added = self._frontier.discover(self._safe(inside), depth=depth, parent=request.url)
        if outside and request.hops_out < self._extra_hops:
            added += self._frontier.discover(
                self._safe(outside), depth=depth, parent=request.url, hops_out=request.hops_out + 1
            )
        elif outside:
            self._count("scope", len(outside))
        return added

    def add_seeds(self, urls: Sequence[str], depth: int = 0) -> int:
        """Adds what a sitemap lists, as far as scope goes; the number that were new."""
        inside, outside = self._sort(urls)
        if outside:
            self._count("scope", len(outside))
        return self._frontier.discover(self._safe(inside), depth=depth, parent=None)

    def add_known(self, known: KnownUrl) -> int:
        """Adds a URL of an earlier run as it was found then, as far as scope and limits still go; 1 if it was new."""
        inside, outside = self._sort([known.url])
        too_far = outside and not 0 < known.hops_out <= self._extra_hops
        if too_far or (self._max_depth is not None and known.depth > self._max_depth):
            self._count("scope" if too_far else "max_depth", 1)
            return 0
        return self._frontier.discover(
            self._safe([*inside, *outside]), depth=known.depth, parent=known.parent, hops_out=known.hops_out
        )

    def _sort(self, urls: Sequence[str]) -> tuple[list[str], list[str]]:
        inside, refused, outside = self._scope.sort(urls)
        for reason, number in refused.items():
            self._count(reason, number)
        return inside, outside

    def _safe(self, urls: list[str]) -> list[str]:
        trap, safe = self._trap, []
        for url in urls:
            if (reason := trap(url)) is None:
                safe.append(url)
            else:
                self._count(reason, 1)
        return safe
