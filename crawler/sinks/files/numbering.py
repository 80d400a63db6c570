"""Numbered files: where the number stands in a path, and which files of a series are there."""

from __future__ import annotations

import os
import re

from crawler.core.errors import BadInput
from crawler.sinks.files.template import PART_MARK, ending_of

DIGITS = 5


def numbered(path: str) -> str:
    """`path` with PART_MARK in it: where it is, or before the ending."""
    stem, ending = ending_of(path)
    return path if PART_MARK in path else f"{stem}-{PART_MARK}{ending}"


class Numbering:
    """The paths of one series of files.

    path: with PART_MARK where the number goes; without one it goes before the ending. is_on: False = one file, no
    number.
    """

    def __init__(self, path: str, *, is_on: bool) -> None:
        self.is_on = is_on
        self._path = numbered(path) if is_on else path

    @property
    def series(self) -> str:
        """What a position has to hold for `as_begun`."""
        return self._path

    def told_apart(self, begun: Numbering, path: str) -> str | None:
        """What to say where the run goes on at `path` in the series `begun`, named otherwise than this one."""
        if numbered(begun.series) == numbered(self.series):
            return None
        return f"goes on with {path}; output.path counts from the next run"

    def path(self, part: int) -> str:
        """The path of file number `part`, the first is 1."""
        return self._path.replace(PART_MARK, f"{part:0{DIGITS}}")

    def first(self, on_exists: str) -> int:
        """The number to begin a new series with; earlier files are kept behind it (append) or removed (replace).

        Raises BadInput where there are some and on_exists is fail.
        """
        parts = self._parts() if self.is_on else {}
        if on_exists == "append":
            return max(parts, default=0) + 1
        full = [path for path in parts.values() if os.path.getsize(path)]  # a killed run may leave an empty one
        if on_exists == "fail" and full:
            raise BadInput(
                f"{min(full)} exists already; set output.on_exists to append or replace, choose another "
                "output.path, or put {started} into it"
            )
        for path in parts.values():
            os.unlink(path)
        return 1

    def later(self, part: int) -> list[str]:
        """The files with a higher number than `part`."""
        return [path for number, path in self._parts().items() if number > part] if self.is_on else []

    def all(self) -> list[str]:
        """The files that are there; without numbering the path, there or not."""
        return self.later(0) if self.is_on else [self._path]

    def as_begun(self, path: str, part: int, series: str | None) -> Numbering:
        """The series that file `part` at `path` belongs to, or that file alone; it may have begun under another name or
        with other rules. series: what its position holds; None: nothing, and then only this very series is numbered for
        sure, since digits in a path may be anything."""
        if series is None:
            series = self._path if self.path(part) == path else path
        return Numbering(series, is_on=PART_MARK in series)

    def highest(self) -> int:
        """The highest number there is, 0 if none."""
        return max(self._parts(), default=0) if self.is_on else 0

    def _parts(self) -> dict[int, str]:
        """Path by number of what is there."""
        folder, name = os.path.split(self._path)
        if PART_MARK in folder:
            raise BadInput("{part} must stand in the file's name, not in a folder's")
        pattern = re.compile(rf"(\d{{{DIGITS},}})".join(map(re.escape, name.split(PART_MARK, 1))))
        try:
            names = os.listdir(folder or ".")
        except OSError:
            return {}
        found = ((pattern.fullmatch(one), one) for one in names)
        return {int(match[1]): os.path.join(folder, one) for match, one in found if match}
