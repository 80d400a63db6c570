"""Which pages are too heavy to be read where others wait, and how pages are read, as values for another process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from crawler.core.ports import PageRules
from crawler.core.visit import Page, Response
from crawler.parsing.media import content_type_of, is_json, may_be_html, media_type_of
from crawler.parsing.nesting import FREE_BYTES, Shape, leaves_open, shape_of
from crawler.parsing.page import read_page

# What reading costs, in milliseconds: 64 KB 40 at worst; 1 MB of documentation 15, made to stall 400; 10 MB of it 150,
# and many seconds. None of 1,700 pages of documentation is heavy by these measures; the largest has 98,000 tags.
HEAVY_BYTES: Final = 3 * 1024 * 1024
HEAVY_TAGS: Final = 100_000
LIGHT_BYTES: Final = 64 * 1024  # only crowds of attributes matter
MANY_TAGS: Final = 5000  # enough to stall, where elements are left open, or closed that are not
CROWDED_TAGS: Final = 20_000  # where they seem not to be
BYTES_A_TAG: Final = 12  # in documentation 20 or more; in pages of nothing but tags 4
SPARSE: Final = 1000  # bytes a tag, where one tag may have a thousand attributes
LOPSIDED: Final = 256  # start tags ahead of end tags, or behind them; see parsing.nesting
PAGES_A_TURN: Final = 4  # of 0.2 to 2 ms each

Found = TypeVar("Found")
_THREADS: Final = ThreadPoolExecutor(4, "reading")  # not the loop's own, which needs one more thread to end


class PageGivenUp(Exception):
    """Reading a page took more time or memory than any page may; the message says so."""


class ReadingRules(NamedTuple):
    """The options of `read_page`. asked: what else is asked of pages, pickled, for whoever can make rules of it;
    with_bodies: forms of the body among it."""

    max_links: int | None
    want_text: bool
    product_token: str
    obey_nofollow: bool
    asked: bytes = b""
    with_bodies: bool = True

    def read(self, response: Response, rules: PageRules | None = None, shape: Shape | None = None) -> Page:
        """What is on the page that `response` brought. shape: of its body, where it is known."""
        return read_page(
            response,
            max_links=self.max_links,
            want_text=self.want_text,
            product_token=self.product_token,
            obey_nofollow=self.obey_nofollow,
            rules=rules,
            shape=shape,
        )


class ReadsElsewhere(Protocol):
    """Reads a heavy page where it holds up no other. with_bodies: in the forms of its body, too, that are asked for.
    Raises PageGivenUp."""

    async def __call__(self, response: Response, *, with_bodies: bool = True) -> Page: ...


class Rounds:
    """Reads pages in rounds, a few in one turn of the event loop; what follows from them is done in the next turn.

    Answers come in bursts. Were all of one read in a row, the requests that follow from them would leave together, once
    the last was read (event loops write at the end of a turn), and their answers come as a burst again: meanwhile
    nothing is done. Were each followed up at once, the code of the one would be out of the processor's caches when it
    is the other's turn: two pages in a row cost 4 % less of a crawl than two apart.
    """

    def __init__(self, read: Callable[[Response], Page | None], most: int = PAGES_A_TURN) -> None:
        self._read = read
        self._most = most
        self._waiting: deque[tuple[Response, asyncio.Future[Page | None]]] = deque()

    def page(self, response: Response) -> asyncio.Future[Page | None]:
        """What `read` will return, or raise, when it is the turn of this page."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._next)
        future: asyncio.Future[Page | None] = loop.create_future()
        self._waiting.append((response, future))
        return future

    def _next(self) -> None:
        for response, future in [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]:
            if future.done():  # given up
                continue
            try:
                future.set_result(self._read(response))
            except Exception as error:
                future.set_exception(error)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)


class PageReader:
    """Reads pages here, and elsewhere those that might hold up all others.

    options: of reading. rules: what is asked of pages beyond their links. elsewhere: None: no page is read elsewhere.
    """

    def __init__(
        self,
        options: ReadingRules,
        rules: PageRules | None = None,
        elsewhere: ReadsElsewhere | None = None,
    ) -> None:
        self._options = options
        self._rules = rules
        self._elsewhere = elsewhere
        self._heavy_bytes = rules.heavy_bytes if rules is not None else None
        self._reads_json = rules is not None and rules.reads_json
        self._rounds = Rounds(self._read_here)

    def read(self, response: Response) -> asyncio.Future[Page | None]:
        """What is on the page; None where it is to be read elsewhere, for what it is or for what is asked of it."""
        return self._rounds.page(response)

    def _read_here(self, response: Response) -> Page | None:
        if self._elsewhere is not None and self._asks_much_of(response):
            return None
        shape = shape_that_tells(response.body)
        if self._elsewhere is not None and is_heavy(response.body, shape):
            return None
        return self._options.read(response, self._rules, shape)

    async def read_elsewhere(self, response: Response) -> Page:
        """What is on a heavy page. One that is given up there is read without the forms of its body: here, if it is
        heavy only for them. Raises PageGivenUp."""
        assert self._elsewhere is not None  # or no page would be heavy
        try:
            return await self._elsewhere(response)
        except PageGivenUp:
            rules = self._rules
            shape = shape_that_tells(response.body)
            if rules is None or rules.heavy_bytes is None:
                raise
            plain = rules.without_bodies()
            if not is_heavy(response.body, shape):
                return self._options.read(response, plain, shape)
            if plain is rules:
                raise
            return await self._elsewhere(response, with_bodies=False)

    def _asks_much_of(self, response: Response) -> bool:
        if self._heavy_bytes is None or len(response.body) < self._heavy_bytes:
            return False
        field = content_type_of(response.headers)
        return may_be_html(field) or (self._reads_json and is_json(media_type_of(field)))


async def read_aside(read: Callable[..., Found], *given: Any) -> Found:
    """What `read` finds, in a thread, so that others go on; here where the system allows no further thread."""
    try:
        reading = asyncio.get_running_loop().run_in_executor(_THREADS, partial(read, *given))
    except RuntimeError:
        return read(*given)
    return await reading


def shape_that_tells(body: bytes) -> Shape | None:
    """What else is to be known for saying whether a page is heavy; None where its size alone tells."""
    return shape_of(body) if FREE_BYTES < len(body) < HEAVY_BYTES else None


def is_heavy(body: bytes, shape: Shape | None) -> bool:
    """Whether reading a page of this shape, see `shape_that_tells`, might hold up all others for more than 50 ms."""
    size = len(body)
    if shape is None:
        return size >= HEAVY_BYTES
    if shape.crowds or size < LIGHT_BYTES:
        return shape.crowds
    tags = shape.tags
    if tags <= MANY_TAGS or tags > HEAVY_TAGS:
        return tags > HEAVY_TAGS or tags * SPARSE < size
    if tags > CROWDED_TAGS and (tags * BYTES_A_TAG > size or leaves_open(body)):
        return True
    return shape.ahead > LOPSIDED or shape.behind > LOPSIDED
