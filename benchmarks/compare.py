"""Crawls real documentation with each crawler in turn: `python -m benchmarks.compare --rounds 5`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Cost, cost_of
from benchmarks.peers import PEERS, PageFacts, Peer, pages_of
from benchmarks.report import machine, table
from tests.site.nginx import DOCS, Nginx, running_nginx, serving_docs

RESULTS = Path(__file__).with_name("results.md")
SEEDS = {name: f"/{name}/index.html" for name in DOCS}

_INTRODUCTION = """# What a crawl costs

Whole processes, start-up included, in interleaved rounds; medians. nginx serves Debian's documentation on loopback;
delay 0, 32 requests in flight, robots.txt obeyed, title and number of links of every page to JSON lines. Scrapy keeps
no state on disk here; crawlfile keeps its durable frontier unless the row says memory. Compare figures of one table
only. Written by `make bench`.

"""


def compare(peers: list[Peer], seed: str, rounds: int) -> tuple[dict[str, list[Cost]], dict[str, dict[str, PageFacts]]]:
    """The costs of every round and the pages of the last one, by peer."""
    costs: dict[str, list[Cost]] = {peer.name: [] for peer in peers}
    pages: dict[str, dict[str, PageFacts]] = {}
    for number in range(rounds):
        for peer in peers:
            with tempfile.TemporaryDirectory(prefix="bench-") as name:
                folder = Path(name)
                cost = cost_of(peer.command(seed, folder), folder)
                pages[peer.name] = pages_of(folder)
            costs[peer.name].append(cost)
            rate = len(pages[peer.name]) / cost.cpu_s
            print(f"round {number + 1}: {peer.name}: {rate:.0f} pages per CPU-second", file=sys.stderr)
    return costs, pages


def differences(pages: dict[str, dict[str, PageFacts]]) -> list[str]:
    """Where the crawlers disagree on the set of pages or on a title; empty when they did the same job.

    Numbers of links are compared between crawlfile's own clients only: others count other elements.
    """
    names = list(pages)
    found: list[str] = []
    for name in names[1:]:
        ours, theirs = pages[names[0]], pages[name]
        found += [f"{name} lacks {url}" for url in sorted(ours.keys() - theirs.keys())[:5]]
        found += [f"{names[0]} lacks {url}" for url in sorted(theirs.keys() - ours.keys())[:5]]
        titles = [url for url in ours.keys() & theirs.keys() if ours[url].title != theirs[url].title]
        found += [f"{url}: {ours[url].title!r} and {theirs[url].title!r}" for url in sorted(titles)[:5]]
    return found + _link_differences({name: facts for name, facts in pages.items() if name.startswith("crawlfile")})


def _link_differences(pages: dict[str, dict[str, PageFacts]]) -> list[str]:
    first = next(iter(pages.values()), {})
    return [
        f"{name} counts other links on {url}"
        for name, facts in pages.items()
        for url in sorted(facts.keys() & first.keys())
        if facts[url].links != first[url].links
    ][:10]


def main() -> int:
    """Runs the comparison and writes results.md and results.json; 1 when the crawlers brought different pages."""
    options = _options()
    peers = [PEERS[name] for name in options.peers]
    for peer in peers:
        peer.prepare()
    text, data, unequal = f"{_INTRODUCTION}{machine()}\n", {}, []
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder, running_nginx(Path(folder), serving_docs()) as nginx:
        for site in options.sites:
            section, data[site], different = _site(site, nginx, peers, options.rounds)
            text, unequal = text + section, unequal + different
    print(text)
    if options.write:
        RESULTS.write_text(text)
        RESULTS.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
    for line in unequal:
        print(f"not the same pages: {line}", file=sys.stderr)
    return 1 if unequal else 0


def _site(site: str, nginx: Nginx, peers: list[Peer], rounds: int) -> tuple[str, dict[str, object], list[str]]:
    costs, pages = compare(peers, nginx.url(SEEDS[site]), rounds)
    counts = {name: len(facts) for name, facts in pages.items()}
    data = {name: {"pages": counts[name], "runs": [asdict(cost) for cost in runs]} for name, runs in costs.items()}
    return f"\n## {site} docs\n\n{table(costs, counts)}", data, differences(pages)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sites", nargs="+", choices=sorted(SEEDS), default=["postgresql", "python"])
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave results.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
