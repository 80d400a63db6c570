"""The same job the way Scrapy's documentation shows it: a CrawlSpider with a rule, links counted in its callback."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin

import scrapy
from scrapy.http import HtmlResponse, Response
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class DocsCrawlSpider(CrawlSpider):
    """`scrapy runspider scrapy_crawl_spider.py -a seed=URL -O pages.jsonl:jsonlines`."""

    name = "docs-crawl"
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
        self.seed = seed
        below = re.escape(urljoin(seed, "."))
        self.rules = [Rule(LinkExtractor(allow=f"^{below}"), callback="parse_page", follow=True)]
        self.links = LinkExtractor(tags=("a", "area"), attrs=("href",), deny_extensions=[])
        super().__init__(**rest)

    async def start(self) -> AsyncIterator[Any]:
        """The seed, known to the duplicate filter unlike Scrapy's own start_urls."""
        yield scrapy.Request(self.seed)

    def parse_start_url(self, response: Response, **_: Any) -> Iterator[Any]:
        """The seed's record."""
        yield from self.parse_page(response)

    def parse_page(self, response: Response) -> Iterator[Any]:
        """A page's record."""
        if not isinstance(response, HtmlResponse):
            return
        title = response.css("title::text").get()
        folded = re.sub("[ \\t\\n\\f\\r]+", " ", title).strip(" ") if title else None
        links = {urldefrag(link.url).url for link in self.links.extract_links(response)}
        yield {"url": response.url, "title": folded, "links": len(links)}
