"""A declared field: from what an extractor finds to the value in the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from time import process_time
from typing import Any, Final, Protocol

from crawler.core.pattern import Finder
from crawler.core.ports import Extractor
from crawler.core.visit import Document
from crawler.extractors.values.conversion import FORMS, Type, as_text, converted

MOST_VALUES: Final = 10_000  # of one field on one page
MOST_CHARACTERS: Final = 16 * 1024 * 1024  # in them: elements inside each other repeat their text
PATIENCE_S: Final = 1.0  # of processor time for one field of one page; mostly 20 µs are enough


class TookTooLong(Exception):
    """Elements inside each other, thousands of them: the text of each holds that of all inner ones."""


class Patience:
    """How long to work at something: the processor time inside of its `with` blocks, all together."""

    __slots__ = ("_left", "_until")

    def __init__(self, seconds: float = PATIENCE_S) -> None:
        self._left = seconds
        self._until = 0.0

    def __enter__(self) -> Patience:
        self._until = process_time() + self._left
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._left = self._until - process_time()

    def check(self) -> None:
        """Raises TookTooLong when it is at its end."""
        if process_time() > self._until:
            raise TookTooLong


class Field(Protocol):
    """Gathers from each document of a page, then settles on a value."""

    def gather(self, document: Document, patience: Patience, within: Any = None) -> list[Any]:
        """What is found in the document or in the item `within`. Raises PatternTimeout, TookTooLong."""
        ...

    def settle(self, gathered: list[Any], path: str, missing: list[str]) -> Any:
        """The value for the record; adds the `path` of each required field without one to `missing`."""
        ...


class ValueField:
    """One value: the first that passes regex and type; or all of them as a list, or joined."""

    def __init__(
        self,
        extractor: Extractor,
        *,
        finder: Finder | None = None,
        type: Type | None = None,
        all: bool = False,
        join: str | None = None,
        default: Any = None,
        required: bool = False,
    ) -> None:
        self._extractor = extractor
        self._finder = finder
        self._type = type
        self._form = FORMS.get(type or "", "str")
        self._all = all or join is not None
        self._join = join
        self._default = default
        self._required = required

    def gather(self, document: Document, patience: Patience, within: Any = None) -> list[Any]:
        """Converted values. Raises PatternTimeout, TookTooLong."""
        values = self._values(document, patience, within)
        return list(_bounded(values) if self._all else islice(values, 1))

    def settle(self, gathered: list[Any], path: str, missing: list[str]) -> Any:
        """The value, else the default, else None or an empty list."""
        if self._required and gathered in ([], [[]]):
            missing.append(path)
        if not gathered and (self._default is not None or not self._all or self._join is not None):
            return self._default
        if self._join is not None:
            return self._join.join(map(as_text, gathered))
        return gathered[:MOST_VALUES] if self._all else gathered[0]

    def _values(self, document: Document, patience: Patience, within: Any) -> Iterator[Any]:
        patience.check()
        for found in self._extractor.find(document, within):
            patience.check()
            value = self._extractor.shown(found, self._form)
            if self._finder is not None:
                value = next(self._finder.find(as_text(value)), None)
            if value is not None and (value := converted(value, self._type, document.base)) is not None:
                yield value


class ObjectField:
    """A list of objects, one for each item found; without `each`, one object of the page or of the item around it."""

    def __init__(self, fields: Mapping[str, Field], each: Extractor | None = None, *, required: bool = False) -> None:
        self._fields = fields
        self._each = each
        self._required = required

    def gather(self, document: Document, patience: Patience, within: Any = None) -> list[Any]:
        """What the inner fields gather, by name, for each item. Raises PatternTimeout, TookTooLong."""
        items = iter((within,)) if self._each is None else islice(self._each.find(document, within), MOST_VALUES)
        fields = self._fields.items()
        return [{name: field.gather(document, patience, item) for name, field in fields} for item in items]

    def settle(self, gathered: list[Any], path: str, missing: list[str]) -> Any:
        """The objects, or the one."""
        if self._each is not None:
            if self._required and not gathered:
                missing.append(path)
            return [self._settled(item, path, missing) for item in gathered[:MOST_VALUES]]
        merged = {name: [one for item in gathered for one in item[name]] for name in self._fields}
        if self._required and not any(merged.values()):
            missing.append(path)
        return self._settled(merged, path, missing)

    def _settled(self, item: Mapping[str, list[Any]], path: str, missing: list[str]) -> dict[str, Any]:
        return {name: field.settle(item[name], f"{path}.{name}", missing) for name, field in self._fields.items()}


def _bounded(values: Iterator[Any]) -> Iterator[Any]:
    characters = 0
    for value in islice(values, MOST_VALUES):
        characters += len(value) if isinstance(value, str) else 8
        if characters > MOST_CHARACTERS:
            return
        yield value
