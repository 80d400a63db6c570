"""Records: where they go, what is in them, and what happens when they cannot be written."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from backports import zstd

from tests.crawls.running import KEYS, Crawl, ended
from tests.site import Answer, Site

MakeCrawl = Callable[..., Crawl]


def test_every_record_has_the_same_keys_in_the_same_order(crawl: MakeCrawl, site: Site) -> None:
    paths = ["/list/2", "/status/404", "/redirect/1", "/file/image/png", "/fault/garbage", "/leaf/1"]
    site.robots("User-agent: *\nDisallow: /leaf/1\n")
    crawled = crawl(seeds=[site.url(path) for path in paths] + [site.refused_url])
    assert crawled.run().exit_code == 0
    assert len(crawled.records()) == 8
    for line in crawled.lines():
        assert list(json.loads(line)) == KEYS


def test_a_record_says_what_came(crawl: MakeCrawl, site: Site, client: str) -> None:
    fields = (("ETag", '"v1"'), ("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT"))
    body = b"<title> A\n  title </title><a href='/leaf/1#part'>x</a><a href='/leaf/1'>x</a><a href='/leaf/2'>x</a>"
    site.answer("/page", Answer(gzip.compress(body), headers=(*fields, ("Content-Encoding", "gzip"))))
    crawled = crawl(seeds=[site.url("/page")], client={"type": client})
    assert crawled.run().exit_code == 0
    record = crawled.by_path()["/page"]
    expected = {
        "url": site.url("/page"),
        "final_url": site.url("/page"),
        "status": 200,
        "ok": True,
        "error": None,
        "attempts": 1,
        "depth": 0,
        "parent": None,
        "redirects": [],
        "http_version": "HTTP/1.1",
        "content_type": "text/html",
        "charset": "UTF-8",
        "charset_source": "header",
        "bytes": len(gzip.compress(body)),
        "body_bytes": len(body),
        "etag": '"v1"',
        "last_modified": "Mon, 02 Nov 2026 10:00:00 GMT",
        "change": None,
        "duplicate_of": None,
        "title": "A title",
        "links": 2,
        "data": {},
    }
    assert {key: record[key] for key in expected} | {"charset": record["charset"].upper()} == expected
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["fetched_at"])
    assert re.fullmatch(r"[0-9a-f]{64}", record["sha256"])
    assert 0 < record["elapsed"] < 10
    assert crawled.by_path()["/leaf/1"]["parent"] == site.url("/page")


def test_failures_have_records_that_say_why(crawl: MakeCrawl, site: Site, client: str) -> None:
    wanted = {
        "/status/404": ("http_status", 404, 1),
        "/status/503": ("http_status", 503, 2),
        "/fault/reset-before": ("protocol", None, 2),
        "/fault/garbage": ("protocol", None, 2),
    }
    seeds = [site.url(path) for path in ["/leaf/fine", *wanted]]
    crawled = crawl(seeds=[*seeds, site.refused_url], client={"type": client})
    assert crawled.run().exit_code == 0
    found = crawled.by_path()
    for path, (kind, status, attempts) in wanted.items():
        record = found[path]
        assert (record["ok"], record["status"], record["attempts"]) == (False, status, attempts), path
        assert record["error"]["type"] == kind or (
            path == "/fault/reset-before" and record["error"]["type"] == "connect"
        )
        assert record["error"]["message"]
    assert found["/"]["error"]["type"] == "connect"
    assert found["/leaf/fine"]["ok"] is True


def test_retries_are_counted_and_the_last_answer_is_recorded(crawl: MakeCrawl, site: Site, client: str) -> None:
    flaky = crawl(seeds=[site.url(f"/flaky/2/500/{client}")], client={"type": client}, retry={"max_retries": 3})
    assert flaky.run().exit_code == 0
    (record,) = flaky.records()
    assert (record["attempts"], record["status"], record["ok"], record["title"]) == (3, 200, True, "Well again")


def test_standard_output_carries_records_and_nothing_else(crawl: MakeCrawl, site: Site) -> None:
    piped = crawl(seeds=[site.url("/tiny/50/0")], output={"path": "-"})
    outcome = piped.run()
    assert outcome.exit_code == 0
    assert outcome.stdout.endswith(b"\n")
    urls = [json.loads(line)["url"] for line in outcome.stdout.splitlines()]
    assert sorted(urls) == sorted(site.url(f"/tiny/50/{number}") for number in range(50))


def test_a_reader_that_leaves_ends_the_run_quietly(crawl: MakeCrawl, site: Site) -> None:
    piped = crawl(seeds=[site.url("/tiny/20000/0")], output={"path": "-"})
    process = piped.start()
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["ok"] is True
    process.stdout.close()
    process.stdout = None
    outcome = ended(process, 30)
    assert outcome.exit_code == 0
    assert "Traceback" not in outcome.stderr
    assert "Exception ignored" not in outcome.stderr


def test_an_existing_output_is_not_touched_unless_told_so(crawl: MakeCrawl, site: Site) -> None:
    careful = crawl(seeds=[site.url("/leaf/x")])
    (careful.folder / "pages.jsonl").write_text('{"precious": true}\n')
    outcome = careful.run()
    assert outcome.exit_code == 2
    assert "on_exists" in outcome.stderr
    assert site.hits() == []
    assert careful.lines() == ['{"precious": true}']


@pytest.mark.parametrize(("on_exists", "lines"), [("append", 2), ("replace", 1)])
def test_an_existing_output_is_appended_to_or_replaced_when_told_so(
    crawl: MakeCrawl, site: Site, on_exists: str, lines: int
) -> None:
    told = crawl(seeds=[site.url("/leaf/x")], output={"on_exists": on_exists})
    (told.folder / "pages.jsonl").write_text('{"precious": true}\n')
    assert told.run().exit_code == 0
    assert len(told.lines()) == lines


@pytest.mark.parametrize(("compress", "unpack"), [("gzip", gzip.decompress), ("zstd", zstd.decompress)])
def test_compressed_output_holds_the_same_lines(
    crawl: MakeCrawl, site: Site, compress: str, unpack: Callable[[bytes], bytes]
) -> None:
    packed = crawl(seeds=[site.url("/tiny/200/0")], output={"path": "packed", "compress": compress})
    assert packed.run().exit_code == 0
    lines = unpack((packed.folder / "packed").read_bytes()).splitlines()
    assert len({json.loads(line)["url"] for line in lines}) == len(lines) == 200


def test_links_headers_and_html_come_when_asked_for(crawl: MakeCrawl, site: Site) -> None:
    full = crawl(seeds=[site.url("/list/2")], output={"links": True, "headers": True, "body": "html"})
    assert full.run().exit_code == 0
    record = full.by_path()["/list/2"]
    assert record["links"] == [site.url("/leaf/0"), site.url("/leaf/1")]
    assert "<title>List of 2</title>" in record["body"]
    assert "text/html; charset=utf-8" in str(record["headers"])


def test_a_full_disk_ends_with_7_and_an_intact_state(crawl: MakeCrawl, site: Site) -> None:
    full = crawl(seeds=[site.url("/tiny/300/0")], output={"path": "/dev/full", "on_exists": "append"})
    outcome = full.run()
    assert outcome.exit_code == 7
    assert "Traceback" not in outcome.stderr
    full.configure(seeds=[site.url("/tiny/300/0")])
    assert full.run("--fresh").exit_code == 0
    assert len(full.by_path()) == 300


def test_an_output_below_a_file_is_refused_before_anything_is_sent(crawl: MakeCrawl, site: Site) -> None:
    impossible = crawl(seeds=[site.url("/leaf/x")], output={"path": "test.yaml/pages.jsonl"})
    outcome = impossible.run()
    assert outcome.exit_code in (2, 7)
    assert "Traceback" not in outcome.stderr
    assert site.hits() == []


def test_two_outputs_get_the_same_records(crawl: MakeCrawl, site: Site) -> None:
    crawled = crawl(seeds=[site.url("/tiny/60/0")], output=[{"path": "pages.jsonl"}, {"path": "second.jsonl"}])
    assert crawled.run().exit_code == 0
    assert (crawled.folder / "second.jsonl").read_text().splitlines() == crawled.lines()
    assert len(crawled.lines()) == 60


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "csv", "path": "pages.csv"}, "type: jsonl, and output has type: csv now"),
        ({"headers": True, "links": True}, "links: false, headers: false, and output has links: true, headers: true"),
        ([{"type": "csv", "path": "b.csv"}, {"path": "pages.jsonl"}], "another number of outputs"),
    ],
)
def test_an_unfinished_run_does_not_go_on_with_other_records(
    crawl: MakeCrawl, site: Site, change: Any, said: str
) -> None:
    sections = {"seeds": [site.url("/tiny/60/0")], "limits": {"max_bytes": 1000}}
    begun = crawl(**sections)
    assert begun.run().exit_code == 5
    lines = begun.lines()
    site.reset()
    begun.configure(seeds=sections["seeds"], output=change)
    outcome = begun.run()
    assert (outcome.exit_code, site.hits()) == (2, [])
    assert said in outcome.stderr
    assert "keep output as it was" in outcome.stderr
    assert "--fresh" in outcome.stderr
    assert begun.lines() == lines
    begun.configure(seeds=sections["seeds"])
    assert begun.run().exit_code == 0
    assert len(begun.by_path()) == 60


def test_two_outputs_that_change_places_are_not_written_into_each_other(crawl: MakeCrawl, site: Site) -> None:
    outputs = [{"path": "pages.jsonl"}, {"type": "csv", "path": "pages.csv"}]
    begun = crawl(seeds=[site.url("/tiny/60/0")], limits={"max_bytes": 1000}, output=outputs)
    assert begun.run().exit_code == 5
    begun.configure(seeds=[site.url("/tiny/60/0")], output=outputs[::-1])
    outcome = begun.run()
    assert outcome.exit_code == 2
    assert "writes to pages.jsonl with type: jsonl, and output has type: csv now" in outcome.stderr
    begun.configure(seeds=[site.url("/tiny/60/0")], output=outputs)
    assert begun.run().exit_code == 0
    assert len(begun.by_path()) == (begun.folder / "pages.csv").read_text().count("\n") - 1 == 60


def test_control_characters_of_the_web_never_reach_the_terminal_raw(crawl: MakeCrawl, site: Site) -> None:
    site.answer("/evil", Answer(b"<title>\x1b]0;owned\x07\x1b[2J\x9b31m</title>", status=404))
    hostile = crawl(seeds=[site.url("/evil"), site.url("/leaf/%1B[2J")], output={"path": "-"})
    outcome = hostile.run("--log-level", "debug", "--log-format", "console")
    assert b"\x1b]0;" not in outcome.stdout
    assert "\x1b]0;" not in outcome.stderr
    assert "\x1b[2J" not in outcome.stderr


def test_the_run_works_without_standard_output_at_all(crawl: MakeCrawl, site: Site) -> None:
    silent = crawl(seeds=[site.url("/leaf/x")])
    assert ended(silent.start(stdout=subprocess.DEVNULL)).exit_code == 0
