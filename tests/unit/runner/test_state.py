"""What is said of the state that a run has left."""

from __future__ import annotations

from crawler.frontiers.saved_state import SavedState, SavedWait
from crawler.runner.state import describe

STATE = SavedState(
    started="20261122T173400Z",
    finished=False,
    saved_at=1795368840.0,
    done=12,
    queued=34,
    known=56,
    hosts_to_do=2,
    waits=[],
    notes={"tally": {"failed": 3, "errors": {"timeout": 2, "dns": 1}}},
)


def test_all_that_was_committed_is_described() -> None:
    lines = describe(STATE, running=False).splitlines()
    assert lines[0] == "run:      20261122T173400Z, unfinished; the same command resumes it"
    assert lines[1].startswith("saved:    2026-11-2")
    assert lines[2:] == ["done:     12 (3 failed: timeout 2, dns 1)", "to do:    34 on 2 hosts; 56 URLs known"]


def test_each_wait_is_a_line_and_a_hostile_host_is_not_printed_raw() -> None:
    waits = [SavedWait("a.example", "delay", 1795368841.0, 3), SavedWait("b\x1b[2J", "robots", None, 1)]
    state = SavedState("20261122T173400Z", False, 1795368840.0, 0, 4, 4, 2, waits)
    first, second = describe(state, running=True).splitlines()[-2:]
    assert first.startswith("waiting:  a.example until 2026-11-2")
    assert first.endswith(" (delay), 3 queued")
    assert second == r"waiting:  b\x1b[2J until it is known (robots), 1 queued"
