"""What happened, as frozen values: the engine's only way of speaking. Named tuples, since they are made fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from crawler.core.visit import Request, Visit


class RunStarted(NamedTuple):
    crawl: str  # the configuration's name
    started: str
    resumed: bool
    output: str  # where records go, for people
    state: str  # the frontier's folder
    done_before: int = 0  # visits of earlier executions of a resumed run
    processes: int = 1  # that visit pages


class Visited(NamedTuple):
    """A visit was handed to the sinks (committed a little later)."""

    visit: Visit
    host: str


class Postponed(NamedTuple):
    """A request failed in a way worth repeating and waits in the frontier."""

    request: Request
    reason: str  # backoff | retry-after
    wait_s: float
    cause: str  # "http_status: 503", "timeout: …"


class HostBlocked(NamedTuple):
    host: str
    reason: str
    wait_s: float


class RobotsLoaded(NamedTuple):
    origin: str
    outcome: str  # "rules" | "allow all" | "disallow all"
    why: str  # "200", "404", "503", "timeout: …"
    crawl_delay_s: float | None = None
    sitemaps: int = 0


class SitemapRead(NamedTuple):
    url: str
    entries: int
    added: int
    problem: str | None = None


class FellBack(NamedTuple):
    """A host answered in an older version of HTTP than it was offered; said once a host."""

    host: str
    http_version: str
    offered: str = "HTTP/2"


class ScopeWidened(NamedTuple):
    """A seed redirected elsewhere and took the scope along."""

    seed: str
    target: str


class Warned(NamedTuple):
    """Something a person should know, once."""

    message: str


class Wait(NamedTuple):
    """Why a host is left alone: for status lines."""

    host: str
    reason: str
    wait_s: float | None  # None: until something happens
    queued: int


class Snapshot(NamedTuple):
    """How the run stands, told a few times a second at most."""

    elapsed_s: float
    done: int
    failed: int
    queued: int
    in_flight: int
    known: int
    bytes_received: int
    rate: float  # visits a second, over the last ten seconds
    hosts: int  # hosts with a visit so far
    errors: Mapping[str, int]  # by error type
    waits: Sequence[Wait]  # soonest first
    max_pages: int | None = None
    eta_s: float | None = None  # only where a limit makes one possible


class Stopping(NamedTuple):
    """No new URLs are taken: drain begins."""

    reason: str  # max_duration | max_bytes | min_free_disk | SIGINT | SIGTERM
    drain_s: float
    in_flight: int


class RunEnded(NamedTuple):
    """The last event; `summary` is what summary.json holds."""

    exit_code: int
    reason: str  # in words: "complete", "max_pages reached", "SIGTERM", …
    resumable: bool
    summary: Mapping[str, Any]


Event = (
    RunStarted
    | Visited
    | Postponed
    | HostBlocked
    | RobotsLoaded
    | SitemapRead
    | FellBack
    | ScopeWidened
    | Warned
    | Wait
    | Snapshot
    | Stopping
    | RunEnded
)
