"""One `crawl` as a process of its own: what it took, and what its summary and log say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from crawler.core.errors import ExitCode
from crawler.runner.benchmark.told import crawl_delays, last_word, told_in, told_to_wait

_SHORTEST_S = 0.001
_WENT_WELL = (ExitCode.COMPLETE, ExitCode.THRESHOLD, ExitCode.BUDGET)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the configuration comes from: its path, what standard input held if that is `-`, and settings over it."""

    path: str
    given: bytes = b""
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """One run. `problem` is why it does not count, or None."""

    cpu_s: float  # of the whole process
    wall_s: float  # as the summary has it
    requests: int = 0
    pages: int = 0
    http_versions: Mapping[str, int] = field(default_factory=dict)
    pages_by_host: Mapping[str, int] = field(default_factory=dict)
    crawl_delays: Mapping[str, float] = field(default_factory=dict)  # by host, as robots.txt asked
    told_to_wait: bool = False  # whether a host sent 429 or Retry-After
    problem: str | None = None


def measured(source: Source, settings: Sequence[str], folder: Path) -> Measured:
    """Runs the crawl with `settings` on top; what it writes goes to `folder`, as those must say."""
    words = [f"--set={setting}" for setting in (*source.overrides, *settings)]
    command = [sys.executable, "-m", "crawler", "run", source.path, *words, "--no-progress"]
    cpu_s, exit_code = _run(command, source.given, folder)
    told = told_in(folder / "stderr")
    summary = _summary(folder / "state/runs")
    if summary is None or exit_code not in _WENT_WELL:
        wall_s = summary["elapsed_s"] if summary else 0.0
        return Measured(cpu_s, wall_s, problem=f"exit {exit_code}: {last_word(told)}")
    return Measured(
        cpu_s=cpu_s,
        wall_s=summary["elapsed_s"],
        requests=summary["requests"],
        pages=summary["pages"],
        http_versions=summary["http_versions"],
        pages_by_host={host: figures["pages"] for host, figures in summary["hosts"].items()},
        crawl_delays=crawl_delays(told),
        told_to_wait=told_to_wait(told),
        problem=None if summary["ok"] else "no page could be fetched",
    )


def without_startup(run: Measured, startups: Sequence[Measured]) -> Measured:
    """`run` less what runs that fetch nothing take: loading libraries, opening and closing."""
    cpu_s, wall_s = (median(getattr(startup, name) for startup in startups) for name in ("cpu_s", "wall_s"))
    return replace(run, cpu_s=max(0.0, run.cpu_s - cpu_s), wall_s=max(_SHORTEST_S, run.wall_s - wall_s))


def _run(command: list[str], given: bytes, folder: Path) -> tuple[float, int]:
    """CPU seconds, those of waited-for children included, and the exit code."""
    (folder / "stdin").write_bytes(given)
    with (folder / "stdin").open("rb") as read, (folder / "stderr").open("wb") as told:
        process = subprocess.Popen(command, stdin=read, stdout=subprocess.DEVNULL, stderr=told)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # interrupted: the crawl got the signal too, and this second one makes it leave at once
            process.terminate()
            process.wait()
            raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, process.returncode


def _summary(runs_folder: Path) -> dict[str, Any] | None:
    paths = sorted(runs_folder.glob("*/summary.json"))
    summary: dict[str, Any] | None = json.loads(paths[-1].read_text(encoding="ascii")) if paths else None
    return summary
