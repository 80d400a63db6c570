"""Interleaved rounds: every variant once a round, each round begun by another, with the hosts' delay kept between."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.config.model import Config
from crawler.runner.benchmark.figures import Figures, figures_of
from crawler.runner.benchmark.measurement import Measured, Source, measured
from crawler.runner.benchmark.replay import kept_apart, nowhere
from crawler.runner.benchmark.shares import delay_s
from crawler.runner.benchmark.variants import Variant, configured
from crawler.runner.benchmark.verdict import recommendation

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Report:
    """What `crawl bench` found. stopped: why it ended early, or None."""

    lines: list[Figures]
    problems: dict[str, str]  # by variant that could not be measured
    recommendation: str
    stopped: str | None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        lines = [line.as_json() for line in self.lines]
        return {
            "lines": lines,
            "problems": self.problems,
            "recommendation": self.recommendation,
            "stopped": self.stopped,
        }


class Bench:
    """The measuring of one configuration: `source` says where it is, `settings` what is laid over it."""

    def __init__(self, config: Config, source: Source, settings: Sequence[str], say: Say) -> None:
        self._config = config
        self._source = source
        self._settings = settings
        self._say = say
        self._startups: dict[Variant, list[Measured]] = {}
        self._runs: dict[Variant, list[Measured]] = {}
        self._pause_s = config.politeness.delay

    def run(self, variants: Sequence[Variant], rounds: int) -> Report:
        """Measures `variants` in `rounds` rounds; fewer when a host asks to be left alone."""
        stopped = None
        order = [variant for number in range(rounds) for variant in _rotated(variants, number)]
        for number, variant in enumerate(order, start=1):
            run = self._measure(variant)
            self._say(f"{number} of {len(order)}: {variant}: {_told(run)}")
            if run.told_to_wait:
                stopped = "a host asked to be left alone (429 or Retry-After)"
                break
            if number < len(order):
                time.sleep(self._pause_s)
        return self._report(stopped)

    def _measure(self, variant: Variant) -> Measured:
        self._startups.setdefault(variant, []).append(self._run(variant, nowhere()))
        run = self._run(variant, self._settings)
        self._runs.setdefault(variant, []).append(run)
        # Each process has its own clocks: what is asked next must find the hosts rested.
        delays = (delay_s(host, run, self._config) for host in run.pages_by_host)
        self._pause_s = max([self._pause_s, *delays])
        return run

    def _run(self, variant: Variant, settings: Sequence[str]) -> Measured:
        with tempfile.TemporaryDirectory(prefix="crawl-bench-") as name:
            folder = Path(name)
            return measured(self._source, [*settings, *kept_apart(folder, variant)], folder)

    def _report(self, stopped: str | None) -> Report:
        lines, problems = [], {}
        for variant, runs in self._runs.items():
            line = figures_of(variant, runs, self._startups[variant], self._config)
            if line is not None:
                lines.append(line)
            else:
                problems[str(variant)] = str(runs[-1].problem)
        return Report(lines, problems, recommendation(lines, self._configured()), stopped)

    def _configured(self) -> Variant:
        """What the configuration names; without its HTTP/2 where no host can be asked for that."""
        named = configured(self._config)
        return named if named in self._runs else Variant(named.client)


def _rotated(variants: Sequence[Variant], number: int) -> list[Variant]:
    first = number % len(variants)
    return [*variants[first:], *variants[:first]]


def _told(run: Measured) -> str:
    if run.problem is not None:
        return run.problem
    return f"{run.requests} requests in {run.wall_s:.2f} s, {run.cpu_s:.2f} s CPU"
