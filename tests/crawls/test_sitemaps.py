"""Sitemaps of every form bring seeds, under robots.txt like any request, and cost no page its record."""

from __future__ import annotations

import gzip
import signal
import sqlite3
from collections.abc import Callable, Iterable

import pytest

from crawler.core.url import fingerprint
from tests.crawls.running import Crawl, ended, path_of, repeated, wait_until
from tests.site import Answer, Site

MakeCrawl = Callable[..., Crawl]


def listing(urls: Iterable[str], kind: str = "url") -> bytes:
    """A sitemap of pages, or an index of sitemaps."""
    root = "urlset" if kind == "url" else "sitemapindex"
    return f"<{root}>{''.join(f'<{kind}><loc>{url}</loc></{kind}>' for url in urls)}</{root}>".encode()


def leaves(site: Site, *names: str) -> list[str]:
    return [site.url(f"/leaf/{name}") for name in names]


def serve(site: Site, path: str, body: bytes, content_type: str = "application/xml", **fields: object) -> str:
    """Serves `body` at `path`; its URL."""
    site.answer(path, Answer(body, content_type=content_type, **fields))  # type: ignore[arg-type]
    return site.url(path)


def test_every_form_that_is_listed_brings_its_pages(crawl: MakeCrawl, site: Site, client: str) -> None:
    inner = serve(site, "/inner", gzip.compress(listing(leaves(site, "inner"))), "application/x-gzip")
    forms = [
        serve(site, "/plain.xml", listing(leaves(site, "plain"))),
        serve(site, "/packed.xml.gz", gzip.compress(listing(leaves(site, "packed"))), "application/gzip"),
        serve(site, "/twice.xml.gz", gzip.compress(gzip.compress(listing(leaves(site, "twice"))))),
        serve(site, "/coded", gzip.compress(listing(leaves(site, "coded"))), headers=(("Content-Encoding", "gzip"),)),
        serve(site, "/list.txt", b"\xef\xbb\xbf" + "\r\n".join(leaves(site, "text")).encode(), "text/plain"),
        serve(
            site, "/rss", f"<rss><channel><item><link>{leaves(site, 'rss')[0]}</link></item></channel></rss>".encode()
        ),
        serve(site, "/atom", b'<feed><entry><link href="/leaf/atom"/></entry></feed>'),
        serve(site, "/broken", listing(leaves(site, "broken")).replace(b"</urlset>", b"<url>&<loc>")),
        serve(site, "/index", listing([inner, site.url("/index")], "sitemap")),
        serve(site, "/other/robots.txt", b"User-agent: *\nDisallow: /\nSitemap: /named", "text/plain"),
    ]
    serve(site, "/named", listing(leaves(site, "named")))
    crawled = crawl(sitemaps=forms, seeds=[], client={"type": client})
    assert crawled.run().exit_code == 0
    names = ["plain", "packed", "twice", "coded", "text", "rss", "atom", "broken", "inner", "named"]
    found = crawled.by_path()
    assert found.keys() == {f"/leaf/{name}" for name in names}
    assert {(record["depth"], record["parent"], record["ok"]) for record in found.values()} == {(0, None, True)}
    assert repeated([hit.target for hit in site.hits()]) == {}


def test_robots_txt_holds_for_sitemaps_their_redirects_and_other_hosts(crawl: MakeCrawl, site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /closed/")
    away = site.url("/closed/map", "127.0.0.2")
    moved = (("Location", away),)
    listed = [site.url("/closed/map"), away, serve(site, "/moved", b"", status=301, headers=moved)]
    serve(site, "/closed/map", listing(leaves(site, "x")))
    crawled = crawl(sitemaps=listed, seeds=leaves(site, "seed"), client={"allow_private": True})
    assert crawled.run().exit_code == 0
    assert crawled.by_path().keys() == {"/leaf/seed"}
    assert site.hits("/closed/") == []
    for host in ("127.0.0.1", "127.0.0.2"):
        assert site.hits(host=host)[0].target == "/robots.txt"


def test_robots_txt_may_name_sitemaps_of_another_host(crawl: MakeCrawl, site: Site) -> None:
    site.robots(f"Sitemap: {site.url('/map', '127.0.0.2')}\n", host="127.0.0.1")
    site.robots("", host="127.0.0.2", delay_s=0.3)
    serve(site, "/map", listing([*leaves(site, "1"), site.url("/leaf/out", "127.0.0.2")]))
    crawled = crawl(seeds=leaves(site, "seed"), sitemaps="auto", client={"allow_private": True})
    assert crawled.run().exit_code == 0
    assert crawled.by_path().keys() == {"/leaf/seed", "/leaf/1"}
    assert [hit.target for hit in site.hits(host="127.0.0.2")] == ["/robots.txt", "/map"]


def test_without_a_sitemap_line_the_usual_place_is_looked_at(crawl: MakeCrawl, site: Site) -> None:
    serve(site, "/sitemap.xml", listing(leaves(site, "usual")))
    crawled = crawl(seeds=leaves(site, "seed"), sitemaps="auto")
    assert crawled.run().exit_code == 0
    assert crawled.by_path().keys() == {"/leaf/seed", "/leaf/usual"}


def test_a_sitemap_that_is_linked_like_a_page_has_its_one_record(crawl: MakeCrawl, site: Site) -> None:
    url = serve(site, "/map", listing([*leaves(site, "1"), site.url("/map")]))
    site.page("/home", '<a href="/map">map</a><a href="/leaf/1">1</a>')
    crawled = crawl(seeds=[site.url("/home")], sitemaps=[url])
    assert crawled.run().exit_code == 0
    assert crawled.by_path().keys() == {"/home", "/map", "/leaf/1"}
    assert len(site.hits("/map")) == 2


@pytest.mark.parametrize("fault", ["endless-body", "bomb", "truncated"])
def test_a_sitemap_that_cannot_be_had_costs_nothing_else(crawl: MakeCrawl, site: Site, fault: str) -> None:
    listed = [site.url(f"/fault/{fault}"), serve(site, "/map", listing(leaves(site, "1")))]
    rules = {"retry": {"max_retries": 0}, "timeouts": {"total": 4}}
    crawled = crawl(seeds=leaves(site, "seed"), sitemaps=listed, **rules)
    assert crawled.run(timeout_s=40).exit_code == 0
    assert crawled.by_path().keys() == {"/leaf/seed", "/leaf/1"}


def test_killed_in_the_midst_of_large_sitemaps_every_url_is_written_once(crawl: MakeCrawl, site: Site) -> None:
    paths = [f"/tiny/1/{number}" for number in range(900)]
    maps = [serve(site, f"/map{n}", listing(map(site.url, paths[n * 300 : (n + 1) * 300]))) for n in range(3)]
    index = serve(site, "/index", listing(maps, "sitemap"))
    site.page("/home", "".join(f'<a href="{url}">m</a>' for url in (index, *maps)))
    killed = crawl(seeds=[site.url("/home")], sitemaps=[index])
    for steps in (2, 200):
        kill_after(killed, site, steps)
    assert killed.run().exit_code == 0
    urls = [path_of(record["url"]) for record in killed.records()]
    assert repeated(urls) == {}
    assert set(urls) == {*paths, "/home", "/index", "/map0", "/map1", "/map2"}


def kill_after(crawl: Crawl, site: Site, requests: int) -> None:
    """Kills a run once it has sent so many requests."""
    before, process = site.size(), crawl.start()
    wait_until(lambda: process.poll() is not None or site.size() > before + requests)
    process.send_signal(signal.SIGKILL)
    ended(process)


def test_when_pages_changed_is_kept_as_the_sitemap_has_it(crawl: MakeCrawl, site: Site) -> None:
    one, two = leaves(site, "1", "2")
    entries = f"<url><loc>{one}</loc><lastmod> 2026-11-01 </lastmod></url><url><loc>{two}</loc></url>"
    crawled = crawl(sitemaps=[serve(site, "/dated.xml", f"<urlset>{entries}</urlset>".encode())], seeds=[])
    assert crawled.run().exit_code == 0
    (state,) = crawled.folder.rglob("frontier.sqlite")
    with sqlite3.connect(state) as db:
        assert db.execute("SELECT fp, lastmod FROM dates").fetchall() == [(fingerprint(one), "2026-11-01")]
    db.close()
