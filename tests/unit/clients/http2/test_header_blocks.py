"""Header blocks: what the hpack library reads, in less time."""

from __future__ import annotations

from types import SimpleNamespace

from hpack import Decoder, NeverIndexedHeaderTuple
from hypothesis import given
from hypothesis import strategies as st

from crawler.clients.http2.header_blocks import HeaderEncoder, block_fields

NAMES = st.sampled_from([b":status", b"server", b"etag", b"x-own", b"content-type", b"cookie"]) | st.binary(max_size=20)
FIELDS = st.lists(st.tuples(NAMES, st.sampled_from([b"200", b"text/html", b"", b"x" * 300]) | st.binary(max_size=40)))


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
