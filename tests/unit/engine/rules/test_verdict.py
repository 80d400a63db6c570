"""The exit code of an ended run, by the table in the reference."""

from __future__ import annotations

import pytest

from crawler.core.errors import ExitCode
from crawler.engine.accounts.tally import Tally
from crawler.engine.rules.verdict import RESUMABLE, exit_code


def tally(ok: int, failed: int = 0, robots: int = 0, duplicates: int = 0) -> Tally:
    errors = {"http_status": failed, "robots": robots}
    pages = ok + failed + robots + duplicates
    return Tally({"pages": pages, "ok": ok, "failed": failed + robots, "duplicates": duplicates, "errors": errors})


@pytest.mark.parametrize("reason", ["complete", "max_pages"])
def test_a_finished_run_is_complete_failures_included(reason: str) -> None:
    assert exit_code(reason, tally(ok=1, failed=99)) == ExitCode.COMPLETE


@pytest.mark.parametrize(
    ("reason", "code"),
    [("max_bytes", 5), ("max_duration", 5), ("min_free_disk", 5), ("SIGINT", 130), ("SIGTERM", 143)],
)
def test_a_stopped_run_has_the_code_of_what_stopped_it_and_can_be_resumed(reason: str, code: int) -> None:
    for counts in (tally(ok=5), tally(ok=0), tally(ok=1, failed=9)):
        found = exit_code(reason, counts, failed_ratio=0.1, failed_pages=1)
        assert found == code
        assert found in RESUMABLE


@pytest.mark.parametrize("counts", [tally(0), tally(0, failed=3), tally(0, robots=1), tally(0, failed=1, duplicates=1)])
def test_a_run_without_one_usable_page_fetched_nothing(counts: Tally) -> None:
    assert exit_code("complete", counts) == ExitCode.NOTHING_FETCHED
    assert exit_code("complete", counts, failed_pages=0, failed_ratio=0.0) == ExitCode.NOTHING_FETCHED


@pytest.mark.parametrize(("failed", "code"), [(0, 0), (2, 0), (3, 3)])
def test_more_failed_pages_than_allowed_cross_the_threshold(failed: int, code: int) -> None:
    assert exit_code("complete", tally(ok=10, failed=failed), failed_pages=2) == code


@pytest.mark.parametrize(("failed", "code"), [(0, 0), (10, 0), (11, 3)])
def test_a_larger_share_of_failures_than_allowed_crosses_the_threshold(failed: int, code: int) -> None:
    assert exit_code("complete", tally(ok=100 - failed, failed=failed), failed_ratio=0.1) == code


def test_a_threshold_of_zero_is_crossed_by_any_failure_and_by_nothing_else() -> None:
    assert exit_code("complete", tally(ok=9, failed=1), failed_pages=0) == ExitCode.THRESHOLD
    assert exit_code("complete", tally(ok=9, failed=1), failed_ratio=0.0) == ExitCode.THRESHOLD
    assert exit_code("max_pages", tally(ok=9), failed_pages=0, failed_ratio=0.0) == ExitCode.COMPLETE


def test_what_robots_txt_refuses_is_no_failure() -> None:
    assert exit_code("complete", tally(ok=1, robots=50), failed_pages=0, failed_ratio=0.0) == ExitCode.COMPLETE


def test_only_runs_whose_state_is_kept_can_be_resumed() -> None:
    assert {int(code) for code in RESUMABLE} == {5, 7, 130, 143}


def test_an_unknown_end_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no run ends"):
        exit_code("tired", tally(ok=1))
