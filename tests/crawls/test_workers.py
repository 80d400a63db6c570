"""Several processes crawl as one: the same records, limits and delays, whatever happens to any of them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crawls.running import Crawl, ended, path_of, repeated, wait_until
from tests.crawls.test_clients import MIXED, facts
from tests.crawls.test_politeness import BLUR_S, HOSTS, gaps
from tests.site import Answer, Site

MakeCrawl = Callable[..., Crawl]
TWO: dict[str, Any] = {"total": 8, "per_host": 8, "workers": 2}
PAGES = 3000
TREE = f"/tiny/{PAGES}/"


def descendants(pid: int) -> list[int]:
    """Processes that `pid` began, and those that they began, from the oldest."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [each for child in map(int, found.stdout.split()) for each in (child, *descendants(child))]


def visiting(pid: int) -> list[int]:
    """The processes that visit pages for the run `pid`, it itself left out: the nursery is the first of the others."""
    return descendants(pid)[1:]


def is_running(pid: int) -> bool:
    """Whether there is such a process, a dead one that nobody has looked at left out."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def all_gone(pids: list[int]) -> bool:
    """Whether none of the processes is running."""
    return not any(map(is_running, pids))


def test_two_processes_write_the_same_records_as_one(crawl: MakeCrawl, site: Site, client: str) -> None:
    results = []
    for concurrency in ({"workers": 1}, TWO):
        site.reset()
        crawled = crawl(
            seeds=[site.url(path) for path in MIXED],
            client={"type": client},
            concurrency=concurrency,
            output={"path": "pages.jsonl", "links": True, "headers": True},
        )
        assert crawled.run().exit_code == 0
        results.append(facts(crawled))
        for record in results[-1].values():
            record["headers"] = sorted(record["headers"] or {})
            record["parent"] = record["parent"] is not None  # of several pages with the link, the first to be read
    assert results[0] == results[1]
    assert len(results[0]) >= len(MIXED)


def test_both_processes_send_requests(crawl: MakeCrawl, site: Site) -> None:
    shared = crawl(seeds=[site.url("/tiny/300/0")], concurrency=TWO)
    outcome = shared.run()
    assert outcome.exit_code == 0
    assert len(shared.by_path()) == 300
    assert repeated([hit.target for hit in site.hits()]) == {}
    summary = shared.summary()
    assert summary["processes"] == 2
    assert summary["requests"] == len(site.hits())
    assert summary["bytes_received"] >= sum(record["bytes"] for record in shared.records())
    assert "2 processes" in outcome.stderr


def test_delay_is_kept_by_all_processes_together(crawl: MakeCrawl, site: Site, client: str) -> None:
    seeds = [site.url("/list/5", host) for host in HOSTS]
    polite = crawl(seeds=seeds, politeness={"delay": 0.25}, client={"type": client}, concurrency=TWO)
    assert polite.run().exit_code == 0
    for host in HOSTS:
        assert len(site.hits(host=host)) == 7
        assert min(gaps(site.hits(host=host))) >= 0.25 - BLUR_S


def test_retries_redirects_and_crawl_delay_too(crawl: MakeCrawl, site: Site) -> None:
    site.robots("User-agent: *\nCrawl-delay: 0.3\n")
    seeds = [site.url("/flaky/1/503/workers"), site.url("/redirect/2"), site.url("/fault/truncated")]
    polite = crawl(seeds=seeds, concurrency=TWO, retry={"backoff": {"initial": 0.05}})
    assert polite.run().exit_code == 0
    assert len(site.hits()) == 8
    assert min(gaps(site.hits()[1:])) >= 0.3 - BLUR_S


def test_no_more_in_flight_than_allowed_in_all_processes_together(crawl: MakeCrawl, site: Site) -> None:
    seeds = [site.url("/slowlist/10/0.1", host) for host in HOSTS]
    bounded = crawl(seeds=seeds, concurrency={"total": 5, "per_host": 2, "workers": 2})
    assert bounded.run().exit_code == 0
    assert max(hit.in_flight_host for hit in site.hits()) == 2
    assert max(hit.in_flight_total for hit in site.hits()) == 5


def test_one_host_keeps_all_processes_busy_where_that_is_allowed(crawl: MakeCrawl, site: Site) -> None:
    busy = crawl(seeds=[site.url("/slowlist/24/0.3")], concurrency=TWO)
    assert busy.run().exit_code == 0
    assert max(hit.in_flight_host for hit in site.hits()) == 8


def test_connections_are_the_sum_of_all_processes(crawl: MakeCrawl, site: Site) -> None:
    few = crawl(seeds=[site.url("/tiny/300/0")], concurrency=TWO | {"connections": 3})
    assert few.run().exit_code == 0
    assert len({hit.connection for hit in site.hits()}) <= 3
    assert len(few.by_path()) == 300


@pytest.mark.parametrize("most", [1, 17, 100])
def test_page_limits_are_exact(crawl: MakeCrawl, site: Site, most: int) -> None:
    limited = crawl(seeds=[site.url(f"{TREE}0")], concurrency=TWO, limits={"max_pages": most})
    assert limited.run().exit_code == 0
    assert len(limited.by_path()) == most
    assert len(site.hits(TREE)) == most


def test_cookies_are_shared(crawl: MakeCrawl, site: Site) -> None:
    links = [f"/cookie/show/{number}" for number in range(40)]
    anchors = "".join(f"<a href='{link}'>x</a>" for link in links)
    headers = (("Set-Cookie", "shared=yes; Path=/"),)
    site.page("/start", f"<title>Start</title>{anchors}", headers=headers)
    site.page("/start", f"<title>Start</title>{anchors}", headers=headers)
    for _ in range(3):  # either process may be the one that gets it
        shared = crawl(seeds=[site.url("/start")], concurrency=TWO)
        assert shared.run().exit_code == 0
        titles = {path: record["title"] for path, record in shared.by_path().items() if path in links}
        assert titles == dict.fromkeys(links, "Cookies: shared=yes")


def test_secrets_go_to_the_seeds_hosts_from_every_process(crawl: MakeCrawl, site: Site) -> None:
    named = [site.url(f"/echo/x-key?{number}", "127.0.0.3") for number in range(20)]
    strangers = [site.url(f"/echo/x-key?{number}", "127.0.0.2") for number in range(20)]
    site.page("/start", "".join(f"<a href='{url}'>x</a>" for url in strangers))
    secretive = crawl(
        seeds=[site.url("/start")],
        seed_file="seeds.txt",
        client={"headers": {"X-Key": "k"}, "allow_private": True},
        scope={"type": "any"},
        concurrency=TWO,
    )
    (secretive.folder / "seeds.txt").write_text("\n".join(named))
    assert secretive.run().exit_code == 0
    titles = {record["url"]: record["title"] for record in secretive.records()}
    assert {titles[url] for url in named} == {"k"}
    assert {titles[url] for url in strangers} == {"none"}


def test_a_seed_in_a_private_network_is_reached_from_every_process_and_nothing_else_is(
    crawl: MakeCrawl, site: Site
) -> None:
    site.page("/start", f"<a href='{site.url('/leaf/x', '127.0.0.2')}'>x</a>")
    named = [site.url(f"/leaf/{number}", "127.0.0.3") for number in range(20)]
    guarded = crawl(seeds=[site.url("/start"), *named], scope={"type": "any"}, concurrency=TWO)
    assert guarded.run().exit_code == 0
    records = {record["url"]: record for record in guarded.records()}
    assert all(records[url]["ok"] for url in named)
    assert records[site.url("/leaf/x", "127.0.0.2")]["error"]["type"] == "private_address"


def test_a_worker_that_is_killed_costs_its_pages_one_more_request(crawl: MakeCrawl, site: Site) -> None:
    struck = crawl(seeds=[site.url(f"{TREE}0")], concurrency=TWO)
    process = struck.start()
    killed = []
    for _ in range(3):
        before = site.size()
        wait_until(lambda: site.size() > before + 100 or process.poll() is not None)  # noqa: B023
        if victims := visiting(process.pid):
            os.kill(victims[0], signal.SIGKILL)
            killed.append(victims[0])
    outcome = ended(process)
    assert outcome.exit_code == 0
    assert len(set(killed)) >= 2, "nobody took the place of the one that was killed"
    records = struck.records()
    assert repeated([record["url"] for record in records]) == {}
    assert {path_of(record["url"]) for record in records} == {f"{TREE}{number}" for number in range(PAGES)}
    assert all(record["ok"] for record in records)
    assert len(site.hits(TREE)) - PAGES <= len(killed) * TWO["total"]
    assert "killed by SIGKILL" in outcome.stderr


def test_without_its_other_processes_the_run_goes_on_alone(crawl: MakeCrawl, site: Site) -> None:
    bereft = crawl(seeds=[site.url(f"{TREE}0")], concurrency=TWO)
    process = bereft.start()
    wait_until(lambda: site.size() > 100)
    os.kill(descendants(process.pid)[0], signal.SIGKILL)
    outcome = ended(process)
    assert outcome.exit_code == 0
    assert "cannot be replaced" in outcome.stderr
    assert sorted(bereft.by_path()) == sorted(f"{TREE}{number}" for number in range(PAGES))
    assert all(record["ok"] for record in bereft.records())


def test_a_run_that_is_killed_leaves_no_process_and_goes_on_exactly_once(crawl: MakeCrawl, site: Site) -> None:
    killed = crawl(seeds=[site.url(f"{TREE}0")], concurrency=TWO)
    for _ in range(2):
        process, before = killed.start(), site.size()
        wait_until(lambda: site.size() > before + 200 or process.poll() is not None)  # noqa: B023
        others = descendants(process.pid)
        assert others
        process.send_signal(signal.SIGKILL)
        ended(process)
        wait_until(lambda: all_gone(others), timeout_s=1)  # noqa: B023
    assert killed.run().exit_code == 0
    paths = [path_of(record["url"]) for record in killed.records()]
    assert repeated(paths) == {}
    assert set(paths) == {f"{TREE}{number}" for number in range(PAGES)}
    assert len(site.hits(TREE)) - PAGES <= 2 * 2 * TWO["total"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_group_lets_pages_in_flight_finish(
    crawl: MakeCrawl, site: Site, number: signal.Signals
) -> None:
    """Ctrl-C reaches every process of a terminal, and a service manager signals all that it began."""
    stopped = crawl(seeds=[site.url("/slowlist/20/1")], concurrency=TWO)
    process = stopped.start()
    wait_until(lambda: len(site.hits("/slow/")) == 8)
    others = descendants(process.pid)
    for pid in (*others, process.pid):
        os.kill(pid, number)
    outcome = ended(process)
    assert outcome.exit_code == 128 + number
    assert len(stopped.records()) == 9
    assert all(record["ok"] for record in stopped.records())
    assert all_gone(others)
    assert stopped.run().exit_code == 0
    assert len(stopped.by_path()) == 21
    assert repeated([hit.target for hit in site.hits("/slow")]) == {}


def test_a_second_signal_leaves_at_once(crawl: MakeCrawl, site: Site) -> None:
    hanging = crawl(seeds=[site.url("/slowlist/20/30")], concurrency=TWO, timeouts={"drain": 30})
    process = hanging.start()
    wait_until(lambda: len(site.hits("/slow/")) == 8)
    others = descendants(process.pid)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert ended(process).exit_code == 143
    assert time.monotonic() - began < 3
    wait_until(lambda: all_gone(others), timeout_s=1)


def test_the_lock_is_let_go_when_only_the_coordinating_process_is_killed(crawl: MakeCrawl, site: Site) -> None:
    locked = crawl(seeds=[site.url("/slowlist/4/30"), site.url("/leaf/x")], concurrency=TWO)
    process = locked.start()
    wait_until(lambda: len(site.hits("/slow/")) == 4)
    process.send_signal(signal.SIGKILL)
    ended(process)
    again = locked.start()
    wait_until(lambda: len(site.hits("/slow/")) == 8)
    again.send_signal(signal.SIGKILL)
    assert "another run" not in ended(again).stderr


def test_as_many_processes_as_cores(crawl: MakeCrawl, site: Site) -> None:
    automatic = crawl(seeds=[site.url("/tiny/50/0")], concurrency=TWO | {"workers": "auto"})
    assert automatic.run().exit_code == 0
    assert automatic.summary()["processes"] == min(len(os.sched_getaffinity(0)), 8)
    assert len(automatic.by_path()) == 50


HOSTILE = {
    "unclosed": b"<b></i></p>" * 30_000,
    "nested": b"<div>" * 200_000,
    "paragraphs": b"<font><p>" * 100_000,
    "large": b"<p>text <a href='/leaf/x'>x</a> and more text</p>" * 200_000,
}


@pytest.mark.parametrize("workers", [1, 2])
def test_heavy_and_hostile_pages_do_not_hold_up_the_others(crawl: MakeCrawl, site: Site, workers: int) -> None:
    for name, body in HOSTILE.items():
        site.answer(f"/heavy/{name}", Answer(body, content_type="text/html; charset=utf-8"))
    busy = crawl(
        seeds=[site.url("/chain/0", "127.0.0.2"), *(site.url(f"/heavy/{name}") for name in HOSTILE)],
        concurrency={"total": 8, "per_host": 4, "workers": workers},
        limits={"max_depth": 2000, "max_redirects": 0},
    )
    assert busy.run().exit_code == 0
    heavy = [hit.at for hit in site.hits("/heavy/")]
    during = [hit for hit in site.hits("/chain/") if min(heavy) < hit.at < max(heavy) + 2]
    assert len(heavy) == len(HOSTILE)
    assert len(during) > 50
    assert max(gaps(during)) < 0.5  # in one process they take seconds
    records = busy.by_path()
    assert all(records[f"/heavy/{name}"]["status"] == 200 for name in HOSTILE)
    assert (records["/heavy/large"]["ok"], records["/heavy/large"]["links"]) == (True, 1)
