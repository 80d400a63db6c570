"""The borders: what the engine asks of clients, frontiers, extractors, sinks and observers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from crawler.core.events import Event
from crawler.core.visit import NOTHING, Document, Exchange, Kind, Remembered, Request, Response, Taken, Visit

WaitReason = Literal["delay", "crawl-delay", "retry-after", "backoff", "robots", "in flight"]
TextForm = Literal["str", "text", "html"]


class Client(Protocol):
    """Sends one request over one long-lived session; no redirects, no retries, no opinion."""

    newest_http: str  # the newest version of HTTP that is offered, so that a fallback can be noticed

    async def __aenter__(self) -> Client: ...

    async def __aexit__(self, *exc_info: object) -> None: ...

    async def send(self, exchange: Exchange) -> Response:
        """The response to `exchange`, whatever its status. Raises FetchFailed, and nothing else but CancelledError.

        Keeps the connect, read, write, pool and total deadlines. Sends once: where a kept-alive connection turns out
        to be closed, or a stream is refused, the failure says `unheard`, and it is the caller who sends again.
        """
        ...

    def counts(self) -> Mapping[str, int]:
        """Figures for the summary, such as dns_lookups, dns_hits, dns_misses, connections_opened."""
        ...


class HostWait(NamedTuple):
    """Why nothing of this host may be asked now."""

    host: str
    reason: WaitReason
    until: float | None  # seconds of the monotonic clock; None: until something happens
    queued: int  # requests waiting for it


class FrontierStats(NamedTuple):
    """What the frontier holds now."""

    queued: int  # to do, those that wait included, handed out excluded
    in_flight: int  # handed out
    done: int  # finished, in this run
    known: int  # URLs ever seen in this run
    taken_up: int  # queued, though already asked at least once (backoff, redirect): each will end in a record


class SavedRun(NamedTuple):
    """What `open` found: the run that the state belongs to."""

    started: str  # run id, 20261122T173400Z
    resumed: bool  # an unfinished run goes on
    position: str | None = None  # the sinks' committed position, opaque
    notes: Mapping[str, Any] = NOTHING  # what the engine stored beside it, JSON values


class KnownUrl(NamedTuple):
    """A URL that the last finished run had a usable page for, as it was found then."""

    place: int  # in the order in which they are told
    url: str
    depth: int
    parent: str | None
    hops_out: int


class PageMemory(Protocol):
    """Pages of the last finished run. What is kept now counts when the run ends, and is committed with the frontier."""

    def recall(self, url: str) -> Remembered | None: ...

    def remember(self, page: Remembered) -> None: ...

    def forget(self, url: str) -> None: ...

    def known(self, after: int | None, most: int) -> list[KnownUrl]:
        """At most `most` URLs behind the place `after`; None: from the first."""
        ...

    def keep_dates(self, dates: Iterable[tuple[str, str]]) -> None:
        """Keeps when pages changed last, by URL, as a sitemap has it: text, for whoever decides what to ask first."""
        ...

    def date_of(self, url: str) -> str | None:
        """What a sitemap said last of when the page at `url` changed."""
        ...


class HostCounts(Protocol):
    """How many pages each host has had in this run; committed with the frontier."""

    def of(self, host: str) -> int: ...

    def add(self, host: str) -> None: ...


class Frontier(Protocol):
    """What is to do, what was seen, and which host may be asked now. All verbs are atomic and never wait.

    Times are seconds of `time.monotonic()`; what is stored is converted to wall-clock time and back.
    """

    @property
    def urgent(self) -> bool:
        """Whether something changed that a restart must respect (a block, a delay): commit soon."""
        ...

    @property
    def outdated(self) -> bool:
        """Whether there is more to do than was committed last, or an open-ended block began or ended since: commit
        within a while, so that people who look at the state see what waits for what."""
        ...

    @property
    def pages(self) -> PageMemory | None:
        """What the last finished run knew of its pages; None where nothing outlives the process."""
        ...

    @property
    def host_counts(self) -> HostCounts | None:
        """For whoever limits the pages of a host; None where nothing outlives the process."""
        ...

    def open(self, started: str, *, fresh: bool) -> SavedRun:
        """Takes up the unfinished run if there is one and not `fresh`, else begins the run `started`, forgetting URLs
        of earlier ones but not the hosts' clocks. Raises OutputFailed, BadInput for a foreign or corrupt state file."""
        ...

    def discover(
        self, urls: Iterable[str], *, depth: int, parent: str | None, kind: Kind = "page", hops_out: int = 0
    ) -> int:
        """Adds normalised URLs not seen before as this `kind` to the queue; the number added."""
        ...

    def unknown(self, urls: Sequence[str]) -> list[str]:
        """`urls` without those that are known for sure to be seen: a sieve before costlier questions, in order. Costs
        0.05 µs a URL and changes nothing; what comes through may be known all the same."""
        ...

    def claim(self, target: str, by: str) -> str | None:
        """None if the redirect target was unknown and now counts as seen, fetched on behalf of the URL `by`; else the
        URL whose record covers it: `target` itself, or the URL that claimed it earlier. `by` itself, if that is
        its own claim, or if the record there is a duplicate that leads back to `by`: nobody else has the content."""
        ...

    def reserve(self, room: int) -> list[Request]:
        """At most `room` requests whose hosts may be asked now, handed out: slots taken, clocks held, breadth first."""
        ...

    def next_start(self) -> float | None:
        """When `reserve` may next have something because time passes; None if only an event can change that."""
        ...

    def sent(self, request: Request) -> None:
        """The request's bytes have left: the host's delay runs from now."""
        ...

    def finish(self, request: Request, duplicate_of: str | None = None) -> None:
        """The URL has its visit: gone from the queue, slot free. duplicate_of: what `claim` named, if it ended so."""
        ...

    def drop(self, request: Request) -> None:
        """The URL is refused by a limit after all: gone, slot free, no visit."""
        ...

    def postpone(self, request: Request, not_before: float, reason: WaitReason) -> None:
        """Back into the queue, changed (attempts, target), at the front of its host; slot free.

        `request.host` may differ from the host it was handed out for; `request.url` says which one it is.
        """
        ...

    def hand_back(self, request: Request) -> None:
        """As if it had never been handed out: nothing was sent, the host's clock does not move."""
        ...

    def block_host(self, host: str, until: float | None, reason: WaitReason) -> None:
        """Nothing of this host is handed out before `until` (None: before `unblock_host`); a later end wins."""
        ...

    def unblock_host(self, host: str) -> None:
        """Lifts an open-ended block."""
        ...

    def set_delay(self, host: str, delay_s: float) -> None:
        """The host asks for at least this delay (Crawl-delay); the larger of this and the configured one holds."""
        ...

    def acquire(self, host: str) -> float:
        """Takes a slot of `host` for a request outside the queue (robots.txt on another host): 0.0 = taken, start now;
        else seconds to wait before asking again. Open-ended "robots" blocks do not hold it. To be followed by `sent_to`
        and `release`."""
        ...

    def sent_to(self, host: str) -> None: ...

    def release(self, host: str) -> None: ...

    def commit(self, position: str | None, notes: Mapping[str, Any]) -> None:
        """Makes everything since the last commit durable, in one transaction, with the sinks' position."""
        ...

    def end_run(self) -> None:
        """The run is complete: the next `open` begins a new one. To be followed by `commit`."""
        ...

    def stats(self) -> FrontierStats: ...

    def waiting(self, most: int = 10) -> list[HostWait]:
        """Hosts with queued requests of which none may be asked now, and those without any that have owed an answer for
        seconds, soonest first."""
        ...

    def close(self) -> None:
        """Gives up what was not committed and lets go of the files."""
        ...


class Extractor(Protocol):
    """Finds on pages what one expression means. Made with the expression; a wrong one is a ValueError whose text is a
    short sentence. Its methods raise nothing for what a page holds but PatternTimeout."""

    def find(self, document: Document, within: Any = None) -> Iterator[Any]:
        """Elements, texts or JSON values in the order of the document, found as they are asked for.

        within: search in this one, which the same kind of extractor found, in place of the whole document.
        """
        ...

    def shown(self, found: Any, form: TextForm) -> Any:
        """What was found as a value that outlives the document. Elements as text in one line (str), text laid out in
        lines (text) or markup (html); texts and JSON values as they are."""
        ...


class Reading(Protocol):
    """One page, being read for what the configuration asks of it."""

    def look_at(self, document: Document) -> None:
        """Takes what is wanted of a document; all documents of a page come in order."""
        ...

    def result(self) -> Taken:
        """What was found in all of them."""
        ...


class PageRules(Protocol):
    """What the configuration asks of pages. Has no state: one for all pages, and for every process."""

    reads_json: bool  # whether JSON bodies are of use
    heavy_bytes: int | None  # from this size on, pages are better read elsewhere for what is asked; None: for no size

    def without_bodies(self) -> PageRules | None:
        """The same rules but for the forms of the body; these themselves if they ask for none, None for nothing."""
        ...

    def reading(self, url: str) -> Reading | None:
        """For the page at `url`, where redirects ended; None if nothing is asked of it."""
        ...


class Sink(Protocol):
    """Stores visits, in order. `write` may buffer; what `flush` covered survives a kill."""

    def open(self, position: str | None) -> None:
        """Begins a new output (None), or continues the old one cut back to `position`. Raises BadInput (exists and
        on_exists is fail), OutputFailed."""
        ...

    def write(self, visit: Visit) -> None: ...

    def flush(self, *, final: bool = False) -> str:
        """Hands everything to the operating system; the position after it. Raises OutputFailed, OutputClosed.

        final: the run is complete, so the output takes its last form (harmless when repeated after a kill); it will
        be flushed and closed, and nothing more be written.
        """
        ...

    def close(self, *, for_good: bool = False) -> None:
        """Lets go of the output; harmless when repeated. for_good: the end of the run is committed, so that what only
        going on with it would need may go, too, and not before."""
        ...

    def describe(self) -> str:
        """Where records go, for people."""
        ...


class Observer(Protocol):
    """Told everything that happens, in order; must not fail and not wait."""

    def notice(self, event: Event) -> None: ...

    def close(self) -> None: ...
