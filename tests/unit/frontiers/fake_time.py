"""Two clocks that stand still until they are told to go on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class FakeTime:
    """`now` is the monotonic clock, `wall` the wall clock: only the second one can jump."""

    monotonic: float = 1_000.0
    jumped_s: float = 1_700_000_000.0

    def now(self) -> float:
        return self.monotonic

    def wall(self) -> float:
        return self.monotonic + self.jumped_s

    def go_on(self, seconds: float) -> None:
        self.monotonic += seconds
