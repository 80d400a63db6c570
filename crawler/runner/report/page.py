"""One HTML page about the last run, complete in itself: no script, nothing loaded from anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from crawler.core.errors import ExitCode
from crawler.core.events import RunEnded
from crawler.observers.figures import count, duration, rate, size
from crawler.observers.wording import outcome
from crawler.runner.report.comparison import differences
from crawler.runner.report.last_run import LastRun
from crawler.runner.report.markup import cell, link, percent, seconds, section, shares, table, text
from crawler.runner.report.plots import depth_columns, latency_columns, plots
from crawler.runner.report.style import STYLE

MOST_HOSTS = 50
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_CLASSES = {"2": ("good", "2xx"), "3": ("main", "3xx"), "4": ("warn", "4xx"), "5": ("bad", "5xx")}
_BADGES = {
    ExitCode.COMPLETE: "good",
    ExitCode.BUDGET: "warn",
    ExitCode.INTERRUPTED: "warn",
    ExitCode.TERMINATED: "warn",
}


def report_page(run: LastRun) -> str:
    """The document."""
    title = f"{run.summary.get('crawl', 'crawl')}: run of {_moment(run.summary.get('started'))}"
    boxes = "".join(_sections(run))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{_header(run)}\n<main>\n{boxes}</main>\n</body>\n</html>\n"
    )


def _header(run: LastRun) -> str:
    summary = run.summary
    lines = [
        f"Run {text(summary.get('started', ''))}, begun {_moment(summary.get('started'))}"
        + (f", ended {_moment(summary.get('ended'))}" if summary.get("ended") else "")
        + (", resumed" if summary.get("resumed") else ""),
        f"Records in {text(', '.join(map(str, summary['outputs'])))}" if summary.get("outputs") else "",
    ]
    if summary.get("resumable") or not (run.has_ended or run.is_running):
        lines.append("The same command resumes this run.")
    told = "".join(f"<p>{line}</p>" for line in lines if line)
    return f"<header><h1>{text(summary.get('crawl', 'crawl'))}</h1>{_badge(run)}{told}{_tiles(summary)}</header>"


def _badge(run: LastRun) -> str:
    summary = run.summary
    if not run.has_ended:
        shown = "going on: these are its figures so far" if run.is_running else "did not end: it was killed"
        return f'<span class="badge {"warn" if run.is_running else "bad"}">{shown}</span>'
    code = int(summary.get("exit_code", 0))
    ended = RunEnded(code, str(summary.get("reason", "")), bool(summary.get("resumable")), summary)
    kind = next((kind for known, kind in _BADGES.items() if known == code), "bad")
    return f'<span class="badge {kind}">{text(outcome(ended))}, exit {code}</span>'


def _tiles(summary: Mapping[str, Any]) -> str:
    pages, failed = summary.get("pages", 0), summary.get("failed", 0)
    shown = {
        "pages": count(pages),
        "usable": count(summary.get("ok", 0)),
        f"failed ({percent(failed, pages)})": count(failed),
        "duplicates": count(summary.get("duplicates", 0)),
        "requests": count(summary.get("requests", 0)),
        "received": size(summary.get("bytes_received", 0)),
        "duration": duration(summary.get("elapsed_s") or 0),
        "on average": rate(summary.get("rate") or 0),
        "hosts": count(len(summary.get("hosts") or {})),
    }
    tiles = "".join(f"<div><b>{text(value)}</b><span>{text(name)}</span></div>" for name, value in shown.items())
    return f'<div class="tiles">{tiles}</div>'


def _sections(run: LastRun) -> list[str]:
    summary, figures = run.summary, run.figures
    return [
        *plots(figures.get("series") or ()),
        section("Statuses", _stack(summary), _shares("status", summary.get("statuses"))),
        section("Errors", _shares("type", summary.get("errors"), "bad"), _failures(run)),
        section("Latencies", latency_columns(figures.get("series") or ())),
        section("Pages by depth", depth_columns(figures.get("depths") or {})),
        section("Refused: found, and not taken up", _shares("reason", summary.get("refused"), "warn")),
        section("Content types", _shares("type", figures.get("content_types"))),
        section("Protocols", _shares("version", summary.get("http_versions"))),
        section("Changes since the last run", _shares("change", summary.get("changes"))),
        section("Slowest pages", _slowest(figures.get("slowest") or ()), wide=True),
        section("Hosts", _hosts(summary.get("hosts") or {}, figures.get("hosts") or {}), wide=True),
        section("Compared with the run before", _comparison(summary, run.before), wide=True),
        section("Configuration", _configuration(summary.get("config")), wide=True),
    ]


def _shares(head: str, counts: Mapping[str, int] | None, kind: str = "") -> str:
    ranked = sorted((counts or {}).items(), key=lambda item: (-item[1], item[0]))
    return shares(head, ranked, kind) if ranked else ""


def _stack(summary: Mapping[str, Any]) -> str:
    """One bar of all visits, by the class of their status."""
    pages = summary.get("pages", 0)
    statuses = sorted((summary.get("statuses") or {}).items())
    parts = [
        (*_CLASSES.get(first, ("soft", "other")), sum(number for _, number in group))
        for first, group in groupby(statuses, key=lambda item: item[0][:1])
    ]
    if (silent := pages - sum(number for _, number in statuses)) > 0:
        parts.append(("soft", "no answer", silent))
    if not pages:
        return ""
    bar = "".join(f'<i class="{kind}" style="width:{100 * number / pages:.2f}%"></i>' for kind, _, number in parts)
    legend = "".join(
        f'<span><i class="{kind}"></i>{name} {percent(number, pages)}</span>' for kind, name, number in parts
    )
    return f'<div class="stack">{bar}</div><p class="legend">{legend}</p>'


def _failures(run: LastRun) -> str:
    rows = [
        (cell(text(type)), cell(f"{link(record['url'])}<br>{text(record['error']['message'])}"))
        for type, records in run.failures.items()
        for record in records
    ]
    return f"<details><summary>Some of each type</summary>{table(('type', 'page'), rows)}</details>" if rows else ""


def _slowest(pages: Sequence[Sequence[Any]]) -> str:
    rows = [
        (cell(text(seconds(took_s)), is_number=True), cell(text(status), is_number=True), cell(link(str(url))))
        for took_s, url, status in pages
    ]
    return table((">took", ">status", "page"), rows, "narrow") if rows else ""


def _hosts(hosts: Mapping[str, Mapping[str, int]], latencies: Mapping[str, Sequence[float]]) -> str:
    ranked = sorted(hosts.items(), key=lambda item: (-item[1].get("pages", 0), item[0]))
    rows = [_host(name, figures, latencies.get(name)) for name, figures in ranked[:MOST_HOSTS]]
    rest = f"<p>and {count(len(ranked) - MOST_HOSTS)} more</p>" if len(ranked) > MOST_HOSTS else ""
    heads = ("host", ">pages", ">failed", ">share", ">received", ">mean latency")
    return table(heads, rows) + rest if rows else ""


def _host(name: str, figures: Mapping[str, int], latency: Sequence[float] | None) -> Sequence[str]:
    pages, failed = figures.get("pages", 0), figures.get("failed", 0)
    mean = seconds(latency[1] / latency[0]) if latency and latency[0] else "–"
    numbers = (count(pages), count(failed), percent(failed, pages), size(figures.get("bytes", 0)), mean)
    return [cell(text(name)), *(cell(text(number), is_number=True) for number in numbers)]


def _comparison(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    if before is None:
        return ""
    rows = []
    for one in differences(now, before):
        kind = "" if one.is_better is None else "up" if one.is_better else "down"
        change = cell(f'<span class="{kind}">{text(one.change)}</span>', is_number=True)
        rows.append(
            (cell(text(one.name)), cell(text(one.before), is_number=True), cell(text(one.now), is_number=True), change)
        )
    return table(("", f">{_moment(before.get('started'))}", ">this run", ">change"), rows)


def _configuration(config: Any) -> str:
    if not config:
        return ""
    lines = json.dumps(config, indent=2, ensure_ascii=True).split("\n")
    shown = "\n".join(text(line) for line in lines)
    return f"<details><summary>as it was used, secrets removed</summary><pre>{shown}</pre></details>"


def _moment(stamp: Any) -> str:
    """A run's id as a time, in UTC as it is."""
    try:
        return f"{datetime.strptime(str(stamp), '%Y%m%dT%H%M%SZ').replace(tzinfo=UTC):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return text(stamp)
