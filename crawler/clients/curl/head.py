"""The head of a response, from the lines that libcurl hands over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Head(NamedTuple):
    """Status line and fields, still as octets."""

    status: int
    http_version: str
    fields: list[tuple[bytes, bytes]]


def head_of(lines: Sequence[bytes]) -> Head:
    """The head that `lines` are, the empty one at the end included. libcurl has checked the status line."""
    version, _, rest = lines[0].partition(b" ")
    fields = []
    for line in lines[1:-1]:
        name, _, value = line.partition(b":")
        fields.append((name, value.strip()))
    return Head(int(rest[:3]), version.decode(), fields)
