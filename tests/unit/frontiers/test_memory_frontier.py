"""The frontier without a file: what it does not do."""

from __future__ import annotations

from pathlib import Path

from crawler.frontiers.memory_frontier import MemoryFrontier


def a_frontier(folder: Path) -> MemoryFrontier:
    frontier = MemoryFrontier(folder, delay_s=0.0, jitter=0.0, per_host=1)
    assert not frontier.open("20261122T173400Z", fresh=False).resumed
    return frontier


def test_nothing_is_written_and_nothing_is_resumed(tmp_path: Path) -> None:
    frontier = a_frontier(tmp_path)
    frontier.discover(["https://a.example/"], depth=0, parent=None)
    frontier.commit("12", {"a": 1})
    frontier.close()
    assert list(tmp_path.iterdir()) == []
    assert a_frontier(tmp_path).stats().known == 0


def test_a_done_url_leaves_only_its_name_behind(tmp_path: Path) -> None:
    frontier = a_frontier(tmp_path)
    frontier.discover([f"https://a.example/{number}" for number in range(50)], depth=0, parent=None)
    while requests := frontier.reserve(9):
        frontier.finish(requests[0])
    frontier.commit(None, {})
    host = frontier._hosts["a.example"]
    assert (host.fresh.heap, host.later.heap, frontier._handed, frontier._changed) == ([], [], {}, set())
