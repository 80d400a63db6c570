from __future__ import annotations

import pytest

from crawler.clients.curl.head import _remembered, head_of
from crawler.clients.wire.transfer import LARGEST_HEAD


def test_a_head_is_taken_apart() -> None:
    lines = [b"HTTP/1.1 404 Not Found\r\n", b"X-Two: a:b \r\n", b"x-two:\r\n", b"\r\n"]
    assert head_of(lines)[:3] == (404, "HTTP/1.1", [("x-two", "a:b"), ("x-two", "")])


def test_white_space_and_octets_beyond_ascii_are_read_as_every_client_does() -> None:
    lines = [b"HTTP/1.1 200\r\n", b"X:\t \xe9\xa0 \r\n", b"Y:z\n", b"\r\n"]
    assert head_of(lines).headers == [("x", "\xe9\xa0"), ("y", "z")]


def test_the_size_of_a_large_head_is_that_of_names_and_values() -> None:
    def size(value_bytes: int) -> int:
        return head_of([b"HTTP/1.1 200\r\n", b"X:" + value_bytes * b"y" + b"\r\n", b"\r\n"]).size

    assert [size(LARGEST_HEAD - more) for more in (1, 0)] == [LARGEST_HEAD, LARGEST_HEAD + 1]


def test_long_lines_are_not_remembered() -> None:
    before = _remembered.cache_info().currsize
    head_of([b"HTTP/1.1 200\r\n", b"X-Long: " + bytes(300) + b"\r\n", b"\r\n"])
    assert _remembered.cache_info().currsize == before


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"HTTP/2 200 \r\n", (200, "HTTP/2")),
        (b"HTTP/1.0 200\n", (200, "HTTP/1.0")),
        (b"HTTP/1.1 103 \r\n", (103, "HTTP/1.1")),
    ],
)
def test_the_status_line_may_end_after_the_status(line: bytes, expected: tuple[int, str]) -> None:
    assert head_of([line, b"\r\n"])[:2] == expected
