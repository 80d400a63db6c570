"""Log lines: for people on a terminal, JSON otherwise."""

from __future__ import annotations

import errno
import logging
import os
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Any, TextIO

from crawler.core.errors import BadInput, OutputFailed
from crawler.core.events import Event, RunEnded, Snapshot, Visited
from crawler.core.printable import printable
from crawler.core.registry import load
from crawler.observers.closing import closing_summary
from crawler.observers.terminal import SafeStream
from crawler.observers.wording import TELLERS, Told, tell_status

MOST_ALIKE = 100  # events of one kind that are told; a site with 50,000 dead links shall not fill a disk
STATUS_EVERY_S = 10.0
_UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN}
_LINES = {"logger": "crawler.observers.lines:line_logger"}


class LogObserver:
    """Tells events in lines through structlog, to `stream` or to the file that `file` names (appended to).

    format: auto = console on a terminal, else json. quiet: warnings and errors only. status_every_s: None where a
    progress display makes status lines superfluous. A run's end is a line in JSON and a closing summary on a console.
    """

    def __init__(
        self,
        *,
        level: str = "info",
        format: str = "auto",
        file: str | None = None,
        stream: TextIO | None = None,
        quiet: bool = False,
        status_every_s: float | None = STATUS_EVERY_S,
    ) -> None:
        """Raises BadInput, OutputFailed if `file` cannot be written. A `stream` of None takes nothing."""
        self._file = None if file is None else _open(file)
        self._screen = SafeStream(stream)
        out = SafeStream(self._file) if self._file is not None else self._screen
        self._is_json = format == "json" or (format == "auto" and not out.isatty())
        lowest = logging.getLevelNamesMapping()[level.upper()]
        self._lowest = max(lowest, logging.WARNING) if quiet else lowest
        self._quiet = quiet
        self._status_every_s = status_every_s
        self._last_status_s: float | None = None
        self._told = Counter[str]()
        self._out = out
        self._lost = False  # whether it was told that the file takes no lines
        self._log: Any = None  # made for the first line: structlog takes 80 ms to import, and quiet runs have none

    def notice(self, event: Event) -> None:
        """Tells `event`, if it is to be told."""
        kind = type(event)
        if kind is Visited:
            self._notice_visit(event)  # type: ignore[arg-type]
        elif kind is Snapshot:
            self._notice_snapshot(event)  # type: ignore[arg-type]
        elif kind is RunEnded and self._closes():
            self._screen.write(closing_summary(event))  # type: ignore[arg-type]
            self._screen.flush()
            if self._file is not None:
                self._tell(TELLERS[kind](event))
        elif kind in TELLERS:
            self._tell(TELLERS[kind](event))

    def close(self) -> None:
        """Closes the log file, if it is one."""
        if self._file is not None:
            SafeStream(self._file).flush()
            with suppress(OSError):
                self._file.close()

    def _closes(self) -> bool:
        if self._quiet:
            return False
        return self._screen.isatty() if self._file is not None else not self._is_json

    def _notice_visit(self, event: Visited) -> None:
        if event.visit.error is not None or self._lowest <= logging.DEBUG:
            self._tell(TELLERS[Visited](event))

    def _notice_snapshot(self, event: Snapshot) -> None:
        if self._status_every_s is None:
            return
        if self._last_status_s is None:
            self._last_status_s = event.elapsed_s
        if event.elapsed_s - self._last_status_s >= self._status_every_s:
            self._last_status_s = event.elapsed_s
            self._tell(tell_status(event, datetime.now()))

    def _tell(self, told: Told) -> None:
        level = logging.getLevelNamesMapping()[told.level.upper()]
        if told.kind is not None:
            self._told[told.kind] += 1
            level = self._bounded(told, level)
        self._write(level, told.name, told.text, **told.fields)

    def _write(self, level: int, name: str, text: str, **fields: Any) -> None:
        if level < self._lowest:
            return
        if self._log is None:
            self._log = load(_LINES, "logger")(self._out, self._lowest, is_json=self._is_json)
        self._log.log(level, name, message=text, **fields)
        if self._file is not None and self._out.failure is not None and not self._lost:
            self._lost = True
            why = printable(str(self._out.failure))
            self._screen.write(f"warning: logging.file could not be written, lines are lost: {why}\n")

    def _bounded(self, told: Told, level: int) -> int:
        """The level of an event that may come in any number."""
        told_so_far = self._told[str(told.kind)]
        if told_so_far <= MOST_ALIKE:
            return level
        if told_so_far == MOST_ALIKE + 1 and self._lowest > logging.DEBUG:
            rest = f"{MOST_ALIKE} {told.kind} were told; further ones are counted, and told at level debug"
            self._write(level, "told_enough", rest, kind=told.kind)
        return logging.DEBUG


def _open(path: str) -> TextIO:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        # Not blocking, so that a named pipe without a reader is an error instead of a hang.
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            raise OutputFailed(f"logging.file {path} could not be written: {error.strerror}") from error
        raise BadInput(f"logging.file {path!r} cannot be a log file: {error}") from error
    return open(fd, "a", buffering=1, encoding="utf-8", errors="backslashreplace")
