"""The first minute: `crawl demo` shows a whole crawl, every kind of answer included."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path


def test_the_demo_crawls_its_own_site_and_says_what_it_found(tmp_path: Path) -> None:
    started = time.monotonic()
    command = [sys.executable, "-m", "crawler", "demo"]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert time.monotonic() - started < 45
    said = outcome.stdout + outcome.stderr
    assert "Traceback" not in said
    assert "Saltmarsh Press" in said or "127.0.0.1" in said
