"""Records in one file, numbered files or a stream: held back until a commit, cut back to it after a kill."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from crawler.core.errors import BadInput, OutputFailed
from crawler.sinks.files.compression import COMPRESSIONS, opening, recognise
from crawler.sinks.files.file_output import FileOutput
from crawler.sinks.files.form import Form, check_form, not_as_begun
from crawler.sinks.files.latest import check_free, point_at
from crawler.sinks.files.numbering import Numbering
from crawler.sinks.files.stream_output import STDOUT_PATHS, StreamOutput, is_stream
from crawler.sinks.files.writing import Position

SPILL_BYTES = 1024 * 1024  # so much is held back at most before it is written, commit or not
FRAME_BYTES = 40  # by which compression may at most enlarge a piece that does not compress (below some 64 KB)


class RecordFile:
    """Where a sink's records go.

    Records are held back until `flush` and then written in one go, so what is on disk is whole records. Compressed,
    each flush ends a member or frame: the file can be read at any time, and cut back to any commit. A crawl that
    commits single records therefore compresses little. An unflushed rest is given up by `close`.
    """

    def __init__(
        self,
        *,
        path: str,
        on_exists: str = "fail",
        compress: str = "none",
        most_bytes: int | None = None,
        most_records: int | None = None,
        latest: str | None = None,
        first: int = 1,
        head: Callable[[str], bytes] = lambda path: b"",
        same_head: bool = False,
        is_packed: bool = False,
        form: Form | None = None,
        seal: Callable[[str], None] = lambda path: None,
        warn: Callable[[str], None] = lambda message: None,
    ) -> None:
        """path: "-" is standard output, placeholders already filled in; see Numbering for the numbered ones.

        most_bytes, most_records: with either, files are numbered and the next one begins before one would hold more;
        first: the lowest number of new files. latest: a symbolic link to be set to each file that is complete. head:
        what the file of a name begins with; same_head: so must one that is appended to. is_packed: records come
        compressed, each by itself. form: what they look like, which a run that goes on must not change. seal: told
        the path of each complete file, before anything of it counts as final; perhaps again after a kill. warn: told
        what a person may not expect.
        """
        self._numbering = Numbering(path, is_on=most_bytes is not None or most_records is not None)
        self._on_exists = on_exists
        self._compress = compress
        self._pack = COMPRESSIONS["none" if is_packed else compress]
        self._frame_bytes = 0 if is_packed or compress == "none" else FRAME_BYTES
        self._most_bytes = most_bytes
        self._most_records = most_records
        self._latest = latest
        self._head = head
        self._same_head = same_head
        self._form = form or {}
        self._seal = seal
        self._warn = warn
        self._path = self._numbering.path(1)
        self._first = first
        self._part = 1
        self._records = 0  # in this part, those held back included
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._output: FileOutput | StreamOutput | None = None
        self._is_open = False

    def open(self, position: str | None) -> None:
        """Begins the output, or continues the one that `position` names. Raises BadInput, Locked, OutputFailed."""
        if self._latest is not None:
            check_free(self._latest)
        self._output = self._begin() if position is None else self._continue(Position.read(position))
        self._is_open = True
        if not self._output.offset:
            self._hold(self._head(self._path))

    def add(self, record: bytes) -> None:
        """Takes one record. Raises OutputFailed, OutputClosed if it makes too much to hold back and writing fails."""
        if self._records and not self._fits(len(record)):
            self._next_part()
        if self._output is None:
            self._begin_part()
        self._hold(record)
        self._records += 1
        if self._held_bytes >= SPILL_BYTES:
            self._spill()

    def flush(self, *, final: bool = False) -> str:
        """Writes what is held back; the position after it. Raises OutputFailed, OutputClosed, and holds it still.

        final: nothing more will come, so the last file is complete too.
        """
        if not self._is_open:
            raise RuntimeError("the sink is not open")
        if self._output is None:
            return self._stated(Position(self._path, 0, self._compress, 0))
        self._spill()
        self._output.sync(now=final)
        if final and isinstance(self._output, FileOutput):
            self._complete(self._output.path)
        return self._stated(self._output.position(self._compress))

    def close(self) -> None:
        """Lets go of the output, giving up what was not flushed. Raises OutputFailed if the disk refuses what was."""
        self._held = []
        self._held_bytes = 0
        self._is_open = False
        if self._output is not None:
            self._output.close()
            self._output = None

    def describe(self) -> str:
        """Where the records go, for people."""
        if self._path in STDOUT_PATHS:
            return "standard output"
        if isinstance(self._output, StreamOutput):
            return f"{self._path} (a pipe or device: a killed run repeats its last records)"
        return self._path if self._part == 1 else f"{self._path} and those before it"

    def _stated(self, position: Position) -> str:
        counted = position._replace(part=self._part, records=self._records)
        return counted._replace(form=self._form, series=self._numbering.series).write()

    def _hold(self, data: bytes) -> None:
        if data:
            self._held.append(data)
            self._held_bytes += len(data)

    def _spill(self) -> None:
        if self._held and self._output is not None:
            self._output.write(self._pack(b"".join(self._held)))
            self._held = []
            self._held_bytes = 0

    def _fits(self, size: int) -> bool:
        """Whether a record of `size` bytes may still go into this file. What is held back counts as it is until it
        has to be known what it comes to compressed."""
        if self._most_records is not None and self._records >= self._most_records:
            return False
        if self._most_bytes is None or self._output is None:
            return True
        room = self._most_bytes - self._frame_bytes - size
        if self._output.offset + self._held_bytes > room:
            self._spill()
        return self._output.offset + self._held_bytes <= room

    def _next_part(self) -> None:
        """Completes this file; the next one begins with its first record."""
        if self._output is not None:
            self._spill()
            self._output.close()
            self._complete(self._path)
        self._part += 1
        self._records = 0
        self._path = self._numbering.path(self._part)
        self._output = None

    def _complete(self, path: str) -> None:
        self._seal(path)
        if self._latest is not None:
            point_at(self._latest, path)

    def _begin_part(self) -> None:
        """The number was this run's alone from the beginning, so what is there is left of a killed execution."""
        self._output = FileOutput.begin(self._path, "replace")
        self._hold(self._head(self._path))

    def _begin(self) -> FileOutput | StreamOutput:
        if is_stream(self._path):
            return StreamOutput(self._path)
        self._part = max(self._first, self._numbering.first(self._on_exists))
        self._path = self._numbering.path(self._part)
        output = FileOutput.begin(self._path, self._on_exists)
        try:
            _join(output, self._compress, self._head(output.path) if self._same_head else b"")
        except BaseException:
            output.close()
            raise
        return output

    def _continue(self, position: Position) -> FileOutput | StreamOutput:
        was_stream = position.tail_crc is None
        check_form(position, self._form, self._compress)
        if was_stream != is_stream(self._path) or (was_stream and position.path != self._path):
            raise not_as_begun(position.path, f"path: {position.path}", f"path: {self._path}")
        if was_stream:
            return StreamOutput(self._path, position.offset)
        self._part, self._records, self._path = position.part, position.records, position.path
        begun = self._numbering.as_begun(position.path, position.part, position.series)
        if message := self._numbering.told_apart(begun, position.path):
            self._warn(message)
        if self._numbering.is_on and not begun.is_on:  # rotation is new: numbers that are there belong to other runs
            self._part = max(self._part, self._first - 1, self._numbering.highest())
        else:
            self._numbering = begun
            _forget(begun.later(self._part))
        return FileOutput.resume(position)


def _forget(parts: list[str]) -> None:
    """Removes what a killed execution wrote behind the last commit: its records will come again."""
    for path in parts:
        try:
            with suppress(FileNotFoundError):
                os.unlink(path)
        except OSError as error:
            raise OutputFailed(f"{path} could not be removed to write it anew: {error.strerror}") from error


def _join(output: FileOutput, compress: str, head: bytes) -> None:
    """Makes ready for records behind those of an earlier run; head: what its file has to begin with."""
    if not output.offset:
        return
    found = recognise(output.head())
    if found != compress:
        raise BadInput(
            f"{output.path} holds records with compress: {found} and cannot be appended to with "
            f"compress: {compress}; choose another output.path"
        )
    if head and opening(output.path, found, len(head)) != head:
        raise BadInput(
            f"{output.path} begins otherwise than this configuration's records would; choose another output.path"
        )
    if found == "none" and output.ends_torn():
        output.write(b"\n")
