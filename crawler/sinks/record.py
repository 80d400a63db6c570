"""A visit as its record: one JSON object in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from crawler.core.visit import BodyForm, Headers, Visit

NO_VISIT = Visit("", None, None, False, None, "", 0.0, 0, 0, None)
MOST_LEVELS = 100  # of nested values in `data`; orjson itself gives up at 254

# What moves a cursor, reverses reading order or ends a line for readers that split as Unicode does: DEL, C1 controls,
# bidirectional controls, line and paragraph separators, in UTF-8. C0 controls are escaped by JSON itself.
_CONTROLS = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
_FIRST_BYTES = (b"\x7f", b"\xc2", b"\xd8", b"\xe2")


def render(visit: Visit, *, links: bool = False, headers: bool = False, body: BodyForm | None = None) -> bytes:
    """The record of `visit` as UTF-8 JSON and a line feed, the same keys in the same order each time.

    Never raises for what a page holds: lone surrogates become U+FFFD. Control characters are escaped, so a line is safe
    to print.
    """
    return _without_controls(_dump(fields(visit, links=links, headers=headers, body=body)))


def fields(visit: Visit, *, links: bool = False, headers: bool = False, body: BodyForm | None = None) -> dict[str, Any]:
    """The keys and values of the record of `visit`, always in the same order.

    links: list the links instead of counting them. headers, body: add these keys, the body in that form.
    """
    error = visit.error
    record: dict[str, Any] = {
        "url": visit.url,
        "final_url": visit.final_url,
        "status": visit.status,
        "ok": visit.ok,
        "error": None if error is None else {"type": error.type, "message": error.message},
        "fetched_at": visit.fetched_at,
        "elapsed": round(visit.elapsed_s, 6),
        "attempts": visit.attempts,
        "depth": visit.depth,
        "parent": visit.parent,
        "redirects": visit.redirects,
        "http_version": visit.http_version,
        "content_type": visit.content_type,
        "charset": visit.charset,
        "charset_source": visit.charset_source,
        "bytes": visit.bytes_received,
        "body_bytes": visit.body_bytes,
        "sha256": visit.sha256,
        "etag": visit.etag,
        "last_modified": visit.last_modified,
        "change": visit.change,
        "duplicate_of": visit.duplicate_of,
        "title": visit.title,
        "links": visit.links if links else len(visit.links),
        "data": dict(visit.data),
    }
    if headers:
        record["headers"] = None if visit.headers is None else header_fields(visit.headers)
    if body:
        record["body"] = visit.body_as(body)
    return record


def keys_of(*, links: bool = False, headers: bool = False, body: BodyForm | None = None) -> list[str]:
    """The keys of each record, in their order."""
    return list(fields(NO_VISIT, links=links, headers=headers, body=body))


def header_fields(headers: Headers) -> dict[str, str]:
    """Header fields as one object: repeated ones joined with a comma (RFC 9110, 5.3), Set-Cookie with a line feed.

    Cookie values are masked: they are secrets of the session, their names and attributes are not.
    """
    fields: dict[str, str] = {}
    for name, value in headers:
        is_cookie = name == "set-cookie"
        shown = without_secret(name, value)
        fields[name] = fields[name] + ("\n" if is_cookie else ", ") + shown if name in fields else shown
    return fields


def without_secret(name: str, value: str) -> str:
    """The value of the field `name` (lower case) as it may be stored: that of a cookie is masked."""
    return _mask_cookie(value) if name == "set-cookie" else value


def _mask_cookie(value: str) -> str:
    pair, semicolon, attributes = value.partition(";")
    name, equals, _ = pair.partition("=")
    return f"{name}=***{semicolon}{attributes}" if equals else f"***{semicolon}{attributes}"


def _dump(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # lone surrogates, integers beyond 64 bits, keys that are no strings, very deep values
        return orjson.dumps(storable(record, MOST_LEVELS), default=str, option=orjson.OPT_APPEND_NEWLINE)


def storable(value: Any, levels: int) -> Any:
    """`value` as JSON can hold it, nested at most `levels` deep: lone surrogates become U+FFFD, very large integers and
    keys that are no strings become text."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(2**63) <= value < 2**64 else str(value)
    if levels == 0:
        return "…"
    if isinstance(value, Mapping):
        return {storable(str(key), levels): storable(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(item, levels - 1) for item in value]
    return value


def _without_controls(line: bytes) -> bytes:
    if line.isascii() and b"\x7f" not in line:
        return line
    places = [place for byte in _FIRST_BYTES if (place := line.find(byte)) >= 0]
    if not places:
        return line
    start = min(places)  # mostly in the title, near the end: the search below costs 7 ns a byte, find next to nothing
    return line[:start] + _CONTROLS.sub(lambda match: b"\\u%04x" % ord(match[0].decode()), line[start:])
