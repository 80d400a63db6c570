"""What a fault is, and the list of them all."""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Door = Literal["site", "port", "tls", "h2"]
MOST_BYTES = 256 * 1024 * 1024  # an endless answer ends after all, should nobody hang up
# What may happen to who writes when the client has hung up; RuntimeError is uvloop's word for a closed transport.
GONE = (OSError, RuntimeError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)

PAUSE_S = 0.002  # between two pieces of a flood, for others to be served beside it


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    ends: "ok", or the `error.type` of the record. does: called as its door wants it. door: "site" = below /fault/ on
    the site's own port; else a port of its own: "port" from the first byte, "tls" behind a handshake, "h2" in HTTP/2.
    scheme: of the URL that leads there.
    """

    name: str
    ends: str
    does: Callable[..., Any]
    door: Door
    what: str
    certificate: str = "server"
    scheme: str = "http"

    @property
    def path(self) -> str:
        """Where it happens."""
        return f"/fault/{self.name}"


FAULTS: dict[str, Fault] = {}


def fault(ends: str, **more: Any) -> Callable[[Any], Any]:
    """Registers a function as the fault of its name. What it is called with depends on the door:

    site: `(asked)`, if it returns an Answer, after which the connection stays open, or bytes, after which it is closed;
    or `(reader, writer)`, if it is a coroutine function. port, tls: `(reader, writer)`. h2: `(peer, stream)`.
    """

    def register(does: Any) -> Any:
        add(does.__name__.replace("_", "-"), ends, does.__doc__, does, **more)
        return does

    return register


def add(
    name: str,
    ends: str,
    what: str | None,
    does: Any,
    *,
    door: Door = "site",
    certificate: str = "server",
    scheme: str | None = None,
) -> None:
    """Registers one of a family of faults."""
    assert what, f"{name} does not say what it does"
    assert name not in FAULTS, f"{name} is registered twice"
    scheme = scheme or ("https" if door in ("tls", "h2") else "http")
    FAULTS[name] = Fault(name, ends, does, door, what.partition("\n")[0].rstrip("."), certificate, scheme)


def reset(writer: StreamWriter) -> None:
    """Closes with RST instead of FIN."""
    writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def flush_and_reset(writer: StreamWriter) -> None:
    """Lets what was written reach the client, then resets."""
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


async def hang(reader: StreamReader) -> None:
    """Says nothing more until the client hangs up."""
    while await reader.read(65536):
        pass


async def pour(writer: StreamWriter, piece: bytes, most: int = MOST_BYTES) -> None:
    """Writes `piece` until the client hangs up."""
    for _ in range(most // len(piece)):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(PAUSE_S)


async def drip(writer: StreamWriter, data: bytes, pause_s: float = 0.1) -> None:
    """Writes one byte at a time, often enough for every read deadline."""
    for number in range(len(data)):
        writer.write(data[number : number + 1])
        await writer.drain()
        await asyncio.sleep(pause_s)
