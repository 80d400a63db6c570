"""What a single value in the YAML file means by its looks."""

from __future__ import annotations

import re

_WORDS: dict[str, bool | None] = {"": None, "~": None}
for _word, _value in {
    "null": None,
    "true": True,
    "yes": True,
    "on": True,
    "false": False,
    "no": False,
    "off": False,
}.items():
    _WORDS |= dict.fromkeys((_word, _word.capitalize(), _word.upper()), _value)
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F_]+")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_MAX_DIGITS = 18  # a signed 64-bit integer holds them

Value = None | bool | int | float | str


def resolve(text: str) -> Value:
    """What an unquoted value means, by YAML 1.1 where 1.2 agrees or is meant; dates stay text.

    Raises ValueError, saying why, where the two versions read different numbers.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _LEADING_ZERO.fullmatch(text):
        raise ValueError("begins with a zero, which YAML reads as an octal number")
    if _BASE_60.fullmatch(text):
        raise ValueError("has digits with colons, which YAML reads as a base-60 number")
    if _INTEGER.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        if len(text) > _MAX_DIGITS:
            raise ValueError("is a number with too many digits")
        return int(text.replace("_", ""), 0)
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    if _SPECIAL.fullmatch(text):
        return float(text.lower().replace(".", ""))
    return text


def typed(text: str, kind: str) -> Value:
    """The value of a scalar node. Raises ValueError, saying why."""
    if kind == "str":
        return text
    value = resolve(text)
    names = {str: "str", int: "int", float: "float", bool: "bool", type(None): "null"}
    if kind != "plain" and names[type(value)] != kind:
        raise ValueError(f"does not look like its tag !!{kind}")
    return value
