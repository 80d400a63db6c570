"""How near a crawl of many slow hosts comes to what latency and limits allow: `python -m benchmarks latency`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measure import cost_of
from benchmarks.page import table, write_section
from crawler.runner.benchmark.local_site import LocalSite, running_local_site


def run(urls: list[str], client: str, options: argparse.Namespace) -> tuple[float, float, float]:
    """Wall seconds of the process, those of the crawl alone, and CPU seconds. Raises RuntimeError for missing pages."""
    pages = options.hosts * options.pages
    config = {
        "seeds": urls,
        "sitemaps": "off",
        "client": {"type": client},
        "concurrency": {"total": options.total, "per_host": options.per_host},
        "politeness": {"delay": 0},
        "frontier": {"path": "state"},
        "output": {"path": "pages.jsonl"},
    }
    with tempfile.TemporaryDirectory(prefix="latency-") as name:
        folder = Path(name)
        (folder / "latency.yaml").write_text(json.dumps(config))
        cost = cost_of([sys.executable, "-m", "crawler", "latency.yaml", "--quiet"], folder)
        summary = json.loads(next((folder / "state/runs").glob("*/summary.json")).read_text())
    if summary["ok"] != pages:
        raise RuntimeError(f"{summary['ok']} pages instead of {pages}: {summary['errors']}")
    return cost.wall_s, summary["elapsed_s"], cost.cpu_s


def main() -> int:
    """Prints medians beside the ideal, pages × latency ÷ total, and writes their section."""
    options = _options()
    site = LocalSite(options.hosts, options.pages, options.page_size, options.latency)
    ideal_s = options.hosts * options.pages * options.latency / options.total
    runs: dict[str, list[tuple[float, float, float]]] = {client: [] for client in options.clients}
    with running_local_site(site) as urls:
        for _ in range(options.rounds):
            for client in options.clients:
                runs[client].append(run(urls, client, options))
    rows = [("client", "wall s", "× ideal", "crawl alone, s", "CPU s")]
    for client, figures in runs.items():
        wall_s, crawl_s, cpu_s = (median(column) for column in zip(*figures, strict=True))
        rows.append((client, f"{wall_s:.2f}", f"{wall_s / ideal_s:.2f}", f"{crawl_s:.2f}", f"{cpu_s:.2f}"))
    text = (
        f"{options.hosts} hosts with {options.pages} pages each, {options.latency * 1000:.0f} ms before each answer, "
        f"{options.total} requests at once, {options.per_host} to a host: ideal {ideal_s:.1f} s, which leaves out "
        f"start-up, robots.txt and the first page of each host. Medians of {options.rounds} rounds.\n\n{table(rows)}"
    )
    print(text)
    if options.write:
        write_section("latency", text)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks latency", description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--page-size", type=int, default=5_000)
    parser.add_argument("--total", type=int, default=200)
    parser.add_argument("--per-host", type=int, default=4)
    parser.add_argument("--clients", nargs="+", default=["aiohttp"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/performance.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
