"""Placeholders in output paths."""

from __future__ import annotations

import re
from datetime import date

PLACEHOLDERS = ("name", "started", "date")
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def expand(template: str, name: str, started: str, wall_date: date) -> str:
    """`template` with {name}, {started} and {date} (2026-11-22) filled in; {{ and }} are plain braces.

    Raises ValueError for an unknown placeholder or a lone brace, naming what is allowed.
    """
    values = dict(zip(PLACEHOLDERS, (name, started, f"{wall_date:%Y-%m-%d}"), strict=True))

    def fill(match: re.Match[str]) -> str:
        if match[0] in {"{{", "}}"}:
            return match[0][0]
        if match[1] not in values:
            raise ValueError(_complaint(match[0], template))
        return values[match[1]]

    return _PIECE.sub(fill, template)


def _complaint(found: str, template: str) -> str:
    what = "a lone brace" if len(found) == 1 else f"unknown placeholder {found}"
    allowed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    return f"{what} in {template!r}; allowed: {allowed}, and {{{{ or }}}} for a brace"
