"""Behaviours by path: /status/404, /slow/1.5, /charset/shift_jis … One function each, named by the first segment."""

from __future__ import annotations

import gzip
import itertools
import time
import zlib
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import parse_qs

import brotli
from backports import zstd

from tests.site.wire import Answer, Asked, html

PAGES: dict[str, Callable[[Asked], Answer]] = {}

TEXTS = {
    "windows-1251": "Страница о море, о маяках и о кораблях, которые возвращаются домой.",
    "koi8-r": "Страница о море, о маяках и о кораблях, которые возвращаются домой.",
    "shift_jis": "海と灯台についてのページです。船はみな港へ帰ります。",
    "euc-jp": "海と灯台についてのページです。船はみな港へ帰ります。",
    "gb18030": "这是一个关于大海和灯塔的页面，船都回港了。",
    "iso-8859-2": "Strona o morzu i latarniach, gdzie każdy statek wraca na ląd.",
    "windows-1252": "Une page sur la mer, où les bateaux rentrent – « enfin » – au port.",
    "utf-8": "Eine Seite über das Meer, größer als gedacht.",
    "utf-16": "Μια σελίδα για τη θάλασσα και τους φάρους.",
}
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "raw-deflate": lambda body: zlib.compress(body)[2:-4],
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def page(name: str) -> Callable[[Callable[[Asked], Answer]], Callable[[Asked], Answer]]:
    """Registers a behaviour under the first segment of its path."""

    def register(function: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
        PAGES[name] = function
        return function

    return register


def answer_to(asked: Asked) -> Answer:
    """What the built-in site says; 404 where nothing is registered."""
    behaviour = PAGES.get(asked.path[1:].partition("/")[0])
    if behaviour is None:
        return Answer(html("Not found"), status=404)
    try:
        return behaviour(asked)
    except (IndexError, ValueError, KeyError) as error:
        return Answer(html("Bad test URL", text=repr(error)), status=400)


@page("")
def home(asked: Asked) -> Answer:
    """An index of everything, for people."""
    return Answer(html("Test site", [f"/{name}/" for name in sorted(PAGES)]))


@page("tiny")
def tiny(asked: Asked) -> Answer:
    """/tiny/TOTAL/N: page N of a tree of TOTAL pages, ten children each, with links up and across."""
    _, total_text, number_text = asked.segments
    total, number = int(total_text), int(number_text)
    if number >= total:
        return Answer(html("Beyond the tree"), status=404)
    near = [*range(10 * number + 1, 10 * number + 11), (number - 1) // 10, number + 1, number * 7 + 1]
    return Answer(html(f"Tiny {number}", [f"/tiny/{total}/{other}" for other in near if 0 <= other < total]))


@page("list")
def listing(asked: Asked) -> Answer:
    """/list/N: links to N leaves, /leaf/0 … /leaf/N-1."""
    count = int(asked.segments[1])
    return Answer(html(f"List of {count}", [f"/leaf/{number}" for number in range(count)]))


@page("leaf")
def leaf(asked: Asked) -> Answer:
    """/leaf/NAME: a page without links."""
    return Answer(html(f"Leaf {asked.path[6:]}"))


@page("chain")
def chain(asked: Asked) -> Answer:
    """/chain/N: links to /chain/N+1 only, for ever."""
    number = int(asked.segments[1])
    return Answer(html(f"Chain {number}", [f"/chain/{number + 1}"]))


@page("slow")
def slow(asked: Asked) -> Answer:
    """/slow/SECONDS/NAME: answers late."""
    return Answer(html(f"Slow {asked.path}"), delay_s=float(asked.segments[1]))


@page("slowlist")
def slow_list(asked: Asked) -> Answer:
    """/slowlist/N/SECONDS: links to N pages /slow/SECONDS/0 …"""
    _, count, seconds = asked.segments
    return Answer(html("Slow list", [f"/slow/{seconds}/{number}" for number in range(int(count))]))


@page("status")
def status(asked: Asked) -> Answer:
    """/status/CODE."""
    return Answer(html(f"Status {asked.segments[1]}"), status=int(asked.segments[1]))


@page("retry-after")
def retry_after(asked: Asked) -> Answer:
    """/retry-after/STATUS/seconds|date/N: asks to come back in N seconds, always."""
    _, code, form, seconds = asked.segments
    value = seconds if form == "seconds" else formatdate(time.time() + float(seconds), usegmt=True)
    return Answer(html("Later"), status=int(code), headers=(("Retry-After", value),))


_flaky_visits: Counter[str] = Counter()


@page("flaky")
def flaky(asked: Asked) -> Answer:
    """/flaky/N/CODE/NAME: fails N times with CODE, then is well."""
    failures, code = int(asked.segments[1]), int(asked.segments[2])
    _flaky_visits[asked.host + asked.path] += 1
    if _flaky_visits[asked.host + asked.path] <= failures:
        return Answer(html("Out of order"), status=code)
    return Answer(html("Well again"))


@page("redirect")
def redirect(asked: Asked) -> Answer:
    """/redirect/N: N hops to /leaf/redirected; /redirect/CODE/to?url=… : one hop of that status to that URL."""
    if len(asked.segments) == 2:
        hops = int(asked.segments[1])
        target = f"/redirect/{hops - 1}" if hops > 1 else "/leaf/redirected"
        return Answer(status=302, headers=(("Location", target),))
    return Answer(status=int(asked.segments[1]), headers=(("Location", parse_qs(asked.query)["url"][0]),))


@page("loop")
def loop(asked: Asked) -> Answer:
    """/loop/a ⇄ /loop/b: redirects in a circle."""
    return Answer(status=301, headers=(("Location", "/loop/b" if asked.segments[1] == "a" else "/loop/a"),))


@page("coded")
def coded(asked: Asked) -> Answer:
    """/coded/CODING: gzip, deflate, raw-deflate, br or zstd, asked for or not."""
    coding = asked.segments[1]
    body = CODINGS[coding](html(f"Coded in {coding}", ["/leaf/coded"], "packed " * 500))
    return Answer(body, headers=(("Content-Encoding", coding.removeprefix("raw-")),))


@page("charset")
def charset(asked: Asked) -> Answer:
    """/charset/NAME/header|meta|bom|nowhere: a page in that encoding, declared there."""
    _, name, declared = asked.segments
    meta = f'<meta charset="{name}">' if declared == "meta" else ""
    text = f"<!doctype html><html><head>{meta}<title>{TEXTS[name]}</title></head><body>{TEXTS[name]}</body></html>"
    body = text.encode("utf-8-sig" if (name, declared) == ("utf-8", "bom") else name)
    return Answer(body, content_type=f"text/html; charset={name}" if declared == "header" else "text/html")


@page("big")
def big(asked: Asked) -> Answer:
    """/big/BYTES: a page of exactly that size; /big/BYTES/chunked without Content-Length."""
    head = html(f"Big {asked.segments[1]}")
    body = head + b"x" * (int(asked.segments[1]) - len(head))
    return Answer(body, chunked=asked.segments[-1] == "chunked")


@page("file")
def file(asked: Asked) -> Answer:
    """/file/TYPE/SUBTYPE: a small file of that media type."""
    return Answer(b"\x00\x01file <a href='/leaf/in-file'>x</a>", content_type="/".join(asked.segments[1:3]))


@page("cookie")
def cookie(asked: Asked) -> Answer:
    """/cookie/set/NAME/VALUE sets one; /cookie/show says which came."""
    if asked.segments[1] == "set":
        pair = f"{asked.segments[2]}={asked.segments[3]}; Path=/"
        return Answer(html("Set", ["/cookie/show"]), headers=(("Set-Cookie", pair),))
    return Answer(html(f"Cookies: {asked.headers.get('cookie', 'none')}"))


@page("echo")
def echo(asked: Asked) -> Answer:
    """/echo/FIELD: the value of that request header field as the title."""
    return Answer(html(asked.headers.get(asked.segments[1].lower(), "none")))


@page("calendar")
def calendar(asked: Asked) -> Answer:
    """/calendar/YEAR/MONTH: a calendar without end."""
    year, number = int(asked.segments[1]), int(asked.segments[2])
    following = f"/calendar/{year + number // 12}/{number % 12 + 1}"
    return Answer(html(f"{year}-{number:02}", [following]))


@page("deeper")
def deeper(asked: Asked) -> Answer:
    """/deeper/…: every page has a relative link one level deeper, the same segment again."""
    return Answer(html("Deeper", [f"{asked.path.rstrip('/')}/deeper/"]))


_sessions = itertools.count()


@page("session")
def session(asked: Asked) -> Answer:
    """/session?sid=…: links to itself with a new session id, for ever."""
    return Answer(html("Session", [f"/session?sid={next(_sessions)}"]))
