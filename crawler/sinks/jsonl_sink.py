"""JSON Lines: one record a line, in a file or a stream, plain or compressed."""

from __future__ import annotations

from crawler.core.errors import BadInput
from crawler.core.visit import Visit
from crawler.sinks.files.compression import COMPRESSIONS, recognise
from crawler.sinks.files.file_output import FileOutput
from crawler.sinks.files.stream_output import STDOUT_PATHS, StreamOutput, is_stream
from crawler.sinks.files.writing import Position
from crawler.sinks.record import render

SPILL_BYTES = 1024 * 1024  # so much is held back at most before it is written, commit or not


class JsonlSink:
    """Records as JSON Lines.

    Lines are held back until `flush` and then written in one go, so what is on disk is whole lines. Compressed, each
    flush ends a member or frame: the file can be read at any time, and cut back to any commit. A crawl that commits
    single records therefore compresses little. An unflushed rest is given up by `close`.
    """

    def __init__(
        self,
        *,
        path: str,
        on_exists: str = "fail",
        compress: str = "none",
        links: bool = False,
        headers: bool = False,
        body: str = "none",
    ) -> None:
        """path: "-" is standard output, placeholders already filled in; the rest as in the configuration."""
        self._path = path
        self._on_exists = on_exists
        self._compress = compress
        self._pack = COMPRESSIONS[compress]
        self._links = links
        self._headers = headers
        self._body = body != "none"
        self._lines: list[bytes] = []
        self._held_bytes = 0
        self._output: FileOutput | StreamOutput | None = None

    def open(self, position: str | None) -> None:
        """Begins the output, or continues the one that `position` names. Raises BadInput, Locked, OutputFailed."""
        self._output = self._begin() if position is None else self._continue(Position.read(position))

    def write(self, visit: Visit) -> None:
        """Takes one visit. Raises OutputFailed, OutputClosed if it makes too much to hold back and writing fails."""
        line = render(visit, links=self._links, headers=self._headers, body=self._body)
        self._lines.append(line)
        self._held_bytes += len(line)
        if self._held_bytes >= SPILL_BYTES:
            self._spill()

    def flush(self) -> str:
        """Writes what is held back; the position after it. Raises OutputFailed, OutputClosed, and holds it still."""
        output = self._spill()
        output.sync()
        return output.position(self._compress).write()

    def close(self) -> None:
        """Lets go of the output, giving up what was not flushed. Raises OutputFailed if the disk refuses what was."""
        self._lines = []
        self._held_bytes = 0
        if self._output is not None:
            self._output.close()
            self._output = None

    def describe(self) -> str:
        """Where the records go, for people."""
        if self._path in STDOUT_PATHS:
            return "standard output"
        if self._output is None:
            return self._path
        if isinstance(self._output, StreamOutput):
            return f"{self._path} (a pipe or device: a killed run repeats its last records)"
        return self._output.path

    def _spill(self) -> FileOutput | StreamOutput:
        if self._output is None:
            raise RuntimeError("the sink is not open")
        if self._lines:
            self._output.write(self._pack(b"".join(self._lines)))
            self._lines = []
            self._held_bytes = 0
        return self._output

    def _begin(self) -> FileOutput | StreamOutput:
        if is_stream(self._path):
            return StreamOutput(self._path)
        output = FileOutput.begin(self._path, self._on_exists)
        try:
            self._join(output)
        except BaseException:
            output.close()
            raise
        return output

    def _join(self, output: FileOutput) -> None:
        """Makes ready for lines behind those of an earlier run."""
        if not output.offset:
            return
        found = recognise(output.head())
        if found != self._compress:
            raise BadInput(
                f"{output.path} holds records with compress: {found} and cannot be appended to with "
                f"compress: {self._compress}; choose another output.path"
            )
        if found == "none" and output.ends_torn():
            output.write(b"\n")

    def _continue(self, position: Position) -> FileOutput | StreamOutput:
        was_stream = position.tail_crc is None
        if position.compress != self._compress:
            raise self._changed(f"compress: {position.compress}")
        if was_stream != is_stream(self._path) or (was_stream and position.path != self._path):
            raise self._changed("standard output" if position.path in STDOUT_PATHS else position.path)
        return StreamOutput(self._path, position.offset) if was_stream else FileOutput.resume(position)

    @staticmethod
    def _changed(before: str) -> BadInput:
        return BadInput(
            f"the unfinished run writes to {before}; keep output as it was to resume it, "
            "or begin a new run with --fresh"
        )
