"""Who is compared: how each crawls a site, and how what it found is read."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from benchmarks.environments import install, python_of
from crawler.runner.benchmark.variants import Variant, installed_variants

RIVALS = Path(__file__).with_name("rivals")
AT_ONCE = 32
WGET2_MET_AN_ERROR_PAGE = 8  # as there are in the Python documentation; the pages are compared anyway

_CONFIG = """
name: bench
seeds: {seed}
sitemaps: off
scope: {{type: prefix}}
client: {{type: {client}, http2: {http2}, user_agent: benchmark, ca_file: {authority}}}
concurrency: {{total: {at_once}, per_host: {at_once}}}
politeness: {{delay: 0}}
frontier: {{type: {frontier}}}
output: {{path: pages.jsonl}}
"""


@dataclass(frozen=True)
class Job:
    """What every peer is told: crawl all below `seed`, leave results in `folder`."""

    seed: str
    folder: Path
    authority: Path  # to be trusted where the seed is https


@dataclass(frozen=True)
class PageFacts:
    """What two crawlers must agree on. links: None where the peer does not count them."""

    title: str | None
    links: int | None


def records_of(job: Job) -> dict[str, PageFacts]:
    """The HTML pages in pages.jsonl, by URL. Raises ValueError when a URL comes twice."""
    found: dict[str, PageFacts] = {}
    for line in (job.folder / "pages.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if not record.get("ok", True) or record.get("content_type", "text/html") != "text/html":
            continue
        if record["url"] in found:
            raise ValueError(f"{record['url']} came twice")
        found[record["url"]] = PageFacts(record["title"], record["links"])
    return found


def files_of(job: Job) -> dict[str, PageFacts]:
    """The HTML pages among the files that a mirroring crawler wrote below `files`, by the URL each came from."""
    below, origin = job.folder / "files", urljoin(job.seed, "/")
    found: dict[str, PageFacts] = {}
    for file in below.rglob("*.html"):
        title = LexborHTMLParser(file.read_bytes()).css_first("title")
        folded = re.sub("[ \\t\\n\\f\\r]+", " ", title.text()).strip(" ") if title else None
        found[origin + file.relative_to(below).as_posix()] = PageFacts(folded, None)
    return found


@dataclass(frozen=True)
class Peer:
    """One crawler: `command(job)` is run in the job's fresh folder; `pages` reads what it brought.

    missing: why it cannot be run here, or None. protocol: what the server must see it speak.
    """

    name: str
    command: Callable[[Job], list[str]]
    pages: Callable[[Job], dict[str, PageFacts]] = records_of
    prepare: Callable[[], None] = lambda: None
    missing: Callable[[], str | None] = lambda: None
    protocol: str = "HTTP/1.1"
    tls: bool = False  # whether it takes part where the seed is https; else where it is http
    good_exits: tuple[int, ...] = (0,)


def crawlfile(client: str, frontier: str = "sqlite", *, tls: bool = False, http2: bool = False) -> Peer:
    """This project with one of its clients."""

    def command(job: Job) -> list[str]:
        config = job.folder / "bench.yaml"
        authority = str(job.authority) if tls else "null"
        config.write_text(
            _CONFIG.format(
                seed=job.seed,
                client=client,
                http2=str(http2).lower(),
                authority=authority,
                at_once=AT_ONCE,
                frontier=frontier,
            )
        )
        return [sys.executable, "-m", "crawler", str(config), "--quiet"]

    def missing() -> str | None:
        return None if Variant(client, http2) in installed_variants(tls=http2) else "this client is not installed"

    notes = [frontier] if frontier != "sqlite" else []
    notes += ["HTTP/2" if http2 else "HTTP/1.1"] if tls else []
    name = ", ".join([f"crawlfile {client}", *notes])
    return Peer(name, command, missing=missing, protocol="HTTP/2.0" if http2 else "HTTP/1.1", tls=tls)


def scrapy(name: str, spider: str, *, durable: bool = False) -> Peer:
    """Scrapy in an environment of its own, running one of the spiders among the rivals."""

    def command(job: Job) -> list[str]:
        run = [str(python_of("scrapy")), "-m", "scrapy", "runspider", str(RIVALS / spider)]
        state = ["-s", f"JOBDIR={job.folder / 'job'}"] if durable else []
        return [*run, "-a", f"seed={job.seed}", "-O", "pages.jsonl:jsonlines", *state]

    return Peer(name, command, prepare=lambda: install("scrapy"))


def script(name: str, environment: str, file: str) -> Peer:
    """A script among the rivals, in its environment."""

    def command(job: Job) -> list[str]:
        return [str(python_of(environment)), str(RIVALS / file), job.seed]

    return Peer(name, command, prepare=lambda: install(environment))


def wget2(*, tls: bool = False, http2: bool = False, threads: int = AT_ONCE) -> Peer:
    """GNU Wget2, which writes files and keeps no state. Each thread has connections of its own; with HTTP/2 each has as
    many streams as the others have requests."""

    def command(job: Job) -> list[str]:
        protocol = ["--http2", f"--http2-request-window={AT_ONCE}"] if http2 else ["--no-http2"]
        trust = [f"--ca-certificate={job.authority}"] if tls else []
        return [
            *("wget2", "--quiet", "--recursive", "--level=0", "--no-parent", "--robots=on", "--user-agent=benchmark"),
            *("--ignore-tags=img,link,script,iframe", "--no-host-directories", "--directory-prefix=files"),
            *(f"--max-threads={threads}", *protocol, *trust, job.seed),
        ]

    def missing() -> str | None:
        return None if shutil.which("wget2") else "is not installed (apt install wget2)"

    notes = ["HTTP/2" if http2 else "HTTP/1.1"] if tls else []
    notes += [f"{threads} thread"] if threads != AT_ONCE else []
    protocol = "HTTP/2.0" if http2 else "HTTP/1.1"
    return Peer(
        ", ".join(["wget2", *notes]),
        command,
        pages=files_of,
        missing=missing,
        protocol=protocol,
        tls=tls,
        good_exits=(0, WGET2_MET_AN_ERROR_PAGE),
    )


PEERS: Mapping[str, Peer] = {
    "scrapy": scrapy("Scrapy", "scrapy_crawl_spider.py"),
    "scrapy-tuned": scrapy("Scrapy, hand-written spider", "scrapy_spider.py"),
    "scrapy-durable": scrapy("Scrapy, hand-written spider, job directory", "scrapy_spider.py", durable=True),
    "crawlee": script("Crawlee, ParselCrawler", "crawlee", "crawlee_crawler.py"),
    "blog-aiohttp": script("aiohttp + BeautifulSoup script", "blog", "blog_aiohttp.py"),
    "blog-httpx": script("httpx + BeautifulSoup script", "blog", "blog_httpx.py"),
    "wget2": wget2(),
    "aiohttp": crawlfile("aiohttp"),
    "curl": crawlfile("curl"),
    "httpx2": crawlfile("httpx2"),
    "httpx": crawlfile("httpx"),
    "memory": crawlfile("aiohttp", "memory"),
    "wget2-tls": wget2(tls=True),
    "wget2-h2": wget2(tls=True, http2=True),
    "wget2-h2-one": wget2(tls=True, http2=True, threads=1),
    "aiohttp-tls": crawlfile("aiohttp", tls=True),
    "httpx2-tls": crawlfile("httpx2", tls=True),
    "httpx2-h2": crawlfile("httpx2", tls=True, http2=True),
    "curl-tls": crawlfile("curl", tls=True),
    "curl-h2": crawlfile("curl", tls=True, http2=True),
}
