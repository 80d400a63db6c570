"""Fields by JMESPath, in a body that is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import jmespath  # type: ignore[import-untyped]
import orjson
from jmespath.exceptions import JMESPathError, UnknownFunctionError  # type: ignore[import-untyped]

from crawler.core.ports import TextForm
from crawler.core.visit import Document

# What its functions raise for arguments that their declarations allow, and for values nested too deeply.
_DATA_ERRORS: Final = (JMESPathError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError)


class JsonExtractor:
    """What an expression gives, null excepted; the elements one by one where that is a list, unless it is wanted
    `whole`."""

    def __init__(self, expression: str, *, whole: bool = False) -> None:
        self._whole = whole
        try:
            self._search = jmespath.compile(expression).search
        except JMESPathError as error:
            position = getattr(error, "lex_position", None)
            where = "it is empty" if position is None else f"it cannot be read from position {position} on"
            raise ValueError(where) from None
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        try:
            self._search({})
        except UnknownFunctionError as error:
            raise ValueError(str(error).lower().rstrip("()")) from None
        except _DATA_ERRORS:
            pass  # an expression may well fail on an empty object

    def find(self, document: Document, within: Any = None) -> Iterator[Any]:
        """JSON values."""
        start = document.once(json_of) if within is None else within
        try:
            result = None if start is None else self._search(start)
        except _DATA_ERRORS:
            return
        one_by_one = result if isinstance(result, list) and not self._whole else [result]
        yield from (found for found in one_by_one if found is not None)

    def shown(self, found: Any, form: TextForm) -> Any:
        """The value itself."""
        return found


def json_of(document: Document) -> Any:
    """The body as JSON value; None where it is HTML or no JSON."""
    if document.root is not None:
        return None
    try:
        return orjson.loads(document.text)
    except ValueError:
        return _lenient(document.text)


def _lenient(text: str) -> Any:
    """What orjson refuses and others take, such as lone surrogates and NaN, which is null then."""
    try:
        return json.loads(text, parse_constant=lambda name: None)
    except (ValueError, RecursionError):
        return None
