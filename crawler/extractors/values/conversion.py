"""What a field's `type` makes of what was found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import orjson

from crawler.core.errors import UnusableUrl
from crawler.core.ports import TextForm
from crawler.core.url import Base
from crawler.extractors.values.dates import iso_date, iso_datetime
from crawler.extractors.values.numbers import number_in, whole_number_in

Type = Literal["str", "int", "float", "bool", "url", "date", "datetime", "html", "text"]
FORMS: Final[Mapping[str, TextForm]] = {"text": "text", "html": "html"}  # all others: str
_FALSE: Final = frozenset(("false", "no", "n", "off", "0", "none", "null"))


def converted(value: Any, type: Type | None, base: Base) -> Any:
    """`value`, a text or JSON value, as `type`; None where it is no such thing, and for empty text but as bool.

    Of a list, each element that is such a thing. Without a type, values stay what they are.
    """
    if type is None:
        return value if value != "" else None
    if isinstance(value, list):
        return [one for item in value if (one := converted(item, type, base)) is not None]
    return _CONVERSIONS[type](value, base)


def as_text(value: Any) -> str:
    """A JSON value as text: texts as they are, the rest as JSON writes it."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # integers beyond 64 bits, and values nested too deeply
        return str(value)


def _text(value: Any, base: Base) -> str | None:
    return as_text(value).strip() or None


def _lines(value: Any, base: Base) -> str | None:
    """As it is, since spaces at the beginning of the first line may be an indentation."""
    return as_text(value).lstrip("\n").rstrip() or None


def _int(value: Any, base: Base) -> int | None:
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return whole_number_in(value) if isinstance(value, str) else None


def _float(value: Any, base: Base) -> float | None:
    if isinstance(value, bool | int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return number_in(value) if isinstance(value, str) else None


def _bool(value: Any, base: Base) -> bool:
    return value.strip().lower() not in _FALSE if isinstance(value, str) else bool(value)


def _url(value: Any, base: Base) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return base.resolve(value)
    except UnusableUrl:
        return None


def _date(value: Any, base: Base) -> str | None:
    return iso_date(value) if _may_be_date(value) else None


def _datetime(value: Any, base: Base) -> str | None:
    return iso_datetime(value) if _may_be_date(value) else None


def _may_be_date(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


_CONVERSIONS: Final[Mapping[str, Callable[[Any, Base], Any]]] = {
    "str": _text,
    "text": _lines,
    "html": _lines,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "url": _url,
    "date": _date,
    "datetime": _datetime,
}
