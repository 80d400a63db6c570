"""Fields from the JSON-LD of a page, by a path such as Product.offers.price."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from selectolax.lexbor import LexborCSSSelector

from crawler.core.ports import TextForm
from crawler.core.visit import Document

MOST_LEVELS: Final = 64  # of nesting that is searched
_SELECTOR: Final = LexborCSSSelector()  # type: ignore[no-untyped-call]
_SCRIPTS: Final = 'script[type^="application/ld+json" i]'
_WRAPPING: Final = re.compile(r"\A\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>|;)\s*\Z")
_TRAILING_COMMA: Final = re.compile(r",(?=\s*[}\]])")
_STEP: Final = re.compile(r"[^.\s]+")

Graph = tuple[tuple[Mapping[str, Any], ...], Mapping[str, Mapping[str, Any]]]  # all objects, and those with an @id


class JsonLdExtractor:
    """What lies at the end of the path, for every object that it begins with, in the order of the page.

    The first step is a type, of an object at any depth; where there is none of that type, a property of the outermost
    objects. Further steps are properties, and numbers that pick an element; lists are gone through. References
    ({"@id": …}) are followed, @value is unwrapped, and a type may be written with its vocabulary.
    """

    def __init__(self, expression: str) -> None:
        self._steps = expression.split(".")
        if not all(map(_STEP.fullmatch, self._steps)):
            raise ValueError("it must be names with dots between them, such as Product.offers.price")

    def find(self, document: Document, within: Any = None) -> Iterator[Any]:
        """JSON values, null excepted."""
        objects, by_id = document.once(graph_of)
        if within is not None:
            starts, steps = [within], self._steps
        else:
            starts = [one for one in objects if self._steps[0] in _types(one)]
            steps = self._steps[1:] if starts else self._steps
            starts = starts or list(document.once(outermost_of))
        for start in starts:
            yield from _walk(start, steps, by_id)

    def shown(self, found: Any, form: TextForm) -> Any:
        """The value itself."""
        return found


def graph_of(document: Document) -> Graph:
    """Every object in the JSON-LD of the page, outer ones before inner ones, and the objects that references mean."""
    objects = tuple(one for value in document.once(outermost_of) for one in _objects(value, MOST_LEVELS))
    by_id: dict[str, Mapping[str, Any]] = {}
    for one in objects:
        if isinstance(name := one.get("@id"), str) and len(one) > 1:
            by_id.setdefault(name, one)
    return objects, by_id


def outermost_of(document: Document) -> tuple[Mapping[str, Any], ...]:
    """The objects that the scripts hold themselves, in lists and in @graph."""
    if document.root is None:
        return ()
    scripts = _SELECTOR.find(_SCRIPTS, document.root)
    return tuple(one for script in scripts for one in _unlisted(_parsed(script.text()), MOST_LEVELS))


def _parsed(text: str) -> Any:
    """A script's value, common slips forgiven: wrapped in a comment, a comma too many, raw line breaks in texts."""
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    text = _WRAPPING.sub("", _WRAPPING.sub("", text))
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(attempt, strict=False, parse_constant=lambda name: None)
        except (ValueError, RecursionError):
            continue
    return None


def _unlisted(value: Any, levels: int) -> Iterator[Mapping[str, Any]]:
    if levels == 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _unlisted(item, levels - 1)
    elif isinstance(value, dict):
        if set(value) - {"@context", "@graph"}:
            yield value
        yield from _unlisted(value.get("@graph"), levels - 1)


def _objects(value: Any, levels: int) -> Iterator[Mapping[str, Any]]:
    if levels == 0:
        return
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key not in ("@graph", "@context"):
                yield from _objects(inner, levels - 1)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item, levels - 1)


def _types(one: Mapping[str, Any]) -> list[str]:
    """The types of an object without their vocabulary: https://schema.org/Product and schema:Product are Product."""
    types = one.get("@type")
    named = types if isinstance(types, list) else [types]
    return [re.split(r"[/#:]", name)[-1] for name in named if isinstance(name, str)]


def _walk(value: Any, steps: list[str], by_id: Mapping[str, Mapping[str, Any]]) -> Iterator[Any]:
    if isinstance(value, list):
        if steps and steps[0].isdigit():
            place = int(steps[0]) if len(steps[0]) < 10 else len(value)
            yield from _walk(value[place], steps[1:], by_id) if place < len(value) else ()
            return
        for item in value:
            yield from _walk(item, steps, by_id)
    elif isinstance(value, dict):
        if len(value) == 1 and isinstance(name := value.get("@id"), str) and name in by_id:
            value = by_id[name]
        if steps:
            yield from _walk(value.get(steps[0]), steps[1:], by_id)
        else:
            yield from _walk(value["@value"], [], by_id) if "@value" in value else (value,)
    elif value is not None and not steps:
        yield value
