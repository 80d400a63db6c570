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


def test_of_a_robots_txt_beyond_the_limit_the_beginning_is_obeyed(crawl: MakeCrawl, site: Site, client: str) -> None:
    site.robots(CLOSED + "# filler\n" * 400_000 + "Disallow: /")
    crawled = crawl(seeds=[site.url("/list/3")], client={"type": client})
    assert crawled.run().exit_code == 0
    assert {path for path, record in crawled.by_path().items() if record["error"]} == {"/leaf/1"}


def test_a_robots_txt_without_an_end_is_read_as_far_as_it_matters(crawl: MakeCrawl, site: Site) -> None:
    site.answer("/robots.txt", Answer(status=302, headers=(("Location", "/fault/endless-body"),)))
    crawled = crawl(seeds=[site.url("/leaf/x")], timeouts={"total": 10})
    assert crawled.run(timeout_s=30).exit_code == 0
    assert crawled.by_path()["/leaf/x"]["ok"]
    assert len(site.hits("/fault/")) == 1


@pytest.mark.parametrize("fault", ["drip", "reset-in-body", "bad-gzip"])
def test_a_robots_txt_that_does_not_arrive_whole_closes_its_host_and_no_other(
    crawl: MakeCrawl, site: Site, fault: str
) -> None:
    site.answer("/robots.txt", Answer(status=302, headers=(("Location", f"/fault/{fault}"),)), host="127.0.0.1")
    seeds = [site.url("/leaf/x"), site.url("/leaf/y", "127.0.0.2")]
    crawled = crawl(seeds=seeds, retry={"max_retries": 0}, timeouts={"total": 1.5, "read": 1})
    assert crawled.run(timeout_s=30).exit_code == 0
    found = crawled.by_path()
    assert (found["/leaf/x"]["error"]["type"], found["/leaf/x"]["attempts"]) == ("robots", 0)
    assert found["/leaf/y"]["ok"]
    assert site.hits("/leaf/", host="127.0.0.1") == []


def test_many_requests_wait_for_a_slow_robots_txt_and_hold_up_nobody(crawl: MakeCrawl, site: Site) -> None:
    site.robots(CLOSED, host="127.0.0.2", delay_s=2.5)
    seeds = [site.url(f"/leaf/{number}", "127.0.0.2") for number in range(60)]
    seeds += [site.url(f"/leaf/{number}", host) for number in range(20) for host in ("127.0.0.1", "127.0.0.3")]
    crawled = crawl(seeds=seeds, concurrency={"total": 4, "per_host": 4})
    assert crawled.run().exit_code == 0
    (slow,) = site.hits("/robots.txt", host="127.0.0.2")
    assert slow.ended is not None
    assert min(hit.at for hit in site.hits("/leaf/", host="127.0.0.2")) > slow.ended
    assert len(site.hits("/leaf/", host="127.0.0.2")) == 60 - 11  # /leaf/1 is a prefix
    for host in ("127.0.0.1", "127.0.0.3"):
        assert max(hit.at for hit in site.hits(host=host)) < slow.ended


def test_a_redirect_to_an_origin_that_is_not_known_yet_waits_for_its_robots_txt(crawl: MakeCrawl, site: Site) -> None:
    site.robots(CLOSED, host="127.0.0.2", delay_s=0.7)
    for number in (1, 2):
        away = site.url(f"/leaf/{number}", "127.0.0.2")
        site.answer(f"/moved/{number}", Answer(status=302, headers=(("Location", away),)), host="127.0.0.1")
    seeds = [site.url("/moved/1"), site.url("/moved/2")]
    crawled = crawl(seeds=seeds, scope={"type": "any"}, client={"allow_private": True})
    assert crawled.run().exit_code == 0
    found = crawled.by_path()
    assert (found["/moved/1"]["error"]["type"], found["/moved/2"]["ok"]) == ("robots", True)
    robots, *others = site.hits(host="127.0.0.2")
    assert (robots.target, [hit.target for hit in others]) == ("/robots.txt", ["/leaf/2"])
    assert robots.ended is not None
    assert others[0].at > robots.ended


def test_rules_that_are_too_old_are_asked_for_again_before_anything_else(crawl: MakeCrawl, site: Site) -> None:
    open_now, closed = Answer(b"", content_type="text/plain"), Answer(b"User-agent: *\nDisallow: /", delay_s=0.5)
    site.answer("/robots.txt", open_now, closed)
    seeds = [site.url(f"/leaf/{number}") for number in range(20)]
    crawled = crawl(seeds=seeds, politeness={"delay": 0.15, "robots_ttl": 1}, limits={"max_duration": 20})
    crawled.run()
    first, second, *_ = site.hits("/robots.txt")
    pages = [hit.at for hit in site.hits("/leaf/")]
    assert first.at < min(pages)
    assert max(pages) < second.at
    refused = [record for record in crawled.records() if record["error"]]
    assert {record["error"]["type"] for record in refused} == {"robots"}
    assert len(pages) + len(refused) == 20


def test_secrets_do_not_go_with_the_robots_txt_of_another_origin(crawl: MakeCrawl, site: Site) -> None:
    site.page("/two", f'<a href="{site.url("/leaf/x", "127.0.0.2")}">x</a>')
    secret = {"headers": {"X-Key": "k"}, "auth": {"bearer": "b"}, "cookies": {"c": "d"}, "allow_private": True}
    crawled = crawl(seeds=[site.url("/two")], scope={"type": "any"}, client=secret)
    assert crawled.run().exit_code == 0
    named, other = site.hits("/robots.txt")
    assert named.headers.keys() >= {"x-key", "authorization", "cookie"}
    assert not {"x-key", "authorization", "cookie"} & other.headers.keys()
    assert other.host == site.host("127.0.0.2")
