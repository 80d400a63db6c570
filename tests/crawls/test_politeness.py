"""Never faster than allowed: delays and concurrency as the server sees them, across retries, redirects and restarts."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable, Iterable

import pytest

from tests.crawls.running import Crawl, ended, stop, wait_until
from tests.site import Answer, Hit, Site

MakeCrawl = Callable[..., Crawl]
BLUR_S = 0.03  # what scheduling on a busy machine may shift an arrival by
TIME_TO_COMMIT_S = 1.0  # after a kill only what was committed is known
HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")


def gaps(hits: Iterable[Hit]) -> list[float]:
    """Seconds between one arrival and the next."""
    return [later.at - earlier.at for earlier, later in itertools.pairwise(hits)]


def test_requests_to_one_host_keep_the_delay(crawl: MakeCrawl, site: Site, client: str) -> None:
    polite = crawl(seeds=[site.url("/list/6")], politeness={"delay": 0.25}, client={"type": client})
    assert polite.run().exit_code == 0
    assert len(site.hits()) == 8  # robots.txt, the list, six leaves
    assert min(gaps(site.hits())) >= 0.25 - BLUR_S


def test_retries_and_redirects_keep_the_delay_too(crawl: MakeCrawl, site: Site) -> None:
    seeds = [site.url("/flaky/1/503/politeness"), site.url("/redirect/2"), site.url("/fault/truncated")]
    polite = crawl(seeds=seeds, politeness={"delay": 0.25}, retry={"backoff": {"initial": 0.05}})
    assert polite.run().exit_code == 0
    assert len(site.hits()) == 8
    assert min(gaps(site.hits())) >= 0.25 - BLUR_S


@pytest.mark.parametrize("path", ["/fault/reset-before", "/fault/closed"])
def test_a_request_sent_again_on_another_connection_keeps_the_delay_too(
    crawl: MakeCrawl, site: Site, client: str, path: str
) -> None:
    polite = crawl(seeds=[site.url("/leaf/x"), site.url(path)], politeness={"delay": 0.25}, client={"type": client})
    assert polite.run().exit_code == 0
    assert len(site.hits("/fault/")) == 3  # unheard on the kept-alive connection, an attempt, a retry
    assert polite.by_path()[path]["attempts"] == 2
    assert min(gaps(site.hits())) >= 0.25 - BLUR_S


def test_robots_txt_asked_for_again_keeps_the_delay_too(crawl: MakeCrawl, site: Site, client: str) -> None:
    hangs_up = Answer(status=301, headers=(("Location", "/fault/closed"),))
    site.answer("/robots.txt", hangs_up)
    polite = crawl(seeds=[site.url("/leaf/x")], politeness={"delay": 0.25}, client={"type": client})
    polite.run()
    assert len(site.hits("/fault/")) >= 2
    assert min(gaps(site.hits())) >= 0.25 - BLUR_S


def test_hosts_have_clocks_of_their_own(crawl: MakeCrawl, site: Site) -> None:
    seeds = [site.url("/list/4", host) for host in HOSTS]
    polite = crawl(seeds=seeds, politeness={"delay": 0.3}, concurrency={"total": 9})
    assert polite.run().exit_code == 0
    for host in HOSTS:
        assert min(gaps(site.hits(host=host))) >= 0.3 - BLUR_S
    first = [min(hit.at for hit in site.hits(host=host)) for host in HOSTS]
    assert max(first) - min(first) < 0.3, "one host waited for another"


def test_no_more_requests_in_flight_than_allowed_for_a_host_and_in_total(crawl: MakeCrawl, site: Site) -> None:
    seeds = [site.url("/slowlist/10/0.1", host) for host in HOSTS]
    bounded = crawl(seeds=seeds, concurrency={"total": 5, "per_host": 2})
    assert bounded.run().exit_code == 0
    assert max(hit.in_flight_host for hit in site.hits()) == 2
    assert max(hit.in_flight_total for hit in site.hits()) == 5


def test_concurrency_is_used_in_fact(crawl: MakeCrawl, site: Site, client: str) -> None:
    busy = crawl(seeds=[site.url("/slowlist/24/0.3")], client={"type": client})
    assert busy.run().exit_code == 0
    assert max(hit.in_flight_host for hit in site.hits()) == 8


@pytest.mark.parametrize(("form", "status"), [("seconds", 503), ("date", 429)])
def test_retry_after_is_waited_out_by_the_whole_host(crawl: MakeCrawl, site: Site, form: str, status: int) -> None:
    seeds = [site.url(f"/retry-after/{status}/{form}/2"), site.url("/list/3")]
    told = crawl(seeds=seeds, concurrency={"total": 1, "per_host": 1})
    told.run()
    refusals = site.hits("/retry-after/")
    assert len(refusals) == 2
    following = [hit.at for hit in site.hits() if hit.at > refusals[0].at]
    # a date has whole seconds: up to one of the two is lost in writing it
    assert min(following) - refusals[0].at >= (2 if form == "seconds" else 1) - BLUR_S


def test_a_retry_after_too_long_is_not_waited_for(crawl: MakeCrawl, site: Site) -> None:
    site.answer("/busy", Answer(status=503, headers=(("Retry-After", "4000"),)))
    told = crawl(seeds=[site.url("/busy")], retry={"max_retry_after": 10})
    told.run(timeout_s=20)
    record = told.by_path()["/busy"]
    assert (record["error"]["type"], record["status"], record["attempts"]) == ("retry_after_too_long", 503, 1)


def test_crawl_delay_of_the_own_group_is_kept_up_to_a_bound(crawl: MakeCrawl, site: Site) -> None:
    site.robots("User-agent: *\nCrawl-delay: 0.3\n", host="127.0.0.1")
    site.robots("User-agent: *\nCrawl-delay: 900\n", host="127.0.0.2")
    site.robots("User-agent: somebody-else\nCrawl-delay: 900\n", host="127.0.0.3")
    polite = crawl(seeds=[site.url("/list/2", host) for host in HOSTS], politeness={"max_crawl_delay": 0.6})
    assert polite.run().exit_code == 0
    assert min(gaps(site.hits("/l", host="127.0.0.1"))) >= 0.3 - BLUR_S
    assert min(gaps(site.hits("/l", host="127.0.0.2"))) >= 0.6 - BLUR_S
    assert min(gaps(site.hits("/l", host="127.0.0.3"))) < 0.3


@pytest.mark.parametrize("rules", [{"obey_crawl_delay": False}, {"obey_robots": False}])
def test_a_crawl_delay_that_a_run_has_obeyed_does_not_hold_for_one_that_shall_not(
    crawl: MakeCrawl, site: Site, rules: dict[str, bool]
) -> None:
    site.robots("User-agent: *\nCrawl-delay: 2\n")
    polite = crawl(seeds=[site.url("/list/2")], limits={"max_pages": 2}, output={"path": "a.jsonl"})
    assert polite.run().exit_code == 0
    assert gaps(site.hits("/l")) == [pytest.approx(2, abs=1)]
    time.sleep(2)
    before = len(site.hits("/l"))
    polite.configure(seeds=[site.url("/list/2")], politeness={"delay": 0} | rules, output={"path": "b.jsonl"})
    assert polite.run().exit_code == 0
    assert max(gaps(site.hits("/l")[before:])) < 1.5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_delay_holds_across_a_restart(crawl: MakeCrawl, site: Site, number: signal.Signals) -> None:
    polite = crawl(seeds=[site.url("/list/3")], politeness={"delay": 3})
    process = polite.start()
    wait_until(lambda: site.hits("/list/"))
    wait_until(polite.output_size)
    time.sleep(TIME_TO_COMMIT_S)
    stop(process, number)
    again = polite.start()
    wait_until(lambda: site.hits("/leaf/"))
    stop(again)
    assert min(gaps(site.hits())) >= 3 - BLUR_S


def test_a_retry_after_holds_across_a_restart(crawl: MakeCrawl, site: Site) -> None:
    site.answer("/busy", Answer(status=503, headers=(("Retry-After", "4"),)), Answer(b"<title>Fine</title>"))
    told = crawl(seeds=[site.url("/busy")])
    process = told.start()
    wait_until(lambda: site.hits("/busy"))
    time.sleep(TIME_TO_COMMIT_S)
    assert stop(process).exit_code == 143
    assert ended(told.start()).exit_code == 0
    first, second = site.hits("/busy")
    assert second.at - first.at >= 4 - BLUR_S
    assert told.by_path()["/busy"]["attempts"] == 2
