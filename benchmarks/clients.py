"""CPU for a request of each client alone, without a crawl around it: `python -m benchmarks clients`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.alone import WAYS
from benchmarks.environments import ROOT
from benchmarks.page import table, write_section
from benchmarks.sites import Served
from tests.site import running_nginx, write_certificates

REFERENCE = "aiohttp"
BODY_BYTES = 2_048
AT_ONCE = 32
WARM_UP = 320  # ten a connection


class Over(NamedTuple):
    """A version of HTTP with or without TLS."""

    title: str
    port: str  # of nginx: http, https, or h2
    version: str  # as we name it
    logged: str  # as nginx does


PLAIN = Over("HTTP/1.1", "http", "HTTP/1.1", "HTTP/1.1")
TLS = Over("HTTP/1.1 over TLS", "https", "HTTP/1.1", "HTTP/1.1")
HTTP2 = Over("HTTP/2 over TLS", "h2", "HTTP/2", "HTTP/2.0")
OVERS = (PLAIN, TLS, HTTP2)
REFERENCE_OVER = {PLAIN: PLAIN, TLS: TLS, HTTP2: TLS}  # what aiohttp speaks there
WITHOUT_HTTP2 = ("aiohttp", "bare-aiohttp")
TITLES = {
    "bare-aiohttp": "aiohttp bare (ClientSession)",
    "bare-httpx": "httpx bare (AsyncClient)",
    "bare-httpx2": "httpx2 bare (AsyncClient)",
    "bare-pycurl": "libcurl bare (pycurl)",
}
BARE = {  # what a client is built on
    "aiohttp": "bare-aiohttp",
    "httpx": "bare-httpx",
    "httpx2": "bare-httpx2",
    "curl": "bare-pycurl",
}

Way = tuple[str, Over]
Runs = Mapping[Way, Sequence[float]]  # CPU microseconds of each round


def ways(names: Iterable[str]) -> list[Way]:
    """Every way to ask of those clients; those that are compared follow one another."""
    names = list(names)
    return [(name, over) for over in OVERS for name in names if over is not HTTP2 or name not in WITHOUT_HTTP2]


@contextmanager
def serving() -> Iterator[Served]:
    """nginx with one page of 2 KB."""
    with TemporaryDirectory(prefix="nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "pages").mkdir()
        (folder / "pages/page.html").write_bytes(b"<!doctype html><title>A page</title>".ljust(BODY_BYTES, b"."))
        certificates = write_certificates(folder)
        with running_nginx(folder, f"root {folder}/pages;", certificates.server) as nginx:
            yield Served(nginx, certificates.ca)


def cpu_us(way: Way, served: Served, requests: int) -> float:
    """CPU microseconds a request, in a process of its own. Raises RuntimeError unless every answer was the page."""
    name, over = way
    words = [name, served.nginx.url("/page.html", over.port), "--version", over.version]
    words += ["--body-bytes", str(BODY_BYTES), "--ca-file", str(served.authority)]
    words += ["--at-once", str(AT_ONCE), "--requests", str(requests), "--warm-up", str(WARM_UP)]
    command = [sys.executable, "-m", "benchmarks.alone", *words]
    outcome = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=600)
    if outcome.returncode:
        raise RuntimeError(f"{name}, {over.title}: {outcome.stderr}")
    return float(outcome.stdout)


def measured(chosen: Sequence[Way], rounds: int, requests: int) -> dict[Way, list[float]]:
    """Every way once a round. Raises RuntimeError where the server's log does not say what the clients say."""
    runs: dict[Way, list[float]] = {way: [] for way in chosen}
    with serving() as served:
        for _ in range(rounds):
            for way in chosen:
                runs[way].append(cpu_us(way, served, requests))
        wanted: Counter[tuple[str, str]] = Counter()
        for _, over in chosen:
            wanted[over.logged, "/page.html"] += rounds * (requests + WARM_UP)
        if (asked := seen(served, wanted.total())) != wanted:
            raise RuntimeError(f"the server has seen {dict(asked)} instead of {dict(wanted)}")
    return runs


def seen(served: Served, number: int) -> Counter[tuple[str, str]]:
    """Protocols and paths of the requests that the server has logged; waits a second for `number` of them."""
    deadline = time.monotonic() + 1
    while len(asked := served.nginx.asked()) < number and time.monotonic() < deadline:
        time.sleep(0.05)
    return Counter(asked)


def ratio(runs: Runs, way: Way, other: Way) -> str:
    """How much CPU of `other` it takes: the median of the rounds' own ratios."""
    if way not in runs or other not in runs:
        return "–"
    return f"{median(one / two for one, two in zip(runs[way], runs[other], strict=True)):.2f}"


def of_clients(runs: Runs) -> list[tuple[str, ...]]:
    """A row for each client, head first."""
    rows: list[tuple[str, ...]] = [("client", *(word for over in OVERS for word in (f"{over.title}, µs", "× aiohttp")))]
    for name in dict.fromkeys(name for name, _ in runs):
        cells = []
        for over in OVERS:
            figures = runs.get((name, over))
            cells += [f"{median(figures):.0f}" if figures else "–"]
            cells += [ratio(runs, (name, over), (REFERENCE, REFERENCE_OVER[over]))]
        rows.append((TITLES.get(name, name), *cells))
    return rows


def of_promises(runs: Runs) -> list[tuple[str, ...]]:
    """A row for each client whose library was measured bare, too; head first."""
    names = {name for name, _ in runs}
    rows: list[tuple[str, ...]] = [("client beside its library", *(over.title for over in OVERS))]
    for name, bare in BARE.items():
        if {name, bare} <= names:
            ratios = [ratio(runs, (name, over), (bare, over)) for over in OVERS]
            rows.append((f"{name} ÷ {TITLES[bare]}", *ratios))
    return rows


def told(runs: Runs, rounds: int, requests: int) -> str:
    """The section."""
    text = (
        f"{requests} requests a run after {WARM_UP} that open the connections, {AT_ONCE} in flight, pages of "
        f"{BODY_BYTES} bytes, medians of {rounds} interleaved rounds; ratios are medians of the rounds' own. "
        f"HTTP/2 is beside aiohttp's HTTP/1.1 over TLS.\n\n"
        f"{table(of_clients(runs))}"
    )
    promises = of_promises(runs)
    return f"{text}\n{table(promises)}" if len(promises) > 1 else text


def main() -> int:
    """Prints CPU for a request beside aiohttp's, and writes the section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks clients", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=3_000, help="of one run")
    parser.add_argument(
        "--clients", nargs="+", choices=list(WAYS), default=list(WAYS), help="aiohttp always takes part"
    )
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/performance.md as it is")
    options = parser.parse_args()
    names = dict.fromkeys((REFERENCE, *options.clients))
    runs = measured(ways(names), options.rounds, options.requests)
    text = told(runs, options.rounds, options.requests)
    print(text)
    if options.write:
        write_section("clients", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
