"""Where the time of a run went."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.config.model import Config
from crawler.runner.benchmark.measurement import Measured
from crawler.runner.benchmark.shares import delay_s, politeness_floor_s, shares_of


def config(**politeness: Any) -> Config:
    return Config.model_validate({"seeds": "http://a.example/", "politeness": politeness})


def run(**changes: Any) -> Measured:
    return Measured(
        **{"cpu_s": 1.5, "wall_s": 4.0, "requests": 20, "pages": 19, "pages_by_host": {"a.example": 19}} | changes
    )


def test_time_is_computing_politeness_or_network_and_adds_up() -> None:
    shares = shares_of(run(cpu_s=1.0), config(delay=0.1))
    assert shares.own == pytest.approx(0.25)
    assert shares.politeness == pytest.approx(1.9 / 4)
    assert shares.own + shares.politeness + shares.network == pytest.approx(1)


def test_shares_never_exceed_the_whole() -> None:
    shares = shares_of(run(cpu_s=9.0), config(delay=5))
    assert (shares.own, shares.politeness, shares.network) == (1, 0, 0)
    assert shares_of(run(cpu_s=0.0), config(delay=5)).politeness == 1


def test_the_host_with_the_longest_delays_decides() -> None:
    hosts = {"a.example": 10, "b.example": 4}
    asked = run(pages_by_host=hosts, crawl_delays={"b.example": 2.0})
    assert politeness_floor_s(asked, config(delay=0.5)) == 8
    assert politeness_floor_s(asked, config(delay=0.5, obey_crawl_delay=False)) == 5
    assert politeness_floor_s(asked, config(delay=0.5, obey_robots=False)) == 4.5, "no robots.txt, a delay less"


def test_a_crawl_delay_is_bounded_as_configured_and_never_shortens() -> None:
    asked = run(crawl_delays={"a.example": 9.0})
    assert delay_s("a.example", asked, config(delay=0.5, max_crawl_delay=3)) == 3
    assert delay_s("a.example", asked, config(delay=20)) == 20
    assert delay_s("b.example", asked, config(delay=0.5)) == 0.5
