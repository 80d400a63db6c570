"""One mistake in a configuration, and the error that carries all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from crawler.core.errors import BadInput
from crawler.core.printable import printable

Path = tuple[str | int, ...]
OVERRIDE = "--set"
MISSING_SPACE = "a space is missing behind the colon"
MAX_SHOWN = 100
_PLAIN_KEY = re.compile(r"[\w-]{0,60}")


class Place(NamedTuple):
    """Where something was written: a file and its line, or OVERRIDE and None."""

    file: str
    line: int | None


class Mistake(NamedTuple):
    """One thing that is wrong; its text is one line for a person and never holds a configured value but
    a known name."""

    place: Place
    path: Path
    problem: str
    allowed: Sequence[str] = ()
    hint: str = ""

    def __str__(self) -> str:
        parts = [self.problem]
        if self.allowed:
            parts.append("allowed: " + ", ".join(self.allowed))
        if self.hint:
            parts.append(self.hint)
        return printable(f"{self._where()}: {'; '.join(parts)}", most=None)

    def _where(self) -> str:
        file, line = self.place
        keys = shown(self.path)
        if file == OVERRIDE:
            return f"{OVERRIDE} {keys}".rstrip()
        return ": ".join(part for part in (file if line is None else f"{file}:{line}", keys) if part)


class BadConfig(BadInput):
    """A configuration that cannot be used; its text is `mistakes`, one a line, from MAX_SHOWN on only their number."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        lines = [str(mistake) for mistake in mistakes[:MAX_SHOWN]]
        if len(mistakes) > MAX_SHOWN:
            lines.append(f"and {len(mistakes) - MAX_SHOWN} mistakes more")
        super().__init__("\n".join(lines))
        self.mistakes = tuple(mistakes)


def shown(path: Path) -> str:
    """The key path in dots. A key is cut where it stops looking like one: `bearer:hunter2` shows no secret."""
    return ".".join(str(key) if isinstance(key, int) else _shown_key(key) for key in path)


def _shown_key(key: str) -> str:
    match = _PLAIN_KEY.match(key)
    plain = match[0] if match else ""
    return (plain or "''") if plain == key else f"{plain}…"
