"""Parquet: a table with types, for DuckDB and pandas, made of a journal that survives a kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from crawler.core.errors import BadInput, OutputFailed
from crawler.core.visit import BodyForm, Visit
from crawler.sinks.files.compression import zstd_lines
from crawler.sinks.files.form import check_form, form_of
from crawler.sinks.files.latest import check_free, point_at
from crawler.sinks.files.numbering import Numbering, numbered
from crawler.sinks.files.record_file import RecordFile
from crawler.sinks.files.stream_output import is_stream
from crawler.sinks.files.writing import JOURNAL, Position, failure
from crawler.sinks.record import render

JOURNAL_COMPRESS = "zstd"
GROUP_ROWS = 10_000
GROUP_BYTES = 32 << 20  # of JSON lines that become one row group


class ParquetSink:
    """Records as a table.

    A Parquet file ends with its index, so half of one cannot be read or continued. Records therefore go to a journal
    (JSON Lines, zstd) beside it, which is cut back like any other output; when a file is complete it is made from its
    journal and takes its name in one step. Journals go when the end of the run is committed: whatever fails or is
    killed before can make the file again.
    """

    def __init__(
        self,
        *,
        path: str,
        on_exists: str = "fail",
        compress: str = "zstd",
        links: bool = False,
        headers: bool = False,
        body: Literal["none"] | BodyForm = "none",
        most_bytes: int | None = None,
        most_records: int | None = None,
        latest: str | None = None,
        warn: Callable[[str], None] = lambda message: None,
    ) -> None:
        """As in the configuration, placeholders filled in; most_bytes and most_records: of one file, bytes those of its
        journal, which come close; warn: told what a person may not expect."""
        rotates = most_bytes is not None or most_records is not None
        self._path = numbered(path) if rotates else path
        self._series = Numbering(self._path, is_on=rotates)
        self._on_exists = on_exists
        self._codec = compress
        self._latest = latest
        self._warn = warn
        self._shape: dict[str, Any] = {"links": links, "headers": headers, "body": None if body == "none" else body}
        self._schema = schema(**self._shape)
        self._form = form_of("parquet", self._schema.names, links=links, headers=headers, body=body)
        self._most_bytes = most_bytes
        self._most_records = most_records
        self._journal: RecordFile | None = None
        self._begun: str | None = None  # what the position named, which has no number where rotation came later
        self._position: str | None = None  # of a run whose files are all made and whose journals are gone

    def open(self, position: str | None) -> None:
        """Begins the output, or continues the one that `position` names. Raises BadInput, Locked, OutputFailed."""
        if is_stream(self._path):
            raise BadInput(f"output.path {self._path} is no file, and parquet cannot be read from a stream")
        if self._latest is not None:
            check_free(self._latest)
        if position is not None and self._goes_on(Position.read(position)):
            self._position = position
            return
        first = self._first() if position is None else self._series.highest() + 1
        self._journal = RecordFile(
            path=self._path + JOURNAL,
            on_exists="replace",
            compress=JOURNAL_COMPRESS,
            most_bytes=self._most_bytes,
            most_records=self._most_records,
            first=first,
            form=self._form,
            seal=self._make,
        )
        self._journal.open(position)

    def write(self, visit: Visit) -> None:
        """Takes one visit. Raises OutputFailed."""
        if self._journal is None:
            raise OutputFailed(f"{self._path} is complete already; begin a new run with --fresh")
        self._journal.add(render(visit, **self._shape))

    def flush(self, *, final: bool = False) -> str:
        """Writes what is held back into the journal; the position after it. final: makes the last file."""
        if self._journal is None:
            if self._position is None:
                raise RuntimeError("the sink is not open")
            return self._position
        return self._journal.flush(final=final)

    def close(self, *, for_good: bool = False) -> None:
        """Lets go of the journal. for_good: the files are made, and no run will go on with journals: they go."""
        if self._journal is not None:
            self._journal.close()
        self._journal = None
        if for_good:
            for path in (*self._series.all(), *filter(None, [self._begun])):
                _remove(path + JOURNAL)

    def describe(self) -> str:
        """Where the records go, for people."""
        return self._series.path(1) if self._journal is None else self._journal.describe().replace(JOURNAL, "")

    def _first(self) -> int:
        """The number of the first file."""
        path = self._series.path(1)
        if self._on_exists == "fail" and self._path == path and os.path.lexists(path):
            raise BadInput(
                f"{path} exists already; set output.on_exists to replace, choose another output.path, or put "
                "{started} into it"
            )
        return self._series.first(self._on_exists)

    def _goes_on(self, position: Position) -> bool:
        """Makes ready to continue; whether nothing is left to be done, since the journals have gone already, as earlier
        versions left it. Files that were made behind the last commit will be made again."""
        path = position.path.removesuffix(JOURNAL)
        check_form(position, self._form, JOURNAL_COMPRESS)
        series = None if position.series is None else position.series.removesuffix(JOURNAL)
        begun = self._series.as_begun(path, position.part, series)
        if message := self._series.told_apart(begun, path):
            self._warn(message)
        self._begun = path
        if begun.is_on or not self._series.is_on:
            self._series = begun
        if not os.path.lexists(position.path) and os.path.lexists(path):
            return True
        for later in begun.later(position.part - 1):
            _remove(later)
        return False

    def _make(self, journal: str) -> None:
        """The Parquet file of a complete journal, in place of an earlier one of that name. Raises OutputFailed."""
        path = journal.removesuffix(JOURNAL)
        passing = f"{path}.new"
        try:
            with pq.ParquetWriter(passing, self._schema, compression=self._codec) as writer:
                for lines in _groups(journal):
                    writer.write_table(table(lines, self._schema))
            with open(passing, "rb") as file:
                os.fsync(file.fileno())
            os.replace(passing, path)
        except OSError as error:
            _remove(passing)
            raise failure(error, path) from error
        if self._latest is not None:
            point_at(self._latest, path)


def _remove(path: str) -> None:
    with suppress(OSError):  # gone already, or harmless beside the file that was made of it
        os.unlink(path)


def schema(*, links: bool, headers: bool, body: BodyForm | None) -> pa.Schema:
    """The columns of a table, in the order of a record's keys, and their types."""
    text, number, size = pa.string(), pa.int32(), pa.int64()
    columns = {
        "url": text,
        "final_url": text,
        "status": number,
        "ok": pa.bool_(),
        "error": pa.struct({"type": text, "message": text}),
        "fetched_at": pa.timestamp("ms", tz="UTC"),
        "elapsed": pa.float64(),
        "attempts": number,
        "depth": number,
        "parent": text,
        "redirects": pa.list_(text),
        **dict.fromkeys(("http_version", "content_type", "charset", "charset_source"), text),
        "bytes": size,
        "body_bytes": size,
        **dict.fromkeys(("sha256", "etag", "last_modified", "change", "duplicate_of", "title"), text),
        "links": pa.list_(text) if links else number,
        "data": pa.json_(),
    }
    if headers:
        columns["headers"] = pa.map_(text, text)
    if body:
        columns["body"] = pa.large_string()
    return pa.schema(list(columns.items()))


def table(lines: list[bytes], columns: pa.Schema) -> pa.Table:
    """Records, as JSON lines, as a table."""
    records = [_typed(orjson.loads(line)) for line in lines]
    arrays = [_array([record.get(field.name) for record in records], field.type) for field in columns]
    return pa.Table.from_arrays(arrays, schema=columns)


def _array(values: list[Any], type: pa.DataType) -> pa.Array:
    if isinstance(type, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(type, pa.array(values, type.storage_type))
    return pa.array(values, type)


def _typed(record: dict[str, Any]) -> dict[str, Any]:
    record["fetched_at"] = datetime.fromisoformat(record["fetched_at"])
    record["data"] = orjson.dumps(record["data"]).decode()
    if record.get("headers") is not None:
        record["headers"] = list(record["headers"].items())
    return record


def _groups(journal: str) -> Iterator[list[bytes]]:
    """The lines of a journal, as many at a time as become one row group; memory is bounded by that."""
    lines: list[bytes] = []
    size = 0
    for line in zstd_lines(journal):
        lines.append(line)
        size += len(line)
        if len(lines) >= GROUP_ROWS or size >= GROUP_BYTES:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines
