"""What a run came to so far, in numbers that survive a restart."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

from crawler.core.visit import Response, Visit

MOST_HOSTS = 1000  # hosts with figures of their own; the rest is added up under OTHER_HOSTS
OTHER_HOSTS = "(other hosts)"
RATE_WINDOW_S = 10.0


class Tally:
    """Counts of visits, refusals and bytes; `saved` is what `state` returned before the restart."""

    def __init__(self, saved: Mapping[str, Any] | None = None) -> None:
        saved = saved or {}
        self.pages: int = saved.get("pages", 0)
        self.ok: int = saved.get("ok", 0)
        self.failed: int = saved.get("failed", 0)
        self.duplicates: int = saved.get("duplicates", 0)
        self.bytes_received: int = saved.get("bytes_received", 0)
        self.elapsed_before_s: float = saved.get("elapsed_s", 0.0)
        self.statuses = Counter[str](saved.get("statuses"))
        self.errors = Counter[str](saved.get("errors"))
        self.refused = Counter[str](saved.get("refused"))
        self.missing_fields = Counter[str](saved.get("missing_fields"))
        self.http_versions = Counter[str](saved.get("http_versions"))
        self.changes = Counter[str](saved.get("changes"))  # with recrawl.mode: changed
        self.extra = Counter[str](saved.get("extra"))  # robots_requests, sitemaps, retries, dns_…, http2_fallbacks
        self.hosts: dict[str, list[int]] = dict(saved.get("hosts", {}))  # host → [pages, failed, bytes]
        self._started = time.monotonic()
        self._recent: deque[tuple[float, int]] = deque()  # (time, pages), for the rate

    def add(self, visit: Visit, host: str) -> None:
        """Counts one visit."""
        failed = visit.error is not None
        self.pages += 1
        self.ok += visit.ok
        self.failed += failed
        self.duplicates += visit.duplicate_of is not None
        if visit.status is not None:
            self.statuses[str(visit.status)] += 1
        if visit.error is not None:
            self.errors[visit.error.type] += 1
        if visit.missing:
            self.missing_fields.update(visit.missing)
        if visit.change is not None:
            self.changes[visit.change] += 1
        if visit.http_version is not None:
            self.http_versions[visit.http_version] += 1
        figures = self._host(host)
        figures[0] += 1
        figures[1] += failed
        figures[2] += visit.bytes_received

    def receive(self, response: Response | None) -> None:
        """Counts the body bytes of any answer, robots.txt, redirects and failed attempts included."""
        if response is not None:
            self.bytes_received += response.bytes_received

    def refuse(self, reason: str, number: int = 1) -> None:
        """Counts URLs that were found and not taken up."""
        self.refused[reason] += number

    def _host(self, host: str) -> list[int]:
        figures = self.hosts.get(host)
        if figures is None:
            key = host if len(self.hosts) < MOST_HOSTS else OTHER_HOSTS
            figures = self.hosts.setdefault(key, [0, 0, 0])
        return figures

    @property
    def elapsed_s(self) -> float:
        """Seconds this run took so far, executions before a restart included."""
        return self.elapsed_before_s + time.monotonic() - self._started

    def rate(self) -> float:
        """Visits a second over the last ten seconds."""
        now = time.monotonic()
        self._recent.append((now, self.pages))
        while len(self._recent) > 2 and now - self._recent[0][0] > RATE_WINDOW_S:
            self._recent.popleft()
        span_s = now - self._recent[0][0]
        return (self.pages - self._recent[0][1]) / span_s if span_s > 0 else 0.0

    def figures(self) -> dict[str, Any]:
        """What the run summary says of it."""
        elapsed_s = self.elapsed_s
        return {
            "elapsed_s": round(elapsed_s, 3),
            "pages": self.pages,
            "ok": self.ok,
            "failed": self.failed,
            "duplicates": self.duplicates,
            "statuses": dict(self.statuses.most_common()),
            "errors": dict(self.errors.most_common()),
            "refused": dict(self.refused.most_common()),
            "missing_fields": dict(self.missing_fields.most_common()),
            "changes": dict(self.changes.most_common()),
            "http_versions": dict(self.http_versions.most_common()),
            "http2_fallbacks": self.extra["http2_fallbacks"],
            "http3_fallbacks": self.extra["http3_fallbacks"],
            "requests": self.extra["requests"],
            "bytes_received": self.bytes_received,
            "rate": round(self.pages / elapsed_s, 3) if elapsed_s > 0 else 0.0,
            "hosts": {
                host: {"pages": pages, "failed": failed, "bytes": size}
                for host, (pages, failed, size) in sorted(self.hosts.items(), key=lambda item: -item[1][0])
            },
        }

    def state(self) -> dict[str, Any]:
        """Everything, as JSON values, to be stored with each commit."""
        return {
            "pages": self.pages,
            "ok": self.ok,
            "failed": self.failed,
            "duplicates": self.duplicates,
            "bytes_received": self.bytes_received,
            "elapsed_s": round(self.elapsed_s, 3),
            "statuses": dict(self.statuses),
            "errors": dict(self.errors),
            "refused": dict(self.refused),
            "missing_fields": dict(self.missing_fields),
            "changes": dict(self.changes),
            "http_versions": dict(self.http_versions),
            "extra": dict(self.extra),
            "hosts": self.hosts,
        }
