"""The delay that each host asks for: by its robots.txt, and by how it copes."""

from __future__ import annotations

from collections import OrderedDict

from crawler.core.ports import Frontier
from crawler.core.url import host_of
from crawler.politeness.pace import adapted_delay_s

MOST_HOSTS = 20_000  # remembered at a time, more than a frontier keeps awake; it keeps what it was told longer
NOTICEABLE = 0.1  # share by which an adapted delay must change before the frontier is told


class _Asked:
    """What one host asks for, and what the frontier was told of it."""

    __slots__ = ("adapted_s", "crawl_delays_s", "told_s")

    def __init__(self, told_s: float) -> None:
        self.crawl_delays_s: dict[str, float] = {}  # by origin: http and https share a host
        self.adapted_s = 0.0
        self.told_s = told_s


class Throttle:
    """The only one who tells the frontier of a host's delay. adaptive: whether `observe` has any effect."""

    def __init__(self, frontier: Frontier, *, floor_s: float, adaptive: bool) -> None:
        self._frontier = frontier
        self._floor_s = floor_s
        self._adaptive = adaptive
        self._hosts: OrderedDict[str, _Asked] = OrderedDict()

    def ask(self, origin: str, crawl_delay_s: float) -> None:
        """The robots.txt of `origin` asks for `crawl_delay_s`, 0 for nothing; what it asked for before is over."""
        host = host_of(f"{origin}/")
        asked = self._of(host)
        if crawl_delay_s > 0:
            asked.crawl_delays_s[origin] = crawl_delay_s
        else:
            asked.crawl_delays_s.pop(origin, None)
        self._tell(host, asked, self._wanted_s(asked))

    def observe(self, host: str, elapsed_s: float, good: bool) -> None:
        """One more answer of `host`; good: neither failed nor a sign of overload (429, 5xx)."""
        if not self._adaptive:
            return
        asked = self._of(host)
        asked.adapted_s = adapted_delay_s(asked.adapted_s, elapsed_s, good=good, floor_s=self._floor_s)
        delay_s = self._wanted_s(asked)
        if abs(delay_s - asked.told_s) > NOTICEABLE * asked.told_s:
            self._tell(host, asked, delay_s)

    def delay_s(self, host: str) -> float:
        """The delay that holds for `host`, as far as it is remembered here."""
        asked = self._hosts.get(host)
        return self._floor_s if asked is None else asked.told_s

    def _of(self, host: str) -> _Asked:
        asked = self._hosts.setdefault(host, _Asked(told_s=self._floor_s))
        self._hosts.move_to_end(host)
        if len(self._hosts) > MOST_HOSTS:
            self._hosts.popitem(last=False)
        return asked

    def _wanted_s(self, asked: _Asked) -> float:
        return max(self._floor_s, asked.adapted_s, *asked.crawl_delays_s.values())

    def _tell(self, host: str, asked: _Asked, delay_s: float) -> None:
        asked.told_s = delay_s
        self._frontier.set_delay(host, delay_s if delay_s > self._floor_s else 0.0)
