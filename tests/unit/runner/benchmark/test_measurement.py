"""What one run took, read from the process and from what it left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.runner.benchmark.measurement import Measured, Source, measured, without_startup
from crawler.runner.benchmark.replay import kept_apart
from crawler.runner.benchmark.variants import Variant
from tests.crawls.running import DEFAULTS
from tests.site import Answer, Site


@pytest.fixture(autouse=True)
def _fresh(site: Site) -> None:
    site.reset()


def run(tmp_path: Path, url: str, *settings: str, text: bool = False) -> Measured:
    """One measured crawl of `url`."""
    config = json.dumps({**DEFAULTS, "seeds": url})
    (tmp_path / "site.yaml").write_text(config)
    source = (
        Source("-", config.encode()) if text else Source(str(tmp_path / "site.yaml"), b"", ("retry.max_retries=0",))
    )
    (tmp_path / "run").mkdir()
    return measured(source, [*kept_apart(tmp_path / "run", Variant("aiohttp")), *settings], tmp_path / "run")


def test_figures_are_those_of_the_whole_run(tmp_path: Path, site: Site) -> None:
    found = run(tmp_path, site.url("/list/3"))
    assert found.problem is None
    assert found.requests == site.size() == found.pages + 1, "robots.txt is a request too"
    assert found.pages_by_host == {site.host(): found.pages}
    assert found.http_versions == {"HTTP/1.1": found.pages}
    assert 0.05 < found.cpu_s < 60
    assert 0 < found.wall_s < 60
    assert (found.crawl_delays, found.told_to_wait) == ({}, False)


def test_a_configuration_from_standard_input_is_handed_on(tmp_path: Path, site: Site) -> None:
    assert run(tmp_path, site.url("/list/1"), text=True).problem is None


def test_what_robots_txt_asks_for_is_known(tmp_path: Path, site: Site) -> None:
    site.robots("User-agent: *\nCrawl-delay: 0.2\n")
    assert run(tmp_path, site.url("/list/1")).crawl_delays == {site.host(): 0.2}


@pytest.mark.parametrize("answer", [Answer(b"", status=429), Answer(b"", status=503, headers=(("Retry-After", "1"),))])
def test_a_host_that_wants_to_be_left_alone_is_heard(answer: Answer, tmp_path: Path, site: Site) -> None:
    site.page("/a", "<a href=/b>b</a>")
    site.answer("/b", answer, Answer(b"ok"))
    found = run(tmp_path, site.url("/a"), "retry.max_retries=1", "retry.backoff.initial=0.1")
    assert (found.problem, found.told_to_wait) == (None, True)


def test_a_run_that_fetched_nothing_has_a_problem(tmp_path: Path, site: Site) -> None:
    found = run(tmp_path, site.refused_url)
    assert found.problem is not None
    assert found.problem.startswith("exit 4: ")
    assert found.wall_s > 0, "what start-up takes is known even so"


def test_start_up_is_taken_off_as_its_median() -> None:
    startups = [Measured(cpu_s, wall_s, problem="exit 4") for cpu_s, wall_s in ((0.4, 0.3), (0.5, 0.9), (2.0, 0.4))]
    found = without_startup(Measured(1.5, 2.4, requests=7), startups)
    assert (found.cpu_s, found.wall_s, found.requests) == (1.0, 2.0, 7)
    shorter = without_startup(Measured(0.1, 0.1), startups)
    assert (shorter.cpu_s, shorter.wall_s) == (0.0, 0.001)


def test_a_run_that_could_not_begin_tells_why(tmp_path: Path, site: Site) -> None:
    found = run(tmp_path, site.url("/list/1"), "client.ca_file=/nowhere.pem")
    assert found.problem is not None
    assert found.problem.startswith("exit 2: ")
    assert "client.ca_file" in found.problem
