"""What the runs of one variant come to: rates, CPU by request, and where the time went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from crawler.config.model import Config
from crawler.runner.benchmark.measurement import Measured, without_startup
from crawler.runner.benchmark.shares import Shares, median_shares, shares_of
from crawler.runner.benchmark.variants import Variant


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the rounds that count."""

    variant: Variant
    rounds: int
    requests_per_s: float  # start-up left out
    spread: float  # half the distance between the best and the worst round, as a share of the median
    cpu_ms: float  # by request, start-up left out
    cpu_noise_ms: float  # by request: how much start-up, measured apart, differs from run to run
    protocols: str  # negotiated in fact, "HTTP/2" or "HTTP/1.1 12, HTTP/2 38"
    shares: Shares

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "variant": self.variant._asdict()}


def figures_of(
    variant: Variant, runs: Sequence[Measured], startups: Sequence[Measured], config: Config
) -> Figures | None:
    """What `runs` come to; None if none of them counts. startups: runs that fetch nothing."""
    good = [without_startup(run, startups) for run in runs if run.problem is None]
    if not good:
        return None
    startups_s = [startup.cpu_s for startup in startups]
    noise_s = (max(startups_s) - min(startups_s)) / 2
    rates = [run.requests / run.wall_s for run in good]
    return Figures(
        variant=variant,
        rounds=len(good),
        requests_per_s=median(rates),
        spread=(max(rates) - min(rates)) / 2 / median(rates),
        cpu_ms=median(1000 * run.cpu_s / run.requests for run in good),
        cpu_noise_ms=1000 * noise_s / median(run.requests for run in good),
        protocols=_protocols(good),
        shares=median_shares([shares_of(run, config) for run in good]),
    )


def _protocols(runs: Sequence[Measured]) -> str:
    counts = Counter[str]()
    for run in runs:
        counts.update(run.http_versions)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{name} {number}" for name, number in counts.most_common()) or "–"
