from __future__ import annotations

import resource
from collections.abc import Callable

import pytest

from crawler.config.model import Config
from crawler.core.errors import BadInput
from crawler.runner.descriptors import FEWEST, OWN, fitted, raise_limit


class Limits:
    """The operating system's side of the limit."""

    def __init__(self, soft: int, hard: int, *, is_ours: bool = True) -> None:
        self.soft, self.hard, self.is_ours = soft, hard, is_ours

    def get(self, kind: int) -> tuple[int, int]:
        assert kind == resource.RLIMIT_NOFILE
        return self.soft, self.hard

    def set(self, kind: int, limits: tuple[int, int]) -> None:
        assert limits[1] == self.hard
        if not self.is_ours:
            raise ValueError("not allowed to raise maximum limit")
        self.soft = limits[0]


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Limits]:
    def limit(soft: int, hard: int, *, is_ours: bool = True) -> Limits:
        limits = Limits(soft, hard, is_ours=is_ours)
        monkeypatch.setattr(resource, "getrlimit", limits.get)
        monkeypatch.setattr(resource, "setrlimit", limits.set)
        return limits

    return limit


def config(**concurrency: int) -> Config:
    return Config.model_validate({"seeds": "https://a/", "concurrency": concurrency})


@pytest.mark.parametrize(
    ("soft", "hard", "sockets", "possible", "soft_after"),
    [
        (1024, 4096, 32, 32, 1024),
        (64, 4096, 200, 200, 200 + OWN),
        (64, 100, 200, 100 - OWN, 100),
        (64, resource.RLIM_INFINITY, 200, 200, 200 + OWN),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 9000, 9000, resource.RLIM_INFINITY),
    ],
)
def test_the_soft_limit_is_raised_as_far_as_needed_and_possible(
    limited: Callable[..., Limits], soft: int, hard: int, sockets: int, possible: int, soft_after: int
) -> None:
    limits = limited(soft, hard)
    assert raise_limit(sockets) == possible
    assert limits.soft == soft_after


def test_a_limit_that_cannot_be_raised_is_kept_to(limited: Callable[..., Limits]) -> None:
    limited(64, 4096, is_ours=False)
    assert raise_limit(200) == 64 - OWN


def test_too_few_files_for_any_crawl_are_told(limited: Callable[..., Limits]) -> None:
    limited(FEWEST - 1, FEWEST - 1)
    with pytest.raises(BadInput, match=f"only {FEWEST - 1} files"):
        raise_limit(1)


def test_a_configuration_that_fits_is_left_as_it_is(limited: Callable[..., Limits]) -> None:
    limited(1024, 1024)
    given = config(total=100)
    assert fitted(given) == (given, None)


@pytest.mark.parametrize(
    ("concurrency", "fewer"),
    [
        ({"total": 200}, (32, 32)),
        ({"total": 8, "connections": 200}, (8, 32)),
        ({"total": 200, "connections": 4}, (32, 4)),
    ],
)
def test_one_that_does_not_gets_fewer_and_it_is_told(
    limited: Callable[..., Limits], concurrency: dict[str, int], fewer: tuple[int, int]
) -> None:
    limited(64, 64)
    fitting, notice = fitted(config(**concurrency))
    assert (fitting.concurrency.total, fitting.concurrency.connections) == fewer
    assert notice is not None
    assert "ulimit -n" in notice
