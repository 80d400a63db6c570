"""A bad page never costs another page, and every fault ends in bounded time and memory as one record of its type.

WRITE_FAULTS=1 makes docs/faults.md anew, measuring each fault in a crawl of its own; otherwise its rows are checked.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from crawler.core.url import normalise
from tests.crawls.running import Crawl, Outcome, ended, repeated
from tests.site import Certificates, Site
from tests.site.faults import FAULTS, Fault

MakeCrawl = Callable[..., Crawl]
TABLE = Path(__file__).parents[2] / "docs/faults.md"
GOOD = 40
MOST_S, MOST_MIB = 60, 512
MOST_S_OF_CURL = 90  # which waits for more deadlines (TOLD_BY_CURL): 37 s where the others take 27
APART = "127.0.0.5"  # a host for those that ask for a pause of the whole host
ELSEWHERE = "127.0.0.2"  # where one of the redirects leads


class Measured(NamedTuple):
    """How a run ended, and what it took."""

    outcome: Outcome
    seconds: float
    peak_mib: int


def faults_for(client: str) -> list[Fault]:
    """All that `client` can meet."""
    return [fault for fault in FAULTS.values() if fault.door != "h2" or client != "aiohttp"]


def url_of(fault: Fault, site: Site) -> str:
    """Where `fault` happens in this crawl, normalised."""
    return normalise(site.url(fault.path, APART) if fault.name.startswith("retry-after") else site.fault_url(fault))


def configured(
    crawl: MakeCrawl,
    site: Site,
    certificates: Certificates,
    client: str,
    *,
    read_s: float,
    start: str = "/start",
    max_retries: int = 1,
) -> Crawl:
    """A crawl of `start` and what it links to, with short deadlines and all that the client is able to."""
    return crawl(
        seeds=[site.url(start), *(site.url("/leaf/seed", host) for host in (APART, ELSEWHERE))],
        client={"type": client, "http2": client != "aiohttp", "ca_file": str(certificates.ca)},
        scope={"type": "any"},
        limits={"max_depth": 1, "max_redirects": 5},
        timeouts={"connect": read_s, "read": read_s, "total": 3 * read_s},
        concurrency={"total": 48, "per_host": 24},
        retry={"max_retries": max_retries, "backoff": {"initial": 0.1, "jitter": False}, "max_retry_after": 2},
    )


def measured(crawled: Crawl) -> Measured:
    """One run, with its time and the most memory that it held."""
    began, peak = time.monotonic(), [0]
    process = crawled.start("--log-level", "warning")

    def watch() -> None:
        while process.poll() is None:
            peak[0] = max(peak[0], _memory_mib(process.pid))
            time.sleep(0.02)

    threading.Thread(target=watch, daemon=True).start()
    outcome = ended(process, MOST_S + 60)
    return Measured(outcome, time.monotonic() - began, peak[0])


def _memory_mib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


# libcurl takes for granted what others refuse, and tells nobody of an HTTP/2 connection that it has given up: the
# request ends with its deadline (docs/decisions/0011-curl-client.md).
TOLD_BY_CURL = {
    "endless-chunk-extension": "timeout",
    "field-without-name": "ok",
    "length-beyond-64-bits": "ok",
    "redirect-with-two-locations": "protocol",
    "status-of-four-digits": "ok",
} | dict.fromkeys(
    (
        *("h2-always-goes-away", "h2-data-before-headers", "h2-data-on-stream-0", "h2-goaway-of-2-bytes"),
        *("h2-header-block-broken", "h2-ping-flood", "h2-ping-of-3-bytes", "h2-plain-text", "h2-settings-flood"),
        *("h2-settings-of-5-bytes", "h2-window-overflow", "h2-window-update-of-0"),
    ),
    "timeout",
)


def told(record: dict[str, Any]) -> str:
    """ "ok", or the type of the record's error."""
    return "ok" if record["ok"] else record["error"]["type"]


def expected_otherwise(client: str, otherwise: dict[str, str]) -> dict[str, str]:
    """What differs with `client`. A deadline may be forestalled by another page that breaks the same connection."""
    known = TOLD_BY_CURL if client == "curl" else {}
    return {name: told for name, told in known.items() if told != "timeout" or name in otherwise}


def test_every_fault_is_one_record_and_every_good_page_is_fetched_once(
    crawl: MakeCrawl, site: Site, certificates: Certificates, client: str
) -> None:
    faults = {url_of(fault, site): fault for fault in faults_for(client)}
    leaves = [site.url(f"/leaf/{number}") for number in range(GOOD)]
    beside = [url.replace("/fault/", "/good/") for url, fault in faults.items() if fault.door == "h2"]
    site.page("/start", "".join(f'<a href="{url}">x</a>' for url in (*faults, *leaves, *beside)))
    crawled = configured(crawl, site, certificates, client, read_s=4)  # far above what a busy machine stalls
    run = measured(crawled)
    assert run.outcome.exit_code == 0, run.outcome.stderr[-3000:]
    most_s = MOST_S_OF_CURL if client == "curl" else MOST_S
    assert (run.seconds < most_s, run.peak_mib < MOST_MIB) == (True, True), (run.seconds, run.peak_mib)
    assert "\x1b" not in run.outcome.stderr
    records = {record["url"]: record for record in crawled.records()}
    assert len(records) == len(crawled.records())
    otherwise = {fault.name: told(records[url]) for url, fault in faults.items() if told(records[url]) != fault.ends}
    assert otherwise == expected_otherwise(client, otherwise)
    assert [records[url] for url in (*leaves, *beside) if not records[url]["ok"]] == []
    leaves_hit = [hit.target for hit in site.hits("/leaf/") if hit.target.rpartition("/")[2].isdecimal()]
    assert (len(leaves_hit), repeated(leaves_hit)) == (GOOD, {})


def test_a_stale_connection_costs_no_retry(crawl: MakeCrawl, site: Site, client: str) -> None:
    links = ("/fault/stale-keep-alive", "/fault/reset-keep-alive")
    site.page("/start", "".join(f'<a href="{link}">x</a>' for link in links))
    crawled = crawl(
        seeds=[site.url("/start")],
        client={"type": client},
        concurrency={"total": 1, "per_host": 1},
        retry={"max_retries": 0},
    )
    assert crawled.run().exit_code == 0
    records = crawled.by_path()
    for path in ("/leaf/after-stale", "/leaf/after-reset"):
        assert (records[path]["ok"], records[path]["attempts"]) == (True, 1)


def row(fault: Fault, figures: str) -> str:
    """The line of `fault` in the table."""
    what = fault.what.replace("|", "\\|")
    return f"| {fault.name} | {what} | {fault.ends} | {figures} |"


def test_the_table_of_faults_lists_them_all(crawl: MakeCrawl, site: Site, certificates: Certificates) -> None:
    if os.environ.get("WRITE_FAULTS"):
        TABLE.write_text(_table(crawl, site, certificates), encoding="utf-8")
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.rsplit("|", 3)[0] for line in lines if line.startswith("| ") and not line.startswith("| fault")]
    assert rows == [row(fault, "").rsplit("|", 2)[0] for fault in FAULTS.values()], "make it anew: WRITE_FAULTS=1"
    assert len(rows) >= 80


def _table(crawl: MakeCrawl, site: Site, certificates: Certificates) -> str:
    one_at_a_time = threading.Lock()

    def measure(fault: Fault) -> str:
        start, client = f"/start/{fault.name}", "httpx2" if fault.door == "h2" else "aiohttp"
        site.page(start, f'<a href="{url_of(fault, site)}">x</a>')
        for _ in range(3):  # a busy machine may be too slow for such deadlines
            with one_at_a_time:
                crawled = configured(crawl, site, certificates, client, read_s=2, start=start, max_retries=0)
            run = measured(crawled)
            record = next(record for record in crawled.records() if record["url"] == url_of(fault, site))
            if told(record) == fault.ends or fault.name.startswith("retry-after"):
                return row(fault, f"{run.seconds:.1f} s | {run.peak_mib} MiB")
        raise AssertionError(f"{fault.name} ends as {told(record)}, not as {fault.ends}")

    with ThreadPoolExecutor(3) as threads:
        return "\n".join([*_HEADING, *threads.map(measure, FAULTS.values()), ""])


_HEADING = [
    "# Faults",
    "",
    "What servers do wrong in the tests, and what the record then says: `ok`, or its `error.type`, the same from every",
    "client (from curl with the exceptions of docs/decisions/0011-curl-client.md). Each fault is a function in",
    "`tests/site/faults/`. `tests/crawls/test_faults.py` crawls all of them beside good pages, each of which is",
    "fetched exactly once, in less than a minute (curl: a minute and a half) and 512 MiB.",
    "",
    "Time and memory are those of a whole crawl of the one page: deadlines of 2 s (read) and 6 s (total), no retry,",
    "pages up to 10 MiB, start of the program included; faults of HTTP/2 with httpx2, others with aiohttp.",
    "",
    "| fault | what the server does | record | time | memory |",
    "|---|---|---|---|---|",
]
