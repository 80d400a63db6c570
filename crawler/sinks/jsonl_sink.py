"""JSON Lines: one record a line, in files or a stream, plain or compressed."""

from __future__ import annotations

from typing import Any, Literal

from crawler.core.visit import BodyForm, Visit
from crawler.sinks.files.file_sink import FileSink
from crawler.sinks.files.form import form_of
from crawler.sinks.files.record_file import RecordFile
from crawler.sinks.record import keys_of, render


class JsonlSink(FileSink):
    """Records as JSON Lines: what is on disk is whole lines."""

    def __init__(
        self, *, links: bool = False, headers: bool = False, body: Literal["none"] | BodyForm = "none", **file: Any
    ) -> None:
        """links, headers, body: as in the configuration. file: path and the rest that a RecordFile takes."""
        self._links = links
        self._headers = headers
        self._body = None if body == "none" else body
        keys = keys_of(links=links, headers=headers, body=self._body)
        form = form_of("jsonl", keys, links=links, headers=headers, body=body)
        super().__init__(RecordFile(form=form, **file))

    def write(self, visit: Visit) -> None:
        """Takes one visit. Raises OutputFailed, OutputClosed if it makes too much to hold back and writing fails."""
        self._file.add(render(visit, links=self._links, headers=self._headers, body=self._body))
