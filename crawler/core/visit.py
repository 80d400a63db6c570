"""The values a URL becomes on its way: request, exchange, response, document, page, visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

from crawler.core.errors import ErrorType
from crawler.core.url import Base

Kind = Literal["page", "sitemap"]
BodyForm = Literal["html", "text", "markdown"]
Made = TypeVar("Made")
NOTHING: Mapping[str, Any] = MappingProxyType({})
Fields = tuple[tuple[str, str], ...]  # of a request's head: names and values
MARKS: Mapping[Kind, str] = MappingProxyType({"page": "", "sitemap": "sitemap "})  # no URL begins with one


class Request(NamedTuple):
    """One URL of the frontier. `url` and `kind` are its identity for ever; `target` is asked now (another after a
    redirect)."""

    url: str  # normalised
    target: str  # normalised; equal to url until redirected
    host: str  # of target: host[:port], the unit of politeness
    depth: int = 0  # links from a seed
    parent: str | None = None  # None: a seed
    kind: Kind = "page"
    hops_out: int = 0  # steps out of scope that led here
    attempts: int = 0  # requests sent for url, retries included, redirect hops not
    redirects: tuple[str, ...] = ()  # URLs passed through, url first
    is_repeat: bool = False  # the last time it went out nobody worked on it, and no attempt was counted

    @property
    def key(self) -> str:
        """What tells it from all other requests: a sitemap that is linked like a page has its visit all the same."""
        return MARKS[self.kind] + self.url

    @property
    def is_taken_up(self) -> bool:
        """Whether the URL was asked already and will end in a record, so that it holds a place under max_pages."""
        return self.kind == "page" and (self.attempts > 0 or bool(self.redirects))


class Headers(list[tuple[str, str]]):
    """Response header fields in order: names in lower case, values as Latin-1 without surrounding white space."""

    def get(self, name: str) -> str | None:
        """The first value of the field `name` (lower case), or None."""
        for key, value in self:
            if key == name:
                return value
        return None

    def all(self, name: str) -> list[str]:
        """Every value of the field `name` (lower case), in order."""
        return [value for key, value in self if key == name]


class Exchange(NamedTuple):
    """What a client is asked to send once, a GET, and how much of the answer to keep.

    headers: further fields for this request only (the client adds user agent, accept headers, credentials, cookies).
    max_body_bytes: after decompression; one byte more raises FetchFailed("body_too_large").
    keep_body: asked once with status and headers; False = count and hash the body, keep nothing.
    enough_bytes: asked once with status and headers, for a body that need not be read to its end: after how many
    decoded bytes the rest is left unread. Then no body is too large. None = all of it is wanted.
    on_sent: called exactly once, when the request's bytes have been handed to a connected socket.
    new_connection: over no HTTP/1.1 connection that has served before.
    is_retry: an attempt has failed, perhaps because another page broke the connection that both shared.
    """

    url: str
    max_body_bytes: int
    headers: Fields = ()
    keep_body: Callable[[int, Headers], bool] = lambda status, headers: True
    enough_bytes: Callable[[int, Headers], int | None] = lambda status, headers: None
    on_sent: Callable[[], None] = lambda: None
    new_connection: bool = False
    is_retry: bool = False


class Response(NamedTuple):
    """The answer to one exchange, redirects not followed, body decompressed."""

    url: str
    status: int
    http_version: str  # negotiated in fact: "HTTP/1.0", "HTTP/1.1", "HTTP/2" or "HTTP/3"
    headers: Headers
    body: bytes = b""  # empty where keep_body said no
    bytes_received: int = 0  # of the body, before decompression
    body_bytes: int = 0  # after decompression
    sha256: str | None = None  # hex, of the decompressed body; None if that was not read to its end
    elapsed_s: float = 0.0  # first byte sent to last byte read
    is_cut: bool = False  # there was more of the body than enough_bytes asked for


class Document:
    """A page as extractors see it; of a page made to stall the parser, one of the pieces that it is cut into.

    text: its markup, or its JSON. root: the top of its tree, selectolax's LexborNode; None where there is no HTML.
    base: what its references are relative to. page_characters: of the whole page's markup; None: of `text`.
    """

    __slots__ = ("_made", "base", "page_characters", "root", "text", "url")

    def __init__(
        self, url: str, text: str, base: Base, root: Any = None, *, page_characters: int | None = None
    ) -> None:
        self.url = url
        self.text = text
        self.base = base
        self.root = root
        self.page_characters = len(text) if page_characters is None else page_characters
        self._made: dict[Callable[[Document], Any], Any] = {}

    def once(self, make: Callable[[Document], Made]) -> Made:
        """What `make` makes of this document, made once, however many extractors need it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made


class FieldTrace(NamedTuple):
    """How a declared field came by its value on one page; of a list of objects, its own items. Plain values only."""

    field: tuple[str, ...]  # its name, after those of the fields around it
    rule: int  # its place in `extract`
    selector: Mapping[str, str]  # the options that say what its value is, in words: css, attr, regex, type, …
    is_list: bool  # what is found are the items of `each`
    found: int  # as far as was looked: a field that wants one value stops at the first that passes
    passed: int  # those of them that regex and type take
    places: int  # objects that the field is in: one, or the items around it
    empty: int  # those of them in which nothing passed
    has_default: bool
    was_given_up: bool  # it took too long
    matched: tuple[str, ...] = ()  # of a list of CSS selectors, those that gave the value or, of several, any of them


class Taken(NamedTuple):
    """What the configuration asks for of one page, beyond what every record holds."""

    data: Mapping[str, Any] = NOTHING
    missing: tuple[str, ...] = ()  # required fields that the page lacks, in dots
    hrefs: tuple[str, ...] | None = None  # the only references to follow; None: no rule says which
    bodies: Mapping[str, str] = NOTHING  # by BodyForm, those that outputs ask for, html excluded
    traces: tuple[FieldTrace, ...] = ()  # of the fields in `data`, only where somebody wants to know


class Page(NamedTuple):
    """A response decoded: what parsing found in it. Links are normalised, distinct, in document order."""

    content_type: str | None = None  # media type, lower case, no parameters
    charset: str | None = None  # WHATWG name
    charset_source: str | None = None  # bom | header | meta | detected | default
    title: str | None = None
    links: tuple[str, ...] = ()
    follow: tuple[str, ...] = ()  # those of `links` that the page does not ask robots to leave alone
    refused: Mapping[str, int] = NOTHING  # hrefs that are no crawlable URL, by reason
    text: str | None = None  # the decoded body, only where an output asks for it
    taken: Taken = Taken()


class Remembered(NamedTuple):
    """What is kept of a usable page from one run to the next, to ask for it again only if it changed."""

    url: str
    target: str  # where redirects ended, and the validators came from
    depth: int
    parent: str | None
    hops_out: int
    etag: str | None
    last_modified: str | None
    sha256: str | None
    recipe: str  # what shaped the following: see Recrawl
    page: Page
    data: Mapping[str, Any] = NOTHING
    fetched_at: str | None = None  # when this body came first; RFC 3339
    missing: tuple[str, ...] = ()  # required fields that `data` lacks, in dots


class VisitError(NamedTuple):
    """Why there is no usable answer."""

    type: ErrorType
    message: str


class Visit(NamedTuple):
    """Everything known about one URL, failures included; its line in the output is the record."""

    url: str
    final_url: str | None
    status: int | None
    ok: bool
    error: VisitError | None
    fetched_at: str  # RFC 3339, UTC, milliseconds
    elapsed_s: float
    attempts: int
    depth: int
    parent: str | None
    redirects: tuple[str, ...] = ()
    http_version: str | None = None
    content_type: str | None = None
    charset: str | None = None
    charset_source: str | None = None
    bytes_received: int = 0
    body_bytes: int = 0
    sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    change: str | None = None  # since the last run: new | changed | unchanged | gone
    duplicate_of: str | None = None
    title: str | None = None
    links: tuple[str, ...] = ()
    data: Mapping[str, Any] = NOTHING
    headers: Headers | None = None
    body: str | None = None  # the decoded page
    missing: tuple[str, ...] = ()  # required fields that `data` lacks, in dots
    bodies: Mapping[str, str] = NOTHING  # its other forms by BodyForm, where outputs ask for them
    response: Response | None = None  # the answer as received, only where an output archives it
    is_hop: bool = False  # a redirect on the way to the visit, only where an output archives it
    unchanged_since: str | None = None  # of a page that the server says did not change: when its body came first

    def body_as(self, form: BodyForm) -> str | None:
        """The page in this form; None if it is no page, or no output asked for the form."""
        return self.body if form == "html" else self.bodies.get(form)
