"""What happened, as frozen values: the engine's only way of speaking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.core.visit import Request, Visit


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened."""


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    crawl: str  # the configuration's name
    started: str
    resumed: bool
    output: str  # where records go, for people
    state: str  # the frontier's folder
    done_before: int = 0  # visits of earlier executions of a resumed run


@dataclass(frozen=True, slots=True)
class Visited(Event):
    """A visit was handed to the sinks (committed a little later)."""

    visit: Visit
    host: str


@dataclass(frozen=True, slots=True)
class Postponed(Event):
    """A request failed in a way worth repeating and waits in the frontier."""

    request: Request
    reason: str  # backoff | retry-after
    wait_s: float
    cause: str  # "http_status: 503", "timeout: …"


@dataclass(frozen=True, slots=True)
class HostBlocked(Event):
    host: str
    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class RobotsLoaded(Event):
    origin: str
    outcome: str  # "rules" | "allow all" | "disallow all"
    why: str  # "200", "404", "503", "timeout: …"
    crawl_delay_s: float | None = None
    sitemaps: int = 0


@dataclass(frozen=True, slots=True)
class SitemapRead(Event):
    url: str
    entries: int
    added: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FellBack(Event):
    """A host that was offered HTTP/2 answered in another version; said once a host."""

    host: str
    http_version: str


@dataclass(frozen=True, slots=True)
class ScopeWidened(Event):
    """A seed redirected elsewhere and took the scope along."""

    seed: str
    target: str


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something a person should know, once."""

    message: str


@dataclass(frozen=True, slots=True)
class Wait(Event):
    """Why a host is left alone: for status lines."""

    host: str
    reason: str
    wait_s: float | None  # None: until something happens
    queued: int


@dataclass(frozen=True, slots=True)
class Snapshot(Event):
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


@dataclass(frozen=True, slots=True)
class Stopping(Event):
    """No new URLs are taken: drain begins."""

    reason: str  # max_duration | max_bytes | SIGINT | SIGTERM | disk
    drain_s: float
    in_flight: int


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """The last event; `summary` is what summary.json holds."""

    exit_code: int
    reason: str  # in words: "complete", "max_pages reached", "SIGTERM", …
    resumable: bool
    summary: Mapping[str, Any]
