"""The table of a comparison, and the machine it was made on."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.measure import Cost
from benchmarks.peers import BENCH

_COLUMNS = ("crawler", "pages", "pages per CPU-second", "× Scrapy", "CPU s", "wall s", "peak MiB")


def table(costs: Mapping[str, Sequence[Cost]], pages: Mapping[str, int]) -> str:
    """Medians of all rounds as a Markdown table; ratios are to Scrapy where it took part."""
    rates = {name: pages[name] / median(cost.cpu_s for cost in runs) for name, runs in costs.items()}
    reference = rates.get("Scrapy")
    rows = [_COLUMNS, ("---",) * len(_COLUMNS)]
    for name, runs in costs.items():
        figures = [f"{median(getattr(cost, key) for cost in runs):.2f}" for key in ("cpu_s", "wall_s")]
        peak = f"{median(cost.peak_mib for cost in runs):.0f}"
        ratio = f"{rates[name] / reference:.1f}" if reference else "–"
        rows.append((name, str(pages[name]), f"{rates[name]:.0f}", ratio, *figures, peak))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def machine() -> str:
    """Processor, cores, Python and the libraries that do the work, in one paragraph."""
    models = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    names = ("aiohttp", "httpx", "httpx2", "uvloop", "selectolax", "can-ada")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{libraries}, Scrapy {_scrapy_version()}."
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _scrapy_version() -> str:
    command = [BENCH / "venv/bin/python", "-c", "import scrapy; print(scrapy.__version__)"]
    if not command[0].exists():
        return "not installed"
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
