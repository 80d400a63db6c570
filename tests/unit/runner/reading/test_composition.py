"""Each option about what pages hold reaches their reading, here and in the process for heavy pages."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.config.model import Config
from crawler.core.visit import Headers, Page, Response
from crawler.engine.reading import ReadingRules
from crawler.runner.reading.composition import asked_of_pages, build_heavy_reader, keeps_bodies

HTML = Headers([("content-type", "text/html; charset=utf-8")])
BODY = b"<title>T</title><meta name=crawl-bot content=nofollow><h1>A</h1><a href=/1>x</a><a href=/2 rel=nofollow>y</a>"
BODY += b"<article><p>%s</article>" % (b"A sentence that is long enough to be taken for what the page is about. " * 9)
RESPONSE = Response("http://a.test/", 200, "HTTP/1.1", HTML, BODY)
ALIKE: dict[str, Any] = {"client": {"user_agent": "crawl-bot/1"}, "limits": {"max_links_per_page": 5}}


def configured(**sections: Any) -> Config:
    return Config.model_validate({"seeds": "http://a.test/", **ALIKE, **sections})


def read_here(config: Config) -> Page:
    options = ReadingRules(
        config.limits.max_links_per_page,
        keeps_bodies(config),
        config.client.product_token,
        config.politeness.obey_robots,
    )
    return options.read(RESPONSE, asked_of_pages(config).rules())


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"limits": {"max_links_per_page": 1}},
        {"client": {"user_agent": "other/1"}},
        {"politeness": {"obey_robots": False}},
        {"output": {"body": "html"}},
        {"output": [{"path": "a", "body": "text"}, {"path": "b"}]},
        {"output": {"body": "markdown"}},
        {"extract": {"fields": {"name": {"css": "h1"}}}},
        {"follow": {"css": "h1"}},
    ],
)
async def test_a_page_is_read_alike_here_and_there_by_every_option(sections: dict[str, Any]) -> None:
    config = configured(**sections)
    async with build_heavy_reader(config) as reader:
        page = await reader.read(RESPONSE)
    assert page == read_here(config)
    assert sections == {} or page != read_here(configured())


def test_pages_are_asked_for_no_more_than_their_links_where_nothing_says_so() -> None:
    assert asked_of_pages(configured()).rules() is None
    assert asked_of_pages(configured(output={"body": "html"})).rules() is None
