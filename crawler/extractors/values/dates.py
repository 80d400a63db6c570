"""Dates and times as people and machines write them, as ISO 8601."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, date, datetime
from typing import Final

from crawler.core.registry import load

MOST_CHARACTERS: Final = 100
_LAZY: Final = {"parse": "dateutil.parser:parse"}  # 20 ms, and most dates are ISO 8601
_DAY_FIRST: Final = re.compile(r"\b\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}\b")  # dots: as in most of Europe
_COMPACT: Final = re.compile(r"\d{8}")  # 20260303
_EPOCH: Final = re.compile(r"\d{10}|\d{13}")  # seconds or milliseconds of the Unix clock
_MILLISECONDS_FROM: Final = 1e11
# Parts that a text lacks are filled from these; where the results differ, the text was no whole date.
_FILLS: Final = (datetime(2000, 1, 1), datetime(2001, 2, 2))


def datetime_in(value: str | float) -> datetime | None:
    """The date and time that `value` is, midnight where only a date is given; None if it is no whole date.

    ISO 8601, RFC 9110 and 5322, Unix seconds or milliseconds, and English forms such as "March 3rd, 2026 5pm", in a
    short text. 3/4/2026 is the fourth of March, 3.4.2026 the third of April.
    """
    if isinstance(value, int | float) or _EPOCH.fullmatch(value):
        return _from_epoch(float(value))
    text = value.strip()
    if len(text) > MOST_CHARACTERS or (text.isdigit() and not _COMPACT.fullmatch(text)):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _parsed(text)


def iso_datetime(value: str | float) -> str | None:
    """`value` as 2026-03-03T17:00:00, with the offset that it gives: Z, +01:00, or none."""
    moment = datetime_in(value)
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def iso_date(value: str | float) -> str | None:
    """`value` as 2026-03-03: its date as written, whatever the offset."""
    moment = datetime_in(value)
    return None if moment is None else date.isoformat(moment)


def _from_epoch(seconds: float) -> datetime | None:
    if abs(seconds) >= _MILLISECONDS_FROM:
        seconds /= 1000
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _parsed(text: str) -> datetime | None:
    if not any(map(str.isdigit, text)):
        return None
    first, second = (_filled(text, fill) for fill in _FILLS)
    return first if first is not None and second is not None and first == second else None


def _filled(text: str, fill: datetime) -> datetime | None:
    parse = load(_LAZY, "parse")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # names of time zones that it does not know
            moment: datetime = parse(text, default=fill, dayfirst=_DAY_FIRST.search(text) is not None, fuzzy=True)
    except (ValueError, OverflowError, TypeError, ArithmeticError, AttributeError, IndexError):
        return None
    return moment
