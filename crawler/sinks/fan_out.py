"""Several sinks as one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack

from crawler.core.errors import BadInput
from crawler.core.ports import Sink
from crawler.core.visit import Visit


class FanOut:
    """Every visit to each of `sinks`, under one position, so that after a failure all resume from the same visit."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def open(self, position: str | None) -> None:
        """Opens all or none. Raises BadInput, Locked, OutputFailed."""
        positions = [None] * len(self._sinks) if position is None else self._split(position)
        with ExitStack() as opened:
            for sink, own in zip(self._sinks, positions, strict=True):
                sink.open(own)
                opened.callback(sink.close)
            opened.pop_all()

    def write(self, visit: Visit) -> None:
        """Hands `visit` to each sink. Raises OutputFailed, OutputClosed."""
        for sink in self._sinks:
            sink.write(visit)

    def flush(self, *, final: bool = False) -> str:
        """Flushes each sink; their positions as one. Raises OutputFailed, OutputClosed."""
        return json.dumps([sink.flush(final=final) for sink in self._sinks])

    def close(self, *, for_good: bool = False) -> None:
        """Closes all, also where one fails. Raises OutputFailed."""
        with ExitStack() as closing:
            for sink in self._sinks:
                closing.callback(sink.close, for_good=for_good)

    def describe(self) -> str:
        """Where the records go, for people; a sink that describes itself by nothing is left out."""
        return ", ".join(filter(None, (sink.describe() for sink in self._sinks)))

    def _split(self, position: str) -> list[str | None]:
        try:
            positions = json.loads(position)
        except ValueError:
            positions = None
        if not isinstance(positions, list) or len(positions) != len(self._sinks):
            raise BadInput(
                "the unfinished run has another number of outputs; keep output as it was to resume it, "
                "or begin a new run with --fresh"
            )
        return positions
