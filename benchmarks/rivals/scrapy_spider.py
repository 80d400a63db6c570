"""The same job for Scrapy: every page below the seed, title and number of distinct links to JSON lines."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin

import scrapy
from scrapy.http import HtmlResponse, Response
from scrapy.linkextractors import LinkExtractor


class DocsSpider(scrapy.Spider):
    """`scrapy runspider scrapy_spider.py -a seed=URL -O pages.jsonl:jsonlines`."""

    name = "docs"
    custom_settings = {  # noqa: RUF012
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": True,
        "AUTOTHROTTLE_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        "USER_AGENT": "benchmark",
    }

    def __init__(self, seed: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.seed = seed
        self.below = urljoin(seed, ".")
        self.extractor = LinkExtractor(tags=("a", "area"), attrs=("href",), deny_extensions=[])

    async def start(self) -> AsyncIterator[Any]:
        """The seed, known to the duplicate filter unlike Scrapy's own start_urls."""
        yield scrapy.Request(self.seed)

    def parse(self, response: Response) -> Iterator[Any]:
        """The page's record and a request for each link below the seed."""
        if not isinstance(response, HtmlResponse):
            return
        links = {urldefrag(link.url).url for link in self.extractor.extract_links(response)}
        title = response.css("title::text").get()
        folded = re.sub("[ \\t\\n\\f\\r]+", " ", title).strip(" ") if title else None
        yield {"url": response.url, "title": folded, "links": len(links)}
        for link in links:
            if link.startswith(self.below):
                yield response.follow(link)
