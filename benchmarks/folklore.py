"""What the field says about HTTP clients in Python, measured: `python -m benchmarks folklore`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.environments import ROOT
from benchmarks.measure import cost_of
from benchmarks.page import table, write_section
from crawler.runner.benchmark.local_site import LocalSite, running_local_site

_NAMES_S = 0.03
_NAME_HOSTS, _NAME_PAGES = 60, 10
_REUSE_REQUESTS = 200
_LEAST_PERCENT = 5.0  # a difference below that is noise to whoever chooses a client
_DESTROYED = 2.0  # times slower
_BOTTLENECK_PERCENT = 30.0

Row = tuple[str, ...]


def bench(rounds: int, pages: int, latency: str, delay_s: float, hosts: int = 4) -> tuple[list[dict[str, Any]], str]:
    """The lines of `crawl bench --local`, and its command as one would type it."""
    settings = {"politeness.delay": delay_s, "concurrency.per_host": 1 if delay_s else 16}
    words = ["--local", "--latency", latency, "--hosts", str(hosts), "--pages", str(pages), "--rounds", str(rounds)]
    words += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    with tempfile.TemporaryDirectory(prefix="folklore-") as name:
        config = Path(name, "site.yaml")
        config.write_text("seeds: https://example.org/\n")
        command = [sys.executable, "-m", "crawler", "bench", str(config), *words, "--json"]
        outcome = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    report = json.loads(outcome.stdout)
    return report["lines"], " ".join(["crawl bench site.yaml", *words])


def of_clients(lines: list[dict[str, Any]]) -> list[Row]:
    """A row for each client, rates beside aiohttp's."""
    rates = {line["variant"]["client"]: line["requests_per_s"] for line in lines}
    rows: list[Row] = [("client", "requests a second", "aiohttp ahead by", "±", "CPU ms a request", "time that waits")]
    for line in lines:
        name, shares = line["variant"]["client"], line["shares"]
        ahead = "–" if name == "aiohttp" else f"{100 * (rates['aiohttp'] / rates[name] - 1):+.0f} %"
        waits = f"{100 * (shares['politeness'] + shares['network']):.0f} %"
        spread = f"{100 * line['spread']:.0f} %"
        rows.append((name, f"{rates[name]:.1f}", ahead, spread, f"{line['cpu_ms']:.2f}", waits))
    return rows


def leads(lines: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """By how many percent aiohttp is ahead of each other client, and how many of those are noise."""
    own = next(line for line in lines if line["variant"]["client"] == "aiohttp")
    return {
        line["variant"]["client"]: (
            100 * (own["requests_per_s"] / line["requests_per_s"] - 1),
            max(_LEAST_PERCENT, 100 * (own["spread"] + line["spread"])),
        )
        for line in lines
        if line is not own
    }


def fast_endpoint(rounds: int, pages: int) -> str:
    """The claim about a fast local endpoint."""
    lines, command = bench(rounds, 20 * pages, "0s", 0)
    told = [f"{_lead(name, lead)}, {_beside_10_to_25(lead)}" for name, (lead, _) in leads(lines).items()]
    return _section(
        "aiohttp is 10–25 % ahead on a fast local endpoint",
        "; ".join(told),
        f"`{command}`\n\n{table(of_clients(lines))}",
    )


def with_latency(rounds: int, pages: int) -> str:
    """The claim about latency."""
    parts, told = [], []
    for latency in ("50ms", "150ms", "300ms"):
        lines, command = bench(rounds, 8 * pages, latency, 0)
        parts.append(f"`{command}`\n\n{table(of_clients(lines))}")
        told.append(f"at {latency} {_noise_or_more(lines)}")
    return _section("At 50–300 ms of latency the difference is noise", "; ".join(told), "\n".join(parts))


def with_delay(rounds: int, pages: int) -> str:
    """The claim about politeness."""
    lines, command = bench(rounds, 2 * pages, "20ms", 0.2)
    return _section(
        "With a delay for each host the difference is noise",
        _noise_or_more(lines),
        f"`{command}`\n\n{table(of_clients(lines))}",
    )


def _beside_10_to_25(percent: float) -> str:
    if percent < 0:
        return "the other way round"
    return "less than that" if percent < 10 else "about that" if percent <= 25 else "more than that"


def _noise_or_more(lines: list[dict[str, Any]]) -> str:
    more = {name: lead for name, (lead, noise) in leads(lines).items() if abs(lead) > noise}
    if not more:
        return "it holds"
    return "it does not hold, " + ", ".join(_lead(name, lead) for name, lead in more.items())


def _lead(name: str, percent: float) -> str:
    return f"aiohttp is {abs(percent):.0f} % {'ahead of' if percent >= 0 else 'behind'} {name}"


def a_client_a_request(rounds: int) -> str:
    """The claim about clients that are made for each request."""
    script = Path(__file__).with_name("client_reuse.py")
    ways = [(library, way) for library in ("aiohttp", "httpx") for way in ("once", "each")]
    found: dict[tuple[str, str], list[dict[str, float]]] = {way: [] for way in ways}
    with running_local_site(LocalSite(hosts=1, page_bytes=20_000)) as urls:
        for _ in range(rounds):
            for library, way in ways:
                command = [sys.executable, str(script), library, way, str(_REUSE_REQUESTS), *urls]
                outcome = subprocess.run(command, check=True, capture_output=True, text=True)
                found[library, way].append(json.loads(outcome.stdout))
    rows: list[Row] = [("library", "one client for all: requests a second", "one for each", "slower by", "CPU")]
    slower = {}
    for library in ("aiohttp", "httpx"):
        rate, cpu = (
            [median(run[key] for run in found[library, way]) for way in ("once", "each")]
            for key in ("requests_per_s", "cpu_ms")
        )
        slower[library] = rate[0] / rate[1]
        figures = (f"{rate[0]:.0f}", f"{rate[1]:.0f}", f"{slower[library]:.1f} ×", f"{cpu[1] / cpu[0]:.1f} ×")
        rows.append((library, *figures))
    told = ", ".join(f"{factor:.1f} × slower with {library}" for library, factor in slower.items())
    verdict = f"{'it holds' if min(slower.values()) >= _DESTROYED else 'it does not hold for both'}: {told}"
    how = f"{_REUSE_REQUESTS} requests for a page of 20 kB on loopback, 16 at once, the bare libraries, no TLS."
    return _section("A client for each request destroys throughput", verdict, f"{how}\n\n{table(rows)}")


def names_without_cache(rounds: int) -> str:
    """The claim about name lookups."""
    rates: dict[str, list[float]] = {"300": [], "0": []}
    lookups: dict[str, int] = {}
    with running_local_site(LocalSite(_NAME_HOSTS, _NAME_PAGES, 5_000)) as urls:
        for _ in range(rounds):
            for ttl, runs in rates.items():
                summary = _crawl_names(urls, ttl)
                runs.append(summary["rate"])
                lookups[ttl] = summary["dns"]["lookups"]
    cached = median(rates["300"])
    rows: list[Row] = [("dns.ttl", "lookups", "pages a second", "× cached")]
    rows += [
        (ttl, str(lookups[ttl]), f"{median(runs):.0f}", f"{median(runs) / cached:.2f}") for ttl, runs in rates.items()
    ]
    how = (
        f"{_NAME_HOSTS} names with {_NAME_PAGES} pages each, {_NAMES_S * 1000:.0f} ms for a lookup (a stand-in for the "
        "system's, benchmarks/slow_names.py), 8 connections for all of them, so that most requests need a new one."
    )
    lost = 100 * (1 - median(rates["0"]) / cached)
    verdict = f"{'it holds' if lost >= _BOTTLENECK_PERCENT else 'it does not hold'}: {lost:.0f} % of the rate is lost"
    return _section("DNS without a cache is the bottleneck under fan-out", verdict, f"{how}\n\n{table(rows)}")


def _crawl_names(urls: list[str], ttl: str) -> dict[str, Any]:
    named = [f"http://h{number}.test:{url.rpartition(':')[2]}" for number, url in enumerate(urls, start=1)]
    config = {
        "seeds": named,
        "sitemaps": "off",
        "dns": {"ttl": int(ttl)},
        "concurrency": {"total": 8, "connections": 8},
        "politeness": {"delay": 0},
        "frontier": {"type": "memory", "path": "state"},
        "output": {"path": "pages.jsonl"},
    }
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "NAMES_S": str(_NAMES_S)}
    with tempfile.TemporaryDirectory(prefix="folklore-") as name:
        folder = Path(name)
        (folder / "names.yaml").write_text(json.dumps(config))
        cost_of([sys.executable, "-m", "benchmarks.slow_names", "names.yaml", "--quiet"], folder, environ=environ)
        summary: dict[str, Any] = json.loads(next((folder / "state/runs").glob("*/summary.json")).read_text())
    if summary["ok"] != _NAME_HOSTS * _NAME_PAGES:
        raise RuntimeError(f"{summary['ok']} pages only: {summary['errors']}")
    return summary


def _section(claim: str, verdict: str, text: str) -> str:
    return f"### “{claim}”\n\n**Measured:** {verdict}.\n\n{text}\n"


def main() -> int:
    """Measures each claim, prints verdicts and figures, and writes their section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks folklore", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=50, help="the smallest number of pages of one run")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/performance.md as it is")
    options = parser.parse_args()
    sections = [
        fast_endpoint(options.rounds, options.pages),
        with_latency(options.rounds, options.pages),
        with_delay(options.rounds, options.pages),
        a_client_a_request(options.rounds),
        names_without_cache(options.rounds),
    ]
    text = f"{options.rounds} interleaved rounds each; ± is half the way from the worst to the best of them.\n\n"
    text += "\n".join(sections)
    print(text)
    if options.write:
        write_section("folklore", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
