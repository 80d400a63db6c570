"""Bins of latencies: near enough, whatever was counted."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from crawler.observers.report.histogram import BINS, EDGES_S, bin_of, middle_s, quantile_s


@pytest.mark.parametrize("seconds", [0.0012, 0.034, 0.5, 1.0, 20.0, 300.0])
def test_a_bin_is_true_to_an_eighth(seconds: float) -> None:
    assert middle_s(bin_of(seconds)) == pytest.approx(seconds, rel=0.125)


def test_what_is_beyond_the_bins_is_in_the_outermost() -> None:
    assert bin_of(0.0) == 0
    assert middle_s(0) < 0.001
    assert bin_of(1e9) == len(EDGES_S)
    assert middle_s(len(EDGES_S)) > 400


def test_quantiles_are_those_of_what_was_counted() -> None:
    chance = random.Random(7)
    drawn = sorted(chance.expovariate(10) for _ in range(5000))
    counted = Counter(map(bin_of, drawn))
    bins = [counted[number] for number in range(BINS)]
    for share in (0.05, 0.5, 0.95):
        assert quantile_s(bins, share) == pytest.approx(drawn[int(share * len(drawn))], rel=0.15)


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile_s([0] * BINS, 0.5) is None
