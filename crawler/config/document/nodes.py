"""YAML text as nodes that remember their lines, with depth, size and aliases bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from crawler.config.document.variables import Masks
from crawler.config.mistake import MISSING_SPACE, OVERRIDE, BadConfig, Mistake, Path, Place

MAX_DEPTH = 32
MAX_VALUES = 50_000  # aliases count as what they stand for
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX = "tag:yaml.org,2002:"
_SCALAR_TAGS = ("str", "int", "float", "bool", "null")
_NO_SPACE = re.compile(r"\s*(?:- +)*\w+:(?!//)[^\s:]")
_HINTS = {
    "expected alphabetic or numeric character": 'text that begins with * or & must be in quotes: "*.example.org"',
    "found unknown escape character": "backslashes belong in 'single quotes'",
    "found character that cannot start any token": "indent with spaces, not tabs; put text that begins with @, ` or % "
    "in quotes",
    "mapping values are not allowed": "put text that holds ': ' in quotes, and check the indentation",
    "expected key": "check indentation, quotes and brackets above",
    "expected ':'": "a key needs a colon and a space behind it",
    "expected ',' or": "check quotes and brackets",
    "unexpected end of stream": "a quote is not closed",
    "expected node content": "a value is missing, or a bracket is not closed",
    "expected <document start>": "nothing may stand behind ... or before ---",
}


class Scalar(NamedTuple):
    """A single value as written. kind: `plain` (its type follows from its looks), or one of _SCALAR_TAGS."""

    place: Place
    text: str
    kind: str = "plain"
    height: int = 0


class Items(NamedTuple):
    """A list."""

    place: Place
    items: tuple[Node, ...]
    height: int = 1


class Entry(NamedTuple):
    """A key of a mapping: where it was written, and its value."""

    place: Place
    value: Node


class Entries(NamedTuple):
    """A mapping. Keys are text, however they look."""

    place: Place
    entries: Mapping[str, Entry]
    height: int = 1


Node = Scalar | Items | Entries


class _Anchored(NamedTuple):
    node: Node
    values: int


def compose(text: str, file: str, mistakes: list[Mistake], path: Path = ()) -> Node | None:
    """The one document in `text`, None if it is empty. Duplicate keys and the like are added to `mistakes`.

    path: where the document will stand. Raises BadConfig for text that cannot be read any further.
    """
    composer = _Composer(text, file, mistakes)
    try:
        return composer.document(path)
    except yaml.MarkedYAMLError as error:
        raise BadConfig([composer.syntax_mistake(error, path)]) from None
    except yaml.YAMLError:
        raise BadConfig([Mistake(Place(file, 1), path, "is not YAML")]) from None


class _Composer:
    """Reads parser events, so that depth and size are checked before anything is built."""

    def __init__(self, text: str, file: str, mistakes: list[Mistake]) -> None:
        self._masks = Masks()
        self._events: Iterator[Any] = yaml.parse(self._masks.hide(text), Loader=_LOADER)
        self._file = file
        self._lines = text.splitlines()
        self._mistakes = mistakes
        self._anchors: dict[str, _Anchored | None] = {}  # None: still being read
        self._values = 0

    def document(self, path: Path) -> Node | None:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), path, depth=0)
        next(self._events)  # the document's end
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise self._fatal(following, path, "holds a second document; one file is one crawl")
        return root

    def syntax_mistake(self, error: yaml.MarkedYAMLError, path: Path) -> Mistake:
        """The parser's complaint; one about an open quote is told where the quote is."""
        # What stands in quotes there may be a piece of the file, a password that begins with * for one.
        problem = re.sub(r"\s*'[^']{2,}'", "", str(error.problem or error.context or "not YAML"))
        known = f"{error.context or ''} {error.problem or ''}"
        hint = next((hint for sign, hint in _HINTS.items() if sign in known), "")
        open_quote = error.context_mark and "end of stream" in known
        mark = error.context_mark if open_quote else error.problem_mark or error.context_mark
        if ("mapping values" in known or "expected ':'" in known) and (line := self._without_space(mark)):
            return Mistake(Place(self._file, line), path, "is not YAML", hint=MISSING_SPACE)
        column = ""
        if mark is not None and mark.line < len(self._lines) and self._file != OVERRIDE:
            column = f" at column {mark.column + 1}"
        return Mistake(self._place(mark), path, f"is not YAML{column}: {problem}", hint=hint)

    def _without_space(self, mark: Any) -> int | None:
        """The line of a key without a space behind its colon, which YAML joins with the lines down to `mark`."""
        if self._file == OVERRIDE or mark is None:
            return None
        above = reversed(list(enumerate(self._lines[: mark.line], start=1)))
        line, text = next(((line, text) for line, text in above if text.strip()), (None, ""))
        return line if _NO_SPACE.match(text) else None

    def _node(self, event: Any, path: Path, depth: int) -> Node:
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._fatal(
                event, path, f"holds more than {MAX_VALUES} values; long lists of URLs belong in a seed_file"
            )
        if depth > MAX_DEPTH:
            raise self._fatal(event, path, f"is nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, depth)
        before = self._values - 1
        if event.anchor:
            self._anchors[event.anchor] = None
        node = self._content(event, path, depth)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(node, self._values - before)
        return node

    def _alias(self, event: Any, path: Path, depth: int) -> Node:
        if event.anchor not in self._anchors:
            raise self._fatal(event, path, "is an alias of nothing", "text that begins with * must be in quotes")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise self._fatal(event, path, "is an alias of something that holds it")
        self._values += anchored.values
        if self._values > MAX_VALUES or depth + anchored.node.height > MAX_DEPTH:
            raise self._fatal(event, path, "is an alias that makes the file too large")
        return anchored.node

    def _content(self, event: Any, path: Path, depth: int) -> Node:
        place = self._place(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(place, self._masks.restore(event.value), self._scalar_kind(event, path))
        if isinstance(event, yaml.SequenceStartEvent):
            self._check_tag(event, "seq", path)
            items = tuple(self._items(path, depth + 1))
            return Items(place, items, 1 + max((item.height for item in items), default=0))
        self._check_tag(event, "map", path)
        entries = self._entries(path, depth + 1)
        return Entries(place, entries, 1 + max((entry.value.height for entry in entries.values()), default=0))

    def _items(self, path: Path, depth: int) -> Iterator[Node]:
        index = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, (*path, index), depth)
            index += 1

    def _entries(self, path: Path, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, path, depth)
            if not isinstance(key, Scalar):
                raise self._fatal(event, path, "has a list or mapping as a key; keys are text")
            place = self._place(event.start_mark)
            value = self._node(next(self._events), (*path, key.text), depth)
            if key.text == "<<" and key.kind == "plain":
                self._merge(merged, value, place, (*path, "<<"))
            elif key.text in entries:
                first = entries[key.text].place.line
                where = f" (first in line {first})" if first and first != place.line else ""
                self._mistakes.append(Mistake(place, (*path, key.text), f"is given twice{where}; keep one"))
            else:
                entries[key.text] = Entry(place, value)
        return {**merged, **entries}

    def _merge(self, merged: dict[str, Entry], value: Node, place: Place, path: Path) -> None:
        sources = value.items if isinstance(value, Items) else (value,)
        for source in sources:
            if not isinstance(source, Entries):
                self._mistakes.append(Mistake(place, path[:-1], "has a merge key << that is not given a mapping"))
                return
            for key, entry in source.entries.items():
                merged.setdefault(key, entry)

    def _scalar_kind(self, event: Any, path: Path) -> str:
        if event.tag is None:
            return "plain" if event.implicit[0] else "str"
        if event.tag == "!":
            return "str"
        kind = str(event.tag).removeprefix(_PREFIX)
        if kind not in _SCALAR_TAGS or kind == event.tag:
            self._refuse_tag(event, path)
            return "str"
        return kind

    def _check_tag(self, event: Any, kind: str, path: Path) -> None:
        if event.tag not in (None, "!", _PREFIX + kind):
            self._refuse_tag(event, path)

    def _refuse_tag(self, event: Any, path: Path) -> None:
        hint = "text that begins with ! must be in quotes"
        self._mistakes.append(
            Mistake(self._place(event.start_mark), path, "has a YAML tag that is not allowed", hint=hint)
        )

    def _place(self, mark: Any) -> Place:
        # The parser puts the end of the file into a line of its own.
        return Place(
            self._file, None if self._file == OVERRIDE or mark is None else min(mark.line + 1, max(1, len(self._lines)))
        )

    def _fatal(self, event: Any, path: Path, problem: str, hint: str = "") -> BadConfig:
        return BadConfig([Mistake(self._place(event.start_mark), path, problem, hint=hint)])
