"""What reads the pages of a run, made from its configuration: rules, and a process for the heavy ones."""

from __future__ import annotations

import pickle
from typing import Any, cast

from crawler.config.model import Config
from crawler.core.ports import PageRules
from crawler.core.visit import BodyForm
from crawler.engine.reading import ReadingRules
from crawler.extractors.composition import compose
from crawler.runner.reading.heavy_reader import HeavyReader


def build_page_rules(config: Config) -> PageRules | None:
    """What is asked of pages beyond their links, or None: declared fields, which links to follow, forms of the body."""
    return compose(*_asked_of_pages(config))


def _asked_of_pages(config: Config) -> tuple[Any, Any, set[BodyForm]]:
    forms = {output.body for output in config.output if output.body in ("text", "markdown")}
    return config.extract, config.follow, cast("set[BodyForm]", forms)


def build_heavy_reader(config: Config) -> HeavyReader:
    """What reads heavy pages in a process of its own, which begins with the first of them."""
    asked = _asked_of_pages(config)
    return HeavyReader(
        ReadingRules(
            max_links=config.limits.max_links_per_page,
            want_text=keeps_bodies(config),
            product_token=config.client.product_token,
            obey_nofollow=config.politeness.obey_robots,
            asked=pickle.dumps(asked) if any(asked) else b"",
        )
    )


def keeps_bodies(config: Config) -> bool:
    """Whether an output asks for pages as they came."""
    return any(output.body == "html" for output in config.output)
