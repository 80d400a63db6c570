"""Rounds: every variant in each, hosts left alone between two runs, an end when a host has enough."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler.config.model import load_config
from crawler.runner.benchmark.measurement import Source
from crawler.runner.benchmark.replay import replayed
from crawler.runner.benchmark.rounds import Bench, Report
from crawler.runner.benchmark.variants import Variant
from tests.crawls.running import DEFAULTS
from tests.site import Answer, Site

AIOHTTP, HTTPX = Variant("aiohttp"), Variant("httpx")


@pytest.fixture(autouse=True)
def _fresh(site: Site) -> None:
    site.reset()


def benched(tmp_path: Path, variants: list[Variant], rounds: int, **sections: Any) -> tuple[Report, list[str]]:
    """The report on a small crawl, and what was said meanwhile."""
    file = tmp_path / "site.yaml"
    file.write_text(json.dumps({**DEFAULTS, **sections}))
    config, said = load_config(str(file)), list[str]()
    return Bench(config, Source(str(file)), replayed(config, 3), said.append).run(variants, rounds), said


def test_each_round_is_begun_by_another(tmp_path: Path, site: Site) -> None:
    report, said = benched(tmp_path, [AIOHTTP, HTTPX], 2, seeds=site.url("/list/5"))
    assert [line.split(": ")[1] for line in said] == ["aiohttp", "httpx", "httpx", "aiohttp"]
    assert {line.variant: line.rounds for line in report.lines} == {AIOHTTP: 2, HTTPX: 2}
    assert report.stopped is None
    assert site.size() == 4 * 4, "three pages and robots.txt"
    assert [line["variant"]["client"] for line in json.loads(json.dumps(report.as_json()))["lines"]] == [
        "aiohttp",
        "httpx",
    ]


def test_a_host_is_left_alone_between_two_runs_as_between_two_requests(tmp_path: Path, site: Site) -> None:
    site.robots("User-agent: *\nCrawl-delay: 1.5\n")
    benched(tmp_path, [AIOHTTP], 2, seeds=site.url("/list/0"))
    asked = [hit.at for hit in site.hits()]
    assert len(asked) == 4
    assert min(later - earlier for earlier, later in pairwise(asked)) > 1.45


def test_it_ends_when_a_host_has_enough(tmp_path: Path, site: Site) -> None:
    site.page("/a", "<a href=/b>b</a>")
    site.answer("/b", Answer(b"", status=429))
    report, said = benched(tmp_path, [AIOHTTP, HTTPX], 3, seeds=site.url("/a"))
    assert len(said) == 1
    assert report.stopped is not None
    assert [line.variant for line in report.lines] == [AIOHTTP]


def test_a_variant_that_fails_is_named_with_its_reason(tmp_path: Path, site: Site) -> None:
    report, _ = benched(tmp_path, [AIOHTTP], 1, seeds=site.refused_url)
    assert report.lines == []
    assert report.problems["aiohttp"].startswith("exit 4: ")


def test_http2_that_no_host_can_be_asked_for_is_left_out_of_the_comparison(tmp_path: Path, site: Site) -> None:
    client = {"type": "httpx2", "http2": True}
    report, _ = benched(tmp_path, [Variant("httpx2")], 1, seeds=site.url("/list/1"), client=client)
    assert report.recommendation == "Keep httpx2: nothing else could be measured."
