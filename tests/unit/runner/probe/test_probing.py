"""One URL through the real parts of a run: what they decide is told, and nothing stays behind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.config.model import Config, load_config
from crawler.core.errors import BadInput
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from crawler.runner.probe.probing import Findings, probe
from tests.crawls.running import Crawl
from tests.site import Answer, Site

Configure = Callable[..., Config]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Configure:
    """Makes the configuration of a crawl that begins at /start, in an empty current folder."""
    monkeypatch.chdir(tmp_path)

    def make(**sections: Any) -> Config:
        crawl = Crawl(tmp_path, **{"seeds": [site.url("/start")]} | sections)
        config = load_config(str(crawl.config))
        crawl.config.unlink()
        return config

    return make


def looked_at(config: Config, url: str, file: Path | None = None) -> Findings:
    return probe(config, url, lambda step: None, file=file)


def told(findings: Findings, kind: str) -> list[str]:
    return [step.text for step in findings.steps if step.kind == kind]


def test_a_page_is_told_step_by_step_and_nothing_is_stored(configure: Configure, site: Site, tmp_path: Path) -> None:
    site.robots("User-agent: *\nDisallow: /closed\nAllow: /st")
    site.page("/start", "<title>T</title><a href=/a>x</a><a href=/b rel=nofollow>x</a><a href=http://other.test/>x</a>"
              "<a href=mailto:x>x</a><a href=/x/y/y/y/y>x</a>")  # fmt: skip
    findings = looked_at(configure(), site.url("/start").replace("http", "HTTP", 1) + "#fragment")
    kinds = list(dict.fromkeys(step.kind for step in findings.steps))
    assert kinds == ["url", "seed", "scope", "request", "address", "answer", "robots"]
    assert told(findings, "url") == [f"{site.url('/start')} is its normalised form"]
    assert told(findings, "robots")[-1] == "allowed: Allow: /st"
    assert told(findings, "answer")[-1].startswith("200 OK, HTTP/1.1 over a kept connection, ")
    assert findings.is_usable
    assert findings.links is not None
    assert (findings.links.found, findings.links.kept) == (4, [site.url("/a")])
    assert findings.links.refused == {"scheme": 1, "nofollow": 1, "scope": 1, "max_path_repeats": 1}
    assert findings.links.examples == {
        "nofollow": [site.url("/b")],
        "scope": ["http://other.test/"],
        "max_path_repeats": [site.url("/x/y/y/y/y")],
    }
    assert findings.record is not None
    assert (findings.record["url"], findings.record["title"]) == (site.url("/start"), "T")
    assert list(tmp_path.iterdir()) == []


def test_links_that_robots_txt_would_refuse_are_told_apart(configure: Configure, site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /closed")
    site.page("/start", "<a href=/closed/1>x</a><a href=/leaf/1>x</a><a href=http://127.0.0.2:1/closed>x</a>")
    rules = {"type": "any"}
    links = looked_at(configure(scope=rules), site.url("/start")).links
    assert links is not None
    assert links.kept == [site.url("/closed/1"), site.url("/leaf/1"), "http://127.0.0.2:1/closed"]
    assert links.closed == {site.url("/closed/1"): "refused by robots.txt: Disallow: /closed"}
    heedless = looked_at(configure(scope=rules, politeness={"delay": 0, "obey_robots": False}), site.url("/start"))
    assert heedless.links is not None
    assert heedless.links.closed == {}


def test_the_record_is_the_one_that_a_run_writes(configure: Configure, site: Site, tmp_path: Path) -> None:
    site.page("/start", "<title>T</title><a href=/a>x</a>", headers=(("ETag", '"v"'),))
    sections: dict[str, Any] = {"output": {"links": True, "headers": True}, "limits": {"max_pages": 1}}
    found = looked_at(configure(**sections), site.url("/start")).record
    crawl = Crawl(tmp_path, seeds=[site.url("/start")], **sections)
    assert crawl.run().exit_code == 0
    (written,) = crawl.records()
    assert found is not None
    changing = {"fetched_at", "elapsed", "headers"}
    assert {key: found[key] for key in written if key not in changing} == {
        key: value for key, value in written.items() if key not in changing
    }
    assert found["headers"].keys() == written["headers"].keys()


@pytest.mark.parametrize(
    ("path", "sections", "said"),
    [
        ("/closed/1", {"scope": {"exclude": ["/closed"]}}, ("scope", "refused: exclude has '/closed'")),
        ("/a/a/a/a/", {}, ("limits", "refused: limits.max_path_repeats")),
        ("/1", {"limits": {"max_depth": 0}}, ("limits", "refused: limits.max_depth")),
    ],
)
def test_what_a_run_would_not_take_up_is_not_asked_for(
    configure: Configure, site: Site, path: str, sections: dict[str, Any], said: tuple[str, str]
) -> None:
    findings = looked_at(configure(**sections), site.url(path))
    assert findings.steps[-1][:2] == said
    assert (findings.visit, findings.is_usable) == (None, False)
    assert site.hits() == []


def test_a_seed_is_asked_though_no_pattern_of_include_matches(configure: Configure, site: Site) -> None:
    findings = looked_at(configure(scope={"include": ["/docs/"]}), site.url("/start"))
    assert told(findings, "scope") == ["a seed is asked, though no pattern of include matches"]
    assert findings.visit is not None
    findings = looked_at(configure(scope={"exclude": ["/st"]}), site.url("/start"))
    assert told(findings, "scope") == ["refused: exclude has '/st'"]
    assert findings.visit is None


@pytest.mark.parametrize("has_seeds", [True, False])
def test_where_no_link_is_followed_a_page_is_one_that_a_sitemap_lists(
    configure: Configure, site: Site, has_seeds: bool
) -> None:
    site.page("/listed", "<title>T</title>")
    alone = {"seeds": [], "sitemaps": [site.url("/map.xml")]}
    sources = {"sitemaps": "auto", "limits": {"max_depth": 0}} if has_seeds else alone
    findings = looked_at(configure(**sources), site.url("/listed"))
    assert told(findings, "seed") == ["no: taken for a page that a sitemap lists"]
    assert findings.record is not None
    assert (findings.record["ok"], findings.record["depth"], findings.record["parent"]) == (True, 0, None)


def test_a_url_that_robots_txt_refuses_is_not_asked_for(configure: Configure, site: Site) -> None:
    site.robots("User-agent: *\nDisallow: /leaf")
    findings = looked_at(configure(), site.url("/leaf/1"))
    assert findings.visit is not None
    assert findings.visit.error is not None
    assert findings.visit.error[:] == ("robots", "refused by robots.txt: Disallow: /leaf")
    assert [hit.target for hit in site.hits()] == ["/robots.txt"]


def test_each_hop_is_told_and_ends_where_scope_does(configure: Configure, site: Site) -> None:
    findings = looked_at(configure(), site.url("/redirect/2"))
    hops = [f"1: to {site.url('/redirect/1')}", f"2: to {site.url('/leaf/redirected')}"]
    assert told(findings, "redirect") == [f"{hop}, in scope: scope.type host" for hop in hops]
    assert findings.is_usable
    away = looked_at(configure(), site.url(f"/redirect/302/to?url={site.url('/leaf/1', host='127.0.0.2')}"))
    assert away.visit is not None
    assert away.visit.error is not None
    assert away.visit.error.type == "redirect_refused"


def test_repetitions_are_told_with_their_reason_and_waited_for(configure: Configure, site: Site) -> None:
    site.answer("/start", Answer(b"", status=503), Answer(b"<p>well", content_type="text/html"))
    findings = looked_at(configure(), site.url("/start"))
    (retry,) = told(findings, "retry")
    assert retry.startswith("again in 0.1 s (backoff after errors): ")
    assert findings.is_usable


def test_the_delay_is_kept_between_robots_txt_and_the_page(configure: Configure, site: Site) -> None:
    site.page("/start", "x")
    looked_at(configure(politeness={"delay": 0.4}), site.url("/start"))
    robots, page = site.hits()
    assert page.at - robots.at >= 0.4


def test_the_clock_of_a_host_that_a_run_has_left_holds_here_too(configure: Configure, site: Site) -> None:
    site.page("/start", "x")
    config = configure(politeness={"delay": 0, "obey_robots": False})
    frontier = SqliteFrontier(Path("state"), delay_s=0, jitter=0, per_host=1)
    frontier.open("20261122T000000Z", fresh=False)
    frontier.discover([site.url("/other")], depth=0, parent=None)
    frontier.block_host(site.host(), time.monotonic() + 0.7, "retry-after")
    frontier.commit(None, {})
    frontier.close()
    began = time.monotonic()
    findings = looked_at(config, site.url("/start"))
    assert time.monotonic() - began >= 0.6
    assert told(findings, "wait")[0].endswith("retry-after")


def test_seeds_of_a_seed_file_are_seeds_here_too(configure: Configure, site: Site, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text(site.url("/leaf/9", host="127.0.0.2") + "\n")
    config = configure(seed_file="urls.txt")
    assert looked_at(config, site.url("/leaf/9", host="127.0.0.2")).is_usable
    assert told(looked_at(config, site.url("/leaf/1", host="127.0.0.2")), "seed")[0].startswith("no: ")


def test_a_private_address_that_nobody_names_is_refused(configure: Configure, site: Site) -> None:
    config = configure(seeds=["http://public.test/"], scope={"type": "any"}, politeness={"obey_robots": False})
    findings = looked_at(config, site.url("/leaf/1"))
    assert told(findings, "address") == ["refused: 127.0.0.1 is not a public address"]
    assert not findings.is_usable
    assert site.hits() == []


def test_a_file_is_read_without_any_network(configure: Configure, site: Site, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes("<meta charset=koi8-r><title>море</title><a href=next>x</a>".encode("koi8-r"))
    began = time.monotonic()
    findings = looked_at(configure(politeness={"delay": 60}), site.url("/start"), page)
    assert time.monotonic() - began < 10
    assert findings.record is not None
    assert [findings.record[key] for key in ("title", "charset", "charset_source")] == ["море", "KOI8-R", "meta"]
    assert findings.links is not None
    assert findings.links.kept == [site.url("/next")]
    assert site.hits() == []


@pytest.mark.parametrize("url", ["http://user:secret@h.test/", "ftp://h.test/", "http://"])
def test_what_cannot_be_crawled_is_told_without_repeating_it(configure: Configure, url: str) -> None:
    with pytest.raises(BadInput) as caught:
        looked_at(configure(), url)
    assert "secret" not in str(caught.value)


def test_secrets_are_in_nothing_that_is_told(configure: Configure, site: Site) -> None:
    site.page("/start", "x", headers=(("Set-Cookie", "sid=s3cret-cookie"),))
    config = configure(
        client={
            "headers": {"X-Key": "s3cret-header"},
            "auth": {"bearer": "s3cret-token"},
            "cookies": {"a": "s3cret-c"},
        },
        output={"headers": True},
    )
    findings = looked_at(config, site.url("/start"))
    assert "s3cret" not in json.dumps([[step._asdict() for step in findings.steps], findings.record])
    assert findings.is_usable
