"""How a log line looks: JSON for machines, columns and colours for people; structlog carries it."""

from __future__ import annotations

import json
import os
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from crawler.observers.terminal import SafeStream

_COLOURS = {"debug": "2", "info": "36", "warning": "33", "error": "31"}


def line_logger(out: SafeStream, lowest: int, *, is_json: bool) -> Any:
    """A structlog logger that writes lines of level `lowest` and above to `out`."""
    return structlog.wrap_logger(
        structlog.WriteLogger(out),  # type: ignore[arg-type]  # it writes and flushes, no more
        processors=_processors(is_json, has_colour=out.isatty() and "NO_COLOR" not in os.environ),
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
    )


def _processors(is_json: bool, *, has_colour: bool) -> list[Any]:
    if is_json:
        return [structlog.processors.add_log_level, structlog.processors.TimeStamper("iso", key="time"), _as_json]
    stamp = structlog.processors.TimeStamper("%H:%M:%S", utc=False, key="time")
    return [structlog.processors.add_log_level, stamp, _as_coloured_line if has_colour else _as_line]


def _as_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    # ASCII only, so that C1 and bidirectional controls are escaped too; DEL is the one that JSON lets through.
    first = {name: event.pop(name) for name in ("time", "level", "event", "message")}
    return json.dumps({**first, **event}, default=str).replace("\x7f", "\\u007f")


def _as_line(_: WrappedLogger, __: str, event: EventDict) -> str:
    return f"{event['time']} {event['level']:<7} {event['message']}"


def _as_coloured_line(_: WrappedLogger, __: str, event: EventDict) -> str:
    colour = _COLOURS.get(event["level"], "0")
    return f"\x1b[2m{event['time']}\x1b[0m \x1b[{colour}m{event['level']:<7}\x1b[0m {event['message']}"
