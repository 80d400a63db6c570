"""Fields by XPath 1.0, in a tree of lxml's that is built where a field asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]

from crawler.core.ports import TextForm
from crawler.core.visit import Document
from crawler.extractors.values.layout import APART, UNSEEN, Event, folded, laid_out

_EMPTY: Final = etree.fromstring("<html/>")
# A step to attributes or texts at the end, with plain predicates behind it at most.
_NO_ELEMENTS: Final = re.compile(r"(?:^|/|::)\s*(?:@\s*[\w:.*-]+|text\(\s*\))\s*(?:\[[^\[\]]*\]\s*)*$")
_IN_PARENTHESES: Final = re.compile(r"\(((?:[^()]|\(\s*\))*)\)\s*(?:\[[^\[\]]*\]\s*)*")


class XPathExtractor:
    """Elements, or what else an expression gives: texts, attribute values, a number, true or false.

    The tree is the one that the HTML standard describes, as in a browser's inspector: tables have their tbody. The
    functions of EXSLT's regular expressions are there as re:test and the like. `attr` stands for /@name at the end.
    """

    def __init__(self, expression: str, attr: str | None = None) -> None:
        if attr is not None and _gives_no_elements(expression):
            raise ValueError("attr goes with an expression that does not end with /@name or /text() itself")
        self._attr = None if attr is None else attr.lower()
        namespaces = {"re": "http://exslt.org/regular-expressions"}
        try:
            self._xpath = etree.XPath(expression, namespaces=namespaces, smart_strings=False)
            self._xpath(_EMPTY)
        except (etree.XPathError, ValueError) as error:
            raise ValueError(f"it cannot be read: {error}") from None

    def find(self, document: Document, within: Any = None) -> Iterator[Any]:
        """Elements, texts, or the one number or truth that the expression gives."""
        start = document.once(tree_of) if within is None else within
        if start is None:
            return
        try:
            result = self._xpath(start)
        except etree.XPathError:  # what only a certain page brings up, such as too many nodes
            return
        for found in result if isinstance(result, list) else (result,):
            if self._attr is None:
                yield found
            elif isinstance(found, etree._Element) and (value := found.get(self._attr)) is not None:
                yield value

    def shown(self, found: Any, form: TextForm) -> Any:
        """An element's text or markup; texts without white space around them; all else as it is."""
        if not isinstance(found, etree._Element):
            return found.strip() if isinstance(found, str) else found
        if form == "html":
            return etree.tostring(found, encoding="unicode", method="html", with_tail=False)
        return folded(events(found)) if form == "str" else laid_out(events(found))


def _gives_no_elements(expression: str) -> bool:
    """Whether the expression's end leaves no doubt that it finds attributes or texts alone, in each part of a union."""
    text = expression.strip()
    if match := _IN_PARENTHESES.fullmatch(text):
        text = match[1]
    return all(_NO_ELEMENTS.search(part.rstrip()) for part in text.split("|"))


def tree_of(document: Document) -> Any:
    """The document as lxml's tree, or None where there is no HTML."""
    if document.root is None:
        return None
    markup = (document.root.html or "").encode("utf-8", "replace")
    try:
        return etree.fromstring(markup, etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True))
    except etree.XMLSyntaxError:
        return None


def events(element: Any) -> Iterator[Event]:
    """Texts, and starts and ends of what parts them, from `element` on in document order, without what inside of it is
    never shown."""
    hidden = 0
    for kind, node in etree.iterwalk(element, events=("start", "end")):
        is_unseen = node is not element and node.tag in UNSEEN
        if kind == "start":
            hidden += is_unseen
        if not hidden and node.tag in APART:
            yield ("start", node.tag) if kind == "start" else ("end", node.tag)
        if kind == "end":
            hidden -= is_unseen
        text = node.text if kind == "start" else node.tail if node is not element else None
        if text and not hidden:
            yield "text", text
