"""report.json: how a run went, for `crawl report`; written as it goes on, so that a killed run has a report too."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from crawler.core.events import Event, RunEnded, RunStarted, Snapshot, Visited
from crawler.core.printable import printable
from crawler.observers.report.collector import VERSION, Collector

FILE_NAME: Final = "report.json"
WRITE_EVERY_S: Final = 15.0


class ReportObserver:
    """Keeps `<runs_folder>/<started>/report.json`; a resumed run goes on with the figures that it finds there.

    say: told in one sentence if it cannot be written at the end. After a kill, the last seconds before it are missing.
    """

    def __init__(self, runs_folder: Path, say: Callable[[str], object] = lambda message: None) -> None:
        self._runs_folder = runs_folder
        self._say = say
        self._path: Path | None = None
        self._collector = Collector()
        self._written_s = 0.0

    def notice(self, event: Event) -> None:
        """Counts visits; writes now and then, and at the end."""
        kind = type(event)
        if kind is Visited:
            self._collector.add(event.visit, event.host)  # type: ignore[union-attr]
        elif kind is Snapshot:
            self._pass(event)  # type: ignore[arg-type]
        elif isinstance(event, RunStarted):
            self._path = self._runs_folder / event.started / FILE_NAME
            self._collector = _resumed(self._path) if event.resumed else Collector()
        elif isinstance(event, RunEnded):
            self._collector.series.pass_to(_seconds(event.summary.get("elapsed_s")), self._collector.series.now.queued)
            if (failure := self._write()) is not None:
                self._say(f"figures for the report could not be written: {printable(str(failure))}")

    def close(self) -> None:
        """Nothing is left open."""

    def _pass(self, snapshot: Snapshot) -> None:
        self._collector.series.pass_to(snapshot.elapsed_s, snapshot.queued)
        if snapshot.elapsed_s - self._written_s >= WRITE_EVERY_S:
            self._written_s = snapshot.elapsed_s
            self._write()

    def _write(self) -> Exception | None:
        """Replaces the file in one step; why that failed."""
        if self._path is None:
            return None
        draft = self._path.with_name(f".{FILE_NAME}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(self._collector.plain()) + "\n", encoding="ascii")
            draft.replace(self._path)
        except (OSError, ValueError) as error:
            with suppress(OSError):
                draft.unlink()
            return error
        return None


def read_figures(path: Path) -> dict[str, Any] | None:
    """What the file holds; None where it is missing or nothing of ours."""
    try:
        figures: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
        if figures["version"] != VERSION:
            return None
        Collector(figures)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    return figures


def _resumed(path: Path) -> Collector:
    return Collector(read_figures(path))


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
