"""What reads the pages of a run, made from its configuration: rules, and a process for the heavy ones."""

from __future__ import annotations

import pickle
from typing import cast

from crawler.config.model import Config
from crawler.core.visit import BodyForm
from crawler.engine.reading import ReadingRules
from crawler.runner.reading.asked import Asked
from crawler.runner.reading.heavy_reader import HeavyReader


def asked_of_pages(config: Config, *, is_traced: bool = False) -> Asked:
    """What is asked of pages beyond their links: declared fields, which links to follow, forms of the body."""
    forms = {output.body for output in config.output} & {"text", "markdown"}
    return Asked(config.extract, config.follow, tuple(cast("set[BodyForm]", forms)), is_traced)


def build_heavy_reader(config: Config, asked: Asked | None = None) -> HeavyReader:
    """What reads heavy pages in a process of its own, which begins with the first of them. asked: if other than what
    the configuration asks of pages."""
    return HeavyReader(
        ReadingRules(
            max_links=config.limits.max_links_per_page,
            want_text=keeps_bodies(config),
            product_token=config.client.product_token,
            obey_nofollow=config.politeness.obey_robots,
            asked=pickle.dumps(asked or asked_of_pages(config)),
        )
    )


def keeps_bodies(config: Config) -> bool:
    """Whether an output asks for pages as they came."""
    return any(output.body == "html" for output in config.output)
