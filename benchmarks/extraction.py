"""What declared fields cost: the same crawl with and without, `python -m benchmarks.extraction --rounds 5`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Cost, cost_of
from tests.site import running_nginx, running_site, serving_docs

_COMMON: dict[str, Any] = {
    "name": "bench",
    "sitemaps": "off",
    "limits": {"max_pages": 1000},
    "concurrency": {"total": 32, "per_host": 32},
    "politeness": {"delay": 0},
    "output": {"path": "pages.jsonl"},
}
# Five CSS fields for each site, an attribute, a number and a list among them.
_FIELDS: dict[str, dict[str, Any]] = {
    "python": {
        "title": {"css": "h1"},
        "first": {"css": "[role=main] p"},
        "next": {"css": "a[accesskey=N]", "attr": "href", "type": "url"},
        "sections": {"css": "section > h2", "all": True},
        "version": {"css": ".related li", "regex": r"\d+\.\d+\.\d+"},
    },
    "shop": {
        "name": {"css": "h1"},
        "price": {"css": "p.price", "type": "float"},
        "rating": {"css": ".stars", "attr": "data-rating", "type": "int"},
        "image": {"css": "img.hero", "attr": "src", "type": "url"},
        "tags": {"css": ".tag", "all": True},
    },
}
_XPATH = {
    name: {"xpath": path} for name, path in (("title", "//h1"), ("first", "//p[1]"), ("links", "count(//a[@href])"))
}


def variants(site: str) -> dict[str, dict[str, Any]]:
    """The sections that differ, by what is measured."""
    return {
        "without": {},
        "five CSS fields": {"extract": {"fields": _FIELDS[site]}},
        "three XPath fields": {"extract": {"fields": _XPATH}},
        "body: text": {"output": {"path": "pages.jsonl", "body": "text"}},
    }


def run(seed: str, sections: dict[str, Any]) -> tuple[Cost, int, int]:
    """Cost, pages and values that are not null of one crawl."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "bench.yaml").write_text(json.dumps({**_COMMON, "seeds": [seed], **sections}))
        cost = cost_of([sys.executable, "-m", "crawler", str(folder / "bench.yaml"), "--quiet"], folder)
        records = [json.loads(line) for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
    filled = sum(value not in (None, []) for record in records for value in record["data"].values())
    return cost, len(records), filled


@contextmanager
def sites() -> Iterator[dict[str, str]]:
    """A seed for each site."""
    with (
        tempfile.TemporaryDirectory(prefix="nginx-") as name,
        running_site() as site,
        running_nginx(Path(name), serving_docs()) as nginx,
    ):
        yield {"python": nginx.url("/python/index.html"), "shop": site.url("/shop/category/1")}


def main() -> int:
    """Prints a table of medians; 1 if five CSS fields cost more than `--most` times the crawl without."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=float, default=1.4)
    parser.add_argument("--variants", nargs="+", choices=list(variants("shop")), default=list(variants("shop")))
    options = parser.parse_args()
    print("| site | what | pages | values | CPU ms a page | ratio: median of rounds (least, most) |")
    print("|---|---|---|---|---|---|")
    worst = 0.0
    with sites() as seeds:
        for site, seed in seeds.items():
            worst = max(worst, _measure(site, seed, options.variants, options.rounds))
    print(f"\nfive CSS fields cost at most {worst:.2f} times the crawl without")
    return int(worst > options.most)


def _measure(site: str, seed: str, names: list[str], rounds: int) -> float:
    """Prints the rows of one site; the ratio of five CSS fields."""
    costs: dict[str, list[float]] = {name: [] for name in names}
    facts: dict[str, tuple[int, int]] = {}
    for _ in range(rounds):
        for name in names:
            cost, pages, filled = run(seed, variants(site)[name])
            costs[name].append(1000 * cost.cpu_s / pages)
            facts[name] = (pages, filled)
    for name in names:
        ratios = [one / plain for one, plain in zip(costs[name], costs["without"], strict=True)]
        pages, filled = facts[name]
        ratio = f"{median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})"
        print(f"| {site} | {name} | {pages} | {filled} | {median(costs[name]):.2f} | {ratio} |", flush=True)
    fields = zip(costs.get("five CSS fields", ()), costs["without"], strict=False)
    return median([one / plain for one, plain in fields] or [0.0])


if __name__ == "__main__":
    sys.exit(main())
