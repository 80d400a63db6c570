"""Which pages are read elsewhere: large ones, and those made to stall whoever reads them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler.core.visit import Headers, Page, Response
from crawler.engine import reading
from crawler.engine.reading import (
    HEAVY_BYTES,
    LIGHT_BYTES,
    ReadingRules,
    Rounds,
    is_heavy,
    read_aside,
    shape_that_tells,
)

PROSE = b"<p>Some text about the sea, <a href='/a/lighthouse.html'>a lighthouse</a> and more.</p>\n"
DOCS = (Path("/usr/share/doc/postgresql-doc-15/html"), Path("/usr/share/doc/python3.11/html"))


def sized(piece: bytes, size: int) -> bytes:
    return piece * (size // len(piece))


def weighs_much(body: bytes) -> bool:
    return is_heavy(body, shape_that_tells(body))


@pytest.mark.parametrize(
    "piece",
    [
        *(b"<div>", b"<b><p>", b"<font><p>", b"<b></i></p>", b"<table>", b"<", b"<svg><a href=x>", b"<i></i>"),
        *(b"<div>" * 200 + b"</div>" * 200, b"<b><p></b></p>", b"<tr><td>x</td></tr>"),
        b"<a " + b" ".join(b"a%d" % number for number in range(999)) + b">",
    ],
)
def test_what_is_made_to_stall_is_heavy(piece: bytes) -> None:
    assert weighs_much(sized(piece, 300_000))


def test_end_tags_that_close_nothing_do_not_hide_the_depth() -> None:
    for piece in (b"</script><math>", b"</b><b-c>", b"<span><div></span></div>", b"</SCRIPT><MATH>"):
        for padding, size in ((b"x" * 40, 2_700_000), (b"<p>x</p>" * 4, 3_000_000)):
            assert weighs_much(sized(piece + padding, size))
        assert not weighs_much(sized(piece + b"x" * 40, 200_000))


@pytest.mark.parametrize("size", [0, 1000, 50_000, 200_000, 900_000, 2_000_000])
def test_prose_is_not_until_it_is_large(size: int) -> None:
    assert not weighs_much(sized(PROSE, size))
    assert weighs_much(sized(PROSE, HEAVY_BYTES + 1000))


def test_what_is_small_is_not_looked_at() -> None:
    assert not weighs_much(sized(b"<b>", LIGHT_BYTES - 1))


def test_what_might_have_a_crowd_of_attributes_is_heavy_wherever_it_stands() -> None:
    crowd = b" ".join(b"a%d" % number for number in range(6000))
    for before in (b"<p ", b"<svg><title><p ", b"<select><xmp><p ", b"<script><!--<script></script><!--</script><p "):
        assert weighs_much(before + crowd + b">")
        assert weighs_much((before + crowd + b">").decode().encode("utf-16"))
    assert not weighs_much(b"<p>" + crowd)


def test_real_documentation_is_read_on_the_spot() -> None:
    pages = [page for folder in DOCS for page in folder.rglob("*.html")]
    if not pages:
        pytest.skip("needs postgresql-doc-15 or python3.11-doc from Debian")
    assert [page.name for page in pages if weighs_much(page.read_bytes())] == []


def test_the_rules_are_those_of_reading_a_page() -> None:
    body = b"<title>T</title><a href=/1>x</a><a href=/2 rel=nofollow>x</a><a href=/3>x</a>"
    response = Response("http://a.test/", 200, "HTTP/1.1", Headers([("content-type", "text/html")]), body)
    page = ReadingRules(max_links=10, want_text=True, product_token="", obey_nofollow=True).read(response)
    assert (page.title, page.follow) == ("T", ("http://a.test/1", "http://a.test/3"))
    assert page.text == body.decode()
    page = ReadingRules(max_links=1, want_text=False, product_token="", obey_nofollow=False).read(response)
    assert (page.follow, page.text) == (("http://a.test/1",), None)


async def test_what_is_read_aside_is_read_in_a_thread_or_here_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def who(*given: int) -> tuple[bool, int]:
        return threading.current_thread() is threading.main_thread(), sum(given)

    monkeypatch.setattr(reading, "_THREADS", ThreadPoolExecutor(1))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert await read_aside(who, 1, 2) == (True, 3)
    assert await read_aside(who, 1, 2) == (False, 3)


def response(number: int) -> Response:
    return Response(f"https://example.org/{number}", 200, "HTTP/1.1", Headers())


class Reader:
    """Notes what happens in which turn of the loop."""

    def __init__(self, most: int) -> None:
        self.rounds = Rounds(self.read, most)
        self.turn = 0
        self.notes: list[tuple[str, str, int]] = []

    def read(self, response: Response) -> Page | None:
        self.notes.append(("read", response.url[-1], self.turn))
        if response.url.endswith("9"):
            raise ValueError("nine")
        return Page(title=response.url[-1])

    async def take(self, number: int) -> None:
        page = await self.rounds.page(response(number))
        assert page is not None
        self.notes.append(("done", page.title or "", self.turn))

    async def run(self, *tasks: asyncio.Task[None]) -> list[tuple[str, str, int]]:
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            self.turn += 1
        first = self.notes[0][2]
        return [(what, which, turn - first) for what, which, turn in self.notes]


async def test_a_burst_of_pages_is_read_a_few_in_a_turn_and_followed_up_in_the_next() -> None:
    reader = Reader(2)
    notes = await reader.run(*[asyncio.create_task(reader.take(number)) for number in range(5)])
    assert [note for note in notes if note[0] == "read"] == [
        *(("read", "0", 0), ("read", "1", 0)),
        *(("read", "2", 1), ("read", "3", 1)),
        ("read", "4", 2),
    ]
    done = [note for note in notes if note[0] == "done"]
    assert done == [("done", str(number), number // 2 + 1) for number in range(5)]


async def test_who_gives_up_waiting_is_not_read_and_holds_nobody_up() -> None:
    reader = Reader(1)
    tasks = [asyncio.create_task(reader.take(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    notes = await reader.run(*tasks)
    assert [which for what, which, _ in notes if what == "read"] == ["0", "2", "3"]
    assert tasks[1].cancelled()


async def test_what_a_page_raises_is_its_own_matter() -> None:
    reader = Reader(4)
    tasks = [asyncio.create_task(reader.take(number)) for number in (8, 9, 7)]
    await reader.run(*tasks)
    assert [str(task.exception() or "") for task in tasks] == ["", "nine", ""]


async def test_a_page_that_comes_later_is_read_as_well() -> None:
    reader = Reader(4)
    for number in range(3):
        await reader.take(number)
    assert [which for what, which, _ in reader.notes if what == "done"] == ["0", "1", "2"]
