"""The seed file: a URL a line, taken a batch at a time, and from where it was left before a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO
from zlib import crc32

from crawler.core.errors import BadInput, UnusableUrl
from crawler.core.events import Event, Warned
from crawler.core.url import normalise

BATCH = 1000  # lines taken at a time
MAX_WARNINGS = 5

Taken = Mapping[str, int] | int  # {"bytes": …, "crc32": …}, or bytes alone, as older states have it


class SeedFile:
    """Lines in order; those that are no URLs are counted, and some of them told.

    taken: what an earlier execution stored. Raises BadInput.
    """

    def __init__(
        self, path: Path, taken: Taken, notify: Callable[[Event], None], count: Callable[[str, int], None]
    ) -> None:
        self.taken = taken  # what to store, to go on from after a restart
        self.is_exhausted = False  # every line was taken
        self._bytes = self._checksum = 0  # of what was read
        self._path = path
        self._notify = notify
        self._count = count
        self._lines = self._bad_lines = 0
        self._file = _opened(path)

    def taken_before(self) -> Iterator[list[str]]:
        """The URLs of the lines that were taken before a restart, in batches of about 3 ms; to be read to the end
        before `take`. If the file begins with other lines now, all are taken."""
        known = {"bytes": self.taken} if isinstance(self.taken, int) else dict(self.taken)
        while lines := self._lines_until(known["bytes"]):
            self._note(lines)
            self._lines += len(lines)
            yield [url for line in lines if isinstance(url := _url_of(line), str)]
        found = {"bytes": self._bytes, "crc32": self._checksum}
        if found | known != found:
            self._begin_anew()
        self.taken = {"bytes": self._bytes, "crc32": self._checksum}

    def take(self) -> list[str]:
        """The URLs of the next lines."""
        lines = list(islice(self._file, BATCH))
        if len(lines) < BATCH:
            self.is_exhausted = True
            self._file.close()
        self._note(lines)
        self.taken = {"bytes": self._bytes, "crc32": self._checksum}
        return list(self._urls_of(lines))

    def _lines_until(self, end: int) -> list[bytes]:
        lines, left = list[bytes](), end - self._bytes
        while left > 0 and len(lines) < BATCH and (line := self._file.readline()):
            lines.append(line)
            left -= len(line)
        return lines

    def _note(self, lines: list[bytes]) -> None:
        read = b"".join(lines)
        self._bytes += len(read)
        self._checksum = crc32(read, self._checksum)

    def _begin_anew(self) -> None:
        self._file.seek(0)
        self._bytes = self._checksum = self._lines = 0
        what = f"{self._path} does not begin with the lines that this run took before: it is read from its beginning"
        self._notify(Warned(f"{what}; URLs that are known are not asked again"))

    def _urls_of(self, lines: list[bytes]) -> Iterator[str]:
        for line in lines:
            self._lines += 1
            url = _url_of(line)
            if isinstance(url, str):
                yield url
            elif url is not None:
                self._count(url.reason, 1)
                self._bad_lines += 1
                if self._bad_lines <= MAX_WARNINGS:
                    place = f"{self._path}:{self._lines}"
                    self._notify(Warned(f"{place}: {url}; wanted is a complete URL such as https://example.org/"))


def _url_of(line: bytes) -> str | UnusableUrl | None:
    """The URL in a line of a seed file, or why it is none; None for a line without any."""
    text = line.decode("utf-8", "replace").lstrip("\ufeff").strip()
    if not text or text.startswith("#"):
        return None
    try:
        return normalise(text)
    except UnusableUrl as error:
        return error


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"seed_file: cannot read {path}: {error.strerror}") from error
