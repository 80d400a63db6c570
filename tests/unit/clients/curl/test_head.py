from __future__ import annotations

import pytest

from crawler.clients.curl.head import Head, head_of


def test_a_head_is_taken_apart() -> None:
    lines = [b"HTTP/1.1 404 Not Found\r\n", b"X-Two: a:b \r\n", b"x-two:\r\n", b"\r\n"]
    assert head_of(lines) == Head(404, "HTTP/1.1", [(b"X-Two", b"a:b"), (b"x-two", b"")])


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
