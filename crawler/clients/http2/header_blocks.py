"""HPACK (RFC 7541) for many requests that hardly differ: what was encoded or decoded before is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from hpack import Decoder, Encoder, HPACKDecodingError, InvalidTableSizeError, OversizedHeaderListError
from hpack.huffman_table import decode_huffman
from hpack.table import HeaderTable, table_entry_size

from crawler.clients.wire.transfer import CONNECTION_SPECIFIC

_SECRET: Final = (b"authorization", b"proxy-authorization", b"cookie")  # to be in nobody's table (RFC 7541 7.1.3)
_LONGEST_REMEMBERED: Final = 256
_MOST_OCTETS: Final = 5  # of a number, behind the first: four gigabytes
_INDEX: Final = HeaderTable.STATIC_TABLE_MAPPING


def block_fields(request: Any) -> list[tuple[bytes, bytes]]:
    """The fields of httpcore's `request` as HTTP/2 has them (RFC 9113 8.3.1): without those of a connection."""
    authority = b""
    fields = []
    for name, value in request.headers:
        field = (name.lower(), value.strip())
        if field[0] == b"host":
            authority = value
        elif field[0] not in CONNECTION_SPECIFIC:
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


class HeaderDecoder(Decoder):
    """Reads a block as its base does, in a third of the time: servers compress the same values anew each time."""

    def decode(self, data: bytes, raw: bool = False) -> Any:
        """The fields of one block, as octets. Raises HPACKError."""
        fields: list[tuple[bytes, bytes]] = []
        at = size = 0
        while at < len(data):
            first = data[at]
            if 0x20 <= first < 0x40:
                at = self._resize(data, at, is_late=bool(fields))
                continue
            field, at = self._read_field(data, at, first)
            fields.append(field)
            size += table_entry_size(*field)
            if size > self.max_header_list_size:
                raise OversizedHeaderListError(f"more than {self.max_header_list_size} bytes of fields")
        if self.header_table_size > self.max_allowed_table_size:
            raise InvalidTableSizeError("the table was not made smaller as agreed")
        return fields

    def _read_field(self, data: bytes, at: int, first: int) -> tuple[tuple[bytes, bytes], int]:
        """A field that begins at `at`, and where it ends (RFC 7541 6.1, 6.2)."""
        if first >= 0x80:
            index, at = _read_integer(data, at, 0x7F)
            return self.header_table.get_by_index(index), at
        index, at = _read_integer(data, at, 0x3F if first >= 0x40 else 0x0F)
        if index:
            name = self.header_table.get_by_index(index)[0]
        else:
            name, at = _read_string(data, at)
        value, at = _read_string(data, at)
        if first >= 0x40:
            self.header_table.add(name, value)
        return (name, value), at

    def _resize(self, data: bytes, at: int, *, is_late: bool) -> int:
        """The peer makes the table smaller or larger (RFC 7541 4.2)."""
        size, at = _read_integer(data, at, 0x1F)
        if is_late or size > self.max_allowed_table_size:
            raise InvalidTableSizeError("a table of another size than agreed, or at another place")
        self.header_table_size = size
        return at


def _read_integer(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number in the low bits of the octet at `at`, and where it ends (RFC 7541 5.1)."""
    try:
        number = data[at] & most
        at += 1
        if number < most:
            return number, at
        for shift in range(0, 7 * _MOST_OCTETS, 7):
            octet = data[at]
            at += 1
            number += (octet & 0x7F) << shift
            if octet < 0x80:
                return number, at
    except IndexError:
        pass
    raise HPACKDecodingError("a number without an end")


def _read_string(data: bytes, at: int) -> tuple[bytes, int]:
    """A text at `at`, and where it ends (RFC 7541 5.2)."""
    is_coded = data[at : at + 1] >= b"\x80"
    length, start = _read_integer(data, at, 0x7F)
    text = data[start : start + length]
    if len(text) < length:
        raise HPACKDecodingError("a text without an end")
    if is_coded:
        text = _expanded(text) if length <= _LONGEST_REMEMBERED else decode_huffman(text)
    return text, start + length


_expanded = lru_cache(maxsize=1024)(decode_huffman)
