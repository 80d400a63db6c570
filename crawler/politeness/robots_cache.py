"""The robots.txt rules of the origins visited lately, kept as long as RFC 9309 2.4 lets them be."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from crawler.politeness.robots import ALLOW_ALL, DISALLOW_ALL, RobotsRules

UNREACHABLE_TTL_S = 600.0  # an unreachable robots.txt is asked for again after ten minutes at most


class _Entry(NamedTuple):
    rules: RobotsRules
    until: float


class RobotsCache:
    """Rules by origin, the least recently used forgotten first.

    Holds at most `max_entries` origins and `max_rules` rules among them (a hostile file has 10^5), and always the
    newest.
    """

    def __init__(
        self,
        ttl_s: float,
        max_entries: int = 10_000,
        max_rules: int = 200_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl_s = ttl_s
        self._max_entries = max_entries
        self._max_rules = max_rules
        self._now = now
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._rules = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, origin: str) -> RobotsRules | None:
        """The rules of `origin`, or None if they are unknown or have to be asked for again."""
        entry = self._entries.get(origin)
        if entry is None or entry.until <= self._now():
            return None
        self._entries.move_to_end(origin)
        return entry.rules

    def put(self, origin: str, rules: RobotsRules) -> RobotsRules:
        """Keeps what was just learned about `origin`; the rules that hold now.

        These are `rules`, except when robots.txt has become unreachable (DISALLOW_ALL) and an earlier answer had rules:
        then those go on to hold, since a copy may be used longer while the file is unreachable (2.4). Either way an
        unreachable file is due again after ten minutes, or after `ttl_s` if that is shorter.
        """
        ttl_s = self._ttl_s
        before = self._entries.pop(origin, None)
        if before is not None:
            self._rules -= before.rules.count
        if rules is DISALLOW_ALL:
            ttl_s = min(ttl_s, UNREACHABLE_TTL_S)
            if before is not None and before.rules is not ALLOW_ALL:
                rules = before.rules
        self._entries[origin] = _Entry(rules, self._now() + ttl_s)
        self._rules += rules.count
        self._shrink()
        return rules

    def _shrink(self) -> None:
        while len(self._entries) > 1 and (len(self._entries) > self._max_entries or self._rules > self._max_rules):
            _, entry = self._entries.popitem(last=False)
            self._rules -= entry.rules.count
