"""Crawls real documentation with each crawler in turn: `python -m benchmarks.compare --rounds 5`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.chart import bars
from benchmarks.measure import Cost, cost_of
from benchmarks.page import table, write_chart, write_section
from benchmarks.peers import PEERS, Job, PageFacts, Peer
from benchmarks.report import durability, rates, rows_of
from benchmarks.sites import SITES, DocSite, Served, missing, serving

RESULTS = Path(__file__).with_name("results.json")
QUICK = {  # what `make bench` measures: ten minutes of what decides
    "postgresql": tuple(PEERS),
    "all": ("scrapy", "wget2", "aiohttp", "curl", "memory"),
    "tls": tuple(PEERS),
}


@dataclass
class Outcome:
    """The rounds of all peers on one site; pages are those of the last round, by path."""

    costs: dict[str, list[Cost]] = field(default_factory=dict)
    pages: dict[str, dict[str, PageFacts]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Pages by peer."""
        return {name: len(facts) for name, facts in self.pages.items()}


def compare(peers: list[Peer], served: Served, site: DocSite, rounds: int) -> Outcome:
    """Crawls `site` with `peers` in interleaved rounds, each crawl a process of its own in a fresh folder."""
    outcome = Outcome()
    for number in range(rounds):
        for peer in peers:
            _crawl(peer, served, site, outcome)
            cost, pages = outcome.costs[peer.name][-1], len(outcome.pages[peer.name])
            told = f"{pages / cost.cpu_s:.0f} pages per CPU-second, {pages} pages in {cost.wall_s:.1f} s"
            print(f"{site.title}, round {number + 1}: {peer.name}: {told}", file=sys.stderr)
    outcome.complaints += differences(outcome.pages)
    return outcome


def _crawl(peer: Peer, served: Served, site: DocSite, outcome: Outcome) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        job = Job(served.seed(site), Path(name), served.authority)
        before = len(served.nginx.asked())
        cost = cost_of(peer.command(job), job.folder, good_exits=peer.good_exits)
        outcome.costs.setdefault(peer.name, []).append(cost)
        outcome.pages[peer.name] = {urlsplit(url).path: facts for url, facts in peer.pages(job).items()}
    protocols = Counter(protocol for protocol, _ in served.nginx.asked()[before:])
    if set(protocols) != {peer.protocol}:
        outcome.complaints.append(f"{peer.name} should have spoken {peer.protocol} only: {dict(protocols)}")


def differences(pages: dict[str, dict[str, PageFacts]]) -> list[str]:
    """Where the crawlers disagree on the set of pages or on a title; empty when they did the same job.

    Numbers of links are compared between crawlfile's own clients only: others count other elements.
    """
    names = sorted(pages, key=lambda name: not name.startswith("crawlfile"))
    found: list[str] = []
    for name in names[1:]:
        ours, theirs = pages[names[0]], pages[name]
        found += [f"{name} lacks {path}" for path in sorted(ours.keys() - theirs.keys())[:5]]
        found += [f"{names[0]} lacks {path}, which {name} has" for path in sorted(theirs.keys() - ours.keys())[:5]]
        titles = [path for path in ours.keys() & theirs.keys() if ours[path].title != theirs[path].title]
        found += [f"{path}: {ours[path].title!r} and {theirs[path].title!r} ({name})" for path in sorted(titles)[:5]]
    return found + _link_differences({name: facts for name, facts in pages.items() if name.startswith("crawlfile")})


def _link_differences(pages: dict[str, dict[str, PageFacts]]) -> list[str]:
    first = next(iter(pages.values()), {})
    return [
        f"{name} counts other links on {path}"
        for name, facts in pages.items()
        for path in sorted(facts.keys() & first.keys())
        if facts[path].links != first[path].links
    ][:10]


def chosen(site: str, names: list[str] | None) -> list[Peer]:
    """The peers that can crawl `site` here, ready to run; who cannot is named on standard error."""
    peers = [PEERS[name] for name in names or QUICK.get(site, PEERS)]
    fitting = [peer for peer in peers if peer.tls == (SITES[site].over != "http")]
    for peer in fitting:
        if reason := peer.missing():
            print(f"skipped: {peer.name}: {reason}", file=sys.stderr)
    able = [peer for peer in fitting if peer.missing() is None]
    for peer in able:
        peer.prepare()
    return able


def main() -> int:
    """Runs the comparison and writes its sections; 1 when the crawlers did not do the same job."""
    options = _options()
    data = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    complaints: list[str] = []
    with serving() as served:
        for site in options.sites:
            if reason := missing(site):
                print(f"skipped: {SITES[site].title}: {reason}", file=sys.stderr)
                continue
            outcome = compare(chosen(site, options.peers), served, SITES[site], options.rounds)
            data[site] = _as_json(outcome)
            complaints += outcome.complaints
            _tell(site, outcome, options.rounds, write=options.write)
    if options.write:
        RESULTS.write_text(json.dumps(data, indent=1) + "\n")
    for line in complaints:
        print(f"not the same job: {line}", file=sys.stderr)
    return 1 if complaints else 0


def _tell(site: str, outcome: Outcome, rounds: int, *, write: bool) -> None:
    counts, title = outcome.counts(), SITES[site].title
    text = table(rows_of(outcome.costs, counts))
    if told := durability(outcome.costs):
        text += f"\n{told}\n"
    print(f"\n{title}, medians of {rounds} rounds\n\n{text}")
    if write:
        drawing = bars(f"{title}: pages per CPU-second", rates(outcome.costs, counts))
        write_section(site, f"Medians of {rounds} interleaved rounds.\n\n{text}\n{write_chart(site, drawing)}")


def _as_json(outcome: Outcome) -> dict[str, object]:
    counts = outcome.counts()
    return {
        name: {"pages": counts[name], "runs": [asdict(cost) for cost in runs]} for name, runs in outcome.costs.items()
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sites", nargs="+", choices=list(SITES), default=list(QUICK))
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), help="default: all, on large sites the quick ones")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/performance.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
