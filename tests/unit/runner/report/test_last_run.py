"""What there is to report on: ended runs, killed ones, and those that go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.config.model import Config, load_config
from crawler.core.errors import BadInput
from crawler.frontiers.lock import RunLock
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from crawler.runner.failures import last_failures
from crawler.runner.report.last_run import last_run

IDS = ("20261121T000000Z", "20261122T000000Z", "20261123T000000Z")
Leave = Callable[..., None]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A crawl whose state is in the folder `state` of the current one."""
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text("seeds: http://a.test/\nfrontier: {path: state}\n")
    return load_config("site.yaml")


@pytest.fixture
def leave(config: Config) -> Leave:
    """Leaves files of runs: leave(id, summary={…}, report={…})."""

    def write(started: str, **files: Any) -> None:
        folder = Path("state/runs", started)
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in files.items():
            (folder / f"{name}.json").write_text(json.dumps(value))

    return write


def test_before_the_first_run_there_is_nothing(config: Config) -> None:
    with pytest.raises(BadInput, match="no run of site"):
        last_run(config)


def test_the_newest_run_counts_and_the_last_one_before_that_has_ended(config: Config, leave: Leave) -> None:
    leave(IDS[0], summary={"pages": 1})
    leave(IDS[1], report={"version": 1})
    leave(IDS[2], summary={"pages": 3}, report={"version": 1, "depths": {"0": 3}})
    run = last_run(config)
    assert (run.summary["pages"], run.has_ended, run.figures["depths"]) == (3, True, {"0": 3})
    assert run.before == {"pages": 1}


def test_a_run_that_did_not_end_is_told_from_the_state(config: Config, leave: Leave) -> None:
    frontier = SqliteFrontier(Path("state"), delay_s=0, jitter=0, per_host=1)
    frontier.open(IDS[1], fresh=False)
    frontier.commit(None, {"tally": {"pages": 7, "failed": 2, "elapsed_s": 3.5}})
    frontier.close()
    leave(IDS[0], summary={"pages": 1})
    leave(IDS[1], report={"version": 1})
    run = last_run(config)
    assert (run.has_ended, run.is_running) == (False, False)
    assert [run.summary[name] for name in ("crawl", "pages", "failed", "elapsed_s")] == ["site", 7, 2, 3.5]
    with RunLock(Path("state")):
        assert last_run(config).is_running


def test_a_run_under_a_clock_that_was_wrong_is_not_the_last_one_for_ever(config: Config, leave: Leave) -> None:
    frontier = SqliteFrontier(Path("state"), delay_s=0, jitter=0, per_host=1)
    frontier.open(IDS[0], fresh=False)
    frontier.commit(None, {})
    frontier.close()
    for number, id in enumerate((IDS[0], "20991231T000000Z")):
        leave(id, summary={"pages": number})
        Path("state/runs", id, "failures.jsonl").write_text("")
    assert last_run(config).summary["pages"] == 0
    assert last_failures(config) == Path("state/runs", IDS[0], "failures.jsonl")


def test_some_failures_of_each_type_are_shown(config: Config, leave: Leave) -> None:
    leave(IDS[0], summary={"pages": 9})
    lines = [{"url": f"http://a/{n}", "error": {"type": kind}} for n in range(9) for kind in ("dns", "tls")]
    Path("state/runs", IDS[0], "failures.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert {kind: len(some) for kind, some in last_run(config).failures.items()} == {"dns": 5, "tls": 5}


@pytest.mark.parametrize("damage", ["{", "[]", ""])
def test_a_summary_that_cannot_be_read_is_as_if_it_was_not_there(config: Config, leave: Leave, damage: str) -> None:
    leave(IDS[0])
    Path("state/runs", IDS[0], "summary.json").write_text(damage)
    assert not last_run(config).has_ended
