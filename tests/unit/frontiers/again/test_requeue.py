"""A run begun with chosen URLs of the finished one: those are to do, and all else stays known."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.core.errors import BadInput
from crawler.core.ports import SavedRun
from crawler.core.visit import Request
from crawler.frontiers.again.requeue import requeue
from crawler.frontiers.saved_state import read_state
from crawler.frontiers.sqlite_frontier import SqliteFrontier

A, B, C = (f"http://h{n}.example/" for n in "abc")
ASKED_AGAIN = [Request(B, B, "hb.example", 3, A, hops_out=1), Request(C, C, "hc.example")]
AGAIN = "20261123T000000Z"


def opened(folder: Path) -> tuple[SqliteFrontier, SavedRun]:
    frontier = SqliteFrontier(folder, delay_s=0, jitter=0, per_host=9)
    return frontier, frontier.open("20261122T000000Z", fresh=False)


def crawled(folder: Path, *, finished: bool = True) -> None:
    """A run that took up three URLs, asked for two, and has a page limit to thank that the third is left."""
    frontier, _ = opened(folder)
    frontier.discover([A, B, C], depth=0, parent=None)
    for request in frontier.reserve(2):
        frontier.finish(request)
    if finished:
        frontier.end_run()
    frontier.commit("a position", {"tally": {"pages": 2}, "widened": [A]})
    frontier.close()


def test_exactly_the_chosen_urls_are_to_do_as_they_were_found(tmp_path: Path) -> None:
    crawled(tmp_path)
    assert requeue(tmp_path, AGAIN, ASKED_AGAIN) == 2
    frontier, saved = opened(tmp_path)
    assert saved == SavedRun(AGAIN, True, None, {"widened": [A]})
    handed = sorted(frontier.reserve(9))
    assert [(one.url, one.depth, one.parent, one.hops_out) for one in handed] == [(B, 3, A, 1), (C, 0, None, 0)]
    for request in handed:
        frontier.finish(request)
    assert frontier.stats()[:3] == (0, 0, 2)
    frontier.close()


def test_nothing_known_is_taken_up_again_and_what_is_new_is(tmp_path: Path) -> None:
    crawled(tmp_path)
    requeue(tmp_path, AGAIN, ASKED_AGAIN)
    frontier, _ = opened(tmp_path)
    assert frontier.discover([A, B, C, "http://new.example/"], depth=1, parent=None) == 1
    frontier.close()


def test_the_state_can_be_looked_at_before_the_run_begins(tmp_path: Path) -> None:
    crawled(tmp_path)
    requeue(tmp_path, AGAIN, ASKED_AGAIN)
    state = read_state(tmp_path)
    assert state is not None
    assert (state.started, state.finished, state.queued, state.done) == (AGAIN, False, 2, 0)


def test_without_urls_nothing_changes(tmp_path: Path) -> None:
    crawled(tmp_path)
    before = read_state(tmp_path)
    assert requeue(tmp_path, AGAIN, []) == 0
    after = read_state(tmp_path)
    assert before is not None
    assert after is not None
    assert (after.started, after.queued) == (before.started, before.queued)


def test_an_unfinished_run_is_to_be_finished_first(tmp_path: Path) -> None:
    crawled(tmp_path, finished=False)
    with pytest.raises(BadInput, match="is not finished"):
        requeue(tmp_path, AGAIN, ASKED_AGAIN)


def test_without_a_state_there_is_nothing_to_ask_again(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no state"):
        requeue(tmp_path, AGAIN, ASKED_AGAIN)


def test_a_damaged_state_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 2000)
    with pytest.raises(BadInput, match="damaged"):
        requeue(tmp_path, AGAIN, ASKED_AGAIN)
    assert path.read_bytes().endswith(b"\xff" * 2000)
