"""What the process says to cron, and how it takes signals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.crawls.running import Crawl, ended, repeated, stop, wait_until
from tests.site import Site

MakeCrawl = Callable[..., Crawl]


def test_0_when_complete_although_single_pages_failed(crawl: MakeCrawl, site: Site) -> None:
    crawled = crawl(seeds=[site.url("/leaf/x"), site.url("/status/500"), site.refused_url])
    assert crawled.run().exit_code == 0
    assert crawled.summary()["exit_code"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeds: [", "test.yaml"),
        ("seeds: http://127.0.0.1/\nclient: {typ: aiohttp}", "type"),
        ("seeds: http://127.0.0.1/\nDOWNLOAD_DELAY: 3", "politeness.delay"),
        ("seeds: http://127.0.0.1/\nclient: {type: aiohttp, http2: true}", "HTTP/1.1"),
        ("seeds: http://127.0.0.1/\nseeds: http://127.0.0.2/", "seeds"),
        ("name: nothing", "seeds"),
        ("seeds: http://127.0.0.1/\nextract: [{fields: {a: {css: 'h1['}}}]", "fields.a.css"),
    ],
)
def test_2_for_a_bad_configuration_which_names_the_mistake(crawl: MakeCrawl, site: Site, text: str, said: str) -> None:
    mistaken = crawl(seeds=[])
    mistaken.config.write_text(text)
    outcome = mistaken.run()
    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_2_for_a_missing_file_or_a_wrong_option(crawl: MakeCrawl, site: Site) -> None:
    mistaken = crawl(seeds=[site.url("/leaf/x")])
    assert mistaken.run("--no-such-option").exit_code == 2
    assert mistaken.run("--set", "limits.max_page=3").exit_code == 2
    mistaken.config.unlink()
    assert mistaken.run().exit_code == 2
    assert site.hits() == []


def test_4_when_nothing_could_be_fetched(crawl: MakeCrawl, site: Site) -> None:
    hopeless = crawl(seeds=[site.refused_url])
    outcome = hopeless.run()
    assert outcome.exit_code == 4
    assert [record["error"]["type"] for record in hopeless.records()] == ["connect"]
    assert "Traceback" not in outcome.stderr


def test_6_when_another_run_of_the_same_crawl_goes_on(crawl: MakeCrawl, site: Site) -> None:
    locked = crawl(seeds=[site.url("/slowlist/10/3")])
    first = locked.start()
    wait_until(lambda: site.hits("/slow/"))
    second = locked.run(timeout_s=15)
    assert second.exit_code == 6
    assert first.poll() is None
    assert stop(first).exit_code == 143


def test_the_lock_is_gone_with_the_process_however_it_ended(crawl: MakeCrawl, site: Site) -> None:
    locked = crawl(seeds=[site.url("/slowlist/4/0.5")])
    first = locked.start()
    wait_until(lambda: site.hits("/slow/"))
    stop(first, signal.SIGKILL)
    assert locked.run().exit_code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_lets_requests_in_flight_finish(
    crawl: MakeCrawl, site: Site, client: str, number: signal.Signals, code: int
) -> None:
    drained = crawl(
        seeds=[site.url("/slowlist/12/1")], concurrency={"total": 3, "per_host": 3}, client={"type": client}
    )
    process = drained.start()
    wait_until(lambda: len(site.hits("/slow/")) >= 3)
    assert stop(process, number).exit_code == code
    asked = {hit.target for hit in site.hits("/slow/")}
    assert 3 <= len(asked) <= 4
    assert {path for path in drained.by_path() if path.startswith("/slow/")} == asked
    assert drained.run().exit_code == 0
    assert len(drained.by_path()) == 13
    assert repeated([hit.target for hit in site.hits("/slow/")]) == {}


def test_what_hangs_longer_than_the_drain_is_handed_back(crawl: MakeCrawl, site: Site) -> None:
    hung = crawl(seeds=[site.url("/list/2"), site.url("/slow/30/x")], timeouts={"drain": 0.5, "read": 60, "total": 60})
    process = hung.start()
    wait_until(lambda: site.hits("/slow/") and len(site.hits("/leaf/")) == 2)
    started = time.monotonic()
    assert stop(process).exit_code == 143
    assert time.monotonic() - started < 10
    assert hung.by_path().keys() == {"/list/2", "/leaf/0", "/leaf/1"}


def test_the_second_signal_leaves_at_once_with_whole_output(crawl: MakeCrawl, site: Site) -> None:
    hung = crawl(seeds=[site.url("/list/20"), site.url("/slow/60/x")], timeouts={"drain": 60, "read": 90, "total": 90})
    process = hung.start()
    wait_until(lambda: site.hits("/slow/") and len(site.hits("/leaf/")) == 20)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    started = time.monotonic()
    outcome = stop(process, signal.SIGINT)
    assert outcome.exit_code == 130
    assert "Traceback" not in outcome.stderr
    assert time.monotonic() - started < 5
    assert all(json.loads(line)["url"] for line in hung.lines())


def test_version_answers_and_validate_needs_no_network(crawl: MakeCrawl, site: Site) -> None:
    valid = crawl(seeds=[site.url("/leaf/x")])
    run = [sys.executable, "-m", "crawler"]
    version = subprocess.run([*run, "--version"], check=True, capture_output=True, text=True)
    assert version.stdout.startswith("crawlfile ")
    assert subprocess.run([*run, "validate", str(valid.config)], check=False).returncode == 0
    assert site.hits() == []


def test_the_configuration_may_come_from_standard_input(crawl: MakeCrawl, site: Site) -> None:
    text = f"seeds: {site.url('/leaf/x')}\nsitemaps: off\noutput: {{path: '-'}}\n"
    piped = crawl(seeds=[])
    outcome = subprocess.run(
        [sys.executable, "-m", "crawler", "-"], input=text.encode(), cwd=piped.folder, capture_output=True, check=False
    )
    assert outcome.returncode == 0
    assert [json.loads(line)["url"] for line in outcome.stdout.splitlines()] == [site.url("/leaf/x")]


def test_set_wins_over_the_file(crawl: MakeCrawl, site: Site) -> None:
    bounded = crawl(seeds=[site.url("/tiny/100/0")], limits={"max_pages": 50})
    assert bounded.run("--set", "limits.max_pages=5").exit_code == 0
    assert len(bounded.records()) == 5


def test_overlapping_signals_and_restarts_lose_nothing(crawl: MakeCrawl, site: Site) -> None:
    stopped = crawl(seeds=[site.url("/slowlist/30/0.1")], concurrency={"total": 4, "per_host": 4})
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        process = stopped.start()
        wait_until(lambda process=process: process.poll() is not None or stopped.output_size() > 0)
        process.send_signal(number)
        ended(process)
    assert stopped.run().exit_code == 0
    assert len(stopped.by_path()) == 31
