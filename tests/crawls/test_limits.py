"""Every limit is exact, every trap has a bound, and every stop says its reason."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.crawls.running import Crawl, repeated
from tests.site import Site

MakeCrawl = Callable[..., Crawl]
WIDE = {"total": 32, "per_host": 32}


@pytest.mark.parametrize("most", [1, 7, 100])
def test_max_pages_is_exact_with_many_requests_in_flight(crawl: MakeCrawl, site: Site, most: int) -> None:
    bounded = crawl(seeds=[site.url("/tiny/5000/0")], limits={"max_pages": most}, concurrency=WIDE)
    assert bounded.run().exit_code == 0
    assert len(bounded.by_path()) == most
    assert len(site.hits("/tiny/")) == most


def test_max_pages_counts_failures_and_refusals_as_visits(crawl: MakeCrawl, site: Site) -> None:
    links = [f"/status/{code}" for code in (404, 410, 403)] + [f"/flaky/1/503/limit-{number}" for number in range(20)]
    site.page("/start", "".join(f'<a href="{link}">x</a>' for link in links))
    bounded = crawl(seeds=[site.url("/start")], limits={"max_pages": 10}, concurrency=WIDE)
    assert bounded.run().exit_code == 0
    assert len(bounded.by_path()) == 10


def test_max_pages_per_host_is_exact_too(crawl: MakeCrawl, site: Site) -> None:
    hosts = ("127.0.0.1", "127.0.0.2")
    bounded = crawl(seeds=[site.url("/list/30", host) for host in hosts], limits={"max_pages_per_host": 9})
    assert bounded.run().exit_code == 0
    for host in hosts:
        assert sum(record["url"].startswith(f"http://{host}:") for record in bounded.records()) == 9


def test_max_depth_counts_links_from_a_seed(crawl: MakeCrawl, site: Site) -> None:
    bounded = crawl(seeds=[site.url("/chain/0")], limits={"max_depth": 4})
    assert bounded.run().exit_code == 0
    assert {path: record["depth"] for path, record in bounded.by_path().items()} == {
        f"/chain/{number}": number for number in range(5)
    }
    assert [hit.target for hit in site.hits("/chain/5")] == []


def test_max_duration_stops_with_5_and_the_next_start_goes_on(crawl: MakeCrawl, site: Site) -> None:
    sections = {"seeds": [site.url("/slowlist/40/0.2")], "concurrency": {"total": 2, "per_host": 2}}
    bounded = crawl(**sections, limits={"max_duration": 1.5})
    started = time.monotonic()
    outcome = bounded.run()
    assert outcome.exit_code == 5
    assert time.monotonic() - started < 20
    assert "max_duration" in outcome.stderr
    assert 0 < len(bounded.records()) < 41
    bounded.configure(**sections)
    assert bounded.run().exit_code == 0
    assert len(bounded.by_path()) == 41
    assert repeated([hit.target for hit in site.hits("/slow/")]) == {}


def test_max_bytes_stops_with_5_and_the_next_start_goes_on(crawl: MakeCrawl, site: Site) -> None:
    site.page("/start", "".join(f'<a href="/big/100000?n={number}">x</a>' for number in range(30)))
    sections = {"seeds": [site.url("/start")], "concurrency": {"total": 2, "per_host": 2}}
    bounded = crawl(**sections, limits={"max_bytes": "1MB"})
    assert bounded.run().exit_code == 5
    assert 10 <= len(bounded.records()) <= 14
    bounded.configure(**sections)
    assert bounded.run().exit_code == 0
    assert len(bounded.by_path()) == 31


def test_a_disk_with_too_little_room_stops_with_5_and_the_next_start_goes_on(crawl: MakeCrawl, site: Site) -> None:
    sections = {"seeds": [site.url("/list/30")]}
    bounded = crawl(**sections, limits={"min_free_disk": 1 << 50})
    outcome = bounded.run("--quiet")
    assert (outcome.exit_code, site.hits("/list/")) == (5, [])
    assert "min_free_disk" in outcome.stderr  # even with --quiet: somebody has to make room
    bounded.configure(**sections, limits={"min_free_disk": "1kB"})
    assert bounded.run().exit_code == 0
    assert len(bounded.by_path()) == len(bounded.records()) == 31


def test_a_body_over_max_response_size_is_one_failed_record(crawl: MakeCrawl, site: Site, client: str) -> None:
    paths = ["/big/20000", "/big/20001", "/big/50000/chunked", "/fault/bomb-gzip", "/fault/endless-body"]
    bounded = crawl(
        seeds=[site.url(path) for path in paths], limits={"max_response_size": 20000}, client={"type": client}
    )
    assert bounded.run().exit_code == 0
    errors = {path: (record["error"] or {}).get("type") for path, record in bounded.by_path().items()}
    assert errors == dict.fromkeys(paths[1:], "body_too_large") | {"/big/20000": None}


def test_ever_deeper_paths_are_a_trap_that_is_counted(crawl: MakeCrawl, site: Site) -> None:
    trapped = crawl(seeds=[site.url("/deeper/"), site.url("/leaf/x")])
    assert trapped.run().exit_code == 0
    assert {"/deeper/", "/deeper/deeper/", "/leaf/x"} == trapped.by_path().keys()
    assert "max_path_repeats" in str(trapped.summary())


@pytest.mark.parametrize(
    ("limit", "most", "within", "beyond"),
    [
        ("max_url_length", 60, "/leaf/a", "/leaf/" + "b" * 60),
        ("max_path_segments", 4, "/leaf/1/2/3", "/leaf/1/2/3/4"),
        ("max_query_params", 2, "/leaf/q?a=1&b=2", "/leaf/q?a=1&b=2&c=3"),
    ],
)
def test_a_url_beyond_a_limit_is_counted_and_not_asked_for(
    crawl: MakeCrawl, site: Site, limit: str, most: int, within: str, beyond: str
) -> None:
    site.page("/start", f'<a href="{within}">x</a><a href="{beyond.replace("&", "&amp;")}">x</a>')
    bounded = crawl(seeds=[site.url("/start")], limits={limit: most})
    assert bounded.run().exit_code == 0
    assert bounded.by_path().keys() == {"/start", within}
    assert limit in str(bounded.summary())


def test_max_links_per_page_takes_the_first_ones(crawl: MakeCrawl, site: Site) -> None:
    bounded = crawl(seeds=[site.url("/list/50")], limits={"max_links_per_page": 20})
    assert bounded.run().exit_code == 0
    assert bounded.by_path().keys() == {"/list/50", *(f"/leaf/{number}" for number in range(20))}


def test_scope_decides_by_type_include_and_exclude(crawl: MakeCrawl, site: Site) -> None:
    scoped = crawl(seeds=[site.url("/list/12")], scope={"include": ["/leaf/"], "exclude": ["/leaf/1"]})
    assert scoped.run().exit_code == 0
    leaves = {path for path in scoped.by_path() if path.startswith("/leaf/")}
    assert leaves == {f"/leaf/{number}" for number in range(12) if not str(number).startswith("1")}


def test_extra_hops_leave_the_scope_for_so_many_steps(crawl: MakeCrawl, site: Site) -> None:
    away = "127.0.0.2"
    site.page("/start", f'<a href="{site.url("/chain/0", away)}">x</a>')
    hopping = crawl(seeds=[site.url("/start")], scope={"extra_hops": 2}, client={"allow_private": True})
    assert hopping.run().exit_code == 0
    assert [hit.target for hit in site.hits("/chain/")] == ["/chain/0", "/chain/1"]


def test_the_drain_of_a_time_limit_is_bounded(crawl: MakeCrawl, site: Site) -> None:
    hanging = crawl(
        seeds=[site.url("/list/2"), site.url("/fault/stalled")],
        limits={"max_duration": 1},
        timeouts={"drain": 1, "read": 60, "total": 60},
    )
    started = time.monotonic()
    assert hanging.run().exit_code == 5
    assert time.monotonic() - started < 15
    assert hanging.by_path().keys() == {"/list/2", "/leaf/0", "/leaf/1"}
