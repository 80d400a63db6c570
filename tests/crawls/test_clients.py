"""The same answer from every client, over HTTP/1.1, TLS and HTTP/2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.crawls.running import Crawl
from tests.site import Certificates, Nginx, Site
from tests.site.pages import CODINGS, TEXTS

MakeCrawl = Callable[..., Crawl]
DIFFERS_BY_NATURE = {"fetched_at", "elapsed", "http_version"}
SPEAKS_HTTP2 = ("httpx", "httpx2", "curl")

MIXED = [
    *(f"/coded/{coding}" for coding in CODINGS),
    *(f"/charset/{name}/{how}" for name in TEXTS for how in ("header", "nowhere") if name != "utf-16"),
    "/charset/utf-16/bom",
    *("/redirect/2", "/loop/a", "/list/3", "/file/image/png", "/big/200000/chunked", "/status/404", "/status/204"),
    *("/cookie/set/a/b", "/echo/accept-encoding", "/echo/accept", "/echo/user-agent", "/deeper/", "/status/304"),
    *("/fault/truncated", "/fault/lies-about-gzip", "/fault/stale-keep-alive"),
]


def facts(crawl: Crawl) -> dict[str, dict[str, Any]]:
    """Records by path, without what differs by nature; of an error only its type."""
    found = {}
    for path, record in crawl.by_path().items():
        error = (record["error"] or {}).get("type")
        found[path] = {key: value for key, value in record.items() if key not in DIFFERS_BY_NATURE} | {"error": error}
    return found


def test_every_client_writes_the_same_records(crawl: MakeCrawl, site: Site) -> None:
    results = {}
    for name in ("aiohttp", "httpx", "httpx2", "curl"):
        site.reset()
        crawled = crawl(seeds=[site.url(path) for path in MIXED], client={"type": name})
        assert crawled.run().exit_code == 0
        results[name] = facts(crawled)
    assert len(results["aiohttp"]) >= len(MIXED)
    for name in ("httpx", "httpx2", "curl"):
        for path, record in results["aiohttp"].items():
            assert results[name].get(path) == record, (name, path)
        assert results[name].keys() == results["aiohttp"].keys()


def test_titles_come_out_right_in_every_encoding(crawl: MakeCrawl, site: Site, client: str) -> None:
    wanted = {f"/charset/{name}/header": text for name, text in TEXTS.items()}
    crawled = crawl(seeds=[site.url(path) for path in wanted], client={"type": client})
    assert crawled.run().exit_code == 0
    assert {path: record["title"] for path, record in crawled.by_path().items()} == wanted


def test_tls_is_verified_against_the_given_authority(
    crawl: MakeCrawl, site: Site, client: str, certificates: Certificates
) -> None:
    seeds = [site.url("/list/2", scheme="https")]
    trusting = crawl(seeds=seeds, client={"type": client, "ca_file": str(certificates.ca)})
    assert trusting.run().exit_code == 0
    assert {record["http_version"] for record in trusting.records()} == {"HTTP/1.1"}
    assert len(trusting.records()) == 3
    doubting = crawl(seeds=seeds, client={"type": client})
    assert doubting.run().exit_code == 4
    assert [record["error"]["type"] for record in doubting.records()] == ["tls"]


def test_tls_need_not_be_verified(crawl: MakeCrawl, site: Site, client: str) -> None:
    careless = crawl(seeds=[site.url("/list/2", scheme="https")], client={"type": client, "verify_tls": False})
    assert careless.run().exit_code == 0
    assert len(careless.records()) == 3


@pytest.mark.parametrize("name", SPEAKS_HTTP2)
def test_http2_is_spoken_where_offered_and_recorded(
    crawl: MakeCrawl, front: Nginx, site: Site, certificates: Certificates, name: str
) -> None:
    settings = {"type": name, "http2": True, "ca_file": str(certificates.ca)}
    crawled = crawl(seeds=[front.url("/tiny/100/0", "h2")], client=settings)
    assert crawled.run().exit_code == 0
    assert {record["http_version"] for record in crawled.records()} == {"HTTP/2"}
    assert len(crawled.by_path()) == 100
    protocols = Counter(protocol for protocol, path in front.asked() if path.startswith("/tiny/100/"))
    assert protocols["HTTP/2.0"] >= 100


@pytest.mark.parametrize("name", SPEAKS_HTTP2)
def test_a_fallback_from_http2_is_said_once_and_counted(
    crawl: MakeCrawl, front: Nginx, certificates: Certificates, name: str
) -> None:
    settings = {"type": name, "http2": True, "ca_file": str(certificates.ca)}
    crawled = crawl(seeds=[front.url("/list/5", "https")], client=settings)
    outcome = crawled.run()
    assert outcome.exit_code == 0
    assert {record["http_version"] for record in crawled.records()} == {"HTTP/1.1"}
    said = [line for line in outcome.stderr.splitlines() if "HTTP/2" in line and "HTTP/1.1" in line]
    assert len(said) >= 1
    assert "fall" in str(crawled.summary()).lower() or "fell" in str(crawled.summary()).lower()


def test_real_documentation_is_the_same_for_every_client(crawl: MakeCrawl, docs: Nginx) -> None:
    results = {}
    for name in ("aiohttp", "httpx2", "httpx", "curl"):
        seeds = [docs.url("/postgresql/index.html"), docs.url("/python/index.html")]
        crawled = crawl(seeds=seeds, scope={"include": ["/(python|postgresql)/"]}, client={"type": name})
        assert crawled.run(timeout_s=300).exit_code == 0
        records = crawled.by_path().values()
        results[name] = {record["url"]: (record["title"], record["links"], record["sha256"]) for record in records}
        pages = [record for record in records if record["ok"] and record["content_type"] == "text/html"]
        assert len(pages) > 1650
    assert results["httpx2"] == results["aiohttp"]
    assert results["httpx"] == results["aiohttp"]
    assert results["curl"] == results["aiohttp"]
