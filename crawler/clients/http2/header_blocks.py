"""HPACK (RFC 7541) for many requests that hardly differ: what was encoded before is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from hpack import Encoder
from hpack.table import HeaderTable

_CONNECTION_SPECIFIC: Final = (
    b"connection",
    b"proxy-connection",
    b"keep-alive",
    b"transfer-encoding",
    b"upgrade",
)
_SECRET: Final = (b"authorization", b"proxy-authorization", b"cookie")  # to be in nobody's table (RFC 7541 7.1.3)
_LONGEST_REMEMBERED: Final = 256
_INDEX: Final = HeaderTable.STATIC_TABLE_MAPPING


def block_fields(request: Any) -> list[tuple[bytes, bytes]]:
    """The fields of httpcore's `request` as HTTP/2 has them (RFC 9113 8.3.1): without those of a connection."""
    authority = b""
    fields = []
    for name, value in request.headers:
        field = (name.lower(), value.strip())
        if field[0] == b"host":
            authority = value
        elif field[0] not in _CONNECTION_SPECIFIC:
            fields.append(field)
    url = request.url
    return [
        (b":method", request.method),
        (b":authority", authority),
        (b":scheme", url.scheme),
        (b":path", url.target),
        *fields,
    ]


class HeaderEncoder(Encoder):
    """Enters nothing in the table that both sides keep: most of a request is the same bytes each time, and looking for
    them in a table takes longer here than sending them. No request is longer than with HTTP/1.1."""

    def encode(self, headers: Iterable[Any], huffman: bool = True) -> bytes:
        """One block, without Huffman's code whatever `huffman` says."""
        blocks = [_integer(size, 5, 0x20) for size in self.table_size_changes]
        self.table_size_changes = []
        for name, value in headers:
            blocks.append((_remembered if len(value) <= _LONGEST_REMEMBERED else _field)(name, value))
        return b"".join(blocks)


def _field(name: bytes, value: bytes) -> bytes:
    index, values = _INDEX.get(name, (0, {}))
    if value in values:
        return _integer(values[value], 7, 0x80)
    secret = 0x10 if name in _SECRET else 0
    return _integer(index, 4, secret) + (b"" if index else _string(name)) + _string(value)


_remembered = lru_cache(maxsize=1024)(_field)


def _string(text: bytes) -> bytes:
    return _integer(len(text), 7, 0) + text


def _integer(number: int, bits: int, flags: int) -> bytes:
    """RFC 7541 5.1."""
    most = 2**bits - 1
    if number < most:
        return bytes((flags | number,))
    octets = [flags | most]
    number -= most
    while number >= 128:
        octets.append(number % 128 + 128)
        number //= 128
    return bytes([*octets, number])
