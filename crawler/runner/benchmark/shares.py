"""Where the wall time of a run went: computing, politeness, network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from crawler.config.model import Config
from crawler.runner.benchmark.measurement import Measured


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts of a run's wall time; they add up to 1."""

    own: float  # the crawler computed
    politeness: float  # the delay between two requests to the busiest host left no other choice
    network: float  # all else: latency, transfer, the server's own work


def shares_of(run: Measured, config: Config) -> Shares:
    """Where the wall time of one run went; `run` without its start-up."""
    own = min(1.0, run.cpu_s / run.wall_s)
    politeness = min(1.0 - own, politeness_floor_s(run, config) / run.wall_s)
    return Shares(own, politeness, 1.0 - own - politeness)


def politeness_floor_s(run: Measured, config: Config) -> float:
    """Seconds that the run had to take however fast the answers were: the delays of the host that needs most."""
    first = 0 if config.politeness.obey_robots else 1  # robots.txt is the first request, and the delay follows it too
    return max(
        (max(0, pages - first) * delay_s(host, run, config) for host, pages in run.pages_by_host.items()), default=0.0
    )


def delay_s(host: str, run: Measured, config: Config) -> float:
    """Between two requests to `host`: what is configured, or a longer Crawl-delay."""
    rules = config.politeness
    asked = run.crawl_delays.get(host, 0.0) if rules.obey_robots and rules.obey_crawl_delay else 0.0
    return max(rules.delay, asked if rules.max_crawl_delay is None else min(asked, rules.max_crawl_delay))


def median_shares(shares: Sequence[Shares]) -> Shares:
    """Medians of computing and politeness; the network is the rest."""
    own, politeness = median(one.own for one in shares), median(one.politeness for one in shares)
    politeness = min(politeness, 1.0 - own)
    return Shares(own, politeness, 1.0 - own - politeness)
