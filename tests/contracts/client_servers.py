"""Servers on loopback that answer exactly as told: HTTP/1.1 by hand, HTTP/2 frame by frame, HTTP/3 stream by stream."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@dataclass
class Page:
    """What a path answers with, whatever the version of HTTP."""

    body: bytes = b""
    status: int = 200
    fields: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Seen:
    """One request, as the server saw it."""

    connection: int
    target: str
    fields: list[tuple[str, str]]
    line: str = ""

    def field(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key.lower() == name), None)


@dataclass
class Server:
    """A running server and its memory."""

    port: int = 0
    connections: int = 0
    open: int = 0
    requests: list[Seen] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)


Answer = Callable[[Seen, Writer], Awaitable[None]]


@asynccontextmanager
async def http1(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Calls `answer` for each request; the connection stays open until it closes the writer."""
    server = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        server.open += 1
        number = server.connections
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = [(key, value.strip()) for key, _, value in (line.partition(":") for line in head[1:-2])]
                seen = Seen(number, head[0].split(" ")[1], fields, head[0])
                server.requests.append(seen)
                await answer(seen, writer)
                await writer.drain()
        server.open -= 1
        writer.close()

    if tls:
        tls.sni_callback = lambda _socket, name, _context: server.server_names.append(name)
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def raw(
    serve: Callable[[Reader, Writer], Awaitable[None]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server that does with each connection what `serve` says; its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def run(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    listening = await asyncio.start_server(run, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def reply(page: Page) -> bytes:
    """`page` as one HTTP/1.1 message."""
    fields = [*page.fields]
    if page.status not in (204, 304) and not any(
        name.lower() in ("content-length", "transfer-encoding") for name, _ in fields
    ):
        fields.append(("Content-Length", str(len(page.body))))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {page.status} X\r\n{head}\r\n".encode("latin-1") + page.body


def site(pages: dict[str, Page]) -> Answer:
    """Answers with `pages`, by path and query."""

    async def answer(seen: Seen, writer: Writer) -> None:
        writer.write(reply(pages.get(seen.target, Page(b"none", 404))))

    return answer


class Http2Connection:
    """The server's end of one HTTP/2 connection."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._state = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="latin-1")
        )
        self._pending: dict[int, tuple[bytes, bool]] = {}
        self._state.initiate_connection()
        self.resets: list[int] = []
        self.flush()

    def receive(self, data: bytes) -> list[tuple[int, list[tuple[str, str]]]]:
        """The requests that `data` completes: stream and fields."""
        requests = []
        for event in self._state.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                requests.append((event.stream_id, [(str(k), str(v)) for k, v in event.headers]))
            elif isinstance(event, h2.events.StreamReset):
                self.resets.append(event.stream_id)
                self._pending.pop(event.stream_id, None)
        for stream in list(self._pending):
            self._push(stream)
        self.flush()
        return requests

    def reply(self, stream: int, page: Page) -> None:
        self.head(stream, page)
        self.part(stream, page.body, last=True)

    def head(self, stream: int, page: Page) -> None:
        fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in page.fields]
        self._state.send_headers(stream, [(b":status", str(page.status).encode()), *fields])
        self.flush()

    def part(self, stream: int, data: bytes, *, last: bool = False) -> None:
        """Sends as much of what is pending as the windows let through; the rest follows when they open."""
        self._pending[stream] = (self._pending.pop(stream, (b"", False))[0] + data, last)
        self._push(stream)
        self.flush()

    def reset(self, stream: int, code: h2.errors.ErrorCodes) -> None:
        self._state.reset_stream(stream, code)
        self.flush()

    def go_away(self, last_stream: int, code: int = 0) -> None:
        """By hand: the library would not let the streams that are still served finish."""
        payload = last_stream.to_bytes(4) + code.to_bytes(4) + b"why"
        self._writer.write(len(payload).to_bytes(3) + b"\x07\x00" + bytes(4) + payload)

    def hang_up(self) -> None:
        """Without a word."""
        self._writer.transport.abort()

    def flush(self) -> None:
        if data := self._state.data_to_send():
            self._writer.write(data)

    def _push(self, stream: int) -> None:
        data, last = self._pending.pop(stream)
        while True:
            window = min(self._state.local_flow_control_window(stream), self._state.max_outbound_frame_size)
            part, data = data[:window], data[window:]
            self._state.send_data(stream, part, end_stream=last and not data)
            if not data:
                return
            if len(part) == 0 or self._state.local_flow_control_window(stream) <= 0:
                self._pending[stream] = (data, last)
                return


Answer2 = Callable[[Seen, Http2Connection, int], Awaitable[None]]


@asynccontextmanager
async def http2(answer: Answer2, tls: ssl.SSLContext) -> AsyncIterator[Server]:
    """Calls `answer` for each request, as a task of its own."""
    server = Server()
    tls.set_alpn_protocols(["h2"])
    answers: set[asyncio.Task[None]] = set()

    async def serve(reader: Reader, writer: Writer) -> None:
        server.connections += 1
        number = server.connections
        connection = Http2Connection(writer)
        while data := await reader.read(65536):
            for stream, fields in connection.receive(data):
                seen = Seen(number, dict(fields)[":path"], fields)
                server.requests.append(seen)
                answers.add(asyncio.ensure_future(answer(seen, connection, stream)))

    async with raw(serve, tls) as server.port:
        yield server
    for task in answers:
        task.cancel()
    await asyncio.gather(*answers, return_exceptions=True)


def site2(pages: dict[str, Page]) -> Answer2:
    """Answers with `pages`, by path and query."""

    async def answer(seen: Seen, connection: Http2Connection, stream: int) -> None:
        connection.reply(stream, pages.get(seen.target, Page(b"none", 404)))

    return answer


class Http3Connection(QuicConnectionProtocol):
    """The server's end of one connection of HTTP/3."""

    server: Server
    answer: Answer3

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._number = 0
        self._state: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._state = H3Connection(self._quic)
            self.server.connections += 1
            self._number = self.server.connections
        for one in self._state.handle_event(event) if self._state else ():
            if isinstance(one, HeadersReceived):
                fields = [(name.decode(), value.decode("latin-1")) for name, value in one.headers]
                seen = Seen(self._number, dict(fields)[":path"], fields)
                self.server.requests.append(seen)
                self.answer(seen, self, one.stream_id)

    def reply(self, stream: int, page: Page, *, ended: bool = True) -> None:
        self.head(stream, page)
        self.part(stream, page.body, last=ended)

    def head(self, stream: int, page: Page) -> None:
        fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in page.fields]
        self._state.send_headers(stream, [(b":status", str(page.status).encode()), *fields])
        self.transmit()

    def part(self, stream: int, data: bytes, *, last: bool = False) -> None:
        self._state.send_data(stream, data, end_stream=last)
        self.transmit()

    def reset(self, stream: int, code: int) -> None:
        self._quic.reset_stream(stream, code)
        self.transmit()


Answer3 = Callable[[Seen, Http3Connection, int], None]


@asynccontextmanager
async def http3(answer: Answer3, certificate: str, port: int = 0) -> AsyncIterator[Server]:
    """Calls `answer` for each request. certificate: a PEM file with key and chain."""
    server = Server()
    kind = type("Connection", (Http3Connection,), {"server": server, "answer": staticmethod(answer)})
    configuration = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    configuration.load_cert_chain(certificate, certificate)
    listening = await serve("127.0.0.1", port, configuration=configuration, create_protocol=kind)
    server.port = listening._transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        listening.close()


def site3(pages: dict[str, Page]) -> Answer3:
    """Answers with `pages`, by path and query."""

    def answer(seen: Seen, connection: Http3Connection, stream: int) -> None:
        connection.reply(stream, pages.get(seen.target, Page(b"none", 404)))

    return answer
