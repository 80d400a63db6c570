"""Where a connection is probably kept alive, so that no name has to be looked up."""

from __future__ import annotations

from time import monotonic
from typing import Final, TypeVar

from crawler.clients.wire.transfer import Origin

_NOTICED_AFTER_S: Final = 1.1  # libcurl looks for dead connections when a request begins, but once a second at most
_Value = TypeVar("_Value", int, float, str)


class Kept:
    """A guess: libcurl alone knows its connections. Who guessed wrong looks up the name after all.

    Remembers at most `most` origins, those that were asked last.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: dict[Origin, int] = {}
        self._shared: dict[Origin, int] = {}
        self._lost: dict[Origin, float] = {}
        self._versions: dict[Origin, str] = {}
        self._broken: dict[Origin, int] = {}

    def is_shared(self, origin: Origin) -> bool:
        """Whether `origin` has answered in HTTP/2 or HTTP/3."""
        return origin in self._shared

    def is_doubtful(self, origin: Origin) -> bool:
        """Whether libcurl might still take a connection to `origin` for alive that is gone."""
        if not self._lost or origin not in self._lost:
            return False
        if monotonic() - self._lost[origin] < _NOTICED_AFTER_S:
            return True
        del self._lost[origin]
        return False

    def lose(self, origin: Origin) -> None:
        """An idle connection to `origin` has ended. (Over one of HTTP/2 the server may speak at any time.)"""
        if origin not in self._shared:
            self._idle.pop(origin, None)
            _remember(self._lost, origin, monotonic(), self._most)

    def take(self, origin: Origin) -> bool:
        """Whether a connection to `origin` is likely to be free, or to be shared; a free one no longer is."""
        if origin in self._shared:
            return True
        count = self._idle.pop(origin, 0)
        if count > 1:
            self._idle[origin] = count - 1
        return count > 0

    def give_back(self, origin: Origin) -> None:
        """A response has come, over a connection that is likely to stay."""
        if origin not in self._shared:
            _remember(self._idle, origin, self._idle.get(origin, 0) + 1, self._most)

    def has_broken(self, origin: Origin) -> bool:
        """Whether a connection to `origin` that requests share may have broken: retries are better kept apart."""
        return origin in self._broken

    def break_off(self, origin: Origin) -> None:
        """A request has failed in a way that takes those along which share its connection."""
        if origin in self._shared:
            _remember(self._broken, origin, 1, self._most)

    def version(self, origin: Origin) -> str | None:
        """The newest version of HTTP that `origin` is to be offered; None: no other than all are."""
        return self._versions.get(origin) if self._versions else None

    def remember_version(self, origin: Origin, version: str) -> None:
        """Of no use to offer `origin` more than `version`."""
        _remember(self._versions, origin, version, self._most)

    def share(self, origin: Origin) -> None:
        """An answer has come in HTTP/2 or HTTP/3."""
        self._idle.pop(origin, None)
        _remember(self._shared, origin, 1, self._most)


def _remember(kept: dict[Origin, _Value], origin: Origin, value: _Value, most: int) -> None:
    """Notes `value`; what was noted longest ago gives way."""
    kept.pop(origin, None)
    kept[origin] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
