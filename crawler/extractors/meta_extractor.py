"""Fields from meta elements, by name or property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from selectolax.lexbor import LexborCSSSelector

from crawler.core.ports import TextForm
from crawler.core.visit import Document

_SELECTOR: Final = LexborCSSSelector()  # type: ignore[no-untyped-call]


class MetaExtractor:
    """The content of each meta element with this name or property, in upper or lower case: description, og:title."""

    def __init__(self, expression: str) -> None:
        self._name = expression.strip().lower()
        if not self._name:
            raise ValueError("it must be a name such as description or og:title")

    def find(self, document: Document, within: Any = None) -> Iterator[Any]:
        """Texts."""
        yield from document.once(contents_of).get(self._name, ())

    def shown(self, found: Any, form: TextForm) -> Any:
        """The text itself."""
        return found


def contents_of(document: Document) -> Mapping[str, list[str]]:
    """The contents of the document's meta elements by name and by property, in lower case."""
    found: dict[str, list[str]] = {}
    if document.root is None:
        return found
    for node in _SELECTOR.find("meta[content]", document.root):
        attributes = node.attributes
        names = {(attributes.get(key) or "").strip().lower() for key in ("name", "property")}
        for name in names - {""}:
            found.setdefault(name, []).append((attributes["content"] or "").strip())
    return found
