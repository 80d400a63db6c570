"""The one sentence at the end says what the figures say, and no more."""

from __future__ import annotations

from crawler.runner.benchmark.figures import Figures
from crawler.runner.benchmark.shares import Shares
from crawler.runner.benchmark.variants import Variant
from crawler.runner.benchmark.verdict import recommendation

AIOHTTP = Variant("aiohttp")
WAITING = Shares(own=0.1, politeness=0.6, network=0.3)
BUSY = Shares(own=0.9, politeness=0.0, network=0.1)


def line(
    client: str, rate: float, cpu_ms: float = 1.0, spread: float = 0.02, shares: Shares = BUSY, noise_ms: float = 0.0
) -> Figures:
    return Figures(Variant(client), 3, rate, spread, cpu_ms, noise_ms, "HTTP/1.1", shares)


def test_a_clear_gain_is_worth_a_change() -> None:
    assert recommendation([line("aiohttp", 100), line("httpx2", 130)], AIOHTTP) == (
        "Take httpx2: 30 % more requests a second than aiohttp."
    )


def test_the_fastest_is_kept() -> None:
    assert recommendation([line("aiohttp", 120), line("httpx", 100)], AIOHTTP) == (
        "Keep aiohttp: the fastest here, 20 % more requests a second than httpx."
    )


def test_a_gain_within_the_noise_is_none() -> None:
    said = recommendation([line("aiohttp", 100, spread=0.2), line("httpx2", 130, spread=0.2)], AIOHTTP)
    assert said == "Keep aiohttp: none is faster by more than the noise."


def test_waiting_makes_all_alike_and_only_cpu_differs() -> None:
    lines = [line("httpx", 2.0, 4.0, shares=WAITING), line("aiohttp", 2.01, 1.0, shares=WAITING)]
    assert recommendation(lines, Variant("httpx")) == (
        "Keep httpx: none is faster by more than the noise, and waiting takes 90 % of the time; "
        "only if CPU matters, aiohttp needs 1.0 ms a request instead of 4.0."
    )


def test_cpu_within_the_noise_is_no_saving() -> None:
    lines = [line("httpx", 2.0, 4.0, noise_ms=1.5), line("aiohttp", 2.0, 1.0, noise_ms=1.5)]
    assert recommendation(lines, Variant("httpx")) == "Keep httpx: none is faster by more than the noise."


def test_a_configured_client_that_failed_is_not_kept() -> None:
    assert recommendation([line("httpx", 5)], AIOHTTP) == (
        "Take httpx: the fastest here, and aiohttp, which is configured, could not be measured."
    )


def test_alone_or_without_any_there_is_little_to_say() -> None:
    assert recommendation([line("aiohttp", 5)], AIOHTTP) == "Keep aiohttp: nothing else could be measured."
    assert "nothing to recommend" in recommendation([], AIOHTTP)
