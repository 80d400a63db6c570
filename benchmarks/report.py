"""What a comparison came to, and the machine it was made on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from benchmarks.environments import version_in
from benchmarks.measure import Cost

_COLUMNS = ("crawler", "pages", "pages per CPU-second", "CPU s", "wall s", "peak MiB")
_REFERENCES = ("Scrapy", "wget2")
_LIBRARIES = ("aiohttp", "httpx", "httpx2", "pycurl", "uvloop", "selectolax", "can-ada")
_RIVALS = (("scrapy", "scrapy"), ("crawlee", "crawlee"), ("blog", "beautifulsoup4"))


def rates(costs: Mapping[str, Sequence[Cost]], pages: Mapping[str, int]) -> dict[str, float]:
    """Pages per CPU-second by crawler: of the median of its rounds."""
    return {name: pages[name] / median(cost.cpu_s for cost in runs) for name, runs in costs.items()}


def rows_of(costs: Mapping[str, Sequence[Cost]], pages: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Medians of all rounds, head first; a column of ratios for each reference that took part."""
    found = rates(costs, pages)
    references = {short: name for short in _REFERENCES if (name := _reference(short, found))}
    rows = [(*_COLUMNS[:3], *(f"× {name}" for name in references.values()), *_COLUMNS[3:])]
    for name, runs in costs.items():
        figures = [f"{median(getattr(cost, key) for cost in runs):.2f}" for key in ("cpu_s", "wall_s")]
        ratios = [f"{found[name] / found[other]:.2f}" for other in references.values()]
        peak = f"{median(cost.peak_mib for cost in runs):.0f}"
        rows.append((name, str(pages[name]), f"{found[name]:.0f}", *ratios, *figures, peak))
    return rows


def durability(costs: Mapping[str, Sequence[Cost]]) -> str | None:
    """What the durable frontier costs, in a sentence: the median of the rounds' own ratios; None if not measured."""
    durable, fleeting = costs.get("crawlfile aiohttp"), costs.get("crawlfile aiohttp, memory")
    if durable is None or fleeting is None:
        return None
    ratio = median(one.cpu_s / other.cpu_s for one, other in zip(durable, fleeting, strict=True))
    return f"The durable frontier takes {100 * (ratio - 1):+.0f} % CPU beside the one in memory."


def machine() -> str:
    """Processor, cores, Python and the versions of what did the work, in one sentence."""
    models = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    facts = [models[0] if models else platform.machine(), f"{os.cpu_count()} cores"]
    facts += [f"{platform.system()} {platform.release().partition('-')[0]}", f"Python {platform.python_version()}"]
    facts += [f"{name} {found}" for name in _LIBRARIES if (found := _installed(name))]
    facts += [f"{package} {found}" for name, package in _RIVALS if (found := version_in(name, package))]
    return ", ".join([*facts, *_programs()]) + "."


def _reference(short: str, found: Mapping[str, float]) -> str | None:
    return next((name for name in (short, f"{short}, HTTP/2") if name in found), None)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _programs() -> list[str]:
    asked = {"wget2": ["wget2", "--version"], "nginx": ["/usr/sbin/nginx", "-v"]}
    found = []
    for name, command in asked.items():
        if shutil.which(command[0]):
            outcome = subprocess.run(command, check=False, capture_output=True, text=True)
            words = (outcome.stdout + outcome.stderr).replace("/", " ").split()
            found += [f"{name} {word}" for word in words if word[0].isdigit()][:1]
    return found


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
