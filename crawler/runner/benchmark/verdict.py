"""One sentence: which client this workload wants, or that it does not matter."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.runner.benchmark.figures import Figures
from crawler.runner.benchmark.variants import Variant

LEAST_GAIN = 0.05  # below that, nobody should change a configuration for speed
CLEARLY_CHEAPER = 0.8


def recommendation(lines: Sequence[Figures], configured: Variant) -> str:
    """What to do, said of the variant that the configuration names."""
    if not lines:
        return "No client could fetch anything, so there is nothing to recommend."
    best = max(lines, key=lambda line: line.requests_per_s)
    current = next((line for line in lines if line.variant == configured), None)
    if current is None:
        return f"Take {best.variant}: the fastest here, and {configured}, which is configured, could not be measured."
    gain = best.requests_per_s / current.requests_per_s - 1
    if gain > max(LEAST_GAIN, best.spread + current.spread):
        return f"Take {best.variant}: {gain:.0%} more requests a second than {configured}.".replace("%", " %")
    return _kept(current, lines)


def _kept(current: Figures, lines: Sequence[Figures]) -> str:
    cheapest = min(lines, key=lambda line: line.cpu_ms)
    saving = ""
    if cheapest.cpu_ms + cheapest.cpu_noise_ms < CLEARLY_CHEAPER * (current.cpu_ms - current.cpu_noise_ms):
        saving = (
            f"; only if CPU matters, {cheapest.variant} needs {cheapest.cpu_ms:.1f} ms a request "
            f"instead of {current.cpu_ms:.1f}"
        )
    return f"Keep {current.variant}: {_why(current, lines)}{saving}.".replace("%", " %")


def _why(current: Figures, lines: Sequence[Figures]) -> str:
    next_best = max((line for line in lines if line is not current), key=lambda line: line.requests_per_s, default=None)
    if next_best is None:
        return "nothing else could be measured"
    lead = current.requests_per_s / next_best.requests_per_s - 1
    if lead > max(LEAST_GAIN, current.spread + next_best.spread):
        return f"the fastest here, {lead:.0%} more requests a second than {next_best.variant}"
    waits = current.shares.politeness + current.shares.network
    most = f", and waiting takes {waits:.0%} of the time" if waits >= 0.5 else ""
    return f"none is faster by more than the noise{most}"
