"""The same job for Crawlee: a ParselCrawler as its documentation shows it, with its default storage."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from pathlib import Path
from urllib.parse import urldefrag, urljoin

from crawlee import ConcurrencySettings
from crawlee.crawlers import ParselCrawler, ParselCrawlingContext


async def main(seed: str) -> None:
    """Crawls all below `seed`. Records go straight to the file, which is less work than Crawlee's dataset."""
    crawler = ParselCrawler(
        concurrency_settings=ConcurrencySettings(min_concurrency=32, desired_concurrency=32, max_concurrency=32),
        respect_robots_txt_file=True,
        configure_logging=False,
    )
    logging.getLogger("crawlee").setLevel(logging.WARNING)
    below = re.compile(f"^{re.escape(urljoin(seed, '.'))}")
    with Path("pages.jsonl").open("w", encoding="utf-8") as output:

        @crawler.router.default_handler
        async def handle(context: ParselCrawlingContext) -> None:
            url, selector = context.request.url, context.selector
            title = selector.css("title::text").get()
            folded = re.sub("[ \\t\\n\\f\\r]+", " ", title).strip(" ") if title else None
            hrefs = selector.css("a[href]::attr(href), area[href]::attr(href)").getall()
            links = {urldefrag(urljoin(url, href)).url for href in hrefs}
            output.write(json.dumps({"url": url, "title": folded, "links": len(links)}) + "\n")
            await context.enqueue_links(include=[below])

        await crawler.run([seed])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
