"""What the last run of a crawl has left to report on: its folder, the one before, and the state."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from crawler.config.model import Config
from crawler.core.errors import BadInput
from crawler.engine.accounts.tally import Tally
from crawler.frontiers.lock import is_locked
from crawler.frontiers.saved_state import read_state
from crawler.observers import report_observer, summary_observer
from crawler.runner.assembly import folder_of
from crawler.runner.failures import read_failures
from crawler.runner.state import newest_of
from crawler.sinks import failures

MOST_EXAMPLES = 5  # failures of one type that are shown
MOST_LOOKED_AT = 100_000


class LastRun(NamedTuple):
    """One run in figures. `summary` is what summary.json has, or as much of it as the state tells."""

    summary: Mapping[str, Any]
    has_ended: bool  # False: it goes on, or was killed
    is_running: bool
    figures: Mapping[str, Any]  # of report.json; empty where there is none
    failures: Mapping[str, list[Mapping[str, Any]]]  # records by error type, a few of each
    before: Mapping[str, Any] | None  # the summary of the run before


def last_run(config: Config) -> LastRun:
    """Raises BadInput where there was no run yet, OutputFailed where its files cannot be read."""
    folder = folder_of(config)
    runs = folder / "runs"
    ids = {path.parent.name for path in runs.glob("*/*.json*") if not path.name.startswith(".")}
    if (last := newest_of(config, ids)) is None:
        raise BadInput(f"no run of {config.name} has left anything in {runs} yet")
    newest = runs / last
    summary = _summary(newest)
    earlier = (_summary(runs / id) for id in sorted(ids - {last}, reverse=True))
    return LastRun(
        summary=summary or _from_state(config, folder, last),
        has_ended=summary is not None,
        is_running=is_locked(folder),
        figures=report_observer.read_figures(newest / report_observer.FILE_NAME) or {},
        failures=_examples(newest / failures.FILE_NAME),
        before=next(filter(None, earlier), None),
    )


def _summary(folder: Path) -> Mapping[str, Any] | None:
    try:
        summary = json.loads((folder / summary_observer.FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return summary if isinstance(summary, dict) else None


def _from_state(config: Config, folder: Path, started: str) -> Mapping[str, Any]:
    """A run that has no summary: what it committed."""
    state = read_state(folder) if config.frontier.type == "sqlite" else None
    notes = state.notes if state is not None and state.started == started else {}
    saved = notes.get("tally") or {}
    figures = Tally(saved).figures() | {"elapsed_s": saved.get("elapsed_s", 0.0)}
    return {"crawl": config.name, "started": started, **figures, "config": config.redacted()}


def _examples(path: Path) -> Mapping[str, list[Mapping[str, Any]]]:
    examples: dict[str, list[Mapping[str, Any]]] = {}
    seen: Counter[str] = Counter()
    if path.is_file():
        for record in islice(read_failures(path), MOST_LOOKED_AT):
            type = record["error"]["type"]
            seen[type] += 1
            if seen[type] <= MOST_EXAMPLES:
                examples.setdefault(type, []).append(record)
    return examples
