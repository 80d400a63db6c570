"""Fields by regular expression: on the page's text, its markup or its URL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from crawler.core.pattern import compile_finder
from crawler.core.ports import TextForm
from crawler.core.registry import load
from crawler.core.visit import Document

Source = Literal["text", "html", "url"]
_LAZY: Final = {"text": "crawler.extractors.bodies.text_body:text_body"}


class RegexExtractor:
    """What a pattern matches: its first group if it has one, else all of the match. One match after the other.

    source: text = the text of the page laid out in lines, html = its markup (or JSON), url = where redirects ended.
    """

    def __init__(self, expression: str, source: Source = "text") -> None:
        self._finder = compile_finder(expression)
        self._source = source

    def find(self, document: Document, within: Any = None) -> Iterator[Any]:
        """Texts. Raises PatternTimeout."""
        return self._finder.find(self._text_of(document) if within is None else str(within))

    def shown(self, found: Any, form: TextForm) -> Any:
        """The text itself."""
        return found

    def _text_of(self, document: Document) -> str:
        if self._source == "url":
            return document.url
        if self._source == "html" or document.root is None:
            return document.text
        return document.once(load(_LAZY, "text")) or ""
