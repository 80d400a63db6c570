"""A sink that is handed only what its output asks for."""

from __future__ import annotations

from crawler.core.ports import Sink
from crawler.core.visit import Visit


class Selection:
    """`sink` without what its output leaves out.

    unchanged: whether pages that did not change since the last run are kept; hops: whether redirects on the way to a
    visit are, which have no record of their own.
    """

    def __init__(self, sink: Sink, *, unchanged: bool, hops: bool) -> None:
        self._sink = sink
        self._unchanged = unchanged
        self._hops = hops

    def open(self, position: str | None) -> None:
        """Opens the sink. Raises BadInput, Locked, OutputFailed."""
        self._sink.open(position)

    def write(self, visit: Visit) -> None:
        """Hands `visit` on, or not. Raises OutputFailed, OutputClosed."""
        if (self._hops or not visit.is_hop) and (self._unchanged or visit.change != "unchanged"):
            self._sink.write(visit)

    def flush(self, *, final: bool = False) -> str:
        """Flushes the sink; its position. Raises OutputFailed, OutputClosed."""
        return self._sink.flush(final=final)

    def close(self, *, for_good: bool = False) -> None:
        """Closes the sink. Raises OutputFailed."""
        self._sink.close(for_good=for_good)

    def describe(self) -> str:
        """Where the records go, for people."""
        return self._sink.describe()
