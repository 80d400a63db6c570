"""Durations and sizes as people write them, and the common ground of all YAML sections."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)\s*")
LARGEST = 2.0**53  # beyond that, floats skip whole numbers
_DURATION_PATTERN = r"^\s*(\d+(\.\d*)?|\.\d+)\s*([mM][sS]|[sSmMhHdD])?\s*$"
_SIZE_PATTERN = r"^\s*(\d+(\.\d*)?|\.\d+)\s*(([kKmMgGtT][iI]?)?[bB])?\s*$"
_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"": 1, "b": 1}
for _power, _letter in enumerate("kmgt", start=1):
    _BYTES |= {f"{_letter}b": 1000**_power, f"{_letter}ib": 1024**_power}


class Section(BaseModel):
    """A part of the YAML file: frozen, strict, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=True,
        allow_inf_nan=False,
        use_attribute_docstrings=False,
    )
    example: ClassVar[str] = ""  # what a person may write, for messages


def duration_s(value: Any) -> float:
    """Seconds in `value`: a number, or text such as 500ms, 10s, 5m, 2h, 1d. Raises PydanticCustomError."""
    return _scaled(value, _SECONDS, "duration", "seconds, or text such as 500ms, 10s, 5m, 2h, 1d")


def size_bytes(value: Any) -> int:
    """Bytes in `value`: a number, or text such as 500kB, 5MB, 10MiB. Raises PydanticCustomError."""
    return int(_scaled(value, _BYTES, "size", "bytes, or text such as 500kB, 5MB, 10MiB"))


def _scaled(value: Any, units: dict[str, Any], what: str, allowed: str) -> float:
    number, unit = value, ""
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        number, unit = float(match[1]), match[2]
    key = unit if unit in units else unit.lower()
    is_number = isinstance(number, int) or (isinstance(number, float) and math.isfinite(number))
    if isinstance(number, bool) or not is_number or key not in units:
        raise PydanticCustomError(what, "is not a {what}; allowed: {allowed}", {"what": what, "allowed": allowed})
    if number < 0:
        raise PydanticCustomError(what, "must not be negative; allowed: {allowed}", {"what": what, "allowed": allowed})
    if number > LARGEST / units[key]:
        raise PydanticCustomError(what, "is too large; allowed: {allowed}", {"what": what, "allowed": allowed})
    return float(number * units[key])


Duration = Annotated[
    float,
    BeforeValidator(duration_s),
    Field(
        json_schema_extra={
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": _DURATION_PATTERN},
            ]
        }
    ),
]
Size = Annotated[
    int,
    BeforeValidator(size_bytes),
    Field(
        json_schema_extra={
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": _SIZE_PATTERN},
            ]
        }
    ),
]
