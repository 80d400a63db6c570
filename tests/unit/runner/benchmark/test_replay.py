"""What is laid over a configuration to measure it: its targets and politeness stay, its traces do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.config.model import Config, load_config
from crawler.core.errors import BadInput
from crawler.runner.benchmark.replay import kept_apart, moved, nowhere, replayed, settings_of
from crawler.runner.benchmark.variants import Variant

SECTIONS: dict[str, Any] = {
    "seeds": [{"url": "https://a.example/x", "depth": 1}, "https://b.example/"],
    "sitemaps": ["https://a.example/s.xml", "https://b.example/s.xml"],
    "scope": {"type": "any", "hosts": ["c.example"]},
    "limits": {"max_pages": 30, "max_depth": 4},
    "politeness": {"delay": 3},
    "client": {"proxy": "http://proxy.example:3128"},
    "frontier": {"path": "precious"},
    "output": ["a.jsonl", {"path": "b.jsonl", "body": "text"}],
    "logging": {"file": "crawl.log", "level": "error"},
    "fail_if": {"failed_pages": 1},
}


def laid_over(tmp_path: Path, settings: list[str], **sections: Any) -> Config:
    """The configuration with `settings` on top, as the command line reads them."""
    file = tmp_path / "site.yaml"
    file.write_text(json.dumps({**SECTIONS, **sections}))
    return load_config(str(file), settings)


def original(tmp_path: Path, **sections: Any) -> Config:
    return laid_over(tmp_path, [], **sections)


def test_nothing_is_left_outside_the_folder_and_no_threshold_stops_it(tmp_path: Path) -> None:
    config = laid_over(tmp_path, kept_apart(tmp_path / "run", Variant("httpx2", True)))
    assert (config.client.type, config.client.http2) == ("httpx2", True)
    assert (config.frontier.type, config.frontier.path) == ("memory", str(tmp_path / "run/state"))
    assert [(output.path, output.body) for output in config.output] == [(str(tmp_path / "run/pages.jsonl"), "none")]
    assert (config.logging.file, config.logging.level, config.logging.format) == (None, "info", "json")
    assert config.fail_if.failed_pages is None
    assert config.politeness.delay == 3
    assert config.limits.max_depth == 4


@pytest.mark.parametrize(("pages", "expected"), [(10, 10), (100, 30)])
def test_a_replay_never_asks_for_more_than_the_crawl_itself_would(pages: int, expected: int, tmp_path: Path) -> None:
    config = laid_over(tmp_path, replayed(original(tmp_path), pages))
    assert config.limits.max_pages == expected
    assert config.model_copy(update={"limits": SECTIONS}) == original(tmp_path).model_copy(update={"limits": SECTIONS})


def test_chosen_hosts_are_the_only_ones_asked(tmp_path: Path) -> None:
    config = laid_over(tmp_path, replayed(original(tmp_path), 10, ["A.example"]))
    assert [(seed.url, seed.depth) for seed in config.seeds] == [("https://a.example/x", 1)]
    assert config.sitemaps == ("https://a.example/s.xml",)
    assert (config.scope.type, config.scope.hosts) == ("host", ())


def test_a_narrow_scope_stays_narrow(tmp_path: Path) -> None:
    config = original(tmp_path, scope={"type": "page"})
    assert laid_over(tmp_path, replayed(config, 10, ["a.example"]), scope={"type": "page"}).scope.type == "page"


def test_hosts_without_a_seed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no seed of this crawl is on nowhere\.example"):
        replayed(original(tmp_path), 10, ["a.example", "nowhere.example"])


def test_a_seed_with_headers_cannot_be_chosen_since_they_would_show_in_the_process_list(tmp_path: Path) -> None:
    config = original(tmp_path, seeds=[{"url": "https://a.example/", "headers": {"X-Key": "secret"}}])
    with pytest.raises(BadInput, match="headers of their own"):
        replayed(config, 10, ["a.example"])


def test_a_local_site_takes_the_place_of_all_targets(tmp_path: Path) -> None:
    config = laid_over(tmp_path, moved(["http://127.0.0.1:9/", "http://127.0.0.2:9/"], 20))
    assert [seed.url for seed in config.seeds] == ["http://127.0.0.1:9/", "http://127.0.0.2:9/"]
    assert (config.sitemaps, config.scope.type, config.scope.hosts) == ("off", "host", ())
    assert (config.limits.max_pages, config.limits.max_depth, config.client.proxy) == (20, None, ())
    assert config.politeness.delay == 3


def test_start_up_is_measured_without_asking_anybody(tmp_path: Path) -> None:
    config = laid_over(tmp_path, nowhere())
    assert [seed.url for seed in config.seeds] == ["http://127.0.0.1:1/"]
    assert (config.retry.max_retries, config.politeness.obey_robots) == (0, False)


def test_a_value_is_never_taken_for_a_variable(tmp_path: Path) -> None:
    config = laid_over(tmp_path, settings_of({"seeds": "https://a.example/?q=${HOME}", "sitemaps": "off"}))
    assert "HOME" in config.seeds[0].url
