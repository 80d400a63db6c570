"""The server's end of an HTTP/2 connection, frame by frame, free to break any rule of RFC 9113."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

import hpack

from tests.site.faults.registry import GONE, Fault

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 3, 4, 5
_PREFACE: Final = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

Field = tuple[str, str]


class Peer:
    """Writes what it is told to; number: which connection to this port it is, from 1."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, number: int) -> None:
        self.reader, self.writer, self.number = reader, writer, number
        self._packer, self._unpacker = hpack.Encoder(), hpack.Decoder()

    def frame(self, kind: int, payload: bytes = b"", *, flags: int = 0, stream: int = 0) -> None:
        """Any frame."""
        self.writer.write(len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload)

    def settings(self, **values: int) -> None:
        """SETTINGS with values by the names above, in lower case."""
        pairs = [(globals()[name.upper()], value) for name, value in values.items()]
        self.frame(SETTINGS, b"".join(key.to_bytes(2) + value.to_bytes(4) for key, value in pairs))

    def packed(self, *fields: Field) -> bytes:
        """A header block."""
        return self._packer.encode(list(fields))

    def head(self, stream: int, *fields: Field, status: str = "200", end: bool = False) -> None:
        """HEADERS with a status and `fields`."""
        block = self.packed((":status", status), ("content-type", "text/html"), *fields)
        self.frame(HEADERS, block, flags=END_HEADERS | (END_STREAM if end else 0), stream=stream)

    def data(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """One DATA frame."""
        self.frame(DATA, data, flags=END_STREAM if end else 0, stream=stream)

    def page(self, stream: int, body: bytes = b"<title>Good</title>", status: str = "200") -> None:
        """A whole answer."""
        self.head(stream, status=status)
        self.data(stream, body, end=True)

    def reset(self, stream: int, code: int) -> None:
        """RST_STREAM."""
        self.frame(RST_STREAM, code.to_bytes(4), stream=stream)

    def go_away(self, last: int, code: int = 0) -> None:
        """GOAWAY."""
        self.frame(GOAWAY, last.to_bytes(4) + code.to_bytes(4) + b"why")

    async def requests(self, on_request: Callable[[int, str], None]) -> None:
        """Reads until the client leaves; calls `on_request` with stream and path of each request."""
        await self.reader.readexactly(_PREFACE)
        while True:
            head = await self.reader.readexactly(9)
            kind, flags, stream = head[3], head[4], int.from_bytes(head[5:9]) & 0x7FFFFFFF
            payload = await self.reader.readexactly(int.from_bytes(head[:3]))
            if kind == HEADERS:
                fields = dict(self._unpacker.decode(payload))
                on_request(stream, fields[":path"])
            elif kind == SETTINGS and not flags & ACK:
                self.frame(SETTINGS, flags=ACK)
            elif kind == PING and not flags & ACK:
                self.frame(PING, payload, flags=ACK)


def serve_http2(fault: Fault) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    """Serves `fault` at its path, nothing at /robots.txt, and a good page everywhere else."""
    numbers = count(1)

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        peer, tasks = Peer(reader, writer, next(numbers)), set()

        def on_request(stream: int, path: str) -> None:
            if path == fault.path:
                tasks.add(asyncio.ensure_future(_misbehave(fault, peer, stream)))
            else:
                peer.page(stream, status="404" if path == "/robots.txt" else "200")

        peer.settings(max_concurrent_streams=100)
        with contextlib.suppress(*GONE):
            await peer.requests(on_request)
        for task in tasks:
            task.cancel()
        writer.close()

    return serve


async def _misbehave(fault: Fault, peer: Peer, stream: int) -> None:
    with contextlib.suppress(*GONE):
        await fault.does(peer, stream)
