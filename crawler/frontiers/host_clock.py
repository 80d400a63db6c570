"""One host's politeness: delay, slots and blocks, as the server sees them."""

from __future__ import annotations

import random
from math import inf
from typing import NamedTuple

from crawler.core.ports import WaitReason

# A request's bytes arrive a little after they are called sent, the first one's perhaps later than the second one's:
# the distance that the server sees is kept by waiting this much longer.
MARGIN_S = 0.005
SLOW_S = 5.0  # a request in flight for so long is told


class Pace(NamedTuple):
    """What every host is asked at most: seconds between two starts, share of random change (0..1), slots.

    hosts_ask: whether a longer delay holds that a host asks for, or has asked an earlier run for.
    """

    delay_s: float
    jitter: float = 0.0
    per_host: int = 1
    hosts_ask: bool = True


class HostClock:
    """When one host may be asked again. Times are seconds of one clock that the caller reads.

    With a delay, a request that was handed out but not yet sent holds the host: only once its bytes have left is it
    known when the next one may follow. Outsiders are requests outside the queue, such as robots.txt.
    """

    __slots__ = (
        "asked_delay_s", "block_reason", "blocked_until", "delay_s", "in_flight", "last_start", "next_start",
        "open_block", "outsiders", "outsiders_unsent", "pace", "promised_until", "unsent",
    )  # fmt: skip

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.delay_s = pace.delay_s
        self.asked_delay_s = 0.0
        self.last_start = -inf
        self.next_start = -inf
        self.in_flight = 0  # outsiders included
        self.unsent = 0  # in flight, but nothing has left yet; outsiders included
        self.outsiders = 0
        self.outsiders_unsent = 0
        self.open_block: WaitReason | None = None
        self.blocked_until = -inf
        self.block_reason: WaitReason = "delay"
        self.promised_until = -inf  # an outsider waits for its turn: the queue stands back

    def clear_at(self) -> float | None:
        """When the queue's next request may start; None if something must happen first."""
        if self.in_flight >= self.pace.per_host or (self.unsent and self.delay_s > 0) or self.open_block is not None:
            return None
        return max(self.next_start, self.blocked_until, self.promised_until)

    def clear_for_outsiders_at(self) -> float | None:
        """The same for a request outside the queue, which an open-ended block (its own robots.txt) does not stop."""
        if self.in_flight >= self.pace.per_host or (self.unsent and self.delay_s > 0):
            return None
        return max(self.next_start, self.blocked_until)

    def hold(self) -> None:
        """A request is handed out."""
        self.in_flight += 1
        self.unsent += 1

    def start(self, now: float) -> None:
        """The bytes of a request that was held have left, or were tried to be sent in vain."""
        self.unsent -= 1
        self.last_start = now
        self.next_start = now + self._gap_s()

    def hold_outsider(self) -> None:
        """A request outside the queue is let through."""
        self.hold()
        self.outsiders += 1
        self.outsiders_unsent += 1
        self.promised_until = -inf

    def start_outsider(self, now: float) -> None:
        """The bytes of a request outside the queue have left; a second call for the same one changes nothing."""
        if self.outsiders_unsent:
            self.outsiders_unsent -= 1
            self.start(now)

    def free_outsider(self, now: float) -> None:
        """A request outside the queue is over; if it was never sent, trying has cost the host as much as sending."""
        if self.outsiders_unsent == self.outsiders:
            self.start_outsider(now)
        self.outsiders -= 1
        self.in_flight -= 1

    def block(self, until: float | None, reason: WaitReason) -> None:
        """No request before `until` (None: while `open_block` is set); of two ends the later one wins."""
        if until is None:
            self.open_block = reason
        elif until > self.blocked_until:
            self.blocked_until, self.block_reason = until, reason

    def ask_delay(self, delay_s: float) -> None:
        """The host asks for at least this delay, counted from its last request too."""
        self.asked_delay_s = delay_s = delay_s if self.pace.hosts_ask else 0.0
        self.delay_s = max(self.pace.delay_s, delay_s)
        self.next_start = max(self.next_start, self.last_start + self._gap_s())

    def last_started_by(self) -> float:
        """The latest moment at which the last request can have started, as far as `next_start` tells."""
        return self.next_start - max(self.asked_delay_s, self.pace.delay_s * (1 - self.pace.jitter))

    def is_idle(self, now: float) -> bool:
        """Whether nothing would be forgotten but the delay it asked for."""
        return not self.in_flight and self.open_block is None and max(self.next_start, self.blocked_until) <= now

    def is_slow(self, now: float) -> bool:
        """Whether a request that was sent long ago, and followed by none, is in flight still."""
        return self.in_flight > self.unsent and now - self.last_start >= SLOW_S

    def why(self, now: float) -> tuple[WaitReason, float | None] | None:
        """What keeps the host from being asked now, and until when; None if nothing does."""
        clear_at = self.clear_at()
        if clear_at is not None and clear_at <= now:
            return None
        if self.open_block is not None:
            return self.open_block, None
        if self.blocked_until > max(now, self.next_start):
            return self.block_reason, self.blocked_until
        if clear_at is None or clear_at > max(self.next_start, self.blocked_until):
            return "in flight", clear_at
        return "crawl-delay" if self.asked_delay_s > self.pace.delay_s else "delay", self.next_start

    def _gap_s(self) -> float:
        """From one start to the next. Jitter may shorten the configured delay, not the one that the host asked for."""
        if self.delay_s <= 0:
            return 0.0
        if not self.pace.jitter:
            return self.delay_s + MARGIN_S
        share = 1 + self.pace.jitter * random.uniform(-1, 1)
        return max(self.asked_delay_s, self.delay_s * share) + MARGIN_S
