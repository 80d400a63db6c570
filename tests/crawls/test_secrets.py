"""Secrets stay with the origins of the seeds, and out of everything that a run writes or says."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crawls.running import Crawl, Outcome
from tests.site import Answer, Site

MakeCrawl = Callable[..., Crawl]
HERE, THERE = "127.0.0.1", "127.0.0.2"
SECRETS = {
    "header": "geheim-header",
    "password": "geheim-password",
    "cookie": "geheim-cookie",
    "seed": "geheim-seed",
    "set": "geheim-set",
    "proxy": "geheim-proxy",
}
FORMS = [*SECRETS.values(), b64encode(f"user:{SECRETS['password']}".encode()).decode()]


def sections(site: Site, client: str) -> dict[str, object]:
    """A configuration with a secret wherever there may be one."""
    return {
        "seeds": [{"url": site.url("/start", HERE), "headers": {"X-Seed": SECRETS["seed"]}}],
        "sitemaps": [site.url("/map.xml", THERE)],
        "client": {
            "type": client,
            "headers": {"X-Key": SECRETS["header"]},
            "auth": {"username": "user", "password": SECRETS["password"]},
            "cookies": {"session": SECRETS["cookie"]},
            "allow_private": True,
        },
        "scope": {"type": "any"},
        "limits": {"max_depth": 1},
        "retry": {"max_retries": 0},
    }


def prepare(site: Site) -> None:
    """From each place that a request may come from, something leads from here to there."""
    links = [
        "/moved",
        site.url("/leaf/linked", THERE),
        "/fault/garbage",
        "/fault/closed",
        "/fault/redirect-credentials",
    ]
    body = "".join(f'<a href="{link}">x</a>' for link in links).encode()
    site.answer("/start", Answer(body, headers=(("Set-Cookie", f"own={SECRETS['set']}"),)), host=HERE)
    site.answer("/moved", Answer(status=302, headers=(("Location", site.url("/leaf/moved", THERE)),)), host=HERE)
    site.answer("/robots.txt", Answer(status=301, headers=(("Location", site.url("/robots", THERE)),)), host=HERE)
    site.answer(
        "/map.xml", Answer(f"<urlset><url><loc>{site.url('/leaf/mapped', THERE)}</loc></url></urlset>".encode())
    )


def said_and_written(crawled: Crawl, outcome: Outcome) -> bytes:
    """All output, logs, state and summaries of a run; the configuration itself left out."""
    files = [path for path in crawled.folder.rglob("*") if path.is_file() and path != crawled.config]
    return outcome.stdout + outcome.stderr.encode() + b"".join(map(Path.read_bytes, files))


def test_no_other_origin_and_no_file_ever_sees_a_secret(crawl: MakeCrawl, site: Site, client: str) -> None:
    prepare(site)
    crawled = crawl(**sections(site, client))
    outcome = crawled.run("--log-level", "debug")
    elsewhere = site.hits(host=THERE)
    assert {hit.target for hit in elsewhere} >= {"/robots", "/map.xml", "/leaf/linked", "/leaf/moved", "/leaf/mapped"}
    for hit in elsewhere:
        assert [secret for secret in FORMS if secret.encode() in hit.head] == [], hit.target
    seen_here = b"".join(hit.head for hit in site.hits(host=HERE))
    assert [secret for secret in FORMS if secret.encode() not in seen_here] == [SECRETS["password"], SECRETS["proxy"]]
    told = said_and_written(crawled, outcome)
    assert [secret for secret in FORMS if secret.encode() in told] == []


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_fails_does_not_give_its_credentials_away(
    crawl: MakeCrawl, site: Site, client: str, scheme: str
) -> None:
    address = f"{HERE}:{site.ports['refused']}"
    proxied = sections(site, client)
    proxied["client"] = {"type": client, "proxy": f"{scheme}://user:{SECRETS['proxy']}@{address}"}
    crawled = crawl(**proxied)
    outcome = crawled.run("--log-level", "debug")
    assert crawled.by_path()["/start"]["error"]["type"] == "connect"
    told = said_and_written(crawled, outcome)
    assert [secret for secret in FORMS if secret.encode() in told] == []
