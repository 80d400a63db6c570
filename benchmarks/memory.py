"""Peak memory and its slope over a long crawl of tiny pages: `python -m benchmarks.memory --pages 200000`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.measure import memory_mib
from tests.site import running_site

_EVERY_S = 0.1


def samples(process: subprocess.Popen[bytes], output: Path) -> tuple[list[tuple[int, float]], float]:
    """Pages written and resident MiB, ten times a second until the process ends; and the most MiB it ever held."""
    found, pages, offset, peak = [], 0, 0, 0.0
    while process.poll() is None:
        if output.exists():
            with output.open("rb") as file:
                file.seek(offset)
                new = file.read()
            pages, offset = pages + new.count(b"\n"), offset + len(new)
        found.append((pages, memory_mib(process.pid, "VmRSS")))
        peak = max(peak, memory_mib(process.pid))
        time.sleep(_EVERY_S)
    return [sample for sample in found if sample[1] > 0], peak


def slope_per_50k(found: list[tuple[int, float]], start: int) -> float:
    """MiB that 50,000 pages add, by least squares over the samples from page `start` on."""
    later = [(pages, mib) for pages, mib in found if pages >= start]
    if len({pages for pages, _ in later}) < 2:
        return float("nan")
    mean_pages = sum(pages for pages, _ in later) / len(later)
    mean_mib = sum(mib for _, mib in later) / len(later)
    spread = sum((pages - mean_pages) ** 2 for pages, _ in later)
    return 50_000 * sum((pages - mean_pages) * (mib - mean_mib) for pages, mib in later) / spread


def main() -> int:
    """Crawls, prints one line of figures; the crawl's exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--pages", type=int, default=200_000)
    parser.add_argument("--client", default="aiohttp")
    parser.add_argument("--frontier", default="sqlite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memory-") as name, running_site() as site:
        folder, started = Path(name), time.monotonic()
        process = _crawl(folder, site.url(f"/tiny/{options.pages}/0"), options)
        found, peak = samples(process, folder / "pages.jsonl")
        took = time.monotonic() - started
        lines = [json.loads(line)["url"] for line in (folder / "pages.jsonl").read_text().splitlines()]
        print(
            f"{len(lines)} records, {len(set(lines))} distinct, {took:.0f} s, peak {peak:.0f} MiB, "
            f"{slope_per_50k(found, options.pages // 4):+.1f} MiB per 50,000 pages from page {options.pages // 4} on, "
            f"{site.size()} requests, exit {process.returncode}"
        )
    return process.returncode


def _crawl(folder: Path, seed: str, options: argparse.Namespace) -> subprocess.Popen[bytes]:
    config = {
        "name": "memory",
        "seeds": seed,
        "sitemaps": "off",
        "client": {"type": options.client},
        "concurrency": {"total": 32, "per_host": 32},
        "politeness": {"delay": 0},
        "frontier": {"type": options.frontier, "path": "state"},
        "output": {"path": "pages.jsonl"},
    }
    (folder / "memory.yaml").write_text(json.dumps(config))
    command = [sys.executable, "-m", "crawler", "memory.yaml", "--quiet"]
    return subprocess.Popen(command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})


if __name__ == "__main__":
    sys.exit(main())
