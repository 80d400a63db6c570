"""The same job the way tutorials show it: httpx, a semaphore, asyncio.gather level by level, BeautifulSoup."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import httpx
from bs4 import BeautifulSoup


async def fetch(client: httpx.AsyncClient, semaphore: asyncio.Semaphore, url: str) -> tuple[str, str | None]:
    """The page's URL and its text, None if it is not HTML."""
    async with semaphore:
        response = await client.get(url)
    is_html = response.headers.get("content-type", "").startswith("text/html")
    return url, response.text if response.status_code == 200 and is_html else None


def parse(url: str, text: str) -> tuple[dict[str, Any], set[str]]:
    """The record of a page, and its links."""
    soup = BeautifulSoup(text, "lxml")
    title = re.sub("[ \\t\\n\\f\\r]+", " ", soup.title.get_text()).strip(" ") if soup.title else None
    links = {urldefrag(urljoin(url, anchor["href"])).url for anchor in soup.find_all(["a", "area"], href=True)}
    return {"url": url, "title": title, "links": len(links)}, links


async def main(seed: str) -> None:
    """Crawls all below `seed`; no robots.txt, no retries, all in memory, as such scripts do."""
    below, semaphore = urljoin(seed, "."), asyncio.Semaphore(32)
    seen, level = {seed}, [seed]
    with Path("pages.jsonl").open("w", encoding="utf-8") as output:
        async with httpx.AsyncClient(headers={"User-Agent": "benchmark"}, follow_redirects=True) as client:
            while level:
                pages = await asyncio.gather(*(fetch(client, semaphore, url) for url in level))
                level = []
                for url, text in pages:
                    if text is None:
                        continue
                    record, links = parse(url, text)
                    output.write(json.dumps(record) + "\n")
                    new = {link for link in links if link.startswith(below)} - seen
                    seen |= new
                    level += new


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
