"""Documents for the tests of extractors."""

from __future__ import annotations

from typing import Any

from selectolax.lexbor import LexborHTMLParser

from crawler.core.registry import load
from crawler.core.url import Base
from crawler.core.visit import Document
from crawler.extractors import EXTRACTORS

URL = "https://example.org/shop/product/7?x=1"


def html(text: str, url: str = URL) -> Document:
    """A page; its tree is built as parsing builds it."""
    return Document(url, text, Base(url), LexborHTMLParser(text, options=1).root)


def json_body(text: str, url: str = URL) -> Document:
    """A JSON body."""
    return Document(url, text, Base(url))


def found(kind: str, expression: str, document: Document, form: Any = "str", **options: Any) -> list[Any]:
    """What an extractor finds in the document, as values."""
    extractor = load(EXTRACTORS, kind)(expression, **options)
    return [extractor.shown(one, form) for one in extractor.find(document)]
