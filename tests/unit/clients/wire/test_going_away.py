"""GOAWAY without an error, however the bytes are cut."""

from __future__ import annotations

import pytest

from crawler.clients.wire.going_away import FrameFilter


def frame(kind: int, payload: bytes, stream: int = 0) -> bytes:
    return len(payload).to_bytes(3) + bytes((kind, 0)) + stream.to_bytes(4) + payload


def headers(*streams: int) -> bytes:
    return b"".join(frame(1, b"fields", stream) for stream in streams)


def goaway(last: int, code: int = 0) -> bytes:
    return frame(7, last.to_bytes(4) + code.to_bytes(4) + b"debug")


def refused(*streams: int) -> bytes:
    return b"".join(frame(3, (7).to_bytes(4), stream) for stream in streams)


DATA = frame(0, b"x" * 5000, 1)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, b"")


@pytest.mark.parametrize("size", [1, 2, 7, 100, 10_000])
@pytest.mark.parametrize("last", [0, 1, 3, 4, 5, 2**31 - 1])
def test_it_becomes_refusals_of_what_will_not_be_served(size: int, last: int) -> None:
    filter_ = FrameFilter()
    assert filter_.sent(PREFACE + headers(1, 3)) + filter_.sent(headers(5)) == b""
    data = frame(4, b"") + DATA + goaway(last) + DATA + frame(6, b"12345678")
    passed = b"".join(filter_.received(data[n : n + size]) for n in range(0, len(data), size))
    expected = refused(*(stream for stream in (1, 3, 5) if stream > last))
    assert passed == frame(4, b"") + DATA + expected + DATA + frame(6, b"12345678")
    assert filter_.going_away


@pytest.mark.parametrize("size", [1, 8, 1000])
def test_with_an_error_it_is_handed_on(size: int) -> None:
    filter_ = FrameFilter()
    data = DATA + goaway(1, code=2) + DATA
    assert b"".join(filter_.received(data[n : n + size]) for n in range(0, len(data), size)) == data
    assert not filter_.going_away


def test_streams_opened_too_late_are_refused_at_once_and_none_twice() -> None:
    filter_ = FrameFilter()
    filter_.sent(headers(1, 3))
    assert filter_.received(goaway(2**31 - 1)) == b""
    assert filter_.sent(headers(5)) == b""
    assert filter_.received(goaway(3)) == refused(5)
    assert filter_.sent(headers(7)) == refused(7)
    assert filter_.received(goaway(1)) == refused(3)
    assert filter_.sent(frame(8, b"1234")) == b""
