"""One HTTP/2 connection in the place of httpcore's: one task reads for all streams and wakes those it has news for.

The protocol is the h2 library's. httpcore has every stream read in turn, behind locks; that takes as long as h2 itself.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
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

from crawler.clients.http2.frames import Frames
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

    __slots__ = ("error", "fields", "is_ended", "is_sent", "news", "number", "parts", "uncredited")

    def __init__(self, number: int) -> None:
        self.number = number
        self.fields: Sequence[tuple[bytes, bytes]] | None = None
        self.parts: list[bytes] = []
        self.uncredited = 0  # bytes that the sender was not given back of its window
        self.is_sent = self.is_ended = False
        self.error: Exception | None = None
        self.news: asyncio.Future[None] | None = None

    def take(self, event: Any, engine: Any) -> None:
        match event:
            case DataReceived():
                self.parts.append(event.data)
                self.uncredited += event.flow_controlled_length
            case ResponseReceived():
                self.fields = event.headers
            case StreamEnded():
                self.is_ended = True
            case StreamReset():
                self.error = engine.RemoteProtocolError(event)
        self.wake()

    def wake(self) -> None:
        if self.news is not None and not self.news.done():
            self.news.set_result(None)


class _Turns:
    """Whoever waits until the server allows another stream, first come, first served."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self, free: Callable[[], int]) -> None:
        """Waits for a turn. free: how many turns there are."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            self.give(free())  # which may have been this one's
            raise

    def give(self, free: int) -> None:
        """As many as are free are woken."""
        while self._waiting and free > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1


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
        self._turns = _Turns()
        self._most_streams = 1  # until the server has said
        self._idle_since = monotonic()
        self._error: Exception | None = None
        self._reader: asyncio.Task[None] | None = None
        self._is_used_up = self._will_write = False
        self._unsent: list[tuple[_Stream, Callable[[int], None]]] = []
        self._uncredited = 0  # bytes that were taken, of streams that have ended
        self._h2 = state = H2Connection(_CONFIG)
        state.encoder, state.decoder, state.incoming_buffer = HeaderEncoder(), HeaderDecoder(), Frames()
        state.local_settings = Settings(client=True, initial_values=_SETTINGS)
        del state.local_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]  # at which some servers balk

    async def handle_async_request(self, request: Any) -> Answer:
        """Sends the request, and returns when the head of its answer is here."""
        if self._reader is None:
            await self._begin()
        while self._free() <= 0 and self._error is None:
            await self._turns.wait(self._free)
        if not self.is_available():
            raise self._engine.ConnectionNotAvailable()
        stream = self._open()
        try:
            await request.extensions["trace"]("http2.send_request_headers.started", {})
            self._send(stream, request)
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
            elif stream.is_ended:
                return
            else:
                await self._news(stream)

    def leave(self, stream: _Stream) -> None:
        """The answer is complete, or given up: then the server is told to stop."""
        if self._streams.pop(stream.number, None) is None:
            return
        self._idle_since = monotonic()
        self._turns.give(self._free())
        if self._error is None:
            if not stream.is_ended and stream.error is None:
                self._h2.reset_stream(stream.number, ErrorCodes.CANCEL)
                self._write_soon()
            self._credit(stream)

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

    def _free(self) -> int:
        return self._most_streams - len(self._streams)

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

    def _send(self, stream: _Stream, request: Any) -> None:
        self._h2.send_headers(stream.number, block_fields(request), end_stream=True)
        self._unsent.append((stream, request.extensions["on_sent"]))
        self._write_soon()

    def _write_soon(self) -> None:
        """What is said in one turn of the loop leaves together: one record of TLS and one system call for all."""
        if not self._will_write:
            self._will_write = True
            asyncio.get_running_loop().call_soon(self._write_out)

    def _write_out(self, *_: Any) -> None:
        if (congestion := self._network.congestion) is not None:
            congestion.add_done_callback(self._write_out)
            return
        self._will_write = False
        unsent, self._unsent = self._unsent, []
        if self._error is None:
            self._network.send(self._h2.data_to_send())
            for stream, on_sent in unsent:
                if stream.number in self._streams:
                    stream.is_sent = True
                    on_sent(stream.number)

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
                        stream.take(event, self._engine)
                case RemoteSettingsChanged():
                    self._most_streams = min(self._h2.remote_settings.max_concurrent_streams, MOST_STREAMS)
                    self._turns.give(self._free())
                case ConnectionTerminated():
                    self._fail(self._engine.RemoteProtocolError(event))

    async def _news(self, stream: _Stream) -> None:
        if (error := stream.error or self._error) is not None:
            if stream.is_sent:
                raise error
            raise self._engine.ConnectionNotAvailable() from error
        stream.news = asyncio.get_running_loop().create_future()
        try:
            await stream.news
        finally:
            stream.news = None

    def _credit(self, stream: _Stream) -> None:
        """Gives the sender back what was taken of its windows; of the connection's alone where the stream has ended."""
        amount, stream.uncredited = stream.uncredited, 0
        if self._error is not None:
            return
        if amount and not stream.is_ended:
            self._h2.acknowledge_received_data(amount, stream.number)
            self._write_soon()
            return
        self._uncredited += amount
        if self._uncredited > _CONNECTION_WINDOW // 16:
            self._h2.increment_flow_control_window(self._uncredited)
            self._uncredited = 0
            self._write_soon()

    async def _flush(self) -> None:
        if data := self._h2.data_to_send():
            await self._network.write(data)

    def _fail(self, error: Exception) -> None:
        self._error = self._error or error
        for stream in self._streams.values():
            stream.wake()
        self._turns.give(sys.maxsize)
