"""What is asked for, and what every answer must be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple


class Answer(NamedTuple):
    """What is checked of each answer."""

    status: int
    body_bytes: int
    version: str  # that was spoken: "HTTP/1.1" or "HTTP/2"


class Job(NamedTuple):
    """One page, asked for again and again."""

    url: str
    expected: Answer
    ca_file: str  # whom to trust over TLS
    at_once: int  # requests in flight, and connections at most

    @property
    def http2(self) -> bool:
        """Whether to offer HTTP/2."""
        return self.expected.version == "HTTP/2"


Ask = Callable[[], Awaitable[Answer]]  # sends one request and reads the whole answer
Asking = Callable[[Job], AbstractAsyncContextManager[Ask]]  # connections are kept while it is entered
