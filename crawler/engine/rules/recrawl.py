"""Whether a page changed since the last run: asks so that the server may say, compares where it does not."""

from __future__ import annotations

import re
from collections.abc import Callable

from crawler.core.ports import KnownUrl, PageMemory
from crawler.core.visit import Fields, Page, Remembered, Request, Visit
from crawler.engine.outcome import Done, Fetching, Outcome

GONE = frozenset({404, 410})
BATCH = 1000
_SENDABLE = re.compile(r"[\t\x20-\x7e]+")  # RFC 9110 5.5; what came otherwise cannot be sent back by every client


class Recrawl:
    """What a run knows of the one before.

    recipe: what shapes that which is remembered of a page. Pages remembered by another recipe are asked for in full.
    """

    def __init__(self, pages: PageMemory, *, recipe: str) -> None:
        self._pages = pages
        self._recipe = recipe
        self._place: int | None = None
        self.is_fed = False  # no URL of the last run is left to be added

    def recall(self, request: Request) -> Remembered | None:
        """What is remembered of the page that `request.target` is asked for, if the server can be asked whether it
        changed: only where its validators came from (RFC 9110 8.8)."""
        page = self._pages.recall(request.url) if request.kind == "page" else None
        if page is None or page.target != request.target or page.recipe != self._recipe:
            return None
        return page if conditions_of(page) else None

    def settle(self, request: Request, done: Done, asked: Remembered | None = None) -> Done:
        """`done` with what changed, remembered for the runs to come. A failure changes nothing: the page may be there
        still, and is compared with what was known the next time. asked: the page as it was asked for, if it changed."""
        visit = done.visit
        if visit.ok:
            if visit.status == 304 and asked is not None:
                done = Done(_as_it_was(visit, asked), asked.page.follow)
            return self._answered(request, done)
        if visit.status in GONE and visit.error is not None and self._pages.recall(visit.url) is not None:
            self._pages.forget(visit.url)
            return done._replace(visit=visit._replace(change="gone"))
        return done

    def feed(self, add: Callable[[KnownUrl], int]) -> None:
        """Adds the next URLs of the last finished run, as far as no page led to them this time.

        add: told each of them, adds it to what is to do if nobody came upon it; the number added.
        """
        known = self._pages.known(self._place, BATCH)
        self.is_fed = len(known) < BATCH
        self._place = known[-1].place if known else None
        for page in known:
            add(page)

    def _answered(self, request: Request, done: Done) -> Done:
        visit = done.visit
        before = self._pages.recall(visit.url)
        change = visit.change or _change(before, visit.sha256)
        is_same = before is not None and (before.target, before.sha256) == (visit.final_url, visit.sha256)
        now = Remembered(
            url=visit.url,
            target=visit.final_url or visit.url,
            depth=visit.depth,
            parent=visit.parent,
            hops_out=request.hops_out,
            etag=visit.etag,
            last_modified=visit.last_modified,
            sha256=visit.sha256,
            recipe=self._recipe,
            page=Page(visit.content_type, visit.charset, visit.charset_source, visit.title, visit.links, done.follow),
            data=visit.data,
            fetched_at=before.fetched_at if before is not None and is_same else visit.fetched_at,
            missing=visit.missing,
        )
        if visit.status == 304 and before is not None:  # which need not repeat the validators (RFC 9110 15.4.5)
            now = now._replace(
                etag=visit.etag or before.etag, last_modified=visit.last_modified or before.last_modified
            )
        if now != before:
            self._pages.remember(now)
        return done._replace(visit=visit._replace(change=change))


class RecrawlingFetcher:
    """Asks by way of a fetcher, or of several in as many processes, for what changed since the last run."""

    def __init__(self, inner: Fetching, recrawl: Recrawl) -> None:
        self._inner = inner
        self._recrawl = recrawl
        self.failed, self.refused, self.duplicate = inner.failed, inner.refused, inner.duplicate

    async def take(self, request: Request, on_sent: Callable[[], None], conditions: Fields = ()) -> Outcome:
        """As the inner one's; a visit says what changed. conditions: beside those that the last run gives."""
        known = self._recrawl.recall(request)
        fields = conditions if known is None else (*conditions, *conditions_of(known))
        outcome = await self._inner.take(request, on_sent, fields)
        return self._recrawl.settle(request, outcome, known) if isinstance(outcome, Done) else outcome


def conditions_of(page: Remembered) -> Fields:
    """The fields that ask for `page` only if it changed (RFC 9110 13.1.2, 13.1.3); none where it has no validators."""
    fields = (("If-None-Match", page.etag), ("If-Modified-Since", page.last_modified))
    return tuple((name, value) for name, value in fields if value and _SENDABLE.fullmatch(value))


def _as_it_was(visit: Visit, known: Remembered) -> Visit:
    """The visit of a page that is not modified: what was found in it then holds still."""
    page = known.page
    return visit._replace(
        content_type=page.content_type or visit.content_type,
        charset=page.charset,
        charset_source=page.charset_source,
        title=page.title,
        links=page.links,
        sha256=known.sha256,
        data=known.data,
        missing=known.missing,
        change="unchanged",
        unchanged_since=known.fetched_at,
    )


def _change(before: Remembered | None, sha256: str | None) -> str:
    if before is None:
        return "new"
    return "unchanged" if before.sha256 == sha256 else "changed"
