"""Writes visits down and commits them: the output first, then the frontier with the output's position."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from crawler.core.events import Event, Visited, Warned
from crawler.core.ports import Frontier, Sink
from crawler.core.url import host_of
from crawler.core.visit import Request, Visit
from crawler.engine.accounts.tally import Tally

INTERVAL_S = 0.5
AT_ONCE = 16  # visits written down together, which costs less than one at a time
MOST_HELD_BYTES = 1024 * 1024  # of their bodies


class Ledger:
    """The one order that makes exactly-once true: sink written and flushed, then the frontier's transaction.

    most: visits between two commits; it bounds what a kill can cause to be asked again.
    notes: what to store beside the position.
    """

    def __init__(
        self,
        frontier: Frontier,
        sink: Sink,
        tally: Tally,
        notes: Callable[[], Mapping[str, Any]],
        notify: Callable[[Event], None],
        *,
        most: int,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._frontier = frontier
        self._sink = sink
        self._tally = tally
        self._notes = notes
        self._notify = notify
        self._most = most
        self._interval_s = interval_s
        self._entered: list[Visited] = []  # not written down yet
        self._held_bytes = 0
        self._uncommitted = 0
        self._last_commit = time.monotonic()
        self._is_torn = False  # a request is finished, and its visit written by none or perhaps by one sink of two

    def enter(self, request: Request, visit: Visit) -> None:
        """Takes the visit of `request`, and at the latest with the next commit writes it down. Raises OutputFailed,
        OutputClosed, perhaps for an earlier one."""
        host = host_of(visit.url)
        self._frontier.finish(request, visit.duplicate_of)
        self._tally.add(visit, host)  # at once: limits go by it
        if visit.missing:
            self._warn_once(visit)
        self._entered.append(Visited(visit, host))
        self._held_bytes += visit.body_bytes
        self._uncommitted += 1
        if self._uncommitted >= self._most:
            self.commit()
        elif len(self._entered) >= AT_ONCE or self._held_bytes > MOST_HELD_BYTES:
            self._write_down()

    def _write_down(self) -> None:
        """Step by step for all, since what is done again and again finds its code in the processor's caches."""
        entered, self._entered, self._held_bytes = self._entered, [], 0
        try:
            for visited in entered:
                self._sink.write(visited.visit)
        except BaseException:
            self._is_torn = True
            raise
        for visited in entered:
            self._notify(visited)

    def _warn_once(self, visit: Visit) -> None:
        """Says which required fields are missing for the first time in this run."""
        if new := [name for name in visit.missing if self._tally.missing_fields[name] == 1]:
            field, is_counted = ("field", "it is") if len(new) == 1 else ("fields", "they are")
            self._notify(
                Warned(
                    f"{visit.url} lacks the required {field} {', '.join(new)}; from now on {is_counted} only counted, "
                    "as missing_fields in the summary"
                )
            )

    def enter_hop(self, visit: Visit) -> None:
        """Writes a redirect on the way to a visit; the change of its request is committed with it. Raises OutputFailed,
        OutputClosed."""
        self._write_down()
        try:
            self._sink.write(visit)
        except BaseException:
            self._is_torn = True
            raise

    def touch(self) -> None:
        """Something other than a visit changed that the next commit should keep."""
        self._uncommitted += 1

    def due(self) -> float | None:
        """When the next commit is due, monotonic seconds; None: nothing to commit."""
        if not self._uncommitted and not self._frontier.outdated:
            return None
        return self._last_commit + self._interval_s

    def commit_if_due(self) -> None:
        """Commits when it is time, or when the frontier learnt of a wait that a restart must respect."""
        due = self.due()
        if self._frontier.urgent or (due is not None and time.monotonic() >= due):
            self.commit()

    def commit(self, *, final: bool = False) -> None:
        """Makes everything so far durable. Raises OutputFailed, OutputClosed; then nothing was committed.

        final: the run is complete, and the output takes its last form.

        After a visit that could not be written nothing ever is: it would be lost, or be in one output of two.
        """
        if self._is_torn:
            return
        self._write_down()
        position = self._sink.flush(final=final)
        self._frontier.commit(position, self._notes())
        self._uncommitted = 0
        self._last_commit = time.monotonic()

    def conclude(self) -> None:
        """Commits the end of the run; only then is the output told of it. Raises OutputFailed, OutputClosed."""
        self._frontier.end_run()
        self.commit()
        self._sink.close(for_good=True)
