"""The programs of benchmarks/ run: in small, and for what they print, never for what they measure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import PARTS

ROOT = Path(__file__).parents[2]
SMALL = {
    "memory": ["--pages", "300"],
    "latency": ["--hosts", "2", "--pages", "3", "--latency", "0.01", "--rounds", "1", "--no-write"],
    "frontier": ["--known", "2000", "--few", "200", "--pages", "10", "--rounds", "1", "--no-write"],
    "startup": ["--rounds", "1", "--no-write"],
}
PRINTED = {"memory": "peak", "latency": "× ideal", "frontier": "bytes on disk a URL", "startup": "crawl --version"}


def run(part: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", part, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_tells_what_it_does(part: str) -> None:
    told = run(part, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "benchmarks" in told.stdout
    assert part in told.stdout


@pytest.mark.parametrize("part", SMALL)
def test_a_small_measurement_prints_its_figures(part: str) -> None:
    told = run(part, *SMALL[part])
    assert told.returncode == 0, told.stderr
    assert PRINTED[part] in told.stdout


def test_an_unknown_part_is_named_with_those_there_are() -> None:
    told = run("nothing")
    assert told.returncode == 2
    assert told.stderr == f"no such part: nothing; parts: {', '.join(PARTS)}\n"
