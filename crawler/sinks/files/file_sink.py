"""What the sinks of one record file have in common: all but how a visit is written."""

from __future__ import annotations

from crawler.sinks.files.record_file import RecordFile


class FileSink:
    """The port but for `write`, which adds to the file what a sink makes of a visit."""

    def __init__(self, file: RecordFile) -> None:
        self._file = file

    def open(self, position: str | None) -> None:
        """Begins the output, or continues the one that `position` names. Raises BadInput, Locked, OutputFailed."""
        self._file.open(position)

    def flush(self, *, final: bool = False) -> str:
        """Writes what is held back; the position after it. Raises OutputFailed, OutputClosed, and holds it still."""
        return self._file.flush(final=final)

    def close(self, *, for_good: bool = False) -> None:
        """Lets go of the output, giving up what was not flushed. Raises OutputFailed if the disk refuses what was."""
        self._file.close()

    def describe(self) -> str:
        """Where the records go, for people."""
        return self._file.describe()
