from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from crawler.engine.section import (
    BackoffSection,
    ConcurrencySection,
    FailIfSection,
    LimitsSection,
    RecrawlSection,
    RetrySection,
    ScopeSection,
    Seed,
    Seeds,
    Sitemaps,
)

SEEDS = TypeAdapter(Seeds)
SITEMAPS = TypeAdapter(Sitemaps)


@pytest.mark.parametrize(
    "value",
    ["https://a/", ["https://a/"], {"url": "https://a/"}, [{"url": "https://a/", "depth": 0, "headers": {}}]],
)
def test_seeds_are_one_url_or_a_list_or_mappings(value: object) -> None:
    assert SEEDS.validate_python(value) == (Seed(url="https://a/"),)


def test_no_seeds_are_none() -> None:
    assert SEEDS.validate_python(None) == SEEDS.validate_python([]) == ()


def test_a_seed_has_its_own_depth_and_secret_headers() -> None:
    (seed,) = SEEDS.validate_python([{"url": "HTTPS://A", "depth": 2, "headers": {"X": "hunter2"}}])
    assert (seed.url, seed.depth, seed.headers["X"].get_secret_value()) == ("https://a/", 2, "hunter2")
    assert "hunter2" not in repr(seed)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (False, "off"),
        ("off", "off"),
        (True, "auto"),
        ("auto", "auto"),
        ("https://a/s.xml", ("https://a/s.xml",)),
        (["https://a", "http://b/feed"], ("https://a/", "http://b/feed")),
        ([], ()),
    ],
)
def test_sitemaps_are_a_word_or_urls(value: object, result: object) -> None:
    assert SITEMAPS.validate_python(value) == result


@pytest.mark.parametrize("value", ["maybe", 1, None, {}, [1], ["ftp://a/"]])
def test_sitemaps_are_nothing_else(value: object) -> None:
    with pytest.raises(ValidationError):
        SITEMAPS.validate_python(value)


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("Example.ORG", "example.org"),
        ("*.Example.org", "*.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "[::1]"),
        ("[::1]", "[::1]"),
        ("localhost", "localhost"),
    ],
)
def test_hosts_are_written_as_urls_write_them(host: str, written: str) -> None:
    assert ScopeSection(hosts=[host]).hosts == (written,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host", ["", "*", "*.", "a.*.b", "http://a", "a/b", "a:80", "[::1]:80", "me@a", "a b", "a?b", "a#b", "x^y", "[::1"]
)
def test_anything_else_is_no_host(host: str) -> None:
    with pytest.raises(ValidationError, match="must be a host name"):
        ScopeSection(hosts=[host])  # type: ignore[arg-type]


def test_patterns_are_checked_when_read() -> None:
    assert ScopeSection(include=[r"/a/\d+$", "(?<=x)y"]).include == (r"/a/\d+$", "(?<=x)y")  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="is not a regular expression"):
        ScopeSection(exclude=["["])  # type: ignore[arg-type]


def test_limits_read_units_and_null() -> None:
    limits = LimitsSection(max_duration="2h", max_bytes="1GiB", max_path_repeats=None)  # type: ignore[arg-type]
    assert (limits.max_duration, limits.max_bytes, limits.max_path_repeats) == (7200.0, 2**30, None)
    assert (limits.max_response_size, limits.max_redirects, limits.max_pages) == (10 * 2**20, 10, None)


@pytest.mark.parametrize("name", ["max_response_size", "max_redirects"])
def test_what_bounds_memory_and_loops_cannot_be_unlimited(name: str) -> None:
    with pytest.raises(ValidationError):
        LimitsSection.model_validate({name: None})


@pytest.mark.parametrize("name", ["max_pages", "max_pages_per_host", "max_bytes", "max_duration", "max_url_length"])
def test_limits_of_zero_that_would_crawl_nothing_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        LimitsSection.model_validate({name: 0})


@pytest.mark.parametrize("workers", [1, 2, "auto"])
def test_workers_are_a_number_or_one_per_core(workers: object) -> None:
    assert ConcurrencySection.model_validate({"workers": workers}).workers == workers


@pytest.mark.parametrize("workers", [0, -1, True, "many", "2", None, 1.0])
def test_workers_are_a_whole_number(workers: object) -> None:
    with pytest.raises(ValidationError):
        ConcurrencySection.model_validate({"workers": workers})


def test_the_defaults_of_retries_are_those_of_the_contract() -> None:
    retry = RetrySection()
    assert (retry.max_retries, retry.statuses) == (3, (408, 429, 500, 502, 503, 504))
    assert (retry.backoff.initial, retry.backoff.factor, retry.backoff.max, retry.backoff.jitter) == (1, 2, 60, True)
    assert (retry.respect_retry_after, retry.max_retry_after) == (True, 300)


def test_a_backoff_cannot_end_below_its_beginning() -> None:
    with pytest.raises(ValidationError, match=r"retry\.backoff\.initial"):
        BackoffSection(initial=10, max=5)


def test_thresholds_are_a_share_and_a_number() -> None:
    assert FailIfSection(failed_ratio=0.5, failed_pages=0) == FailIfSection(failed_ratio=0.5, failed_pages=0)
    for bad in ({"failed_ratio": 1.1}, {"failed_ratio": True}, {"failed_pages": -1}, {"failed_pages": 1.5}):
        with pytest.raises(ValidationError):
            FailIfSection.model_validate(bad)


@pytest.mark.parametrize("mode", ["all", "changed"])
def test_a_later_run_asks_for_everything_or_what_changed(mode: str) -> None:
    assert RecrawlSection.model_validate({"mode": mode}).mode == mode
    with pytest.raises(ValidationError):
        RecrawlSection.model_validate({"mode": "some"})
