from __future__ import annotations

import pytest

from crawler.config.foreign import FOREIGN, folded
from crawler.config.model import Config
from crawler.config.model_keys import all_keys


def test_styles_of_writing_do_not_matter() -> None:
    assert folded("DOWNLOAD_DELAY") == folded("downloadDelay") == folded("download-delay") == "downloaddelay"


def test_every_foreign_name_leads_to_a_key_that_exists() -> None:
    assert set(FOREIGN.values()) <= set(all_keys(Config))


def test_no_foreign_name_is_a_top_level_key_of_ours() -> None:
    assert not {folded(key) for key in Config.model_fields} & set(FOREIGN)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("DOWNLOAD_DELAY", "politeness.delay"),
        ("CONCURRENT_REQUESTS", "concurrency.total"),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", "concurrency.per_host"),
        ("ROBOTSTXT_OBEY", "politeness.obey_robots"),
        ("start_urls", "seeds"),
        ("allowed_domains", "scope.hosts"),
        ("USER_AGENT", "client.user_agent"),
        ("DEPTH_LIMIT", "limits.max_depth"),
        ("CLOSESPIDER_PAGECOUNT", "limits.max_pages"),
        ("RETRY_TIMES", "retry.max_retries"),
        ("JOBDIR", "frontier.path"),
        ("maxRequestsPerCrawl", "limits.max_pages"),
        ("maxConcurrency", "concurrency.total"),
        ("max_crawl_depth", "limits.max_depth"),
        ("seed_urls", "seeds"),
        ("domains", "seeds"),
        ("crawl_rules", "scope.include"),
        ("Parallelism", "concurrency.total"),
        ("RandomDelay", "politeness.jitter"),
        ("scopeType", "scope.type"),
        ("extraHops", "scope.extra_hops"),
        ("wait", "politeness.delay"),
        ("no-check-certificate", "client.verify_tls"),
        ("timeout", "timeouts.total"),
    ],
)
def test_names_of_other_tools_are_known(name: str, key: str) -> None:
    ours = {folded(known.rpartition(".")[2]): known for known in all_keys(Config)}
    assert FOREIGN.get(folded(name)) == key or ours.get(folded(name)) == key
