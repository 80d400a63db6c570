"""Which pages are read elsewhere: large ones, and those made to stall whoever reads them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.core.visit import Headers, Response
from crawler.engine.reading import HEAVY_BYTES, LIGHT_BYTES, ReadingRules, Turns, is_heavy, shape_that_tells

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


@pytest.mark.parametrize("size", [0, 1000, 50_000, 200_000, 900_000, 2_000_000])
def test_prose_is_not_until_it_is_large(size: int) -> None:
    assert not weighs_much(sized(PROSE, size))
    assert weighs_much(sized(PROSE, HEAVY_BYTES + 1000))


def test_what_is_small_is_not_looked_at() -> None:
    assert not weighs_much(sized(b"<b>", LIGHT_BYTES - 1))


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


async def turns_of(turns: Turns, readers: int, given_up: int | None = None) -> list[int]:
    """In which turn of the loop each of several readers, who come at once, has its turn."""
    count, done = 0, dict[int, int]()

    async def read(number: int) -> None:
        if (turn := turns.take()) is not None:
            await turn
        done[number] = count

    tasks = [asyncio.create_task(read(number)) for number in range(readers)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        count += 1
        if given_up is not None and count == 1:
            tasks[given_up].cancel()
    first = min(done.values())
    return [done[number] - first for number in sorted(done)]


async def test_a_burst_of_pages_is_read_a_few_in_a_turn_of_the_loop_and_in_order() -> None:
    found = await turns_of(Turns(2), 5)
    assert found == sorted(found)
    assert [found.count(turn) for turn in sorted(set(found))] == [2, 2, 1]


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    turns = Turns(1)
    assert len(await turns_of(turns, 4, given_up=1)) == 3
    assert await turns_of(turns, 1) == [0]


async def test_who_comes_alone_need_not_wait() -> None:
    turns = Turns(1)
    for _ in range(3):
        assert turns.take() is None
        await asyncio.sleep(0)
        await asyncio.sleep(0)
