"""Keeps the process that coordinates from being the one that all others wait for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

EVERY_S: Final = 0.1
BUSY: Final = 0.25  # of a core, others may use it too; below that nobody waits for anybody
TOLERANCE: Final = 1.1
STEP: Final = 0.85


class Balance:
    """This process's share of the visits: at most `most`, less while it needs more CPU than the others do, since they
    can take visits off it and nothing else."""

    def __init__(
        self,
        most: float,
        *,
        now: Callable[[], float] = time.monotonic,
        cpu_s: Callable[[], float] = time.process_time,
    ) -> None:
        self.share = most
        self._most = most
        self._now = now
        self._cpu_s = cpu_s
        self._last = (now(), cpu_s(), 0.0)

    def weigh(self, others_s: float) -> float:
        """The share from now on; others_s: seconds of CPU that the other processes have used so far, on average."""
        now, own_s = self._now(), self._cpu_s()
        before, own_before_s, others_before_s = self._last
        if now - before < EVERY_S:
            return self.share
        self._last = (now, own_s, others_s)
        own_s, others_s = own_s - own_before_s, others_s - others_before_s
        if own_s > BUSY * (now - before) and own_s > TOLERANCE * others_s:
            self.share = max(1.0, self.share * STEP)
        elif own_s * TOLERANCE < others_s or own_s < BUSY * (now - before):
            self.share = min(self._most, self.share / STEP)
        return self.share
