"""The programs of benchmarks/ run: in small, and for what they print, never for what they measure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import clients
from benchmarks.__main__ import PARTS
from benchmarks.alone import WAYS
from benchmarks.alone.__main__ import ask_for
from benchmarks.alone.job import Answer, Job
from benchmarks.clients import Over, ways
from crawler.core.registry import load
from tests.site import Certificates, Nginx
from tests.site.nginx import DOCS

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


def test_each_client_alone_is_beside_aiohttp_and_beside_its_bare_library(needs_nginx: None) -> None:
    others = ("curl", "bare-aiohttp", "bare-pycurl")
    told = run("clients", "--rounds", "1", "--requests", "40", "--no-write", "--clients", *others)
    assert (told.returncode, told.stderr) == (0, "")
    aiohttp, bare_aiohttp = "aiohttp", "aiohttp bare (ClientSession)"
    curl, bare_curl = "curl", "libcurl bare (pycurl)"
    rows = figures(told.stdout)
    assert list(rows) == [
        *(aiohttp, curl, bare_aiohttp, bare_curl),
        *(f"aiohttp ÷ {bare_aiohttp}", f"curl ÷ {bare_curl}"),
    ]
    plain_us, _, tls_us, *_ = rows[aiohttp]
    for name in (aiohttp, curl, bare_aiohttp, bare_curl):
        assert rows[name][1::2] == ratios(rows[name][::2], [plain_us, tls_us, tls_us])
    assert rows[aiohttp][4:] == rows[bare_aiohttp][4:] == [None, None]  # neither speaks HTTP/2
    assert None not in rows[curl] + rows[bare_curl]
    for name, bare in ((aiohttp, bare_aiohttp), (curl, bare_curl)):
        assert rows[f"{name} ÷ {bare}"] == ratios(rows[name][::2], rows[bare][::2])


def figures(told: str) -> dict[str, list[float | None]]:
    """The cells of each row of the tables, by what the row begins with; None where there is a dash."""
    rows = [line.strip("| ").split(" | ") for line in told.splitlines() if line.startswith("| ")]
    return {
        row[0]: [None if cell == "–" else float(cell) for cell in row[1:]]
        for row in rows
        if not row[0].startswith(("client", "---"))
    }


def ratios(ours: Sequence[float | None], others: Sequence[float | None]) -> list[Any]:
    """As they are printed, of figures that are rounded, too."""
    pairs = zip(ours, others, strict=True)
    return [None if None in pair else pytest.approx(pair[0] / pair[1], rel=0.03, abs=0.01) for pair in pairs]


@pytest.mark.parametrize(("name", "over"), ways(WAYS), ids=lambda part: getattr(part, "port", part))
async def test_a_client_alone_is_measured_only_if_every_answer_is_the_expected(
    name: str, over: Over, docs: Nginx, certificates: Certificates
) -> None:
    body_bytes = (DOCS["postgresql"] / "index.html").stat().st_size
    url, expected = docs.url("/postgresql/index.html", over.port), Answer(200, body_bytes, over.version)
    job = Job(url, expected, str(certificates.ca), at_once=4)
    async with load(WAYS, name)(job) as ask:
        await ask_for(20, ask, job)
    for other in (Answer(404, body_bytes, over.version), Answer(200, 1, over.version), Answer(200, body_bytes, "")):
        async with load(WAYS, name)(job) as ask:
            with pytest.raises(ExceptionGroup) as failure:
                await ask_for(20, ask, job._replace(expected=other))
            assert failure.value.exceptions[0].args == (f"{expected} instead of {other}",)


def test_a_measurement_of_wrong_answers_prints_no_figure(docs: Nginx, certificates: Certificates) -> None:
    words = ["curl", docs.url("/postgresql/"), "--body-bytes", "1", "--ca-file", str(certificates.ca)]
    command = [sys.executable, "-m", "benchmarks.alone", *words]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("curl: ValueError")


def test_what_the_server_has_not_seen_was_not_measured(needs_nginx: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "cpu_us", lambda way, served, requests: 1.0)
    with pytest.raises(RuntimeError, match="the server has seen"):
        clients.measured(ways(["aiohttp"]), rounds=1, requests=1)


def test_an_unknown_part_is_named_with_those_there_are() -> None:
    told = run("nothing")
    assert told.returncode == 2
    assert told.stderr == f"no such part: nothing; parts: {', '.join(PARTS)}\n"
