"""docs/performance.md: each part writes its own section, with the machine and the command beside it."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.report import machine

PAGE = ROOT / "docs/performance.md"
CHARTS = ROOT / "docs/performance"


def write_section(name: str, text: str) -> None:
    """Replaces the section `name` of the page. Raises LookupError when the page has no such place."""
    note = f"Measured {datetime.now(UTC):%Y-%m-%d} with `{_command()}` on {machine()}"
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    page, number = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}",
        lambda _: f"{begin}\n{text.strip()}\n\n{note}\n{end}",
        PAGE.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if number != 1:
        raise LookupError(f"{PAGE} has no place {begin}")
    PAGE.write_text(page, encoding="utf-8")


def write_chart(name: str, svg: str) -> str:
    """Stores a drawing beside the page; the Markdown that shows it."""
    CHARTS.mkdir(exist_ok=True)
    (CHARTS / f"{name}.svg").write_text(svg, encoding="utf-8")
    return f"![{name}](performance/{name}.svg)\n"


def table(rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; the first row is its head."""
    head, *rest = rows
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ("---",) * len(head), *rest))


def _command() -> str:
    module = Path(sys.argv[0]).stem
    part = [] if module == "__main__" else [module]
    return " ".join([".venv/bin/python -m benchmarks", *part, *sys.argv[1:]])
