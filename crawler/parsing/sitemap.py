"""Lists of pages to start from: sitemaps in every form, feeds, and the Sitemap lines of robots.txt files."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from crawler.core.errors import UnusableUrl
from crawler.core.url import Base
from crawler.core.visit import NOTHING
from crawler.parsing.charset import decode
from crawler.parsing.feed import read_listing, read_loosely

MAX_BYTES: Final = 50 * 1024 * 1024  # uncompressed, as sitemaps.org allows
MAX_ENTRIES: Final = 250_000  # sitemaps.org allows 50,000, and files of other tools hold more
MAX_GZIPS: Final = 2  # one in the other: a .gz file, compressed once more under way without saying so
_CHUNK_BYTES: Final = 64 * 1024
_GZIP: Final = b"\x1f\x8b"
_SITEMAP_LINE: Final = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_URL_LINE: Final = re.compile(r"^[ \t]*(https?://\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_XML_START: Final = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\0\t\n\r ]*<")


class SitemapEntries:
    """What a sitemap lists, distinct, normalised, in order: pages with their dates as written, and further sitemaps."""

    __slots__ = ("pages", "problem", "refused", "sitemaps")

    def __init__(self, problem: str | None = None, refused: Mapping[str, int] = NOTHING) -> None:
        """problem: why there may be more than could be read. refused: references of no use, by reason."""
        self.pages: dict[str, str | None] = {}
        self.sitemaps: dict[str, None] = {}
        self.problem = problem
        self.refused = refused


def read_sitemap(body: bytes, url: str, content_type: str | None = None) -> SitemapEntries:
    """What the sitemap, feed, list or robots.txt at `url` lists, gzipped or not; as much of it as can be read.

    At most MAX_ENTRIES entries and MAX_BYTES of text; memory stays a small multiple of what is sent, unless the XML is
    broken. About 6 µs an entry.
    """
    listing = _Entries(url)
    try:
        if _XML_START.match(next(_inflated(body), b"")):
            _read_xml(body, content_type, listing)
        else:
            _read_text(_as_far_as_it_goes(body), content_type, listing)
    except _Full:
        listing.entries.problem = f"more than {MAX_ENTRIES} entries"
    except zlib.error as error:
        listing.entries.problem = f"broken gzip: {error}"
    return listing.entries


class _Full(Exception):
    """Enough entries."""


class _Entries:
    """Takes references to pages and sitemaps as they are found."""

    def __init__(self, url: str) -> None:
        self._base = Base(url)
        self._refused: Counter[str] = Counter()
        self.entries = SitemapEntries(refused=self._refused)

    def take(self, kind: str, reference: str, date: str | None) -> None:
        try:
            url = self._base.resolve(reference)
        except UnusableUrl as unusable:
            self._refused[unusable.reason] += 1
            return
        if len(self.entries.pages) + len(self.entries.sitemaps) >= MAX_ENTRIES:
            raise _Full
        if kind == "page":
            self.entries.pages.setdefault(url, date)
        else:
            self.entries.sitemaps.setdefault(url)


def _read_xml(body: bytes, content_type: str | None, listing: _Entries) -> None:
    try:
        problem = read_listing(_inflated(body), listing.take)
    except zlib.error as error:
        problem = f"broken gzip: {error}"
    listing.entries.problem = problem
    if problem and problem.startswith("broken"):
        read_loosely(decode(_as_far_as_it_goes(body), content_type, is_html=False).text, listing.take)


def _read_text(body: bytes, content_type: str | None, listing: _Entries) -> None:
    text = decode(body, content_type, is_html=False).text.replace("\r", "\n")
    for match in _SITEMAP_LINE.finditer(text):
        listing.take("sitemap", match[1], None)
    for match in _URL_LINE.finditer(text):
        listing.take("page", match[1], None)
    if text.strip() and not (listing.entries.pages or listing.entries.sitemaps):
        listing.entries.problem = "neither XML nor a list of URLs"


def _as_far_as_it_goes(body: bytes) -> bytes:
    chunks = []
    try:
        for chunk in _inflated(body):
            chunks.append(chunk)
    except zlib.error:
        pass
    return b"".join(chunks)


def _inflated(body: bytes) -> Iterator[bytes]:
    """`body` in chunks, gunzipped if need be, cut at MAX_BYTES. Raises zlib.error after what is good."""
    chunks: Iterator[bytes] = (body[at : at + _CHUNK_BYTES] for at in range(0, len(body), _CHUNK_BYTES))
    for _ in range(MAX_GZIPS):
        first = next(chunks, b"")
        chunks = chain((first,), chunks)
        if not first.startswith(_GZIP):
            break
        chunks = _cut(_gunzipped(chunks))
    return _cut(chunks)


def _cut(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The first MAX_BYTES of `chunks`."""
    left = MAX_BYTES
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return


def _gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Any number of gzip members; what follows them and is none is ignored. Raises zlib.error after what is good."""
    member = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        while chunk:
            if member.eof:
                if not _GZIP.startswith(chunk[:2]):
                    return
                member = zlib.decompressobj(wbits=31)
            piece = member.decompress(chunk, _CHUNK_BYTES)
            chunk = member.unused_data if member.eof else member.unconsumed_tail  # noqa: PLW2901
            yield piece
            while len(piece) == _CHUNK_BYTES and not chunk and not member.eof:  # zlib may hold output back
                piece = member.decompress(b"", _CHUNK_BYTES)
                yield piece
    if not member.eof:
        raise zlib.error("it ends too early")
