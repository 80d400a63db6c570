"""Header blocks: what the hpack library reads and writes, in less time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hpack import Decoder, Encoder, HPACKError, NeverIndexedHeaderTuple
from hypothesis import given
from hypothesis import strategies as st

from crawler.clients.http2.header_blocks import HeaderDecoder, HeaderEncoder, block_fields

NAMES = st.sampled_from([b":status", b"server", b"etag", b"x-own", b"content-type", b"cookie"]) | st.binary(max_size=20)
FIELDS = st.lists(st.tuples(NAMES, st.sampled_from([b"200", b"text/html", b"", b"x" * 300]) | st.binary(max_size=40)))


@given(st.lists(FIELDS, max_size=4), st.booleans(), st.integers(0, 4096))
def test_blocks_are_read_as_the_library_wrote_them(
    blocks: list[list[tuple[bytes, bytes]]], coded: bool, size: int
) -> None:
    encoder, decoder = Encoder(), HeaderDecoder()
    for number, fields in enumerate(blocks):
        if number == 2:
            encoder.header_table_size = size
        assert decoder.decode(encoder.encode(fields, huffman=coded), raw=True) == fields


def outcome(decoder: Decoder, block: bytes) -> list[tuple[bytes, bytes]] | None:
    try:
        return [tuple(field) for field in decoder.decode(block, raw=True)]  # type: ignore[misc]
    except (HPACKError, IndexError):  # which h2 takes for the same
        return None


@given(st.lists(st.binary(max_size=60) | FIELDS.map(Encoder().encode), max_size=3))
def test_whatever_comes_is_read_or_refused_as_by_the_library(blocks: list[bytes]) -> None:
    theirs, ours = Decoder(), HeaderDecoder()
    for block in blocks:
        expected = outcome(theirs, block)
        assert outcome(ours, block) == expected
        if expected is None:
            return
        assert list(ours.header_table.dynamic_entries) == list(theirs.header_table.dynamic_entries)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"\x88" * 2000, id="more than is allowed"),
        pytest.param(b"\x88\x20", id="another size of the table, too late"),
        pytest.param(b"\x3f\xe2\x1f", id="a table larger than agreed"),
        pytest.param(b"\xff" + b"\xff" * 20, id="a number without an end"),
        pytest.param(b"\x00\x05abc", id="a text without an end"),
        pytest.param(b"\x80", id="no such field"),
    ],
)
def test_broken_blocks_are_refused(block: bytes) -> None:
    decoder = HeaderDecoder(max_header_list_size=4096)
    with pytest.raises(HPACKError):
        decoder.decode(block, raw=True)


@given(st.lists(FIELDS, max_size=3), st.integers(0, 8192))
def test_the_library_reads_what_was_written(blocks: list[list[tuple[bytes, bytes]]], size: int) -> None:
    encoder, decoder = HeaderEncoder(), Decoder()
    decoder.max_allowed_table_size = 8192
    for fields in blocks:
        assert decoder.decode(encoder.encode(fields), raw=True) == fields
        assert not decoder.header_table.dynamic_entries
        encoder.header_table_size = size


def test_secrets_are_marked_as_such() -> None:
    block = HeaderEncoder().encode([(b"authorization", b"Basic x"), (b"accept", b"y")])
    kinds = [isinstance(field, NeverIndexedHeaderTuple) for field in Decoder().decode(block, raw=True)]
    assert kinds == [True, False]


def test_a_request_has_its_pseudo_fields_first_and_none_of_a_connection() -> None:
    headers = [(b"Host", b"a.test:81"), (b"X-Own", b" y "), (b"Connection", b"close"), (b"Keep-Alive", b"1")]
    url = SimpleNamespace(scheme=b"https", target=b"/p?q")
    assert block_fields(SimpleNamespace(method=b"GET", url=url, headers=headers)) == [
        (b":method", b"GET"),
        (b":authority", b"a.test:81"),
        (b":scheme", b"https"),
        (b":path", b"/p?q"),
        (b"x-own", b"y"),
    ]
