"""The state as others see it, and a time scale that no clock can jump out of."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from math import inf
from pathlib import Path

import pytest

from crawler.core.errors import BadInput
from crawler.frontiers.saved_state import RunRow, SavedWait, StateClock, read_state
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from tests.unit.frontiers.fake_time import FakeTime

LOOK = """
import sys
from pathlib import Path
from crawler.frontiers.saved_state import read_state
state = read_state(Path(sys.argv[1]))
print(state.started, state.queued, state.done, state.known, state.finished)
"""


def a_frontier(folder: Path, time: FakeTime, delay_s: float = 1.0) -> SqliteFrontier:
    frontier = SqliteFrontier(folder, delay_s=delay_s, jitter=0.0, per_host=1, now=time.now, wall=time.wall)
    frontier.open("20261122T173400Z", fresh=False)
    return frontier


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_another_process_reads_what_was_committed_while_a_run_goes_on(tmp_path: Path) -> None:
    frontier = a_frontier(tmp_path, FakeTime())
    frontier.discover(["https://a.example/1", "https://a.example/2"], depth=0, parent=None)
    frontier.finish(frontier.reserve(1)[0])
    frontier.commit("77", {"pages": 1})
    frontier.discover(["https://a.example/3"], depth=0, parent=None)
    seen = subprocess.run([sys.executable, "-c", LOOK, str(tmp_path)], capture_output=True, text=True, check=True)
    assert seen.stdout == "20261122T173400Z 1 1 2 False\n"
    state = read_state(tmp_path)
    assert state is not None
    assert (state.position, state.notes, state.hosts_to_do) == ("77", {"pages": 1}, 1)
    frontier.commit("78", {})
    frontier.close()


def test_looking_at_a_state_at_rest_changes_nothing(tmp_path: Path) -> None:
    frontier = a_frontier(tmp_path, FakeTime())
    frontier.end_run()
    frontier.commit(None, {})
    frontier.close()
    before = files(tmp_path)
    state = read_state(tmp_path)
    assert state is not None
    assert state.finished
    assert files(tmp_path) == before


def test_what_a_killed_process_left_can_be_read(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from crawler.frontiers.sqlite_frontier import SqliteFrontier\n"
        "f = SqliteFrontier(Path(sys.argv[1]), delay_s=0, jitter=0, per_host=1); f.open('run', fresh=False)\n"
        "f.discover(['https://a.example/1'], depth=0, parent=None); f.commit('5', {}); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert (tmp_path / "frontier.sqlite-wal").exists()
    state = read_state(tmp_path)
    assert state is not None
    assert (state.started, state.queued, state.position) == ("run", 1, "5")


def test_no_state_is_none_and_creates_nothing(tmp_path: Path) -> None:
    assert read_state(tmp_path / "none") is None
    frontier = a_frontier(tmp_path, FakeTime())
    assert read_state(tmp_path) is None  # opened, nothing committed
    frontier.close()
    assert read_state(tmp_path) is None


def test_waits_are_told_with_their_reason_and_wall_clock_end_soonest_first(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = a_frontier(tmp_path, time)
    for host in "abcdef":
        frontier.discover([f"https://{host}.example/{number}" for number in range(2)], depth=0, parent=None)
    a, b, c = frontier.reserve(3)
    for request in (a, b, c):
        frontier.sent(request)
        frontier.finish(request)
    frontier.set_delay("b.example", 7.0)
    frontier.block_host("d.example", time.now() + 3, "retry-after")
    frontier.block_host("e.example", None, "robots")
    frontier.commit(None, {})
    frontier.finish(frontier.reserve(1)[0])
    (request,) = frontier.reserve(1)
    frontier.sent(request)
    frontier.postpone(request._replace(attempts=1), time.now() + 60, "backoff")
    frontier.commit(None, {})
    state = read_state(tmp_path, wall=time.wall)
    assert state is not None
    found = [(wait.host[0], wait.reason, wait.until and round(wait.until - time.wall(), 1), wait.queued)
             for wait in state.waits]  # fmt: skip
    assert found == [("a", "delay", 1.0, 1), ("c", "delay", 1.0, 1), ("d", "retry-after", 3.0, 2),
                     ("b", "crawl-delay", 7.0, 1), ("f", "backoff", 60.0, 1), ("e", "robots", None, 2)]  # fmt: skip
    time.go_on(10.0)
    state = read_state(tmp_path, most_waits=1, wall=time.wall)
    assert state is not None
    assert [wait.host for wait in state.waits] == ["f.example"]
    assert isinstance(state.waits[0], SavedWait)
    frontier.close()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at" * 50, b"short", b"\0" * 5000])
def test_a_foreign_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "frontier.sqlite").write_bytes(content)
    with pytest.raises(BadInput, match=r"frontier\.sqlite"):
        read_state(tmp_path)
    assert files(tmp_path) == {"frontier.sqlite": content}


def test_a_database_of_something_else_is_named_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "frontier.sqlite") as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = files(tmp_path)
    with pytest.raises(BadInput, match="no crawl state"):
        read_state(tmp_path)
    assert files(tmp_path) == before


# The time scale.


def saved_row(clock: StateClock) -> RunRow:
    at, monotonic, wall = clock.mark()
    return RunRow("run", 0, None, "{}", 0, 0, 0, at, monotonic, wall, clock.boot)


def remaining_after(before: FakeTime, after: FakeTime, boot: str, wait_s: float = 300.0) -> float:
    """What is left of a wait that was stored at `before` for a process that begins at `after`."""
    first = StateClock(before.now, before.wall, boot="boot 1")
    stored = first.to_state(before.now() + wait_s)
    second = StateClock(after.now, after.wall, boot=boot, saved=saved_row(first))
    return second.from_state(stored) - after.now()


def test_in_one_boot_no_jump_of_the_wall_clock_changes_a_wait() -> None:
    for jump_s in (0.0, 86_400.0, -86_400.0):
        after = FakeTime(monotonic=1_100.0, jumped_s=1_700_000_000.0 + jump_s)
        assert remaining_after(FakeTime(), after, "boot 1") == pytest.approx(200.0)


def test_over_a_reboot_the_wall_clock_tells_and_a_jump_back_does_not_lengthen_the_wait() -> None:
    for passed_s, left_s in ((100.0, 200.0), (-86_400.0, 300.0), (400.0, -100.0)):
        after = FakeTime(monotonic=5.0, jumped_s=1_700_001_000.0 + passed_s - 5.0)
        assert remaining_after(FakeTime(), after, "boot 2") == pytest.approx(left_s)


def test_a_monotonic_clock_that_began_anew_is_not_trusted() -> None:
    after = FakeTime(monotonic=5.0, jumped_s=1_700_001_000.0 + 100.0 - 5.0)
    assert remaining_after(FakeTime(), after, "boot 1") == pytest.approx(200.0)


def test_a_system_that_does_not_tell_boots_apart_is_not_trusted() -> None:
    first = StateClock(FakeTime().now, FakeTime().wall, boot="")
    after = FakeTime(monotonic=1_100.0, jumped_s=1_700_000_000.0 - 50.0)
    second = StateClock(after.now, after.wall, boot="", saved=saved_row(first))
    assert second.mark()[0] - first.mark()[0] == pytest.approx(50.0)


def test_never_is_stored_as_nothing() -> None:
    clock = StateClock(FakeTime().now, FakeTime().wall)
    assert clock.to_state(-inf) is None
    assert clock.from_state(None) == -inf


def test_what_identifies_the_boot_is_the_same_in_every_process() -> None:
    script = "from crawler.frontiers.saved_state import boot_id; print(boot_id())"
    answers = {subprocess.check_output([sys.executable, "-c", script]) for _ in range(2)}
    assert len(answers) == 1
    assert not os.path.exists("/proc/sys/kernel/random/boot_id") or answers != {b"\n"}
