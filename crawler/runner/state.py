"""What a run left behind, or has committed so far, for people."""

from __future__ import annotations

from datetime import datetime

from crawler.config.model import Config
from crawler.core.printable import printable
from crawler.frontiers.lock import is_locked
from crawler.frontiers.saved_state import SavedState, SavedWait, read_state
from crawler.runner.assembly import folder_of

MOST_WAITS = 10


def described_state(config: Config) -> str:
    """The lines that say what the state of this crawl holds. Raises BadInput, OutputFailed."""
    folder = folder_of(config)
    durable = config.frontier.type == "sqlite"
    first = f"crawl:    {config.name} (state in {printable(str(folder), None)})"
    state = read_state(folder, MOST_WAITS) if durable else None
    running = is_locked(folder)
    if state is not None:
        return f"{first}\n{describe(state, running)}"
    kept = "" if durable else "; frontier.type memory keeps none"
    return f"{first}\nrun:      {'one is going on' if running else 'none'}, nothing saved{kept}"


def describe(state: SavedState, running: bool) -> str:
    """The lines that tell a person what was committed last."""
    progress = "going on" if running else "complete" if state.finished else "unfinished; the same command resumes it"
    tally = state.notes.get("tally", {})
    errors = ", ".join(f"{name} {number}" for name, number in tally.get("errors", {}).items())
    lines = [
        f"run:      {state.started}, {progress}",
        f"saved:    {_moment(state.saved_at)}",
        f"done:     {state.done} ({tally.get('failed', 0)} failed{': ' + errors if errors else ''})",
        f"to do:    {state.queued} on {state.hosts_to_do} hosts; {state.known} URLs known",
        *(f"waiting:  {_wait(wait)}" for wait in state.waits),
    ]
    return "\n".join(lines)


def _wait(wait: SavedWait) -> str:
    until = "until it is known" if wait.until is None else f"until {_moment(wait.until)}"
    return f"{printable(wait.host)} {until} ({wait.reason}), {wait.queued} queued"


def _moment(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s).astimezone().isoformat(sep=" ", timespec="seconds")
