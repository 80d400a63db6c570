"""Who is compared: how each crawls a site, and how its records are read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BENCH = ROOT / ".bench"
SCRAPY = "scrapy==2.19.*"

_CONFIG = """
name: bench
seeds: {seed}
sitemaps: off
scope: {{type: prefix}}
client: {{type: {client}, user_agent: benchmark}}
concurrency: {{total: 32, per_host: 32}}
politeness: {{delay: 0}}
frontier: {{type: {frontier}}}
output: {{path: pages.jsonl}}
"""


@dataclass(frozen=True)
class PageFacts:
    """What two crawlers must agree on."""

    title: str | None
    links: int


@dataclass(frozen=True)
class Peer:
    """One crawler: `command(seed, folder)` is run in a fresh folder and leaves pages.jsonl there."""

    name: str
    command: Callable[[str, Path], list[str]]
    prepare: Callable[[], None] = lambda: None


def pages_of(folder: Path) -> dict[str, PageFacts]:
    """The HTML pages that a run brought, by URL. Raises ValueError when a URL comes twice."""
    found: dict[str, PageFacts] = {}
    for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if not record.get("ok", True) or record.get("content_type", "text/html") != "text/html":
            continue
        if record["url"] in found:
            raise ValueError(f"{record['url']} came twice")
        found[record["url"]] = PageFacts(record["title"], record["links"])
    return found


def crawlfile(client: str, frontier: str = "sqlite") -> Peer:
    """This project with one of its clients."""

    def command(seed: str, folder: Path) -> list[str]:
        config = folder / "bench.yaml"
        config.write_text(_CONFIG.format(seed=seed, client=client, frontier=frontier))
        return [sys.executable, "-m", "crawler", str(config), "--quiet"]

    return Peer(f"crawlfile {client}" + (f", {frontier}" if frontier != "sqlite" else ""), command)


def scrapy(name: str, spider: str, *, durable: bool = False) -> Peer:
    """Scrapy in an environment of its own, running one of the spiders beside this file."""

    def command(seed: str, folder: Path) -> list[str]:
        run = [str(BENCH / "venv/bin/python"), "-m", "scrapy", "runspider", str(Path(__file__).with_name(spider))]
        job = ["-s", f"JOBDIR={folder / 'job'}"] if durable else []
        return [*run, "-a", f"seed={seed}", "-O", "pages.jsonl:jsonlines", *job]

    return Peer(name, command, _install_scrapy)


def _install_scrapy() -> None:
    """A virtual environment of Scrapy's own, made once."""
    python = BENCH / "venv/bin/python"
    probe = [str(python), "-c", "import scrapy"]
    if python.exists() and subprocess.run(probe, check=False, capture_output=True).returncode == 0:
        return
    BENCH.mkdir(exist_ok=True)
    (BENCH / ".gitignore").write_text("*\n")
    print(f"installing {SCRAPY} (once)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", BENCH / "venv"], check=True)
    subprocess.run([python, "-m", "pip", "install", "-qq", SCRAPY], check=True)


PEERS = {
    "scrapy": scrapy("Scrapy", "scrapy_crawl_spider.py"),
    "scrapy-tuned": scrapy("Scrapy, hand-written spider", "scrapy_spider.py"),
    "scrapy-durable": scrapy("Scrapy, hand-written spider, job directory", "scrapy_spider.py", durable=True),
    "aiohttp": crawlfile("aiohttp"),
    "curl": crawlfile("curl"),
    "httpx2": crawlfile("httpx2"),
    "httpx": crawlfile("httpx"),
    "memory": crawlfile("aiohttp", "memory"),
}
