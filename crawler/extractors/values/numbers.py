"""Numbers as people write them: 1,299.00 € and 1.299,00 € are the same."""

from __future__ import annotations

import math
import re
from typing import Final

MOST_DIGITS: Final = 300  # of a number; floats end at 308
_SPACES: Final = "\u0020\u00a0\u2009\u202f"
_MARKS: Final = f".,'’{_SPACES}"
_NUMBER: Final = re.compile(
    rf"(?P<sign>(?<![\w)])[+\-\u2212]\s?(?:[^\w\s.,]\s?)?)?(?P<digits>\d+(?:[{_MARKS}]\d+)*|\.\d+)(?P<power>[eE][+-]?\d+\b)?"
)
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:\D\d{3})+")
_GROUPS: Final = re.compile(r"\d{1,3}(?:\D\d{2,3})*\D\d{3}")  # in India, groups of two before the last one
_CURRENCY: Final = r"(?:[$€£¥₹₽₩₺₫₴฿¢]|\b(?:[A-Z]{3}|[Kk]r|[Zz]ł|Kč|Ft|lei|Fr)\b)"
_MONEY_BEFORE: Final = re.compile(rf"{_CURRENCY}\.?\s*[+\-\u2212]?\s*\Z")
_MONEY_AFTER: Final = re.compile(rf"\s*(?:,?[-–—]+\s*)?{_CURRENCY}")


def number_in(text: str) -> float | None:
    """The first number in `text`, or None.

    Of "." and "," the later one is the decimal mark when both occur; one that occurs several times groups thousands, as
    do spaces and apostrophes between groups of three digits. A single mark before exactly three digits groups if it is
    a comma, or if a currency stands beside the number; else it is the decimal mark: "1,299" is 1299, "1.299 €" too, and
    "1.299" is 1.299.
    """
    written = _first(text)
    return None if written is None else _finite(written)


def whole_number_in(text: str) -> int | None:
    """The first number in `text` if it is whole, or None. A dot before exactly three digits groups: "1.299" is 1299."""
    written = _first(text, whole=True)
    if written is None:
        return None
    if written.lstrip("-").isdigit():
        return int(written)
    number = _finite(written)
    return int(number) if number is not None and number.is_integer() else None


def _first(text: str, *, whole: bool = False) -> str | None:
    """The first number as `float` reads it."""
    match = _NUMBER.search(text)
    if match is None or len(match[0]) > MOST_DIGITS:
        return None
    digits = _without_stray_groups(match["digits"])
    is_cut = len(digits) < len(match["digits"])
    grouping = whole or _is_money(text, match)
    minus = "-" if (match["sign"] or "")[:1] in ("-", "\u2212") else ""
    return minus + _plain(digits, grouping=grouping) + ("" if is_cut else match["power"] or "")


def _without_stray_groups(digits: str) -> str:
    """`digits` up to the first space or apostrophe that groups no three digits: "12 34" is two numbers."""
    parts = re.split(rf"(['’{_SPACES}])", digits)
    kept = parts[0]
    for mark, group in zip(parts[1::2], parts[2::2], strict=True):
        first_group = re.split(r"[.,]", group)[0]
        if len(first_group) != 3 or "." in kept or "," in kept or len(kept.split(mark)[0]) > 3:
            return kept
        kept += mark + group
    return kept


def _plain(digits: str, *, grouping: bool) -> str:
    """The digits with "." as decimal mark and nothing else."""
    marks = {mark for mark in digits if mark in ".,"}
    digits = re.sub(rf"['’{_SPACES}]", "", digits)
    if not marks:
        return digits
    last = max(".,", key=digits.rfind)
    if len(marks) == 2:
        head, _, tail = digits.rpartition(last)
        return re.sub(r"[.,]", "", head) + "." + tail
    if digits.count(last) > 1:
        return digits.replace(last, "") if _GROUPS.fullmatch(digits) else digits.partition(last)[0]
    if _GROUPED.fullmatch(digits) and (last == "," or grouping):
        return digits.replace(last, "")
    return digits.replace(last, ".")


def _is_money(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 8) : match.start("digits")], text[match.end() : match.end() + 8]
    return bool(_MONEY_BEFORE.search(before) or _MONEY_AFTER.match(after))


def _finite(written: str) -> float | None:
    number = float(written)
    return number if math.isfinite(number) else None
