"""Environments of their own for those we are compared with: made once, below .bench."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BENCH = ROOT / ".bench"
REQUIREMENTS = {
    "scrapy": ("scrapy==2.19.*",),
    "crawlee": ("crawlee[parsel]==1.11.*",),
    "blog": ("aiohttp", "httpx", "beautifulsoup4", "lxml"),
}


def python_of(name: str) -> Path:
    """The interpreter of the environment `name`."""
    return BENCH / name / "bin/python"


def install(name: str) -> None:
    """Makes the environment `name` unless it is whole already."""
    made = BENCH / name / ".ready"
    wanted = "\n".join(REQUIREMENTS[name])
    if made.exists() and made.read_text() == wanted:
        return
    BENCH.mkdir(exist_ok=True)
    (BENCH / ".gitignore").write_text("*\n")
    print(f"installing {', '.join(REQUIREMENTS[name])} (once)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", BENCH / name], check=True)
    subprocess.run([python_of(name), "-m", "pip", "install", "-qq", *REQUIREMENTS[name]], check=True)
    made.write_text(wanted)


def version_in(name: str, package: str) -> str | None:
    """The version of `package` in the environment `name`, or None."""
    if not python_of(name).exists():
        return None
    code = f"from importlib.metadata import version; print(version({package!r}))"
    outcome = subprocess.run([python_of(name), "-c", code], check=False, capture_output=True, text=True)
    return outcome.stdout.strip() if outcome.returncode == 0 else None
