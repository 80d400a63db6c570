"""robots.txt decides before anything is sent, for every request, and no host waits for another's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crawls.running import Crawl
from tests.site import Answer, Site

MakeCrawl = Callable[..., Crawl]
CLOSED = "User-agent: *\nDisallow: /leaf/1\n"


def test_a_refused_url_has_a_record_and_is_never_asked_for(crawl: MakeCrawl, site: Site, client: str) -> None:
    site.robots(CLOSED)
    obedient = crawl(seeds=[site.url("/list/3")], client={"type": client})
    assert obedient.run().exit_code == 0
    refused = obedient.by_path()["/leaf/1"]
    assert (refused["error"]["type"], refused["attempts"], refused["status"]) == ("robots", 0, None)
    assert refused["ok"] is False
    assert site.hits("/leaf/1") == []
    assert len(obedient.by_path()) == 4


def test_nothing_is_sent_before_robots_txt_is_known(crawl: MakeCrawl, site: Site) -> None:
    site.robots(CLOSED, delay_s=0.5)
    obedient = crawl(seeds=[site.url("/list/3"), site.url("/leaf/early")])
    assert obedient.run().exit_code == 0
    robots, *others = site.hits()
    assert robots.target == "/robots.txt"
    assert robots.ended is not None
    assert min(hit.at for hit in others) > robots.ended


def test_robots_txt_is_asked_for_once_a_run(crawl: MakeCrawl, site: Site) -> None:
    site.robots(CLOSED)
    crawl(seeds=[site.url("/tiny/100/0")]).run()
    assert len(site.hits("/robots.txt")) == 1


def test_a_slow_robots_txt_holds_up_its_own_host_only(crawl: MakeCrawl, site: Site) -> None:
    site.robots(CLOSED, host="127.0.0.2", delay_s=3)
    seeds = [site.url("/list/5", host) for host in ("127.0.0.2", "127.0.0.1", "127.0.0.3")]
    assert crawl(seeds=seeds, concurrency={"total": 2, "per_host": 1}).run().exit_code == 0
    slow = site.hits("/robots.txt", host="127.0.0.2")[0]
    for host in ("127.0.0.1", "127.0.0.3"):
        assert slow.ended is not None
        assert max(hit.at for hit in site.hits(host=host)) < slow.ended


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False)])
def test_the_status_of_robots_txt_decides_when_there_are_no_rules(
    crawl: MakeCrawl, site: Site, status: int, allowed: bool
) -> None:
    site.robots("", status=status)
    crawled = crawl(seeds=[site.url("/leaf/x")], retry={"max_retries": 0})
    outcome = crawled.run()
    assert len(site.hits("/leaf/x")) == allowed
    assert outcome.exit_code == (0 if allowed else 4)


def test_a_robots_txt_that_cannot_be_had_closes_the_host(crawl: MakeCrawl, site: Site) -> None:
    site.answer("/robots.txt", Answer(status=302, headers=(("Location", "/fault/truncated"),)))
    closed = crawl(seeds=[site.url("/leaf/x")], retry={"max_retries": 0})
    assert closed.run().exit_code == 4
    assert site.hits("/leaf/") == []
    assert closed.by_path()["/leaf/x"]["error"]["type"] == "robots"


def test_a_redirected_robots_txt_counts_for_the_host_that_redirected(crawl: MakeCrawl, site: Site) -> None:
    away = site.url("/rules", "127.0.0.2")
    site.answer("/robots.txt", Answer(status=301, headers=(("Location", away),)), host="127.0.0.1")
    site.answer("/rules", Answer(CLOSED.encode(), content_type="text/plain"))
    crawled = crawl(seeds=[site.url("/list/3")], client={"allow_private": True})
    assert crawled.run().exit_code == 0
    assert crawled.by_path()["/leaf/1"]["error"]["type"] == "robots"


def test_the_group_of_the_own_product_token_is_used(crawl: MakeCrawl, site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /\n\nUser-agent: TestBot\nDisallow: /leaf/2\n")
    named = crawl(seeds=[site.url("/list/3")], client={"user_agent": "testbot/1.0 (+http://127.0.0.1/)"})
    assert named.run().exit_code == 0
    assert {path for path, record in named.by_path().items() if record["error"]} == {"/leaf/2"}


def test_a_redirect_into_a_closed_folder_is_not_followed(crawl: MakeCrawl, site: Site) -> None:
    site.robots(CLOSED)
    site.answer("/moved", Answer(status=302, headers=(("Location", "/leaf/1"),)))
    crawled = crawl(seeds=[site.url("/moved"), site.url("/leaf/2")])
    assert crawled.run().exit_code == 0
    assert crawled.by_path()["/moved"]["error"]["type"] == "robots"
    assert site.hits("/leaf/1") == []


def test_robots_txt_can_be_left_out(crawl: MakeCrawl, site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /\n")
    bold = crawl(seeds=[site.url("/list/3")], politeness={"obey_robots": False})
    assert bold.run().exit_code == 0
    assert site.hits("/robots.txt") == []
    assert len(site.hits("/leaf/")) == 3


def test_sitemaps_named_in_robots_txt_bring_seeds(crawl: MakeCrawl, site: Site) -> None:
    site.robots(f"Sitemap: {site.url('/map.xml')}\n")
    place = f"<urlset><url><loc>{site.url('/leaf/only-in-the-map')}</loc></url></urlset>"
    site.answer("/map.xml", Answer(place.encode(), content_type="application/xml"))
    crawled = crawl(seeds=[site.url("/leaf/seed")], sitemaps="auto")
    assert crawled.run().exit_code == 0
    found = crawled.by_path()
    assert found.keys() == {"/leaf/seed", "/leaf/only-in-the-map"}
    assert found["/leaf/only-in-the-map"]["depth"] == 0
