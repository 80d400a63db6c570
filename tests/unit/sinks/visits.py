"""A visit to start from."""

from __future__ import annotations

from typing import Any

from crawler.core.visit import Visit

_PAGE = Visit(
    url="https://example.org/a",
    final_url="https://example.org/b",
    status=200,
    ok=True,
    error=None,
    fetched_at="2026-11-22T17:34:00.123Z",
    elapsed_s=0.0123456789,
    attempts=2,
    depth=1,
    parent="https://example.org/",
    redirects=("https://example.org/a",),
    http_version="HTTP/2",
    content_type="text/html",
    charset="UTF-8",
    charset_source="header",
    bytes_received=512,
    body_bytes=2048,
    sha256="ab" * 32,
    etag='"v1"',
    title="Grüße — 世界",
    links=("https://example.org/c", "https://example.org/d"),
    data={"price": 12.5, "tags": ["x", "y"]},
)


def a_visit(**changes: Any) -> Visit:
    """An ordinary page with `changes`."""
    return _PAGE._replace(**changes)
