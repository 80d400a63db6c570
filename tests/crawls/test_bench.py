"""`crawl bench --local` from outside: figures of every client, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crawls.running import wait_until


def test_every_client_is_measured_against_a_local_site(tmp_path: Path) -> None:
    config = 'seeds: "https://example.org/"\npoliteness: {delay: 0}\nextract: {fields: {t: {css: h1}}}\n'
    words = ["--local", "--hosts", "2", "--pages", "10", "--latency", "200ms", "--rounds", "1", "--json"]
    outcome = subprocess.run(
        [sys.executable, "-m", "crawler", "bench", "-", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        input=config,
        capture_output=True,
        check=False,
        timeout=120,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stderr
    report = json.loads(outcome.stdout)
    assert {"aiohttp", "httpx", "httpx2"} <= {line["variant"]["client"] for line in report["lines"]}
    for line in report["lines"]:
        assert line["protocols"] == "HTTP/1.1"
        assert 0 < line["requests_per_s"] < 12 / 0.2, "three round trips at least, one of them for robots.txt"
        assert sum(line["shares"].values()) == pytest.approx(1)
    assert report["recommendation"].startswith(("Keep ", "Take "))
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_ends_the_crawl_that_is_measured_too(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("seeds: https://example.org/\npoliteness: {delay: 5}\n")
    (tmp_path / "temporary").mkdir()
    command = [sys.executable, "-m", "crawler", "bench", str(tmp_path / "site.yaml"), "--local", "--hosts", "1"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(tmp_path / "temporary")}
    process = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: _is_crawling(tmp_path))
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert list((tmp_path / "temporary").iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def _is_crawling(tmp_path: Path) -> bool:
    """Whether robots.txt was read, which the run that measures start-up leaves alone."""
    outputs = (tmp_path / "temporary").glob("*/stderr")
    return any('"robots_loaded"' in output.read_text() for output in outputs)
