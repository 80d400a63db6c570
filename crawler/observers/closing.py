"""The closing summary: what a person wants to know when a run is over."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crawler.core.events import RunEnded
from crawler.core.printable import printable
from crawler.observers.figures import count, duration, ranking, rate, size
from crawler.observers.wording import outcome

WIDTH = 79
MOST_HOSTS = 5
_NEXT = "the same command resumes this run; with --fresh it begins a new one"


def closing_summary(ended: RunEnded) -> str:
    """A few lines of at most WIDTH columns, safe to print; figures that the summary lacks are left out."""
    summary = ended.summary
    crawl = printable(str(summary.get("crawl", "crawl")))
    head = f"{crawl}: {outcome(ended)} after {duration(summary.get('elapsed_s') or 0)}, exit {ended.exit_code}"
    rows = [_row(label, parts) for label, parts in _rows(ended) if parts]
    return "\n".join([textwrap.fill(head, WIDTH), *rows]) + "\n"


def _rows(ended: RunEnded) -> Iterator[tuple[str, list[str]]]:
    summary = ended.summary
    yield "pages", _pages(summary)
    yield "changes", _ranked(summary, "changes")
    yield "status", _ranked(summary, "statuses")
    yield "errors", _ranked(summary, "errors")
    yield "refused", _ranked(summary, "refused")
    yield "missing", _ranked(summary, "missing_fields")
    yield "protocol", _protocols(summary)
    yield "hosts", _hosts(summary.get("hosts") or {})
    yield "dns", _dns(summary.get("dns") or {})
    yield "output", [printable(str(output), 300) for output in summary.get("outputs") or ()]
    yield "next", [_NEXT] if ended.resumable else []


def _row(label: str, parts: Iterable[str]) -> str:
    # A part stays in one piece: its spaces are made unbreakable for the time of filling.
    text = "\x00· ".join(part.replace(" ", "\x00") for part in parts)
    filled = textwrap.fill(
        text,
        WIDTH,
        initial_indent=f"  {label:<10}",
        subsequent_indent=" " * 12,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace("\x00", " ")


def _ranked(summary: Mapping[str, Any], name: str) -> list[str]:
    return ranking(summary.get(name) or {}, sign=": ")


def _pages(summary: Mapping[str, Any]) -> list[str]:
    parts = [count(summary.get("pages", 0))]
    parts += [f"{count(summary[name])} {name}" for name in ("ok", "failed") if name in summary]
    if summary.get("rate"):
        parts.append(rate(summary["rate"]))
    if summary.get("bytes_received"):
        parts.append(f"{size(summary['bytes_received'])} received")
    return parts


def _protocols(summary: Mapping[str, Any]) -> list[str]:
    parts = _ranked(summary, "http_versions")
    for version in ("2", "3"):
        if fallbacks := summary.get(f"http{version}_fallbacks") or 0:
            parts.append(f"{count(fallbacks)} {'host' if fallbacks == 1 else 'hosts'} without HTTP/{version}")
    return parts


def _hosts(hosts: Mapping[str, Mapping[str, int]]) -> list[str]:
    ranked = sorted(hosts.items(), key=lambda item: (-item[1].get("pages", 0), item[0]))
    shown = [_host(printable(host, 50), figures) for host, figures in ranked[:MOST_HOSTS]]
    return [*shown, f"{count(len(ranked) - MOST_HOSTS)} more"] if len(ranked) > MOST_HOSTS else shown


def _host(host: str, figures: Mapping[str, int]) -> str:
    failed = f" ({count(figures['failed'])} failed)" if figures.get("failed") else ""
    return f"{host}: {count(figures.get('pages', 0))}{failed}"


def _dns(dns: Mapping[str, int]) -> list[str]:
    return [f"{count(dns[name])} {name}" for name in ("lookups", "hits", "misses") if dns.get(name)]
