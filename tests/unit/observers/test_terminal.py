"""Streams that break."""

from __future__ import annotations

import io
import os
import pty
from typing import Any, TextIO

import pytest

from crawler.observers.terminal import SafeStream, is_lively


class Breaking(io.StringIO):
    """A stream that fails each time it is written to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error
        self.tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        if self.error is not None:
            raise self.error
        return super().write(text)


@pytest.mark.parametrize("error", [BrokenPipeError(32, "gone"), OSError(5, "broken"), ValueError("closed")])
def test_a_broken_stream_is_given_up_without_a_word(error: Exception) -> None:
    broken = Breaking(error)
    stream = SafeStream(broken)
    assert stream.write("x") == 1
    stream.write("x")
    stream.flush()
    assert broken.tries == 1


@pytest.mark.parametrize("error", [BlockingIOError(11, "later"), OSError(28, "full"), OSError(27, "too large")])
def test_a_stream_that_would_block_or_is_full_loses_a_line_and_goes_on(error: OSError) -> None:
    slow = Breaking(error)
    stream = SafeStream(slow)
    assert stream.failure is None
    stream.write("lost")
    assert stream.failure is error
    slow.error = None
    stream.write("kept")
    assert slow.getvalue() == "kept"


@pytest.mark.parametrize("gone", [None, "closed"])
def test_a_stream_that_was_never_there_takes_nothing(gone: Any) -> None:
    inner = io.StringIO() if gone else None
    if inner is not None:
        inner.close()
    stream = SafeStream(inner)
    stream.write("x")
    stream.flush()
    assert (stream.isatty(), stream.encoding) == (False, "utf-8")


@pytest.mark.parametrize(("term", "lively"), [("xterm-256color", True), ("dumb", False), (None, False)])
def test_only_a_terminal_that_can_redraw_lines_is_lively(
    term: str | None, lively: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TERM", raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)
    ours, theirs = pty.openpty()
    terminal: TextIO
    with open(theirs, "w") as terminal:
        assert is_lively(terminal) is lively
        assert is_lively(io.StringIO()) is is_lively(None) is False
    os.close(ours)
