"""GOAWAY without an error, however the bytes are cut."""

from __future__ import annotations

import pytest

from crawler.clients.wire.failures import FLOODED, MALFORMED
from crawler.clients.wire.going_away import MOST_IDLE_FRAMES, FrameFilter


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


@pytest.mark.parametrize("size", [7, 1000, 100_000])
@pytest.mark.parametrize(
    "idle",
    [frame(6, bytes(8)), frame(4, b""), frame(0, b"", 1), frame(1, b"\x88", 1)],
    ids=["ping", "settings", "data", "103"],
)
def test_frames_without_end_that_carry_nothing_are_an_offence(size: int, idle: bytes) -> None:
    filter_ = FrameFilter()
    fine = (idle * MOST_IDLE_FRAMES + DATA) * 2
    filter_.received(fine)
    assert filter_.offence is None
    data = idle * (MOST_IDLE_FRAMES + 1)
    for at in range(0, len(data), size):
        filter_.received(data[at : at + size])
    assert filter_.offence == FLOODED


def test_the_end_of_an_answer_without_a_body_carries_something() -> None:
    filter_ = FrameFilter()
    ended = (1).to_bytes(3) + bytes((1, 5)) + (1).to_bytes(4) + b"\x88"
    filter_.received(ended * 3 * MOST_IDLE_FRAMES)
    assert filter_.offence is None


def test_a_frame_longer_than_allowed_is_an_offence_before_it_has_arrived() -> None:
    filter_ = FrameFilter()
    filter_.received(b"HTTP/1.1 200 OK\r\n")
    assert filter_.offence == MALFORMED
