"""From request to outcome: sends once, then decides what the answer means. Shares no state with anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import cast

from crawler.core.errors import ErrorType, FetchFailed, UnusableUrl
from crawler.core.ports import Client, PageRules
from crawler.core.url import from_field, resolve
from crawler.core.visit import Exchange, Fields, Headers, Page, Request, Response, Visit, VisitError
from crawler.engine.outcome import Again, Done, Hop, Outcome, SitemapDone, Unheard
from crawler.engine.reading import PageGivenUp, PageReader, ReadingRules, ReadsElsewhere
from crawler.engine.rules.retry import Decision, GiveUp, RetryRules
from crawler.parsing.media import content_type_of, is_json, may_be_html, media_type_of

REDIRECTS = frozenset({301, 302, 303, 307, 308})  # RFC 9110 15.4; 300 and 304 carry no order to go elsewhere
SITEMAP_BYTES = 50 * 1024 * 1024  # sitemaps.org 0.9: a sitemap must be no larger than 50 MiB
EMPTY_PAGE = Page()


class Fetcher:
    """Policy around a client: retries are decided here and waited for elsewhere, redirects are found and not followed.

    product_token, obey_nofollow: whose and whether robots rules inside pages are heeded. keep_headers, keep_body,
    keep_response: whether an output asks for them. rules: what else is asked of pages. read_heavy: reads a page
    that might hold up all others here.
    """

    def __init__(
        self,
        client: Client,
        retry: RetryRules,
        *,
        max_body_bytes: int,
        max_redirects: int,
        max_links: int | None,
        product_token: str,
        obey_nofollow: bool,
        keep_headers: bool = False,
        keep_body: bool = False,
        rules: PageRules | None = None,
        keep_response: bool = False,
        read_heavy: ReadsElsewhere | None = None,
    ) -> None:
        self._client = client
        self._retry = retry
        self._max_body_bytes = max_body_bytes
        self._max_redirects = max_redirects
        options = ReadingRules(max_links, keep_body, product_token, obey_nofollow)
        self._reader = PageReader(options, rules, read_heavy)
        self._keeps = is_worth_reading if rules is None or not rules.reads_json else is_worth_reading_with_json
        if keep_response:
            self._keeps = is_worth_archiving
        self._keep_headers, self._keep_body, self._keep_response = keep_headers, keep_body, keep_response

    async def take(self, request: Request, on_sent: Callable[[], None], conditions: Fields = ()) -> Outcome:
        """What came of asking for `request.target` once. conditions: fields that ask for it only if it changed; if it
        did not, the visit has the status 304 and nothing of the page. Raises nothing but CancelledError."""
        try:
            response = await self._client.send(self._exchange(request, on_sent, conditions))
        except FetchFailed as failure:
            return self._after_failure(request, failure)
        if 200 <= response.status < 300:
            if request.kind == "sitemap":
                return SitemapDone(response)
            page = await self._reader.read(response)
            return await self._heavy(request, response) if page is None else self._done(request, response, page)
        if response.status == 304 and conditions:
            return self._done(request, response, EMPTY_PAGE)
        return self._after_response(request, response)

    def _exchange(self, request: Request, on_sent: Callable[[], None], conditions: Fields) -> Exchange:
        if request.kind == "sitemap":
            exchange = Exchange(request.target, max(SITEMAP_BYTES, self._max_body_bytes), on_sent=on_sent)
        else:
            exchange = Exchange(request.target, self._max_body_bytes, conditions, self._keeps, on_sent=on_sent)
        if request.is_repeat or request.attempts:
            return exchange._replace(new_connection=request.is_repeat, is_retry=request.attempts > 0)
        return exchange

    def _after_failure(self, request: Request, failure: FetchFailed) -> Outcome:
        if failure.unheard and not request.is_repeat:
            return Unheard()
        attempts = request.attempts + 1
        decision = self._retry.after_failure(attempts, failure.type)
        if not isinstance(decision, GiveUp):
            return _again(decision, f"{failure.type}: {failure.message}")
        response = cast("Response | None", failure.response)
        failed = self.failed(request, failure.type, failure.message, response=response, attempts=attempts)
        return failed if failure.reached else failed._replace(was_tried=False)

    def _after_response(self, request: Request, response: Response) -> Outcome:
        status, location = response.status, response.headers.get("location")
        if status in REDIRECTS and location is not None:
            return self._after_redirect(request, response, location)
        retry_after = response.headers.get("retry-after")
        decision = self._retry.after_status(request.attempts + 1, status, retry_after)
        if isinstance(decision, GiveUp):
            message = decision.message or describe_status(status)
            return self.failed(request, decision.type, message, response=response, attempts=request.attempts + 1)
        return _again(decision, f"http_status: {describe_status(status)}")

    def _after_redirect(self, request: Request, response: Response, location: str) -> Outcome:
        """The hop to take, or why there is none. A fragment in Location never counts."""
        if len(request.redirects) >= self._max_redirects:
            message = f"more than {self._max_redirects} redirects"
            return self.failed(request, "too_many_redirects", message, response=response)
        try:
            target = resolve(from_field(location), request.target)
        except UnusableUrl as error:
            type: ErrorType = "unsupported_scheme" if error.reason == "scheme" else "redirect_refused"
            return self.failed(request, type, f"redirect to an unusable URL: {error}", response=response)
        if not self._keep_response or request.kind == "sitemap":
            return Hop(target, response)
        visit = self._visit(request, request.attempts + 1, response, EMPTY_PAGE)
        return Hop(target, response, visit._replace(is_hop=True))

    async def _heavy(self, request: Request, response: Response) -> Outcome:
        """The page was usable only if it could be read within the time and memory that any page may take."""
        try:
            return self._done(request, response, await self._reader.read_elsewhere(response))
        except PageGivenUp as error:
            return self.failed(request, "internal", str(error), response=response)

    def _done(self, request: Request, response: Response, page: Page) -> Done:
        visit = self._visit(request, request.attempts + 1, response, page)
        return Done(visit, page.follow, tuple(page.refused.items()))

    def failed(
        self,
        request: Request,
        type: ErrorType,
        message: str,
        *,
        response: Response | None = None,
        attempts: int | None = None,
    ) -> Done | SitemapDone:
        """The end of `request` without a usable answer; attempts: if other than the one just made."""
        if request.kind == "sitemap":
            return SitemapDone(None, f"{type}: {message}")
        attempts = request.attempts + 1 if attempts is None else attempts
        return Done(self._visit(request, attempts, response, EMPTY_PAGE, VisitError(type, message)))

    def refused(self, request: Request, type: ErrorType, message: str, attempts: int = 0) -> Done | SitemapDone:
        """The end of `request`, decided before it was sent."""
        attempts += request.attempts + bool(request.redirects)
        return self.failed(request, type, message, attempts=attempts)._replace(was_tried=False)

    def duplicate(self, request: Request, hop: Hop, owner: str) -> Done | SitemapDone:
        """The end of a request that was redirected to a URL which the record of `owner` covers."""
        if request.kind == "sitemap":
            return SitemapDone(None, f"redirects to {hop.target}, which is read already")
        chain = request._replace(redirects=(*request.redirects, request.target), target=hop.target)
        visit = self._visit(chain, request.attempts + 1, hop.response, EMPTY_PAGE, duplicate_of=owner)
        return Done(visit)

    def _visit(
        self,
        request: Request,
        attempts: int,
        response: Response | None,
        page: Page,
        error: VisitError | None = None,
        duplicate_of: str | None = None,
    ) -> Visit:
        headers = response.headers if response is not None else Headers()
        return Visit(
            url=request.url,
            final_url=request.target if response is not None else None,
            status=response.status if response is not None else None,
            ok=error is None and duplicate_of is None,
            error=error,
            fetched_at=moment(time.time()),
            elapsed_s=response.elapsed_s if response is not None else 0.0,
            attempts=attempts,
            depth=request.depth,
            parent=request.parent,
            redirects=request.redirects,
            http_version=response.http_version if response is not None else None,
            content_type=page.content_type or media_type_of(content_type_of(headers)),
            charset=page.charset,
            charset_source=page.charset_source,
            bytes_received=response.bytes_received if response is not None else 0,
            body_bytes=response.body_bytes if response is not None else 0,
            sha256=response.sha256 if response is not None else None,
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            duplicate_of=duplicate_of,
            title=page.title,
            links=page.links,
            data=page.taken.data,
            headers=headers if self._keep_headers and response is not None else None,
            body=page.text if self._keep_body else None,
            missing=page.taken.missing,
            bodies=page.taken.bodies,
            response=response if self._keep_response else None,
        )


def _again(decision: Decision, cause: str) -> Again:
    return Again(decision.wait_s, decision.reason, decision.pause_host, cause)


def moment(wall_s: float) -> str:
    """Seconds since 1970 as RFC 3339 has them, UTC, milliseconds. 0.6 µs."""
    seconds, milliseconds = divmod(int(wall_s * 1000), 1000)
    return f"{_second(seconds)}.{milliseconds:03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def describe_status(status: int) -> str:
    """ "404 Not Found", or the number alone where the registry has no name for it."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def is_worth_reading(status: int, headers: Headers) -> bool:
    """Whether the body of a page may hold links; others are counted and hashed only."""
    return 200 <= status < 300 and may_be_html(content_type_of(headers))


def is_worth_reading_with_json(status: int, headers: Headers) -> bool:
    """The same where JSON is read too."""
    is_json_page = 200 <= status < 300 and is_json(media_type_of(content_type_of(headers)))
    return is_json_page or is_worth_reading(status, headers)


def is_worth_archiving(status: int, headers: Headers) -> bool:
    """Every body is."""
    return True
