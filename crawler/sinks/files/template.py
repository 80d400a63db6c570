"""Placeholders in output paths, and the ending that says what a file is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date

PLACEHOLDERS = ("name", "started", "date", "part")
PART_MARK = "\0"  # stands in an expanded path for the number of a file: no path can hold it otherwise
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_COMPRESSED = (".gz", ".zst", ".zstd")


def expand(template: str, name: str, started: str, wall_date: date) -> str:
    """`template` with {name}, {started} and {date} (2026-11-22) filled in, PART_MARK for {part}; {{ and }} are plain
    braces.

    Raises ValueError for an unknown placeholder or a lone brace, naming what is allowed.
    """
    return _fill(template, dict(zip(PLACEHOLDERS, (name, started, f"{wall_date:%Y-%m-%d}", PART_MARK), strict=True)))


def latest_name(template: str, name: str) -> str:
    """The path of a link to the newest file of `template`: "latest" in place of {started} and {date}, or before the
    ending where the template has neither; no number."""
    unnumbered = re.sub(r"[-_.]?(?<!\{)\{part\}", "", template)
    path = _fill(unnumbered, {"name": name, "started": "latest", "date": "latest"})
    if path != _fill(unnumbered, {"name": name, "started": "", "date": ""}):
        return path
    stem, ending = ending_of(path)
    return f"{stem}-latest{ending}"


def ending_of(path: str) -> tuple[str, str]:
    """`path` cut before its ending, that of compression included: "a.b", ".jsonl.gz"."""
    stem, ending = os.path.splitext(path)
    if ending in _COMPRESSED:
        stem, inner = os.path.splitext(stem)
        ending = inner + ending
    return stem, ending


def _fill(template: str, values: Mapping[str, str]) -> str:
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
