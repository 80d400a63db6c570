"""What is said of the state that a run has left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler.config.model import Config, load_config
from crawler.frontiers.lock import RunLock
from crawler.frontiers.saved_state import FILE_NAME
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from crawler.observers.report_observer import ReportObserver
from crawler.runner.state import described, newest_of, read_status
from tests.unit.observers.occasions import STARTED as BEGINNING
from tests.unit.observers.occasions import a_snapshot, a_visit, an_end, tell_all

STARTED = "20261122T173400Z"
TALLY: dict[str, Any] = {
    "pages": 12,
    "failed": 3,
    "errors": {"timeout": 2, "dns": 1},
    "refused": {"scope": 40},
    "bytes_received": 12_300_000,
    "elapsed_s": 6.0,
    "hosts": {"a.example": [10, 0, 5], "b\x1b[2J": [2, 2, 0]},
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A crawl with twelve visits, some URLs to do at two hosts, and a page limit."""
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text(
        "seeds: http://a.example/\nfrontier: {path: state}\nlimits: {max_pages: 36}\npoliteness: {delay: 2}\n"
    )
    frontier = SqliteFrontier(Path("state"), delay_s=2, jitter=0, per_host=1)
    frontier.open(STARTED, fresh=False)
    for number in range(14):
        frontier.discover([f"http://{'c' if number < 2 else 'a'}.example/{number}"], depth=0, parent=None)
    frontier.set_delay("a.example", 5.0)
    frontier.block_host("a.example", None, "robots")
    for _ in range(13):  # a sitemap among them
        frontier._done += 1
    frontier.commit(None, {"tally": TALLY})
    frontier.close()
    return load_config("site.yaml")


def lines(config: Config) -> dict[str, str]:
    return {label: text.strip() for label, _, text in (line.partition(":") for line in said(config))}


def said(config: Config) -> list[str]:
    return described(read_status(config)).splitlines()


def test_all_that_was_committed_is_described(config: Config) -> None:
    status = lines(config)
    assert status["run"] == f"{STARTED}, unfinished; the same command resumes it"
    assert status["done"] == "12 (3 failed: timeout 2, dns 1)"
    assert status["rate"] == "2.0 pages/s; 6.0 s, 12.3 MB received"
    assert status["refused"] == "scope 40"
    assert status["to do"] == "14 on 2 hosts; 14 URLs known"
    assert status["at least"] == "1 min for what is to do, at the delays of its hosts"
    assert status["waiting"] == "a.example until it is known (robots), 12 queued"
    assert status["saved"].startswith("20")


def test_the_last_run_is_the_one_of_the_state_whatever_the_clock_said_to_others(config: Config) -> None:
    future = "20991231T000000Z"
    assert newest_of(config, [STARTED, future]) == STARTED
    assert newest_of(config, [future]) == future
    assert newest_of(config, []) is None
    Path("state", FILE_NAME).unlink()
    assert newest_of(config, [STARTED, future]) == future


def test_hosts_come_with_their_queue_and_delay_the_longest_queue_first(config: Config) -> None:
    hosts = [line for line in said(config) if line.startswith("host:")]
    assert hosts == [
        "host:     a.example: 12 queued, delay 5 s (Crawl-delay)",
        "host:     c.example: 2 queued, delay 2 s",
    ]


def test_a_hostile_host_is_not_printed_raw(config: Config) -> None:
    assert lines(config)["worst"] == r"b\x1b[2J: 2 of 2 failed"


def test_how_long_it_will_take_is_said_while_it_goes_on_and_a_limit_tells(config: Config) -> None:
    assert "eta" not in lines(config)
    with RunLock(Path("state")):
        assert lines(config)["eta"] == "12 s until limits.max_pages"


def test_the_figures_of_the_run_tell_how_fast_it_was_lately_and_which_hosts_are_slow(config: Config) -> None:
    events = [a_visit(elapsed_s=0.25)] * 4
    tell_all(ReportObserver(Path("state/runs")), BEGINNING, *events, a_snapshot(elapsed_s=4.0), an_end(elapsed_s=4.0))
    status = lines(config)
    assert status["rate"].startswith("2.0 pages/s, 1.0 pages/s lately; ")
    assert status["slowest"] == "example.org: 250 ms on average"
