"""Rates, CPU and shares of time from measured runs."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.config.model import Config
from crawler.runner.benchmark.figures import figures_of
from crawler.runner.benchmark.measurement import Measured
from crawler.runner.benchmark.variants import Variant


def config(**politeness: Any) -> Config:
    return Config.model_validate({"seeds": "http://a.example/", "politeness": politeness})


def run(**changes: Any) -> Measured:
    return Measured(
        **{"cpu_s": 1.5, "wall_s": 5.0, "requests": 20, "pages": 19, "pages_by_host": {"a.example": 19}} | changes
    )


def startups(*cpu_s: float) -> list[Measured]:
    return [Measured(one, 1.0, problem="exit 4") for one in cpu_s]


def test_rates_are_medians_of_the_rounds_that_count() -> None:
    runs = [run(), run(wall_s=6.0), run(wall_s=3.0), run(problem="exit 4", requests=0)]
    line = figures_of(Variant("aiohttp"), runs, startups(0.4, 0.5, 0.8), config(delay=0))
    assert line is not None
    assert (line.rounds, line.requests_per_s, line.cpu_ms) == (3, 5.0, 50.0)
    assert line.cpu_noise_ms == pytest.approx(10), "start-up differs by 0.2 s either way, over 20 requests"
    assert line.spread == pytest.approx((10 - 4) / 2 / 5)


def test_a_variant_without_a_good_round_has_no_figures() -> None:
    assert figures_of(Variant("aiohttp"), [run(problem="exit 4")], startups(0.5), config()) is None


@pytest.mark.parametrize(
    ("versions", "shown"),
    [({"HTTP/2": 5}, "HTTP/2"), ({"HTTP/2": 2, "HTTP/1.1": 3}, "HTTP/1.1 3, HTTP/2 2"), ({}, "–")],
)
def test_protocols_are_those_negotiated_in_fact(versions: dict[str, int], shown: str) -> None:
    line = figures_of(Variant("httpx2", True), [run(http_versions=versions)], startups(0.5), config())
    assert line is not None
    assert line.protocols == shown
