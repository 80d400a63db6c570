"""The demo site answers over a real socket, weak spots included."""

from __future__ import annotations

import aiohttp
import pytest
import yaml

from crawler.cli.demo_site.site import DEMO_CONFIG, serve_demo


async def answers(*paths: str) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, header fields and body of each path, asked one after the other."""
    found = []
    async with serve_demo() as base_url, aiohttp.ClientSession(auto_decompress=False) as session:
        for path in paths:
            async with session.get(base_url + path, allow_redirects=False) as response:
                found.append((response.status, dict(response.headers), await response.read()))
    return found


async def test_pages_are_served_with_their_type_and_coding() -> None:
    home, russian, kit = await answers("", "languages/russian", "press-kit")
    assert (home[0], home[1]["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert russian[1]["Content-Type"] == "text/html; charset=windows-1251"
    assert kit[1]["Content-Encoding"] == "gzip"


async def test_the_query_tells_pages_apart() -> None:
    first, second = await answers("books/", "books/?page=2")
    assert first[2] != second[2]
    assert second[0] == 200


async def test_a_missing_page_is_a_404() -> None:
    assert (await answers("out-of-print"))[0][0] == 404


async def test_a_flaky_page_works_at_the_second_knock() -> None:
    assert [status for status, _, _ in await answers("flaky", "flaky")] == [500, 200]


async def test_moved_pages_lead_to_an_end_and_the_partner_leads_outside() -> None:
    found = await answers("old-shop", "moved/1", "moved/2", "moved/3", "moved/never", "partner")
    assert [status for status, _, _ in found] == [301, 302, 302, 200, 200, 302]
    assert found[0][1]["Location"] == "/books/"
    assert found[5][1]["Location"] == "http://partner.example/"


async def test_events_answer_for_any_month() -> None:
    found = await answers("events/2026/1", "events/2031/12", "events/never")
    assert [status for status, _, _ in found] == [200, 200, 404]


async def test_robots_txt_names_the_address_in_use() -> None:
    async with serve_demo() as base_url, aiohttp.ClientSession() as session:
        answer = await session.get(base_url + "robots.txt")
        assert f"Sitemap: {base_url}sitemap.xml" in await answer.text()


async def test_the_site_is_gone_after_the_block() -> None:
    async with serve_demo() as base_url:
        pass
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(base_url)


def test_the_configuration_names_the_site_by_its_placeholder() -> None:
    assert yaml.safe_load(DEMO_CONFIG.replace("{base}", "http://127.0.0.1:1/"))["seeds"] == "http://127.0.0.1:1/"
