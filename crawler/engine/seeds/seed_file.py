"""The seed file: a URL a line, taken a batch at a time, and from where it was left before a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from crawler.core.errors import BadInput, UnusableUrl
from crawler.core.events import Event, Warned
from crawler.core.url import normalise

BATCH = 1000  # lines taken at a time
MAX_WARNINGS = 5


class SeedFile:
    """Lines in order; those that are no URLs are counted, and some of them told.

    offset: bytes that an earlier execution took. Raises BadInput.
    """

    def __init__(
        self, path: Path, offset: int, notify: Callable[[Event], None], count: Callable[[str, int], None]
    ) -> None:
        self.offset = offset  # bytes taken so far
        self._path = path
        self._notify = notify
        self._count = count
        self._lines = self._bad_lines = 0
        self._file = _opened(path)

    def taken_before(self) -> Iterator[str]:
        """The URLs of the lines that were taken before a restart; to be read to the end before `take`."""
        while self._file.tell() < self.offset and (line := self._file.readline()):
            self._lines += 1
            if isinstance(url := _url_of(line), str):
                yield url

    def take(self) -> list[str] | None:
        """The URLs of the next lines; None: there are no more."""
        lines = list(islice(self._file, BATCH))
        if not lines:
            self._file.close()
            return None
        self.offset += sum(map(len, lines))
        return list(self._urls_of(lines))

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
