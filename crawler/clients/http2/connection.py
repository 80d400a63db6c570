"""One HTTP/2 connection in the place of httpcore's: one task reads for all streams and wakes those it has news for.

The protocol is the h2 library's. httpcore has every stream read in turn, behind locks; that takes as long as h2 itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from time import monotonic
from typing import Any, Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import NoAvailableStreamIDError, ProtocolError
from h2.settings import SettingCodes, Settings

from crawler.clients.http2.header_blocks import HeaderDecoder, HeaderEncoder, block_fields

_CONFIG: Final = H2Configuration(
    validate_inbound_headers=False,  # Transfer does, for all clients alike
    normalize_inbound_headers=False,
    validate_outbound_headers=False,
    normalize_outbound_headers=False,  # block_fields does
)
MOST_STREAMS: Final = 100
STREAM_WINDOW: Final = 2**20  # most bodies are shorter, and need no WINDOW_UPDATE
_CONNECTION_WINDOW: Final = 2**24
_READ_BYTES: Final = 2**18
_SETTINGS: Final = {
    SettingCodes.ENABLE_PUSH: 0,
    SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
    SettingCodes.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
    SettingCodes.MAX_HEADER_LIST_SIZE: 65536,
}


class _Stream:
    """What has arrived of one answer and was not taken yet."""

    __slots__ = ("error", "fields", "is_ended", "news", "number", "parts", "uncredited")

    def __init__(self, number: int) -> None:
        self.number = number
        self.fields: Sequence[tuple[bytes, bytes]] | None = None
        self.parts: list[bytes] = []
        self.uncredited = 0  # bytes that the sender was not given back of its window
        self.is_ended = False
        self.error: Exception | None = None
        self.news: asyncio.Future[None] | None = None

    def wake(self) -> None:
        if self.news is not None and not self.news.done():
            self.news.set_result(None)


class Answer:
    """httpcore's response, as far as it is used: status, fields, and the body as it arrives."""

    def __init__(self, connection: Http2Connection, stream: _Stream, status: int, network_stream: Any) -> None:
        self._connection, self._stream = connection, stream
        self.status = status
        self.headers = [field for field in stream.fields or () if field[0][:1] != b":"]
        self.stream = connection.body(stream)
        self.extensions = {"http_version": b"HTTP/2", "network_stream": network_stream}

    async def aclose(self) -> None:
        self._connection.leave(self._stream)


class Http2Connection:
    """Behind httpcore's connection interface. `engine`: that library, whose exceptions are raised.

    Raises ConnectionNotAvailable before anything is sent where the connection takes no further request; else
    RemoteProtocolError with what h2 says of the stream or connection, LocalProtocolError, OSError or FetchFailed.
    """

    def __init__(self, stream: Any, engine: Any, keepalive_expiry: float) -> None:
        self._network, self._engine, self._keepalive_s = stream, engine, keepalive_expiry
        self._streams: dict[int, _Stream] = {}
        self._turns: deque[asyncio.Future[None]] = deque()
        self._most_streams = 1  # until the server has said
        self._idle_since = monotonic()
        self._error: Exception | None = None
        self._reader: asyncio.Task[None] | None = None
        self._is_used_up = False
        self._h2 = state = H2Connection(_CONFIG)
        state.encoder, state.decoder = HeaderEncoder(), HeaderDecoder()
        state.local_settings = Settings(client=True, initial_values=_SETTINGS)
        del state.local_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]  # at which some servers balk

    async def handle_async_request(self, request: Any) -> Answer:
        """Sends the request, and returns when the head of its answer is here."""
        if self._reader is None:
            await self._begin()
        while len(self._streams) >= self._most_streams and self._error is None:
            await self._turn()
        if not self.is_available():
            raise self._engine.ConnectionNotAvailable()
        stream = self._open()
        try:
            await self._send(stream, request)
            while stream.fields is None:
                await self._news(stream)
            status = next((int(value) for name, value in stream.fields if name == b":status"), 0)
            return Answer(self, stream, status, self._network)
        except BaseException:
            self.leave(stream)
            raise

    async def body(self, stream: _Stream) -> AsyncGenerator[bytes]:
        """The body in parts as they arrive."""
        while True:
            if stream.parts:
                data, stream.parts = b"".join(stream.parts), []
                yield data
                self._credit(stream)
                await self._flush()
            elif stream.is_ended:
                return
            else:
                await self._news(stream)

    def leave(self, stream: _Stream) -> None:
        """The answer is complete, or given up: then the server is told to stop."""
        if self._streams.pop(stream.number, None) is None:
            return
        self._idle_since = monotonic()
        self._next_turns()
        if self._error is None:
            if not stream.is_ended and stream.error is None:
                self._h2.reset_stream(stream.number, ErrorCodes.CANCEL)
            self._credit(stream)
            self._network.send(self._h2.data_to_send())

    def is_available(self) -> bool:
        """Whether it takes another request."""
        return self._error is None and not self._is_used_up

    def is_idle(self) -> bool:
        """Whether it may be kept for another request."""
        return not self._streams and self.is_available()

    def has_expired(self) -> bool:
        """Whether it has been idle for too long."""
        return not self._streams and monotonic() - self._idle_since > self._keepalive_s

    async def aclose(self) -> None:
        """Ends the connection; whoever waits for an answer learns that."""
        if self._reader is not None:
            self._reader.cancel()
        self._fail(self._engine.RemoteProtocolError("Server disconnected"))
        await self._network.aclose()

    async def _begin(self) -> None:
        self._reader = asyncio.get_running_loop().create_task(self._read())
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(_CONNECTION_WINDOW)
        await self._flush()

    def _open(self) -> _Stream:
        try:
            number = self._h2.get_next_available_stream_id()
        except NoAvailableStreamIDError:
            self._is_used_up = True
            raise self._engine.ConnectionNotAvailable() from None
        stream = self._streams[number] = _Stream(number)
        return stream

    async def _send(self, stream: _Stream, request: Any) -> None:
        trace = request.extensions["trace"]
        await trace("http2.send_request_headers.started", {})
        self._h2.send_headers(stream.number, block_fields(request), end_stream=True)
        await self._flush()
        await trace("http2.receive_response_headers.started", {"stream_id": stream.number})

    async def _read(self) -> None:
        try:
            while data := await self._network.read(_READ_BYTES):
                self._take(self._h2.receive_data(data))
                await self._flush()
            raise self._engine.RemoteProtocolError("Server disconnected")
        except ProtocolError as error:
            failure = self._engine.LocalProtocolError(error)
            failure.__cause__ = error
            self._fail(failure)
            self._network.send(self._h2.data_to_send())  # GOAWAY, which says why
        except Exception as error:
            self._fail(error)

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case DataReceived() | ResponseReceived() | StreamEnded() | StreamReset():
                    if (stream := self._streams.get(event.stream_id or 0)) is not None:
                        self._take_for(stream, event)
                case RemoteSettingsChanged():
                    self._most_streams = min(self._h2.remote_settings.max_concurrent_streams, MOST_STREAMS)
                    self._next_turns()
                case ConnectionTerminated():
                    self._fail(self._engine.RemoteProtocolError(event))

    def _take_for(self, stream: _Stream, event: Any) -> None:
        match event:
            case DataReceived():
                stream.parts.append(event.data)
                stream.uncredited += event.flow_controlled_length
            case ResponseReceived():
                stream.fields = event.headers
            case StreamEnded():
                stream.is_ended = True
            case StreamReset():
                stream.error = self._engine.RemoteProtocolError(event)
        stream.wake()

    async def _news(self, stream: _Stream) -> None:
        if (error := stream.error or self._error) is not None:
            raise error
        stream.news = asyncio.get_running_loop().create_future()
        try:
            await stream.news
        finally:
            stream.news = None

    def _credit(self, stream: _Stream) -> None:
        if stream.uncredited and self._error is None:
            self._h2.acknowledge_received_data(stream.uncredited, stream.number)
            stream.uncredited = 0

    async def _flush(self) -> None:
        if data := self._h2.data_to_send():
            await self._network.write(data)

    async def _turn(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._next_turns()  # which may have been this one's
            raise

    def _next_turns(self) -> None:
        free = self._most_streams - len(self._streams)
        while self._turns and free > 0:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1

    def _fail(self, error: Exception) -> None:
        self._error = self._error or error
        for stream in self._streams.values():
            stream.wake()
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
