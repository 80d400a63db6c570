"""`crawl failures`: what failed in the last run; with --retry, a run that asks for exactly that again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.__main__ import main
from crawler.frontiers.lock import RunLock
from tests.crawls.running import Crawl
from tests.site import Answer, Site

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Crawl:
    """A crawl with a page that is well, one that fails for now, and one that is not there, in the current folder."""
    monkeypatch.chdir(tmp_path)
    site.page("/start", "<a href=/hub>x</a><a href=/status/404>x</a><a href=/leaf/1>x</a>")
    site.answer("/hub", Answer(b"", status=503))
    retry = {"max_retries": 0}
    return Crawl(tmp_path, seeds=[site.url("/start")], retry=retry, output={"path": "pages-{started}.jsonl"})


def paths(folder: Path) -> list[list[str]]:
    """Paths of the URLs in each output, in the order of the runs."""
    outputs = sorted(folder.glob("pages-*.jsonl"))
    return [
        sorted("/" + json.loads(line)["url"].split("/", 3)[3] for line in o.read_text().splitlines()) for o in outputs
    ]


def test_failures_are_listed_by_type(crawl: Crawl, site: Site, capsys: Capture) -> None:
    assert main(["failures", "test.yaml"]) == 0
    assert capsys.readouterr().out == "no run of this crawl has left a list of failures\n"
    assert main(["test.yaml", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["failures", "test.yaml"]) == 0
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert (first, second) == (f"run {crawl.summary()['started']}: 2 failed", "http_status: 2")
    assert {line.split()[0] for line in rest} == {site.url("/hub"), site.url("/status/404")}
    assert main(["failures", "test.yaml", "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {record["status"] for record in records} == {404, 503}
    assert main(["failures", "test.yaml", "--type", "dns"]) == 0
    assert capsys.readouterr().out.endswith(": 0 failed\n")


def test_a_retry_asks_exactly_for_what_failed_and_for_what_only_that_leads_to(
    crawl: Crawl, site: Site, capsys: Capture
) -> None:
    assert main(["test.yaml", "--quiet"]) == 0
    site.page("/hub", "<a href=/leaf/1>known</a><a href=/leaf/new>new</a>")
    assert main(["failures", "test.yaml", "--retry"]) == 0
    assert " has 2 URLs to do: crawl test.yaml" in capsys.readouterr().out
    assert main(["failures", "test.yaml", "--retry"]) == 2  # that run comes first
    assert "is not finished" in capsys.readouterr().err
    asked = len(site.hits())
    assert main(["test.yaml", "--quiet"]) == 0
    assert paths(crawl.folder) == [["/hub", "/leaf/1", "/start", "/status/404"], ["/hub", "/leaf/new", "/status/404"]]
    assert {hit.target for hit in site.hits(since=asked)} - {"/robots.txt"} == {"/hub", "/leaf/new", "/status/404"}
    assert main(["failures", "test.yaml", "--retry", "--type", "timeout"]) == 0
    assert capsys.readouterr().out.endswith("nothing to retry\n")
    assert main(["test.yaml", "--quiet"]) == 0  # an ordinary run again, of everything
    assert paths(crawl.folder)[2] == ["/hub", "/leaf/1", "/leaf/new", "/start", "/status/404"]


def test_a_retry_of_a_recrawl_asks_for_no_page_that_was_well(crawl: Crawl, site: Site) -> None:
    changed = "--set=recrawl.mode=changed"
    assert main(["test.yaml", "--quiet", changed]) == 0
    site.page("/hub", "well again")
    assert main(["failures", "test.yaml", "--retry", changed]) == 0
    assert main(["test.yaml", "--quiet", changed]) == 0
    assert paths(crawl.folder)[1] == ["/hub", "/status/404"]
    assert main(["test.yaml", "--quiet", changed]) == 0  # what it has learnt counts from now on
    newest = max(crawl.folder.glob("pages-*.jsonl")).read_text().splitlines()
    changes = {record["url"].rpartition("/")[2]: record["change"] for record in map(json.loads, newest)}
    assert changes == {"start": "unchanged", "hub": "unchanged", "1": "unchanged", "404": None}


def test_a_retry_waits_for_no_run_that_goes_on(crawl: Crawl, capsys: Capture) -> None:
    assert main(["test.yaml", "--quiet"]) == 0
    with RunLock(Path("state")):
        assert main(["failures", "test.yaml", "--retry"]) == 6


def test_a_frontier_in_memory_has_a_list_but_no_queue(crawl: Crawl, capsys: Capture) -> None:
    memory = "--set=frontier.type=memory"
    assert main(["test.yaml", "--quiet", memory]) == 0
    assert main(["failures", "test.yaml", memory]) == 0
    assert "http_status: 2" in capsys.readouterr().out
    assert main(["failures", "test.yaml", memory, "--retry"]) == 2
    assert "keeps no state" in capsys.readouterr().err


def test_a_retry_whose_output_would_replace_the_one_before_says_so(crawl: Crawl, capsys: Capture) -> None:
    replaces = {"on_exists": "replace"}
    outputs = [{"path": name, **replaces} for name in ("all.jsonl", "{started}.jsonl")] + [{"path": "kept.jsonl"}]
    assert main(["test.yaml", "--quiet"]) == 0
    assert main(["failures", "test.yaml", "--retry", "--set", f"output={json.dumps(outputs)}"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "it replaces all.jsonl; move that first, or put {started} in output.path to keep both"
    ]
