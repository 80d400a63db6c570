"""Heavy pages are read elsewhere, in bounded time, and whatever happens there is the page's own affair."""

from __future__ import annotations

import asyncio
import errno
import os
import pickle
import signal
import subprocess
import time
from typing import Any

import pytest

from crawler.core.visit import Headers, Response
from crawler.engine.reading import PageGivenUp, PageReader, ReadingRules, is_heavy, shape_that_tells
from crawler.extractors.bodies.markdown_body import MOST_CHARACTERS
from crawler.extractors.section import ExtractSection
from crawler.runner.reading import heavy_reader
from crawler.runner.reading.asked import Asked
from crawler.runner.reading.heavy_reader import HeavyReader

RULES = ReadingRules(max_links=10_000, want_text=False, product_token="", obey_nofollow=True)
HTML = Headers([("content-type", "text/html; charset=utf-8")])
STALLS = b"<b></i></p>" * 150_000


def response(body: bytes) -> Response:
    return Response("http://a.test/", 200, "HTTP/1.1", HTML, body)


def helpers() -> list[int]:
    """The processes that this one has begun."""
    command = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "reading_process" in line]


async def test_the_page_is_the_same_as_if_it_were_read_here() -> None:
    page = response(b"<title>T</title>" + b"<p>text <a href='/a'>x</a><a href='/b' rel=nofollow>y</a></p>" * 50_000)
    async with HeavyReader(RULES) as reader:
        assert helpers() == []
        assert await reader.read(page) == RULES.read(page)
        assert await reader.read(page) == RULES.read(page)
        assert len(helpers()) == 1
    assert helpers() == []


async def test_the_loop_goes_on_meanwhile_and_time_is_bounded() -> None:
    async with HeavyReader(RULES, cpu_s=0.5) as reader:
        await reader.read(response(b"<p>"))  # the helper is there
        reading = asyncio.create_task(reader.read(response(STALLS)))
        longest, last, began = 0.0, time.monotonic(), time.monotonic()
        while not reading.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert longest < 0.3
        assert time.monotonic() - began >= 0.5
        with pytest.raises(PageGivenUp, match=r"longer than 0\.5 s of CPU"):
            await reading
        assert helpers() == []
        assert (await reader.read(response(b"<title>Next</title>"))).title == "Next"


async def test_a_helper_that_gets_no_cpu_is_not_waited_for_for_ever() -> None:
    async with HeavyReader(RULES, wall_s=5) as reader:
        await reader.read(response(b"<p>"))
        os.kill(helpers()[0], signal.SIGSTOP)
        with pytest.raises(PageGivenUp, match=r"longer than 5 s$"):
            await reader.read(response(b"<p>"))
        assert helpers() == []


async def test_a_helper_that_dies_costs_its_page_alone() -> None:
    async with HeavyReader(RULES) as reader:
        await reader.read(response(b"<p>"))
        first, second = (asyncio.create_task(reader.read(response(body))) for body in (STALLS, b"<title>2</title>"))
        await asyncio.sleep(0.2)
        os.kill(helpers()[0], signal.SIGKILL)
        with pytest.raises(PageGivenUp, match="died"):
            await first
        assert (await second).title == "2"


async def test_who_is_cancelled_leaves_no_answer_to_the_next() -> None:
    async with HeavyReader(RULES) as reader:
        await reader.read(response(b"<p>"))
        reading = asyncio.create_task(reader.read(response(STALLS)))
        await asyncio.sleep(0.1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert (await reader.read(response(b"<title>Mine</title>"))).title == "Mine"


async def test_where_no_process_can_be_started_the_page_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heavy_reader, "_COMMAND", ("/nowhere/python",))
    async with HeavyReader(RULES) as reader:
        with pytest.raises(PageGivenUp, match="no process could be started"):
            await reader.read(response(b"<p>"))


class Scarce:
    """Popen where the system allows no further process, as often as `times` says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self.times, self.asked, self._popen = times, 0, subprocess.Popen
        monkeypatch.setattr(heavy_reader, "PAUSES_S", (0.001, 0.001))
        monkeypatch.setattr(heavy_reader.subprocess, "Popen", self)

    def __call__(self, *args: Any, **options: Any) -> Any:
        if "reading_process" not in str(args):
            return self._popen(*args, **options)
        self.asked += 1
        if self.asked <= self.times:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return self._popen(*args, **options)


async def test_where_the_system_allows_no_process_just_now_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scarce = Scarce(monkeypatch, 2)
    async with HeavyReader(RULES) as reader:
        assert (await reader.read(response(b"<title>T</title>"))).title == "T"
    assert scarce.asked == 3


async def test_pages_do_not_wait_in_turn_for_a_process_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    scarce = Scarce(monkeypatch, 5)
    async with HeavyReader(RULES) as reader:
        for asked in (3, 4, 5):
            with pytest.raises(PageGivenUp, match="Resource temporarily unavailable"):
                await reader.read(response(b"<p>"))
            assert scarce.asked == asked
        assert (await reader.read(response(b"<title>T</title>"))).title == "T"


async def test_a_page_whose_markdown_takes_too_long_is_read_without_it() -> None:
    asked = Asked(forms=("markdown",))
    rules = asked.rules()
    prose = b"<title>Long</title>" + b"<p>Some words of text <a href=/a>here</a>, and more of them.</p>" * 15_000
    assert len(prose) < MOST_CHARACTERS
    async with HeavyReader(RULES._replace(asked=pickle.dumps(asked)), cpu_s=1.0) as heavy:
        reader = PageReader(RULES, rules, heavy.read)
        short, long = response(b"<p>Some words of text, and more of them." * 10), response(prose)
        assert await reader.read(short) is None
        assert await reader.read(long) is None
        assert "Some words" in (await reader.read_elsewhere(short)).taken.bodies["markdown"]
        assert len(helpers()) == 1
        page = await reader.read_elsewhere(long)
        assert helpers() == []  # it was given up
    assert (page.title, page.links, page.taken.bodies) == ("Long", ("http://a.test/a",), {})


async def test_so_is_a_page_that_is_heavy_in_itself_and_elsewhere() -> None:
    title = ExtractSection.model_validate({"fields": {"title": {"css": "title"}}})
    asked = Asked(extract=(title,), forms=("markdown",))
    row = b"<div><p>Some words of text <a href=/a>here</a>, and more of them.</p>"
    body = b"<title>Open</title>" + row * 12_000
    assert len(body) < MOST_CHARACTERS
    assert is_heavy(body, shape_that_tells(body))
    async with HeavyReader(RULES._replace(asked=pickle.dumps(asked)), cpu_s=2.0) as heavy:
        reader = PageReader(RULES, asked.rules(), heavy.read)
        page = await reader.read_elsewhere(response(body))
        assert len(helpers()) == 1
    assert (page.title, page.links, page.taken.bodies) == ("Open", ("http://a.test/a",), {})
    assert page.taken.data == {"title": "Open"}
