"""Whatever becomes of the process, the list of failures agrees with the records, and a retry asks for that list."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.crawls.running import Crawl, repeated, stop, wait_until
from tests.site import Site

MakeCrawl = Callable[..., Crawl]


def records_of(paths: list[Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def test_after_kills_each_failure_is_listed_once(crawl: MakeCrawl, site: Site) -> None:
    links = "".join(
        f"<a href=/status/{404 if number % 2 else 403}?{number}>x</a><a href=/leaf/{number}>x</a>"
        for number in range(80)
    )
    site.page("/start", links)
    killed = crawl(seeds=[site.url("/start")], politeness={"delay": 0.01}, concurrency={"total": 4, "per_host": 4})
    size = 0
    for _ in range(3):
        process = killed.start("--quiet")
        wait_until(lambda: killed.output_size() > size + 8000)  # noqa: B023
        stop(process, signal.SIGKILL)
        size = killed.output_size()
    assert killed.run("--quiet").exit_code == 0
    listed = records_of(list(killed.folder.glob("state/runs/*/failures.jsonl")))
    assert repeated([record["url"] for record in listed]) == {}
    assert {record["url"] for record in listed} == {one["url"] for one in killed.records() if one["error"]}
    assert len(listed) == 80
    report = json.loads(next(killed.folder.glob("state/runs/*/report.json")).read_text())
    assert sum(one["pages"] for one in report["series"]) > 0


def test_a_retry_that_is_killed_goes_on_where_it_was(crawl: MakeCrawl, site: Site) -> None:
    site.page("/start", "".join(f"<a href=/status/404?{number}>x</a>" for number in range(60)))
    nightly = crawl(seeds=[site.url("/start")], output={"path": "pages-{started}.jsonl"})
    assert nightly.run("--quiet").exit_code == 0
    retry(nightly)
    asked = len(site.hits())
    nightly.configure(seeds=[site.url("/start")], output={"path": "pages-{started}.jsonl"}, politeness={"delay": 0.02})
    process = nightly.start("--quiet")
    wait_until(lambda: len(site.hits("/status", since=asked)) > 20)
    stop(process, signal.SIGKILL)
    assert nightly.run("--quiet").exit_code == 4  # none of them is there now, either
    first, second = sorted(nightly.folder.glob("pages-*.jsonl"))
    again = [record["url"] for record in records_of([second])]
    assert repeated(again) == {}
    assert set(again) == {record["url"] for record in records_of([first]) if record["error"]}


def retry(crawl: Crawl) -> None:
    """`crawl failures --retry` in the folder of `crawl`."""
    command = [sys.executable, "-m", "crawler", "failures", str(crawl.config), "--retry"]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run(command, cwd=crawl.folder, env=environment, timeout=60, check=True)
