"""Five deadlines of one request, kept by one timer for all requests of a client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from types import TracebackType
from typing import Final, Literal, NamedTuple, Self

from crawler.core.errors import FetchFailed

Phase = Literal["pool", "connect", "write", "read"]
_TICK_S: Final = 0.1  # a deadline is kept to a tenth of itself, and to this at the worst
_STALL_S: Final = 0.5  # a tick later than this says that the process stood still, not the servers


class Timeouts(NamedTuple):
    """Seconds. connect covers name, TCP and TLS; read is the longest silence; total covers everything."""

    connect_s: float = 10.0
    read_s: float = 20.0
    write_s: float = 20.0
    pool_s: float = 60.0
    total_s: float = 60.0

    def by_phase(self) -> Mapping[Phase, float]:
        """Seconds that each phase may last."""
        return {"pool": self.pool_s, "connect": self.connect_s, "write": self.write_s, "read": self.read_s}


class Watch:
    """Looks at all running deadlines a few times a second: a timer for each request would cost 10 µs with uvloop.

    Time in which the process stood still (a hostile page was parsed, the machine slept) is nobody's silence: deadlines
    are put off by it, since what has arrived meanwhile could not be read; at most by as much as they were given.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        self.timeouts, self.seconds = timeouts, timeouts.by_phase()
        self.running: set[Deadline] = set()
        self._tick_s = min(_TICK_S, *(seconds / 10 for seconds in timeouts))
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """A deadline has begun to run."""
        if self._timer is None:
            self._due = monotonic() + self._tick_s
            self._timer = asyncio.get_running_loop().call_later(self._tick_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = monotonic()
        if (late_s := now - self._due) > _STALL_S:
            for deadline in self.running:
                deadline.put_off(late_s)
        for deadline in [deadline for deadline in self.running if deadline.until <= now]:
            deadline.expire()
        if self.running:
            self.start()


class Deadline:
    """Cancels the task that entered it when this phase, or the whole, lasts too long: FetchFailed("timeout")."""

    __slots__ = (
        *("_awaiting", "_cancelling", "_ends", "_expired", "_phase", "_task", "_to_put_off", "_watch"),
        "until",
    )

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._expired = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline needs a task that it can cancel")
        self._task, self._cancelling = task, task.cancelling()
        now = monotonic()
        self._ends = now + self._watch.timeouts.total_s
        self._to_put_off = self._watch.timeouts.total_s
        self.enter("connect", now)
        self._watch.running.add(self)
        self._watch.start()
        return self

    def enter(self, phase: Phase, now: float, awaiting: str = "answer") -> None:
        """The request is in `phase` since `now` (monotonic): that phase's deadline starts, the total one goes on."""
        self._phase, self._awaiting = phase, awaiting
        until = now + self._watch.seconds[phase]
        self.until = until if until < self._ends else self._ends

    def put_off(self, seconds: float) -> None:
        """It runs that much longer, as far as it has not been put off often."""
        seconds = min(seconds, self._to_put_off)
        self._to_put_off -= seconds
        self.until += seconds
        self._ends += seconds

    def expire(self) -> None:
        """It is too late."""
        self._expired = True
        self._watch.running.discard(self)
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.running.discard(self)
        if self._expired and self._task.uncancel() <= self._cancelling and error is not None:
            # Not only CancelledError: what the cancellation broke on its way out has the same cause.
            raise FetchFailed("timeout", self._sentence(), reached=self._phase != "pool") from None

    def _sentence(self) -> str:
        timeouts = self._watch.timeouts
        if self.until >= self._ends:
            return f"not finished within {timeouts.total_s:g} s (total)"
        what = {
            "pool": "no free connection",
            "connect": "no connection",
            "write": "request not sent",
            "read": f"no {self._awaiting}",
        }[self._phase]
        return f"{what} within {self._watch.seconds[self._phase]:g} s ({self._phase})"
