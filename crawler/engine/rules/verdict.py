"""The exit code of a run that came to its end."""

from __future__ import annotations

from typing import Final

from crawler.core.errors import ExitCode
from crawler.engine.accounts.tally import Tally

RESUMABLE: Final = frozenset(
    (ExitCode.BUDGET, ExitCode.OUTPUT_FAILED, ExitCode.INTERRUPTED, ExitCode.TERMINATED)
)  # the state is kept, and the same command goes on with it

_STOPS: Final = {
    "max_bytes": ExitCode.BUDGET,
    "max_duration": ExitCode.BUDGET,
    "min_free_disk": ExitCode.BUDGET,
    "SIGINT": ExitCode.INTERRUPTED,
    "SIGTERM": ExitCode.TERMINATED,
}


def exit_code(
    reason: str, tally: Tally, *, failed_ratio: float | None = None, failed_pages: int | None = None
) -> ExitCode:
    """What the process says of a run that ended for `reason`: "complete", a limit's name or a signal's name.

    A run that was stopped has the code of what stopped it. One that finished has brought nothing (no page was usable),
    or crossed a threshold, or is complete, in this order. failed_ratio and failed_pages: crossed by more than this
    share or number of visits that failed, so that 0 means any; what robots.txt refuses did not fail. None: never.
    """
    if reason in _STOPS:
        return _STOPS[reason]
    if reason not in ("complete", "max_pages"):
        raise ValueError(f"no run ends by {reason!r}")
    if tally.ok == 0:
        return ExitCode.NOTHING_FETCHED
    failed = tally.failed - tally.errors["robots"]
    if failed_pages is not None and failed > failed_pages:
        return ExitCode.THRESHOLD
    if failed_ratio is not None and failed > failed_ratio * tally.pages:
        return ExitCode.THRESHOLD
    return ExitCode.COMPLETE
