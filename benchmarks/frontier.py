"""What a large frontier costs: the same crawl with few and with many known URLs, `python -m benchmarks frontier`."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.environments import ROOT
from benchmarks.measure import Cost, cost_of
from benchmarks.page import table, write_section
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from tests.site import running_site

CHILDREN = 10  # links of a page of the test site's tree
_BATCH = 1000
_COMMIT_EVERY = 50


@dataclass(frozen=True)
class Filled:
    """A stored frontier, ready to be crawled from copies of it."""

    folder: Path
    known: int

    @property
    def bytes_per_url(self) -> float:
        """Of all files of the state."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file()) / self.known


def fill(folder: Path, base: str, known: int) -> None:
    """Makes an unfinished run that knows `known` pages of the test site's tree, all of them to do."""
    folder.mkdir(parents=True)
    frontier = SqliteFrontier(folder, delay_s=0, jitter=0, per_host=32)
    frontier.open("20260101T000000Z", fresh=True)
    for batch, first in enumerate(range(0, known, _BATCH)):
        urls = [f"{base}/tiny/{known}/{number}" for number in range(first, min(first + _BATCH, known))]
        frontier.discover(urls, depth=1, parent=None)
        if batch % _COMMIT_EVERY == 0:
            frontier.commit(None, {})
    frontier.commit(None, {})
    frontier.close()


def filled(folder: Path, base: str, known: int) -> Filled:
    """As `fill`, in a process of its own, so that its memory is gone afterwards."""
    began = time.monotonic()
    command = [sys.executable, "-m", "benchmarks.frontier", "--fill", str(folder), base, str(known)]
    subprocess.run(command, cwd=ROOT, check=True)
    print(f"{known:,} URLs stored in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return Filled(folder, known)


def crawl(stored: Filled, base: str, pages: int, place: Path) -> tuple[Cost, dict[str, Any]]:
    """Cost and summary of a crawl of `pages` that goes on from a copy of `stored`."""
    with tempfile.TemporaryDirectory(prefix="round-", dir=place) as name:
        folder = Path(name)
        shutil.copytree(stored.folder, folder / "state")
        config = {
            "seeds": f"{base}/tiny/{stored.known}/0",
            "sitemaps": "off",
            "limits": {"max_pages": pages},
            "concurrency": {"total": 32, "per_host": 32},
            "politeness": {"delay": 0},
            "frontier": {"path": "state"},
            "output": {"path": "pages.jsonl"},
        }
        (folder / "frontier.yaml").write_text(json.dumps(config))
        cost = cost_of([sys.executable, "-m", "crawler", "frontier.yaml", "--quiet"], folder, timeout_s=3600)
        summary = json.loads(next((folder / "state/runs").glob("*/summary.json")).read_text())
    if (summary["resumed"], summary["pages"]) != (True, pages):
        raise RuntimeError(f"not the crawl that was meant: {summary['pages']} pages, resumed: {summary['resumed']}")
    return cost, summary


def main() -> int:
    """Prints a table, few known URLs above many, and writes its section."""
    options = _options()
    if options.fill:
        folder, base, known = options.fill
        fill(Path(folder), base, int(known))
        return 0
    with tempfile.TemporaryDirectory(prefix="frontier-", dir=options.folder) as name, running_site() as site:
        place, base = Path(name), site.url("")
        sizes = [filled(place / f"state-{known}", base, known) for known in (options.few, options.known)]
        rounds = [[crawl(stored, base, options.pages, place) for stored in sizes] for _ in range(options.rounds)]
        rows = _rows(sizes, rounds)
    text = f"{options.pages} pages of the test site, medians of {options.rounds} interleaved rounds.\n\n{table(rows)}"
    print(text)
    if options.write:
        write_section("frontier", text)
    return 0


def _rows(sizes: list[Filled], rounds: list[list[tuple[Cost, dict[str, Any]]]]) -> list[tuple[str, ...]]:
    rows = [("known URLs", "pages a second", "× few", "pages a CPU-second", "CPU s", "peak MiB", "bytes on disk a URL")]
    rates = [median(runs[index][1]["rate"] for runs in rounds) for index in range(len(sizes))]
    for index, stored in enumerate(sizes):
        costs = [runs[index][0] for runs in rounds]
        rows.append(
            (
                f"{stored.known:,}",
                f"{rates[index]:.0f}",
                f"{rates[index] / rates[0]:.2f}",
                f"{_pages_a_cpu_second(rounds, index):.0f}",
                f"{median(cost.cpu_s for cost in costs):.2f}",
                f"{median(cost.peak_mib for cost in costs):.0f}",
                f"{stored.bytes_per_url:.0f}",
            )
        )
    return rows


def _pages_a_cpu_second(rounds: list[list[tuple[Cost, dict[str, Any]]]], index: int) -> float:
    """Pages by CPU-second, start-up included."""
    return median(runs[index][1]["pages"] / runs[index][0].cpu_s for runs in rounds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks frontier", description=__doc__)
    parser.add_argument("--known", type=int, default=10_000_000)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=990, help="at most a tenth of --few: then all their links exist")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", help="where there is room for twice the state (default: the temporary folder)")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/performance.md as it is")
    parser.add_argument("--fill", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if CHILDREN * (options.pages + 1) > options.few:
        parser.error(f"--pages: above {options.few // CHILDREN - 1}, pages of the small tree would have fewer links")
    return options


if __name__ == "__main__":
    sys.exit(main())
