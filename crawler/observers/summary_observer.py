"""summary.json: one run in figures, for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from crawler.core.events import Event, RunEnded, RunStarted
from crawler.core.printable import printable
from crawler.observers.terminal import SafeStream

FILE_NAME = "summary.json"


def _say_on_stderr(message: str) -> None:
    SafeStream(sys.stderr).write(f"warning: {message}\n")


class SummaryObserver:
    """Writes `<runs_folder>/<started>/summary.json` when a run ends, whole or not at all.

    say: told in one sentence if that fails; it does not end anything else.
    """

    def __init__(self, runs_folder: Path, say: Callable[[str], object] = _say_on_stderr) -> None:
        self._runs_folder = runs_folder
        self._say = say
        self._started: str | None = None

    def notice(self, event: Event) -> None:
        """Remembers the run's beginning, writes at its end."""
        if isinstance(event, RunStarted):
            self._started = event.started
        elif isinstance(event, RunEnded):
            self._write(event)

    def close(self) -> None:
        """Nothing is left open."""

    def _write(self, ended: RunEnded) -> None:
        started = self._started or str(ended.summary.get("started", "unknown"))
        path = self._runs_folder / started / FILE_NAME
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, json.dumps(ended.summary, indent=2, default=_plain) + "\n")
        except (OSError, ValueError, TypeError) as error:
            self._say(f"the summary {printable(str(path))} could not be written: {printable(str(error))}")


def _replace(path: Path, text: str) -> None:
    """Puts `text` into `path` in one step, so that a reader sees the old file or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple | set | frozenset) else str(value)
