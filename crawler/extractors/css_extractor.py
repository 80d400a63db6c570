"""Fields by CSS selector, searched in the tree that parsing has built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from selectolax.lexbor import LexborCSSSelector, LexborHTMLParser, LexborNode, SelectolaxError

from crawler.core.ports import TextForm
from crawler.core.visit import Document
from crawler.extractors.values.layout import folded, laid_out
from crawler.extractors.values.nodes import events

# One for all trees: each tree's own costs 100 µs to make.
_SELECTOR: Final = LexborCSSSelector()  # type: ignore[no-untyped-call]
_WITHOUT_EVENTS: Final = 1
_TOKEN: Final = re.compile(r"""\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|.""", re.DOTALL)
_ENDING: Final = re.compile(r"(.*?)::(?:text|attr\(\s*([\"']?)([^\s\"'<>/=()]+)\2\s*\))\s*", re.DOTALL)


class CssExtractor:
    """Elements that a selector matches. `::text` at its end gives their own texts, `::attr(name)` an attribute; either
    one alone means the item that the search is within.

    Lexbor's selectors: levels 3 and 4 without :scope, :lang and selectors that begin with a combinator. `attr` is
    another way to write ::attr(). is_inside: the item that the search is within is not found itself, though the
    selector may match it.
    """

    def __init__(self, expression: str, attr: str | None = None, *, is_inside: bool = False) -> None:
        self._selector, own_attr, self._is_text = _taken_apart(expression)
        if attr is not None and (own_attr is not None or self._is_text):
            raise ValueError("attr goes with a selector that does not end with ::text or ::attr() itself")
        self._expression, self._given_attr, self._is_inside = expression, attr, is_inside
        self._attr = own_attr if attr is None else attr.lower()
        self._may_repeat = "," in self._selector  # lexbor gives what two parts of a list match twice
        _check(self._selector)

    def alternatives(self) -> list[tuple[str, CssExtractor]]:
        """The parts of a list of selectors, each with an extractor of its own; none where there is one part."""
        parts = _split(self._expression)
        if len(parts) == 1:
            return []
        return [(part.strip(), CssExtractor(part, self._given_attr, is_inside=self._is_inside)) for part in parts]

    def find(self, document: Document, within: Any = None) -> Iterator[Any]:
        """Elements; texts or attribute values if the selector says so."""
        start = document.root if within is None else within
        if start is None:
            return
        nodes = self._nodes(start) if self._selector else iter((start,))
        if self._is_inside and within is not None:
            nodes = (node for node in nodes if node.mem_id != within.mem_id)
        if self._attr is not None:
            yield from _attributes(nodes, self._attr)
        elif self._is_text:
            yield from (text for node in nodes for text in _own_texts(node))
        else:
            yield from nodes

    def shown(self, found: Any, form: TextForm) -> Any:
        """An element's text or markup; texts and attribute values as they are."""
        if not isinstance(found, LexborNode):
            return found
        if form == "html":
            return found.html or ""
        return folded(events(found)) if form == "str" else laid_out(events(found))

    def _nodes(self, start: LexborNode) -> Iterator[LexborNode]:
        """The first one is found by itself: five times as fast, and mostly no other is asked for."""
        first: list[LexborNode] = _SELECTOR.find_first(self._selector, start)  # type: ignore[attr-defined]
        yield from first
        if not first:
            return
        seen = {first[0].mem_id}
        for node in islice(_SELECTOR.find(self._selector, start), 1, None):
            if self._may_repeat:
                if node.mem_id in seen:
                    continue
                seen.add(node.mem_id)
            yield node


class _Selection(NamedTuple):
    """A selector, and what its ending asks for: an attribute, in lower case, or the elements' own texts."""

    selector: str
    attr: str | None = None
    is_text: bool = False


def _taken_apart(expression: str) -> _Selection:
    parts = list(map(_without_ending, _split(expression)))
    if len({part[1:] for part in parts}) > 1:
        raise ValueError("all parts of a list must end alike")
    if len(parts) > 1 and not all(part.selector for part in parts):
        raise ValueError("a part of the list is empty")
    return parts[0]._replace(selector=", ".join(part.selector for part in parts))


def _split(expression: str) -> list[str]:
    """The parts of a selector list; commas in quotes, brackets and parentheses part nothing."""
    parts, depth = [""], 0
    for token in _TOKEN.findall(expression):
        depth += (token in "([") - (token in ")]")
        if token == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _without_ending(part: str) -> _Selection:
    part = part.strip()
    if not part:
        raise ValueError("the selector, or a part of it, is empty")
    match = _ENDING.fullmatch(part)
    if match is None:
        return _Selection(part)
    return _Selection(match[1].strip(), match[3] and match[3].lower(), is_text=match[3] is None)


def _check(selector: str) -> None:
    """Raises ValueError where lexbor cannot read the selector; it does not say why."""
    tree = LexborHTMLParser("<p>", options=_WITHOUT_EVENTS)
    try:
        if selector and tree.root is not None:
            _SELECTOR.find(selector, tree.root)
    except SelectolaxError:
        raise ValueError("it cannot be read, or has a part that is not supported here") from None


def _attributes(nodes: Iterator[LexborNode], name: str) -> Iterator[str]:
    for node in nodes:
        attributes = node.attributes
        if name in attributes:
            yield (attributes[name] or "").strip()


def _own_texts(node: LexborNode) -> Iterator[str]:
    child = node.first_child
    while child is not None:
        if child.is_text_node and (text := (child.text_content or "").strip()):
            yield text
        child = child.next
