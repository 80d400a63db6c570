"""Streams that may be gone, and what kind of terminal they are."""

from __future__ import annotations

import errno
import os
from typing import TextIO

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_lively(stream: TextIO | None) -> bool:
    """Whether `stream` is a terminal on which lines can be redrawn."""
    return SafeStream(stream).isatty() and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"}


class SafeStream:
    """A text stream that takes what it can: a closed or broken one takes nothing and never raises."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream  # None: the process was started with it closed
        self.failure: Exception | None = None  # why text was lost

    def write(self, text: str) -> int:
        """Writes `text` if that is possible; its length."""
        if self._stream is not None:
            try:
                self._stream.write(text)
            except (OSError, ValueError) as error:
                self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Flushes if that is possible."""
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._lose(error)

    def _lose(self, error: Exception) -> None:
        """Of a slow reader of a non-blocking pipe, or a full disk, this text is lost; otherwise the reader has gone or
        the stream was closed."""
        self.failure = error
        if not isinstance(error, BlockingIOError) and getattr(error, "errno", None) not in _PASSING:
            self._stream = None

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        try:
            return self._stream is not None and self._stream.isatty()
        except ValueError:
            return False

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return getattr(self._stream, "encoding", None) or "utf-8"
