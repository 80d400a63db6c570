"""What a start costs: `crawl --version`, and until the first request is sent, `python -m benchmarks startup`."""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.environments import ROOT
from benchmarks.measure import cost_of
from benchmarks.page import table, write_section

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_COMMAND = [sys.executable, "-m", "crawler"]


def of_version(folder: Path) -> tuple[float, float]:
    """CPU and wall seconds of `crawl --version`, the process's end included."""
    cost = cost_of([*_COMMAND, "--version"], folder, environ=_environment())
    return cost.cpu_s, cost.wall_s


def until_first_request(client: str, folder: Path) -> tuple[float, float]:
    """CPU and wall seconds from the start of a crawl of one seed until its first request has arrived."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        config = {"seeds": f"http://127.0.0.1:{server.getsockname()[1]}/", "client": {"type": client}}
        (folder / "seed.yaml").write_text(json.dumps(config))
        began = time.monotonic()
        process = subprocess.Popen([*_COMMAND, "seed.yaml", "--quiet"], cwd=folder, env=_environment())
        try:
            connection, _ = server.accept()
            with connection:
                connection.recv(1)
                return _cpu_s(process.pid), time.monotonic() - began
        finally:
            process.kill()
            process.wait()


def main() -> int:
    """Prints medians, and writes their section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--clients", nargs="+", default=["aiohttp", "httpx2"])
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/performance.md as it is")
    options = parser.parse_args()
    figures: dict[str, list[tuple[float, float]]] = {}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="startup-") as name:
            figures.setdefault("`crawl --version`", []).append(of_version(Path(name)))
        for client in options.clients:
            with tempfile.TemporaryDirectory(prefix="startup-") as name:
                told = f"one seed, until the first request has arrived, {client}"
                figures.setdefault(told, []).append(until_first_request(client, Path(name)))
    rows = [("what", "CPU s", "wall s")]
    rows += [(what, *(f"{median(column):.3f}" for column in zip(*runs, strict=True))) for what, runs in figures.items()]
    text = f"Medians of {options.rounds} interleaved rounds.\n\n{table(rows)}"
    print(text)
    if options.write:
        write_section("startup", text)
    return 0


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    sys.exit(main())
