"""The configuration that is measured: settings laid over the user's own, which keep its politeness."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.config.model import Config
from crawler.core.errors import BadInput
from crawler.core.printable import printable
from crawler.core.url import hostname_of
from crawler.runner.benchmark.variants import Variant

# Port 1 of this machine: nobody listens there, so a crawl of it is all start-up.
_NOWHERE = "http://127.0.0.1:1/"


def settings_of(values: Mapping[str, Any]) -> list[str]:
    """`values` by dotted key as words of `--set`; a `${` in them is no variable."""
    return [f"{key}={json.dumps(value).replace('${', '$${')}" for key, value in values.items()]


def kept_apart(folder: Path, variant: Variant) -> list[str]:
    """What makes a run with `variant` leave nothing outside `folder`, and stop at no threshold."""
    return settings_of(
        {
            "client.type": variant.client,
            "client.http2": variant.http2,
            "frontier": {"type": "memory", "path": str(folder / "state")},
            "output": {"path": str(folder / "pages.jsonl")},
            "logging": {"level": "info", "format": "json"},
            "recrawl": {},
            "fail_if": {},
        }
    )


def replayed(config: Config, pages: int, hosts: Sequence[str] = ()) -> list[str]:
    """The crawl's own targets, cut down to `pages` and, if any are given, to seeds on `hosts`. Raises BadInput."""
    most = min(pages, config.limits.max_pages or pages)
    chosen = _on_hosts(config, frozenset(host.lower() for host in hosts)) if hosts else {}
    return settings_of({"limits.max_pages": most, **chosen})


def moved(urls: Sequence[str], pages: int) -> list[str]:
    """`pages` of the sites at `urls` in place of the crawl's own targets; how it asks stays as configured."""
    elsewhere = {"seeds": list(urls), "seed_file": None, "sitemaps": "off", "scope": {"type": "host"}, "follow": []}
    return settings_of({**elsewhere, "limits": {"max_pages": pages}, "client.proxy": None})


def nowhere() -> list[str]:
    """A crawl that begins and ends: what start-up costs."""
    return [*moved([_NOWHERE], 1), *settings_of({"retry.max_retries": 0, "politeness.obey_robots": False})]


def _on_hosts(config: Config, hosts: frozenset[str]) -> dict[str, Any]:
    seeds = [seed for seed in config.seeds if hostname_of(seed.url) in hosts]
    if missing := hosts - {hostname_of(seed.url) for seed in seeds}:
        named = ", ".join(printable(host) for host in sorted(missing))
        raise BadInput(f"--hosts: no seed of this crawl is on {named}")
    if any(seed.headers for seed in seeds):
        raise BadInput("--hosts cannot choose seeds with headers of their own; leave it out or write a smaller file")
    listed = config.sitemaps if isinstance(config.sitemaps, tuple) else ()
    narrow = {} if config.scope.type in ("page", "prefix", "host") else {"scope.type": "host"}
    return {
        "seeds": [{"url": seed.url, "depth": seed.depth} for seed in seeds],
        "seed_file": None,
        "sitemaps": [url for url in listed if hostname_of(url) in hosts] if listed else config.sitemaps,
        "scope.hosts": [],
        **narrow,
    }
