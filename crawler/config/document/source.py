"""The text of a configuration file, whatever the path turns out to be."""

from __future__ import annotations

import os
import re
import stat
from typing import IO, Any

from crawler.config.mistake import BadConfig, Mistake, Place

MAX_BYTES = 10 * 1024 * 1024
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # YAML 1.1, 5.1


def shown_file(path: str) -> str:
    """What messages call the file."""
    return "standard input" if path == "-" else path


def read_source(path: str, stdin: IO[Any]) -> str:
    """The decoded text of `path` ("-" = `stdin`). Raises BadConfig; never waits on a pipe that is given by name."""
    data = _standard_input(stdin) if path == "-" else _file(path)
    if len(data) > MAX_BYTES:
        raise _unreadable(
            path, f"is larger than {MAX_BYTES // 1024 // 1024} MiB; long lists of URLs belong in a seed_file"
        )
    return _decoded(path, data)


def _standard_input(stdin: IO[Any]) -> bytes:
    stream = getattr(stdin, "buffer", stdin)
    try:
        data = stream.read(MAX_BYTES + 1)
    except OSError as error:  # a folder, or a file that was opened for writing
        raise _unreadable("-", f"cannot be read: {error.strerror or error}") from None
    return data.encode() if isinstance(data, str) else bytes(data)


def _file(path: str) -> bytes:
    try:
        # Without O_NONBLOCK, opening a FIFO that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if reason := _not_regular(os.fstat(descriptor).st_mode):
                raise _unreadable(path, reason)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(MAX_BYTES + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise _unreadable(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _not_regular(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return "is a folder, not a file" if stat.S_ISDIR(mode) else "is not a regular file; use - for standard input"


def _decoded(path: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        problem = "is UTF-16; save it as UTF-8" if utf16 else "is not UTF-8"
        raise _unreadable(path, problem, 1 if utf16 else data[: error.start].count(b"\n") + 1) from None
    if match := control_character(text):
        line = text.count("\n", 0, match.start()) + 1
        raise _unreadable(path, f"holds the control character U+{ord(match[0]):04X}", line)
    return text


def control_character(text: str) -> re.Match[str] | None:
    """The first character that YAML does not allow, unless it is written as an escape."""
    return _FORBIDDEN.search(text)


def _unreadable(path: str, problem: str, line: int | None = None) -> BadConfig:
    return BadConfig([Mistake(Place(shown_file(path), line), (), problem)])
