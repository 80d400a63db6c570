"""Pages of each host outlive the process, and end with the run."""

from __future__ import annotations

from pathlib import Path

from crawler.frontiers.sqlite_frontier import SqliteFrontier


def opened(folder: Path, *, fresh: bool = False) -> SqliteFrontier:
    frontier = SqliteFrontier(folder, delay_s=0, jitter=0, per_host=1)
    frontier.open("20261122T173400Z", fresh=fresh)
    return frontier


def test_counts_are_committed_with_the_frontier_and_forgotten_by_the_next_run(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    assert frontier.host_counts.of("a.example") == 0
    for host in ("a.example", "b.example", "a.example"):
        frontier.host_counts.add(host)
    frontier.commit(None, {})
    frontier.host_counts.add("a.example")  # never committed
    frontier.close()
    frontier = opened(tmp_path)
    assert [frontier.host_counts.of(f"{name}.example") for name in "abc"] == [2, 1, 0]
    frontier.close()
    frontier = opened(tmp_path, fresh=True)
    assert frontier.host_counts.of("a.example") == 0
    frontier.host_counts.add("a.example")
    frontier.commit(None, {})
    frontier.close()
