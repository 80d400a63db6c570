"""What goes over the wire: a request as asked, an answer as given, and a hit as recorded."""

from __future__ import annotations

import base64
import time
from dataclasses import asdict, dataclass, field
from functools import cached_property
from http.client import responses
from typing import Any

HTML = "text/html; charset=utf-8"


class Asked:
    """One request as the server read it."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.method, self.target, self.version = head[: head.index(b"\r\n")].decode("latin-1").split(" ", 2)
        self.path, _, self.query = self.target.partition("?")

    @cached_property
    def headers(self) -> dict[str, str]:
        """Header fields by lower-case name; repeated fields are joined by a comma."""
        found: dict[str, str] = {}
        for line in self.head.decode("latin-1").split("\r\n")[1:-2]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            found[name] = f"{found[name]}, {value.strip()}" if name in found else value.strip()
        return found

    @property
    def segments(self) -> list[str]:
        """The path's segments; the first one names the page function."""
        return self.path.split("/")[1:]

    @property
    def host(self) -> str:
        """The Host field, found without parsing the others."""
        start = self.head.lower().find(b"\r\nhost:") + 7
        return self.head[start : self.head.index(b"\r\n", start)].strip().decode("latin-1") if start > 6 else ""


@dataclass(frozen=True)
class Answer:
    """What to send back, `delay_s` after it was asked for; `chunked` sends the body in chunks of 1000 bytes."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str | None = HTML
    delay_s: float = 0.0
    close: bool = False
    chunked: bool = False

    def wire(self) -> bytes:
        """The whole message."""
        lines = [f"HTTP/1.1 {self.status} {responses.get(self.status, 'Odd')}"]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status in (204, 304):  # these have no body by definition
            return "\r\n".join([*lines, "", ""]).encode("latin-1")
        lines.append("Transfer-Encoding: chunked" if self.chunked else f"Content-Length: {len(self.body)}")
        if self.close:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (_chunked(self.body) if self.chunked else self.body)

    def as_json(self) -> dict[str, Any]:
        """A form that survives the control path."""
        return asdict(self) | {"body": base64.b64encode(self.body).decode()}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Answer:
        """The answer that `as_json` described."""
        headers = tuple((name, value) for name, value in fields["headers"])
        return cls(**fields | {"body": base64.b64decode(fields["body"]), "headers": headers})


@dataclass
class Hit:
    """One request as the server saw it; times are `time.monotonic()`, which all processes of a machine share."""

    host: str
    target: str
    connection: int
    scheme: str
    in_flight_host: int
    in_flight_total: int
    head: bytes = b""
    at: float = field(default_factory=time.monotonic)
    ended: float | None = None
    status: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The request's header fields."""
        return Asked(self.head).headers

    def as_json(self) -> dict[str, Any]:
        """A form that survives the control path."""
        return vars(self) | {"head": self.head.decode("latin-1")}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Hit:
        """The hit that `as_json` described."""
        return cls(**fields | {"head": fields["head"].encode("latin-1")})


def html(title: str, links: list[str] | tuple[str, ...] = (), text: str = "") -> bytes:
    """A small page with links."""
    anchors = "".join(f'<a href="{link}">{link}</a>\n' for link in links)
    return f"<!doctype html><html><head><title>{title}</title></head><body>{text}\n{anchors}</body></html>".encode()


def _chunked(body: bytes) -> bytes:
    pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
