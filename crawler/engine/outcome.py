"""What one request came to: a visit, a redirect, a sitemap, or another try later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

from crawler.core.errors import ErrorType
from crawler.core.visit import Fields, Request, Response, Visit


class Done(NamedTuple):
    """The URL has its visit, usable or not."""

    visit: Visit
    follow: tuple[str, ...] = ()  # links that may be followed; visit.links counts them all
    refused_links: tuple[tuple[str, int], ...] = ()  # hrefs that are no crawlable URL, by reason
    was_tried: bool = True  # whether the host was asked, if only in vain


class Hop(NamedTuple):
    """A redirect to a URL that could be asked next; who asks is not decided yet."""

    target: str  # normalised
    response: Response
    visit: Visit | None = None  # what was answered on the way, only where an output archives it


class SitemapDone(NamedTuple):
    """A sitemap was fetched; None: it could not be, `problem` says why."""

    response: Response | None
    problem: str | None = None
    was_tried: bool = True


class Again(NamedTuple):
    """Worth another try after `wait_s`, spent in the frontier."""

    wait_s: float
    reason: Literal["backoff", "retry-after"]
    pause_host: bool
    cause: str  # for people: "http_status: 503 Service Unavailable"


class Unheard(NamedTuple):
    """The request went out and nobody worked on it: to be sent again in the host's turn, as if for the first time."""


Outcome = Done | Hop | SitemapDone | Again | Unheard


class Fetching(Protocol):
    """Turns requests into outcomes: the fetcher itself, or several of them in as many processes."""

    async def take(self, request: Request, on_sent: Callable[[], None], conditions: Fields = ()) -> Outcome: ...

    def failed(
        self, request: Request, type: ErrorType, message: str, *, response: Response | None = None
    ) -> Done | SitemapDone: ...

    def refused(self, request: Request, type: ErrorType, message: str, attempts: int = 0) -> Done | SitemapDone: ...

    def duplicate(self, request: Request, hop: Hop, owner: str) -> Done | SitemapDone: ...
