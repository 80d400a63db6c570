"""CSV (RFC 4180): a table for spreadsheets, one record a row under one row of names."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, Literal

import orjson

from crawler.core.visit import BodyForm, Visit
from crawler.sinks.files.file_sink import FileSink
from crawler.sinks.files.form import form_of
from crawler.sinks.files.record_file import RecordFile
from crawler.sinks.record import NO_VISIT, fields, storable

MOST_LEVELS = 100
# What a spreadsheet takes for a formula when a cell begins with it; a page's title must not become one. Behind an
# apostrophe a spreadsheet reads plain text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What RFC 4180 leaves out of TEXTDATA and terminals obey, line ends apart; bidirectional controls with them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class CsvSink(FileSink):
    """Records as rows: the record's keys in their order, `error` as error_type and error_message, lists and mappings as
    JSON text, null as an empty cell. A file that is appended to must have the same columns."""

    def __init__(
        self, *, links: bool = False, headers: bool = False, body: Literal["none"] | BodyForm = "none", **file: Any
    ) -> None:
        """links, headers, body: as in the configuration. file: path and the rest that a RecordFile takes."""
        self._shape: dict[str, Any] = {"links": links, "headers": headers, "body": None if body == "none" else body}
        form = form_of("csv", self._columns(), links=links, headers=headers, body=body)
        super().__init__(RecordFile(head=lambda path: row(self._columns()), same_head=True, form=form, **file))

    def write(self, visit: Visit) -> None:
        """Takes one visit. Raises OutputFailed, OutputClosed if it makes too much to hold back and writing fails."""
        self._file.add(row(map(cell, columns(visit, **self._shape).values())))

    def _columns(self) -> list[str]:
        return list(columns(NO_VISIT, **self._shape))


def columns(visit: Visit, *, links: bool, headers: bool, body: BodyForm | None) -> dict[str, Any]:
    """The record of `visit`, its error spread over two keys."""
    record = fields(visit, links=links, headers=headers, body=body)
    error = record.pop("error") or {"type": None, "message": None}
    place = list(record).index("ok") + 1
    items = list(record.items())
    items[place:place] = [("error_type", error["type"]), ("error_message", error["message"])]
    return dict(items)


def cell(value: Any) -> str:
    """`value` as the text of a cell that no spreadsheet runs and no terminal obeys."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else _json(value)
    if not text.isprintable():
        text = _CONTROLS.sub("\ufffd", text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def row(cells: Any) -> bytes:
    """The cells as one line, quoted where needed (RFC 4180, 2), in UTF-8."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    text = line.getvalue()
    try:
        return text.encode()
    except UnicodeEncodeError:  # lone surrogates
        return str(storable(text, MOST_LEVELS)).encode()


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value, default=list).decode()
    except TypeError:
        return orjson.dumps(storable(value, MOST_LEVELS), default=str).decode()
