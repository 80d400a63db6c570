"""XML that lists pages, read as far as it goes: sitemaps and their indexes, RSS, Atom."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urljoin
from xml.parsers import expat

MAX_DEPTH: Final = 100
MAX_ELEMENTS: Final = 2_000_000  # a million a second
MAX_TEXT: Final = 8192  # characters of one element
_ROOTS: Final = frozenset(("urlset", "sitemapindex", "rss", "RDF", "feed"))
_TEXTS: Final = {  # what the text of an element is, by its parent's name and its own
    ("url", "loc"): "page",
    ("sitemap", "loc"): "sitemap",
    ("item", "link"): "page",
    ("item", "guid"): "permalink",
    ("url", "lastmod"): "date",
    ("sitemap", "lastmod"): "date",
    ("item", "pubDate"): "date",
    ("item", "date"): "date",
    ("entry", "updated"): "date",
}
_ALTERNATE: Final = frozenset(("alternate", "http://www.iana.org/assignments/relation/alternate"))  # RFC 4287 4.2.7.2
_ENTRIES: Final = frozenset(("url", "sitemap", "item", "entry"))
# For what no XML parser reads on: an entry, and a reference in it.
_LOOSE_ENTRY: Final = re.compile(r"<(?:\w+:)?(url|sitemap|item|entry)[\s>](.*?)(?=<(?:\w+:)?\1[\s>]|\Z)", re.DOTALL)
_LOOSE_TEXT: Final = re.compile(r"<(?:\w+:)?(?:loc|link)\s*>\s*(?:<!\[CDATA\[)?\s*([^<>\]]*)")
_LOOSE_HREF: Final = re.compile(r"<(?:\w+:)?link\s[^<>]*?href\s*=\s*[\"']([^\"'<>]*)")

Take = Callable[[str, str, str | None], None]


def read_listing(chunks: Iterable[bytes], take: Take) -> str | None:
    """Calls `take(kind, reference, date)` for each entry, kind `page` or `sitemap`; what was wrong, or None.

    Namespaces do not matter. Entities may not be declared, nothing outside is loaded. An exception of `take` ends it.
    """
    listing = _Listing(take)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = listing.start
    parser.EndElementHandler = listing.end
    parser.CharacterDataHandler = listing.text
    parser.EntityDeclHandler = _refuse_entity
    try:
        for chunk in chunks:
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except (expat.ExpatError, _Refused, ValueError, LookupError) as error:
        return f"broken XML: {error}"
    return None if listing.root in _ROOTS else f"no sitemap or feed, but <{listing.root[:40]}>"


def read_loosely(text: str, take: Take) -> None:
    """Calls `take` for what looks like an entry in XML that is broken somewhere."""
    for match in _LOOSE_ENTRY.finditer(text):
        name, inside = match.groups()
        found = (_LOOSE_HREF if name == "entry" else _LOOSE_TEXT).search(inside)
        if found and found[1].strip():
            take("sitemap" if name == "sitemap" else "page", html.unescape(found[1].strip()), None)


class _Refused(Exception):
    """Something that only an attack needs."""


def _refuse_entity(*_declaration: object) -> None:
    raise _Refused("an entity is declared")


class _Listing:
    """What the parser's events add up to."""

    def __init__(self, take: Take) -> None:
        self.root = ""
        self._take = take
        self._open: list[str] = []
        self._elements = 0
        self._collecting: list[str] | None = None
        self._collected = 0
        self._found: list[tuple[str, str]] = []  # of the entry being read
        self._date: str | None = None
        self._permalink: str | None = None  # of an RSS item, which need not have a link
        self._bases: list[tuple[int, str]] = []  # xml:base of open elements, by their depth

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        parent = self._open[-1] if self._open else ""
        self.root = self.root or name
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise _Refused(f"more than {MAX_ELEMENTS} elements")
        if len(self._open) >= MAX_DEPTH:
            raise _Refused(f"nested deeper than {MAX_DEPTH}")
        self._open.append(name)
        if base := attributes.get("xml:base"):
            self._bases.append((len(self._open), self._absolute(base)))
        is_text = (parent, name) in _TEXTS and attributes.get("isPermaLink") != "false"
        self._collecting, self._collected = ([], 0) if is_text else (None, 0)
        if (parent, name) == ("entry", "link") and attributes.get("rel", "alternate").strip() in _ALTERNATE:
            self._found.append(("page", self._absolute(attributes.get("href", ""))))

    def text(self, data: str) -> None:
        if self._collecting is not None and self._collected < MAX_TEXT:
            self._collecting.append(data)
            self._collected += len(data)

    def end(self, _tag: str) -> None:
        if self._bases and self._bases[-1][0] == len(self._open):
            self._bases.pop()
        name = self._open.pop()
        kind = _TEXTS.get((self._open[-1] if self._open else "", name))
        if kind and self._collecting is not None:
            text = "".join(self._collecting).strip()
            match kind:
                case "date":
                    self._date = text or None
                case "permalink":
                    self._permalink = text or None
                case _ if text:
                    self._found.append((kind, self._absolute(text)))
        self._collecting = None
        if name in _ENTRIES:
            if self._permalink and not self._found:
                self._found.append(("page", self._permalink))
            for found, reference in self._found:
                self._take(found, reference, self._date)
            self._found, self._date, self._permalink = [], None, None

    def _absolute(self, reference: str) -> str:
        """`reference` with the xml:base that holds here, if there is one (RFC 4287 2)."""
        return urljoin(self._bases[-1][1], reference) if self._bases else reference
