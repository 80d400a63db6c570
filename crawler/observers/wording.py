"""What each event is in words: level, name, sentence and fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from crawler.core.errors import ExitCode
from crawler.core.events import (
    Event,
    FellBack,
    HostBlocked,
    Postponed,
    RobotsLoaded,
    RunEnded,
    RunStarted,
    ScopeWidened,
    SitemapRead,
    Snapshot,
    Stopping,
    Visited,
    Wait,
    Warned,
)
from crawler.core.printable import printable
from crawler.core.visit import NOTHING
from crawler.observers.figures import count, duration, moment, ranking, rate, size

LONG_WAIT_S = 2.0  # shorter waits are the ordinary delay between two requests
MOST_WAITS = 3
_REASONS = {
    "delay": "delay",
    "crawl-delay": "Crawl-delay",
    "retry-after": "Retry-After",
    "backoff": "backoff after errors",
    "robots": "robots.txt",
    "in flight": "requests in flight",
}
_ENDS = {
    ExitCode.COMPLETE: "complete",
    ExitCode.BUG: "ended by a bug",
    ExitCode.BAD_INPUT: "nothing done",
    ExitCode.THRESHOLD: "complete, but more failed than fail_if allows",
    ExitCode.NOTHING_FETCHED: "nothing could be fetched",
    ExitCode.BUDGET: "stopped by a budget",
    ExitCode.LOCKED: "another run holds the lock",
    ExitCode.OUTPUT_FAILED: "output or state could not be written",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.TERMINATED: "terminated",
}
_STATUS_FIELDS = (
    *("elapsed_s", "done", "failed", "queued", "in_flight", "known"),
    *("bytes_received", "rate", "hosts", "max_pages", "eta_s"),
)
_END_FIGURES = (
    *("pages", "ok", "failed", "elapsed_s", "bytes_received"),
    *("statuses", "errors", "refused", "http_versions", "outputs"),
)
_FROM_THE_SITE = {"robots", "unsupported_scheme", "redirect_refused", "body_too_large", "private_address"}


class Told(NamedTuple):
    """An event in words. Those with the same `kind` are told a bounded number of times; None: always."""

    level: str
    name: str
    text: str  # safe to print
    fields: Mapping[str, Any] = NOTHING
    kind: str | None = None


def wait_text(wait: Wait, now: datetime) -> str:
    """12 s for example.org (Retry-After) until 17:34:12, 40 queued; `now` in the reader's time zone."""
    reason, host = _reason(wait.reason), printable(wait.host, 60)
    queued = f", {count(wait.queued)} queued" if wait.queued else ""
    if wait.wait_s is None:
        return f"for {reason} of {host}{queued}"
    return f"{duration(wait.wait_s)} for {host} ({reason}) until {moment(wait.wait_s, now)}{queued}"


def _reason(reason: str) -> str:
    return _REASONS.get(reason) or printable(reason, 60)


def notable(waits: Sequence[Wait]) -> list[Wait]:
    """The waits that a person would ask about."""
    return [wait for wait in waits if wait.wait_s is None or wait.wait_s >= LONG_WAIT_S]


def outcome(ended: RunEnded) -> str:
    """How the run ended, with its reason where that says more."""
    known = {code.value for code in ExitCode}
    words = _ENDS[ExitCode(ended.exit_code)] if ended.exit_code in known else f"ended with {ended.exit_code}"
    reason = printable(ended.reason)
    return words if not reason or reason.lower() in words else f"{words} ({reason})"


def tell_status(event: Snapshot, now: datetime) -> Told:
    """The status line; `now` in the reader's time zone."""
    failed = f" ({count(event.failed)} failed)" if event.failed else ""
    parts = [
        f"{count(event.done)} done{failed}",
        f"{count(event.queued)} queued",
        f"{count(event.in_flight)} in flight",
        rate(event.rate),
        size(event.bytes_received),
        f"{count(event.hosts)} {'host' if event.hosts == 1 else 'hosts'}",
    ]
    if event.eta_s is not None:
        parts.append(f"{duration(event.eta_s)} to go")
    text = ", ".join(parts)
    if event.errors:
        text += f"; errors: {', '.join(ranking(event.errors))}"
    waits = notable(event.waits)
    if waits:
        text += "; waiting " + "; ".join(wait_text(wait, now) for wait in waits[:MOST_WAITS])
        text += "; and for more hosts" if len(waits) > MOST_WAITS else ""
    return Told("info", "status", text, _status_fields(event, waits))


def _status_fields(event: Snapshot, waits: Sequence[Wait]) -> dict[str, Any]:
    fields = {name: getattr(event, name) for name in _STATUS_FIELDS}
    listed = [{"host": w.host, "reason": w.reason, "wait_s": w.wait_s, "queued": w.queued} for w in waits]
    return fields | {"errors": dict(event.errors), "waits": listed}


def _run_started(event: RunStarted) -> Told:
    crawl, run = printable(event.crawl), printable(event.started)
    how = f"resumes run {run}, {count(event.done_before)} pages done before" if event.resumed else f"begins run {run}"
    text = f"{crawl} {how}; records go to {printable(event.output)}, state to {printable(event.state)}"
    if event.processes > 1:
        text += f"; {event.processes} processes visit pages"
    names = ("crawl", "started", "resumed", "output", "state", "done_before", "processes")
    return Told("info", "run_started", text, {name: getattr(event, name) for name in names})


def _visited(event: Visited) -> Told:
    visit, error = event.visit, event.visit.error
    fields: dict[str, Any] = {"url": visit.url, "status": visit.status, "elapsed": round(visit.elapsed_s, 3)}
    if error is None:
        what = f"same as {printable(visit.duplicate_of)}" if visit.duplicate_of else str(visit.status)
        text = f"{what} {printable(visit.url)}, {duration(visit.elapsed_s)}, {size(visit.bytes_received)}"
        return Told("debug", "visited", text, fields)
    fields |= {"error": error.type, "message_of_error": error.message[:500], "attempts": visit.attempts}
    tries = f" after {visit.attempts} attempts" if visit.attempts > 1 else ""
    text = f"failed{tries}: {printable(visit.url)}: {printable(error.type)}: {printable(error.message)}"
    is_sites = error.type in _FROM_THE_SITE or (error.type == "http_status" and (visit.status or 0) < 500)
    return Told("info" if is_sites else "warning", "failed", text, fields, kind=f"failures of type {error.type}")


def _postponed(event: Postponed) -> Told:
    reason = _reason(event.reason)
    text = f"again in {duration(event.wait_s)} ({reason}): {printable(event.request.target)}: {printable(event.cause)}"
    fields = {"url": event.request.url, "reason": event.reason, "wait_s": event.wait_s, "cause": event.cause[:500]}
    return Told("info", "postponed", text, fields, kind=f"repetitions by {reason}")


def _host_blocked(event: HostBlocked) -> Told:
    text = f"{printable(event.host)} is left alone for {duration(event.wait_s)} ({_reason(event.reason)})"
    fields = {"host": event.host, "reason": event.reason, "wait_s": event.wait_s}
    return Told("info", "host_blocked", text, fields, kind="pauses of hosts")


def _robots_loaded(event: RobotsLoaded) -> Told:
    is_closed = event.outcome == "disallow all"
    said = "could not be read, so nothing is asked there" if is_closed else printable(event.outcome)
    extras = f" ({printable(event.why)})"
    if event.crawl_delay_s is not None:
        extras += f", Crawl-delay {duration(event.crawl_delay_s)}"
    if event.sitemaps:
        extras += f", {count(event.sitemaps)} {'sitemap' if event.sitemaps == 1 else 'sitemaps'}"
    fields = {
        "origin": event.origin,
        "outcome": event.outcome,
        "why": event.why,
        "crawl_delay_s": event.crawl_delay_s,
        "sitemaps": event.sitemaps,
    }
    text = f"robots.txt of {printable(event.origin)}: {said}{extras}"
    level, kind = ("warning", "robots.txt files that cannot be read") if is_closed else ("info", "robots.txt files")
    return Told(level, "robots_loaded", text, fields, kind=kind)


def _sitemap_read(event: SitemapRead) -> Told:
    text = f"sitemap {printable(event.url)}: {count(event.entries)} entries, {count(event.added)} new"
    fields = {"url": event.url, "entries": event.entries, "added": event.added, "problem": event.problem}
    if event.problem is None:
        return Told("info", "sitemap_read", text, fields, kind="sitemaps")
    text += f"; {printable(event.problem)}"
    return Told("warning", "sitemap_read", text, fields, kind="sitemaps with a problem")


def _fell_back(event: FellBack) -> Told:
    offered, version = printable(event.offered), printable(event.http_version)
    text = f"{printable(event.host)} was offered {offered} and answered in {version}"
    fields = {"host": event.host, "http_version": event.http_version, "offered": event.offered}
    return Told("info", "fell_back", text, fields, kind="fallbacks")


def _scope_widened(event: ScopeWidened) -> Told:
    text = f"seed {printable(event.seed)} redirects to {printable(event.target)}; the scope goes along"
    return Told("info", "scope_widened", text, {"seed": event.seed, "target": event.target}, kind="seeds that redirect")


def _warned(event: Warned) -> Told:
    return Told("warning", "warned", printable(event.message, 1000))


def _stopping(event: Stopping) -> Told:
    what = "1 request" if event.in_flight == 1 else f"{count(event.in_flight)} requests"
    wait = f"waiting at most {duration(event.drain_s)} for {what}" if event.in_flight else "nothing"
    wait += " in flight"
    fields = {"reason": event.reason, "drain_s": event.drain_s, "in_flight": event.in_flight}
    return Told("info", "stopping", f"stopping ({printable(event.reason)}): {wait}", fields)


def _run_ended(event: RunEnded) -> Told:
    summary = event.summary
    figures = {name: summary[name] for name in _END_FIGURES if name in summary}
    text = f"{outcome(event)} after {duration(summary.get('elapsed_s') or 0)}, exit {event.exit_code}: "
    text += f"{count(summary.get('pages', 0))} pages, {count(summary.get('failed', 0))} failed"
    text += "; the same command resumes" if event.resumable else ""
    fields = {"exit_code": event.exit_code, "reason": event.reason, "resumable": event.resumable}
    return Told("info" if _went_as_planned(event) else "warning", "run_ended", text, fields | figures)


def _went_as_planned(event: RunEnded) -> bool:
    """Whether nobody need be told: the run is complete, or a budget of its own has stopped it."""
    code = event.exit_code
    return code == ExitCode.COMPLETE or (code == ExitCode.BUDGET and event.reason != "min_free_disk")


TELLERS: Mapping[type[Event], Callable[[Any], Told]] = {
    RunStarted: _run_started,
    Visited: _visited,
    Postponed: _postponed,
    HostBlocked: _host_blocked,
    RobotsLoaded: _robots_loaded,
    SitemapRead: _sitemap_read,
    FellBack: _fell_back,
    ScopeWidened: _scope_widened,
    Warned: _warned,
    Stopping: _stopping,
    RunEnded: _run_ended,
}
