"""Events to start from."""

from __future__ import annotations

from typing import Any

from crawler.core.errors import ErrorType
from crawler.core.events import Event, RunEnded, RunStarted, Snapshot, Visited, Wait
from crawler.core.visit import Visit, VisitError

STARTED = RunStarted("site", "20261122T173400Z", False, "out/site.jsonl", ".crawl/site")
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2028\x7f\n\r[red]"
RAW_CONTROLS = "\x1b\x07\x9b\u202e\u2028\x7f\r"
SNAPSHOT = Snapshot(
    elapsed_s=75.0,
    done=1234,
    failed=34,
    queued=8766,
    in_flight=12,
    known=20000,
    bytes_received=12_345_678,
    rate=23.4,
    hosts=34,
    errors={"timeout": 4, "http_status": 30},
    waits=[],
)
SUMMARY: dict[str, Any] = {
    "crawl": "site",
    "started": "20261122T173400Z",
    "elapsed_s": 123.4,
    "pages": 1234,
    "ok": 1200,
    "failed": 34,
    "statuses": {"200": 1190, "404": 30},
    "errors": {"http_status": 30, "timeout": 4},
    "refused": {"scope": 23456, "exclude": 12},
    "http_versions": {"HTTP/2": 1190, "HTTP/1.1": 44},
    "http2_fallbacks": 1,
    "hosts": {f"h{n}.example": {"pages": 100 - n, "failed": n, "bytes": 5} for n in range(9)},
    "dns": {"lookups": 12, "hits": 1222, "misses": 12},
    "rate": 10.0,
    "bytes_received": 12_345_678,
    "outputs": ["out/site.jsonl"],
}


def a_visit(error: ErrorType | None = None, message: str = "it went wrong", **changes: Any) -> Visited:
    """A page that was read, or one that failed."""
    page = Visit("https://example.org/a", None, 200, True, None, "2026-11-22T17:34:00.123Z", 0.5, 1, 0, None)
    if error is not None:
        page = page._replace(status=None, ok=False, error=VisitError(error, message))
    return Visited(page._replace(**changes), "example.org")


def a_snapshot(**changes: Any) -> Snapshot:
    """A run that goes well, with `changes`."""
    return SNAPSHOT._replace(**changes)


def an_end(exit_code: int = 0, reason: str = "complete", **changes: Any) -> RunEnded:
    """The last event, with `changes` to its summary."""
    return RunEnded(exit_code, reason, exit_code in {5, 130, 143}, {**SUMMARY, **changes})


def waiting(wait_s: float | None = 12.0, reason: str = "retry-after", host: str = "example.org") -> Wait:
    """A host that is left alone."""
    return Wait(host, reason, wait_s, 400)


def tell_all(observer: Any, *events: Event) -> None:
    """Hands `events` to `observer`, then closes it."""
    for event in events:
        observer.notice(event)
    observer.close()
