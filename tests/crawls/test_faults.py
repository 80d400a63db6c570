"""A bad page never costs another page, and every fault ends in bounded time as one record."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.crawls.running import Crawl, repeated
from tests.site import Site
from tests.site.faults import FAULTS

MakeCrawl = Callable[..., Crawl]
GOOD = 30
MAY_BE = {
    "reset-before": {"protocol", "connect"},
    "closed": {"protocol", "connect"},
    "stalled": {"timeout"},
    "stalled-in-body": {"timeout"},
    "drip": {"timeout"},
    "endless-body": {"body_too_large"},
    "endless-headers": {"protocol"},
    "bomb": {"body_too_large"},
    "bad-gzip": {"decoding"},
    "flood-1xx": {"protocol", "timeout"},
}


def test_every_fault_is_one_record_and_every_good_page_is_fetched_once(
    crawl: MakeCrawl, site: Site, client: str
) -> None:
    links = [f"/fault/{name}" for name in sorted(FAULTS)] + [f"/leaf/{number}" for number in range(GOOD)]
    site.page("/start", "".join(f'<a href="{link}">x</a>' for link in links))
    crawled = crawl(
        seeds=[site.url("/start")],
        client={"type": client},
        timeouts={"read": 4, "total": 8},  # far above what a busy test machine stalls
        retry={"max_retries": 0},
        limits={"max_response_size": "1MiB"},
    )
    started = time.monotonic()
    assert crawled.run().exit_code == 0
    assert time.monotonic() - started < 45
    found = crawled.by_path()
    assert found.keys() == {"/start", *links}
    for name in FAULTS:
        error = found[f"/fault/{name}"]["error"]
        assert error is not None, name
        assert error["type"] in MAY_BE.get(name, {"protocol"}), (name, error)
    assert all(found[f"/leaf/{number}"]["ok"] for number in range(GOOD))
    assert repeated([hit.target for hit in site.hits("/leaf/")]) == {}


def test_a_stale_connection_costs_no_retry(crawl: MakeCrawl, site: Site, client: str) -> None:
    site.page("/start", '<a href="/fault/stale-keep-alive">x</a>')
    crawled = crawl(
        seeds=[site.url("/start")],
        client={"type": client},
        concurrency={"total": 1, "per_host": 1},
        retry={"max_retries": 0},
    )
    assert crawled.run().exit_code == 0
    record = crawled.by_path()["/leaf/after-stale"]
    assert (record["ok"], record["attempts"]) == (True, 1)
