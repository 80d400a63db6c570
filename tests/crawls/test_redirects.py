"""Redirects are followed hop by hop: recorded, bounded, checked, and never fetched twice."""

from __future__ import annotations

import base64
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from tests.crawls.running import Crawl, ended, path_of, wait_until
from tests.site import Answer, Site

MakeCrawl = Callable[..., Crawl]


def redirect(target: str, status: int = 302) -> Answer:
    """A redirect to `target`."""
    return Answer(status=status, headers=(("Location", target),))


def test_a_chain_is_recorded_with_every_url_passed_through(crawl: MakeCrawl, site: Site, client: str) -> None:
    followed = crawl(seeds=[site.url("/redirect/3")], client={"type": client})
    assert followed.run().exit_code == 0
    record = followed.by_path()["/redirect/3"]
    assert [path_of(url) for url in record["redirects"]] == ["/redirect/3", "/redirect/2", "/redirect/1"]
    assert path_of(record["final_url"]) == "/leaf/redirected"
    assert (record["status"], record["ok"], record["attempts"]) == (200, True, 1)
    assert record["title"] == "Leaf redirected"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_redirect_status_is_followed(crawl: MakeCrawl, site: Site, status: int) -> None:
    followed = crawl(seeds=[site.url(f"/redirect/{status}/to?url=/leaf/x")])
    assert followed.run().exit_code == 0
    (record,) = followed.records()
    assert (record["status"], path_of(record["final_url"])) == (200, "/leaf/x")


def test_a_loop_ends_as_one_failed_record(crawl: MakeCrawl, site: Site, client: str) -> None:
    looped = crawl(seeds=[site.url("/loop/a"), site.url("/leaf/x")], client={"type": client})
    assert looped.run().exit_code == 0
    assert looped.by_path()["/loop/a"]["error"]["type"] == "too_many_redirects"
    assert len(site.hits("/loop/")) <= 11


def test_a_chain_longer_than_allowed_fails(crawl: MakeCrawl, site: Site) -> None:
    bounded = crawl(seeds=[site.url("/redirect/4"), site.url("/leaf/x")], limits={"max_redirects": 3})
    assert bounded.run().exit_code == 0
    assert bounded.by_path()["/redirect/4"]["error"]["type"] == "too_many_redirects"
    assert len(site.hits("/redirect/")) <= 4


def test_exactly_as_many_redirects_as_allowed_are_followed(crawl: MakeCrawl, site: Site) -> None:
    bounded = crawl(seeds=[site.url("/redirect/3")], limits={"max_redirects": 3})
    assert bounded.run().exit_code == 0
    assert bounded.by_path()["/redirect/3"]["ok"] is True


def test_a_target_with_its_own_record_is_not_fetched_twice(crawl: MakeCrawl, site: Site) -> None:
    links = "".join(f'<a href="/to/{number}">x</a>' for number in range(5))
    site.page("/start", f'<a href="/leaf/shared">x</a>{links}')
    for number in range(5):
        site.answer(f"/to/{number}", redirect("/leaf/shared"))
    crawled = crawl(seeds=[site.url("/start")])
    assert crawled.run().exit_code == 0
    assert len(site.hits("/leaf/shared")) == 1
    found = crawled.by_path()
    assert found["/leaf/shared"]["duplicate_of"] is None
    assert {found[f"/to/{number}"]["duplicate_of"] for number in range(5)} == {site.url("/leaf/shared")}


def test_two_urls_that_redirect_to_the_same_unknown_target_fetch_it_once(crawl: MakeCrawl, site: Site) -> None:
    site.page("/start", '<a href="/to/1">x</a><a href="/to/2">x</a>')
    site.answer("/to/1", redirect("/leaf/target"))
    site.answer("/to/2", redirect("/leaf/target"))
    crawled = crawl(seeds=[site.url("/start")])
    assert crawled.run().exit_code == 0
    assert len(site.hits("/leaf/target")) == 1
    found = crawled.by_path()
    duplicates = [record["duplicate_of"] for record in (found["/to/1"], found["/to/2"])]
    assert duplicates.count(None) == 1


def wall(site: Site, delay_s: float = 0.0) -> str:
    """A page that links to one behind a wall, and to what sets the cookie and sends back."""
    site.page("/start", '<a href="/inside">x</a><a href="/check">x</a>')
    content = Answer(b"<title>Inside</title>", content_type="text/html")
    site.answer("/inside", redirect("/check"), content)
    back = redirect("/inside")
    site.answer("/check", replace(back, headers=(*back.headers, ("Set-Cookie", "pass=1; Path=/")), delay_s=delay_s))
    return site.url("/start")


@pytest.mark.parametrize("frontier", ["sqlite", "memory"])
def test_of_two_known_urls_that_lead_to_each_other_one_has_the_content(
    crawl: MakeCrawl, site: Site, frontier: str
) -> None:
    crawled = crawl(seeds=[wall(site)], frontier={"type": frontier}, concurrency={"per_host": 2})
    assert crawled.run().exit_code == 0
    assert_one_has_the_content(crawled)


def assert_one_has_the_content(crawled: Crawl) -> None:
    """Of the two pages of the wall."""
    found = crawled.by_path()
    (duplicate,) = [record for record in found.values() if record["duplicate_of"]]
    covering = found[path_of(duplicate["duplicate_of"])]
    assert {path_of(duplicate["url"]), path_of(covering["url"])} == {"/inside", "/check"} == set(found) - {"/start"}
    assert (covering["ok"], covering["title"]) == (True, "Inside")


def test_two_seeds_that_lead_to_each_other_are_one_failure(crawl: MakeCrawl, site: Site) -> None:
    site.answer("/to/1", redirect("/to/2"))
    site.answer("/to/2", redirect("/to/1"))
    looped = crawl(seeds=[site.url("/to/1"), site.url("/to/2"), site.url("/leaf/x")], limits={"max_redirects": 4})
    assert looped.run().exit_code == 0
    one, two = (looped.by_path()[path] for path in ("/to/1", "/to/2"))
    failed, duplicate = (one, two) if one["error"] else (two, one)
    assert (failed["error"]["type"], duplicate["duplicate_of"]) == ("too_many_redirects", failed["url"])
    assert looped.summary()["failed"] == 1


def test_killed_between_the_two_the_content_is_fetched_all_the_same(crawl: MakeCrawl, site: Site) -> None:
    crawled = crawl(seeds=[wall(site, delay_s=3.0)], concurrency={"per_host": 1})
    process = crawled.start()
    wait_until(lambda: site.hits("/check"))
    time.sleep(1.2)  # what became of the other is committed, the answer not there
    process.send_signal(signal.SIGKILL)
    assert ended(process).exit_code != 0
    assert crawled.run().exit_code == 0
    assert_one_has_the_content(crawled)


def test_a_seed_that_moves_takes_the_scope_along(crawl: MakeCrawl, site: Site) -> None:
    new_home = site.url("/list/3", "127.0.0.2")
    site.answer("/", redirect(new_home, 301), host="127.0.0.1")
    moved = crawl(seeds=[site.url("/")], client={"allow_private": True})
    assert moved.run().exit_code == 0
    assert {record["url"] for record in moved.records()} == {
        site.url("/"),
        *(site.url(f"/leaf/{number}", "127.0.0.2") for number in range(3)),
    }


def test_a_page_that_redirects_out_of_scope_is_refused_and_the_target_not_asked(crawl: MakeCrawl, site: Site) -> None:
    site.page("/start", '<a href="/away">x</a>')
    site.answer("/away", redirect(site.url("/leaf/x", "127.0.0.2")))
    strict = crawl(seeds=[site.url("/start")], client={"allow_private": True})
    assert strict.run().exit_code == 0
    assert strict.by_path()["/away"]["error"]["type"] == "redirect_refused"
    assert site.hits(host="127.0.0.2") == []


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "file:///etc/passwd", "javascript:alert(1)"])
def test_other_schemes_are_never_followed(crawl: MakeCrawl, site: Site, target: str) -> None:
    seeds = [site.url(f"/redirect/302/to?url={quote(target)}"), site.url("/leaf/x")]
    strict = crawl(seeds=seeds, scope={"type": "any"})
    assert strict.run().exit_code == 0
    failed = [record for record in strict.records() if not record["ok"]]
    assert [record["error"]["type"] for record in failed] == ["unsupported_scheme"]


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "0177.0.0.1", "2130706434", "[::ffff:127.0.0.2]"])
def test_a_redirect_to_a_private_address_is_refused_when_connecting(
    crawl: MakeCrawl, site: Site, client: str, host: str
) -> None:
    target = f"http://{host}:{site.ports['http']}/leaf/secret"
    site.page("/start", '<a href="/inside">x</a>')
    site.answer("/inside", redirect(target))
    guarded = crawl(seeds=[site.url("/start")], scope={"type": "any"}, client={"type": client})
    guarded.run()
    if host == "0177.0.0.1":  # another spelling of the seed's own address
        assert guarded.by_path()["/inside"]["ok"] is True
        return
    assert guarded.by_path()["/inside"]["error"]["type"] == "private_address"
    assert site.hits("/leaf/secret") == []


def test_credentials_stay_with_the_hosts_that_the_seeds_name(crawl: MakeCrawl, site: Site, client: str) -> None:
    site.answer("/away", redirect(site.url("/leaf/away", "127.0.0.2")), host="127.0.0.1")
    site.page("/start", '<a href="/leaf/home">x</a><a href="/away">x</a>')
    secretive = crawl(
        seeds=[site.url("/start")],
        scope={"type": "any"},
        client={
            "type": client,
            "allow_private": True,
            "headers": {"X-Key": "s3cret-header"},
            "auth": {"username": "ada", "password": "s3cret-word"},
            "cookies": {"session": "s3cret-cookie"},
        },
    )
    outcome = secretive.run()
    assert outcome.exit_code == 0
    (home,), (away,) = site.hits("/leaf/home"), site.hits("/leaf/away")
    assert home.headers["x-key"] == "s3cret-header"
    assert home.headers["authorization"] == "Basic " + base64.b64encode(b"ada:s3cret-word").decode()
    assert home.headers["cookie"] == "session=s3cret-cookie"
    assert away.headers.keys() & {"x-key", "authorization", "cookie"} == set()
    assert "s3cret" not in outcome.stderr
    state = b"".join(path.read_bytes() for path in (secretive.folder / "state").rglob("*") if path.is_file())
    assert b"s3cret" not in state
    assert "s3cret" not in "".join(secretive.lines())


def test_cookies_that_a_site_sets_come_back_to_it_only(crawl: MakeCrawl, site: Site, client: str) -> None:
    seeds = [site.url("/cookie/set/visit/1"), site.url("/leaf/other", "127.0.0.2")]
    remembering = crawl(seeds=seeds, client={"type": client}, concurrency={"total": 1})
    assert remembering.run().exit_code == 0
    assert site.hits("/cookie/show")[0].headers["cookie"] == "visit=1"
    assert all("cookie" not in hit.headers for hit in site.hits(host="127.0.0.2"))
