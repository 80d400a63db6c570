"""A file of this machine in the place of the network."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from crawler.core.errors import BadInput, FetchFailed
from crawler.core.visit import Exchange, Headers, Response

DEFAULT_TYPE = "text/html"


class LocalFile:
    """Behind the Client port: answers for one URL with a file, for all others, robots.txt among them, with 404."""

    newest_http = "HTTP/1.1"

    def __init__(self, path: Path, url: str) -> None:
        """Raises BadInput if the file cannot be read."""
        self._url = url
        self.content_type = mimetypes.guess_type(path.name)[0] or DEFAULT_TYPE
        try:
            self._body = path.read_bytes()
        except OSError as error:
            raise BadInput(f"cannot read {path}: {error.strerror}") from error

    async def __aenter__(self) -> LocalFile:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Nothing is open."""

    async def send(self, exchange: Exchange) -> Response:
        """The file as the body of an answer. Raises FetchFailed where it is larger than is allowed."""
        exchange.on_sent()
        if exchange.url != self._url:
            return Response(exchange.url, 404, "HTTP/1.1", Headers())
        headers = Headers([("content-type", self.content_type)])
        if len(self._body) > exchange.max_body_bytes:
            raise FetchFailed("body_too_large", f"more than {exchange.max_body_bytes} bytes", reached=False)
        return Response(
            exchange.url,
            200,
            "HTTP/1.1",
            headers,
            body=self._body if exchange.keep_body(200, headers) else b"",
            bytes_received=len(self._body),
            body_bytes=len(self._body),
            sha256=hashlib.sha256(self._body).hexdigest(),
        )

    def counts(self) -> Mapping[str, int]:
        """Nothing is counted."""
        return {}
