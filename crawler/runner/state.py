"""What a run left behind, or has committed so far: as plain values, and for people."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.config.model import Config
from crawler.core.printable import printable
from crawler.engine.accounts.tally import Tally
from crawler.frontiers.lock import is_locked
from crawler.frontiers.saved_state import SavedHost, SavedState, SavedWait, read_state
from crawler.observers import report_observer
from crawler.observers.figures import duration, ranking, rate, size
from crawler.runner.assembly import folder_of

MOST = 10  # hosts and waits that are told
LATELY_S = 30.0
_COUNTS = ("ok", "failed", "duplicates", "statuses", "errors", "refused", "http_versions", "bytes_received", "requests")

Status = dict[str, Any]


def read_status(config: Config, *, most: int = MOST) -> Status:
    """What the state of this crawl holds, as JSON values; what is unknown is None. Raises BadInput, OutputFailed."""
    folder = folder_of(config)
    durable = config.frontier.type == "sqlite"
    status: dict[str, Any] = {
        "crawl": config.name,
        "folder": str(folder),
        "keeps_state": durable,
        "running": is_locked(folder),
    }
    state = read_state(folder, most) if durable else None
    return status | {"run": None} if state is None else status | _of_run(config, folder, state, most)


def newest_of(config: Config, runs: Iterable[str]) -> str | None:
    """Which of the `runs`, ids, is the last one: what the state says, since a clock may have jumped; else the greatest
    id. None: there are none."""
    known = set(runs)
    state = read_state(folder_of(config), 0) if config.frontier.type == "sqlite" else None
    return state.started if state is not None and state.started in known else max(known, default=None)


def described(status: Status) -> str:
    """The lines that tell a person what `status` holds."""
    first = f"crawl:    {printable(status['crawl'])} (state in {printable(status['folder'], None)})"
    if status["run"] is None:
        kept = "" if status["keeps_state"] else "; frontier.type memory keeps none"
        return f"{first}\nrun:      {'one is going on' if status['running'] else 'none'}, nothing saved{kept}"
    return "\n".join([first, *_run_lines(status), *_host_lines(status)])


def _of_run(config: Config, folder: Path, state: SavedState, most: int) -> Status:
    running = is_locked(folder)
    tally = state.notes.get("tally") or {}
    figures = Tally(tally).figures()
    done = figures["pages"]  # the frontier counts sitemaps, too
    elapsed_s = float(tally.get("elapsed_s", 0.0))
    collected = report_observer.read_figures(folder / "runs" / state.started / report_observer.FILE_NAME) or {}
    average = done / elapsed_s if elapsed_s > 0 else None
    lately = _lately(collected.get("series") or ())
    return {
        "run": state.started,
        "progress": "going on" if running else "complete" if state.finished else "unfinished",
        "saved_at": _moment(state.saved_at),
        "saved_ago_s": round(max(0.0, time.time() - state.saved_at), 1),
        "elapsed_s": elapsed_s,
        "done": done,
        **{name: figures[name] for name in _COUNTS},
        "rate": average,
        "rate_lately": lately,
        "eta_s": _eta_s(config, done, lately or average) if running else None,
        "queued": state.queued,
        "hosts_to_do": state.hosts_to_do,
        "known": state.known,
        "at_least_s": max((host.queued * _delay_s(config, host) for host in state.hosts), default=0.0),
        "waits": [_wait(wait) for wait in state.waits],
        "hosts": [_host(config, host) for host in state.hosts],
        "slowest": _slowest(collected.get("hosts") or {}, most),
        "worst": _worst(figures["hosts"], most),
    }


def _delay_s(config: Config, host: SavedHost) -> float:
    return max(config.politeness.delay, host.asked_delay_s)


def _host(config: Config, host: SavedHost) -> Mapping[str, Any]:
    delay_s, wait = _delay_s(config, host), host.wait
    asked = "delay" if host.asked_delay_s <= config.politeness.delay else "crawl-delay"
    waits = None if wait is None else {"reason": wait.reason, "until": _until(wait)}
    return {"host": host.host, "queued": host.queued, "delay_s": delay_s, "delay_by": asked, "waits": waits}


def _wait(wait: SavedWait) -> Mapping[str, Any]:
    return {"host": wait.host, "reason": wait.reason, "until": _until(wait), "queued": wait.queued}


def _until(wait: SavedWait) -> str | None:
    return None if wait.until is None else _moment(wait.until)


def _eta_s(config: Config, done: int, per_second: float | None) -> float | None:
    """Seconds until the page limit; without one nobody knows how large a site is."""
    most = config.limits.max_pages
    return max(0, most - done) / per_second if most is not None and per_second else None


def _lately(series: Sequence[Mapping[str, Any]]) -> float | None:
    """Pages a second over the last half minute that figures were written for."""
    if not series:
        return None
    recent = [one for one in series if one["end_s"] > series[-1]["end_s"] - LATELY_S]
    span_s = recent[-1]["end_s"] - recent[0]["begin_s"]
    return sum(one["pages"] for one in recent) / span_s if span_s > 0 else None


def _slowest(hosts: Mapping[str, Sequence[float]], most: int) -> list[Mapping[str, Any]]:
    means = ((seconds / answers, host) for host, (answers, seconds) in hosts.items() if answers)
    return [{"host": host, "mean_latency_s": round(mean_s, 4)} for mean_s, host in sorted(means, reverse=True)[:most]]


def _worst(hosts: Mapping[str, Mapping[str, int]], most: int) -> list[Mapping[str, Any]]:
    failing = [(figures["failed"], host, figures["pages"]) for host, figures in hosts.items() if figures["failed"]]
    ranked = sorted(failing, key=lambda one: (-one[0], one[1]))[:most]
    return [{"host": host, "failed": failed, "pages": pages} for failed, host, pages in ranked]


def _run_lines(status: Status) -> Iterator[str]:
    resumes = "; the same command resumes it" if status["progress"] == "unfinished" else ""
    yield f"run:      {status['run']}, {status['progress']}{resumes}"
    yield f"saved:    {status['saved_at']}, {duration(status['saved_ago_s'])} ago"
    errors = ": " + ", ".join(ranking(status["errors"])) if status["errors"] else ""
    yield f"done:     {status['done']} ({status['failed']} failed{errors})"
    if status["rate"]:
        lately = f", {rate(status['rate_lately'])} lately" if status["rate_lately"] is not None else ""
        took = f"{duration(status['elapsed_s'])}, {size(status['bytes_received'])} received"
        yield f"rate:     {rate(status['rate'])}{lately}; {took}"
    if status["refused"]:
        yield f"refused:  {', '.join(ranking(status['refused']))}"
    yield f"to do:    {status['queued']} on {status['hosts_to_do']} hosts; {status['known']} URLs known"
    if status["eta_s"] is not None:
        yield f"eta:      {duration(status['eta_s'])} until limits.max_pages"
    if status["at_least_s"] > 1:
        yield f"at least: {duration(status['at_least_s'])} for what is to do, at the delays of its hosts"


def _host_lines(status: Status) -> Iterator[str]:
    for wait in status["waits"]:
        until = "until it is known" if wait["until"] is None else f"until {wait['until']}"
        yield f"waiting:  {printable(wait['host'])} {until} ({wait['reason']}), {wait['queued']} queued"
    for host in status["hosts"]:
        by = " (Crawl-delay)" if host["delay_by"] == "crawl-delay" else ""
        yield f"host:     {printable(host['host'])}: {host['queued']} queued, delay {host['delay_s']:g} s{by}"
    for slow in status["slowest"][:3]:
        yield f"slowest:  {printable(slow['host'])}: {slow['mean_latency_s'] * 1000:.0f} ms on average"
    for worst in status["worst"][:3]:
        yield f"worst:    {printable(worst['host'])}: {worst['failed']} of {worst['pages']} failed"


def _moment(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s).astimezone().isoformat(sep=" ", timespec="seconds")
