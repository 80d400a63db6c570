"""One worker process against several, wall time: `python -m benchmarks.workers --rounds 5`."""

from __future__ import annotations

import argparse
import json
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.measure import Cost, cost_of
from tests.site.nginx import DOCS, running_nginx

HOSTS = 100
PAGES = 50  # of each host
LINKS = 25
SENTENCE = "A page is about as large as one of the documentation of PostgreSQL, and has about as many links. "


def page(number: int) -> str:
    """Page `number` of a host, 16 KB, with links to pages near and far."""
    links = (number * 7 + step * step for step in range(LINKS))
    items = (f'<li><a href="/{link % PAGES}.html">page {link}</a><p>{SENTENCE * 6}</p>' for link in links)
    return (
        f"<!doctype html><html><head><title>Page {number}</title></head><body><ul>{''.join(items)}</ul></body></html>"
    )


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """nginx on 127.0.0.1 … 127.0.0.100 with the pages of every host, and the documentation; the port."""
    pages = folder / "pages"
    pages.mkdir()
    for number in range(PAGES):
        (pages / f"{number}.html").write_text(page(number))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listen = "\n".join(f"listen 127.0.0.{number}:{port};" for number in range(1, HOSTS + 1))
    places = "\n".join(f"location /{name}/ {{ alias {source}/; }}" for name, source in DOCS.items())
    # nginx shares the cores that are measured: it keeps no log that nobody reads
    with running_nginx(
        folder, f"{listen}\naccess_log off; index index.html; absolute_redirect off;\nroot {pages};\n{places}"
    ):
        yield port


def configuration(kind: str, port: int, workers: int, client: str) -> dict[str, object]:
    """The crawl of 100 hosts, or of one host's documentation."""
    many = kind == "100 hosts"
    hosts = [f"http://127.0.0.{number}:{port}/0.html" for number in range(1, HOSTS + 1)]
    docs = [f"http://127.0.0.1:{port}/{name}/index.html" for name in DOCS]
    return {
        "name": "workers",
        "seeds": hosts if many else docs,
        "sitemaps": "off",
        "scope": {"type": "host", "include": [] if many else [rf"/({'|'.join(DOCS)})/"]},
        "client": {"type": client},
        "concurrency": {"total": 32, "per_host": 2 if many else 32, "workers": workers},
        "politeness": {"delay": 0},
        "output": {"path": "pages.jsonl"},
        "frontier": {"path": "state"},
    }


def crawl(kind: str, port: int, workers: int, client: str) -> tuple[Cost, int]:
    """One crawl in a fresh folder: what it cost, and its number of records."""
    with tempfile.TemporaryDirectory(prefix="workers-") as name:
        folder = Path(name)
        (folder / "workers.yaml").write_text(json.dumps(configuration(kind, port, workers, client)))
        cost = cost_of([sys.executable, "-m", "crawler", "workers.yaml", "--quiet"], folder)
        return cost, (folder / "pages.jsonl").read_bytes().count(b"\n")


def main() -> int:
    """Crawls in interleaved rounds, prints medians and their ratios; 1 when the numbers of records differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--client", default="aiohttp")
    parser.add_argument("--kinds", nargs="+", default=["100 hosts", "one host"])
    options = parser.parse_args()
    numbers = (1, options.workers)
    equal = True
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder, serving(Path(folder)) as port:
        for kind in options.kinds:
            runs: dict[int, list[tuple[Cost, int]]] = {number: [] for number in numbers}
            for _ in range(options.rounds):
                for number in numbers:
                    runs[number].append(crawl(kind, port, number, options.client))
            report(kind, runs)
            equal = equal and len({records for results in runs.values() for _, records in results}) == 1
    return 0 if equal else 1


def report(kind: str, runs: dict[int, list[tuple[Cost, int]]]) -> None:
    """Prints a line for each number of workers; ratios are of runs that followed one another."""
    first = next(iter(runs.values()))
    for number, results in runs.items():
        wall_s = median(cost.wall_s for cost, _ in results)
        cpu_s = median(cost.cpu_s for cost, _ in results)
        ratios = sorted(one.wall_s / other.wall_s for (one, _), (other, _) in zip(first, results, strict=True))
        print(
            f"{kind}, workers {number}: {results[0][1]} records, wall {wall_s:.2f} s, CPU {cpu_s:.2f} s, "
            f"{median(ratios):.2f} times as fast as 1 ({', '.join(f'{ratio:.2f}' for ratio in ratios)})"
        )


if __name__ == "__main__":
    sys.exit(main())
