"""HTTP/2 that breaks RFC 9113, floods, or goes away."""

from __future__ import annotations

import asyncio

from tests.site.faults.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    SETTINGS,
    WINDOW_UPDATE,
    Peer,
)
from tests.site.faults.registry import PAUSE_S, add, fault, pour, reset

_MOST_FRAMES = 200_000
_CODES = {
    "no-error": 0, "protocol-error": 1, "internal-error": 2, "flow-control-error": 3, "stream-closed": 5,
    "refused-stream": 7, "cancel": 8, "compression-error": 9, "enhance-your-calm": 11, "http-1-1-required": 13,
}  # fmt: skip


def _resetting(code: int) -> object:
    async def answer(peer: Peer, stream: int) -> None:
        peer.reset(stream, code)

    return answer


for _name, _code in _CODES.items():
    add(f"h2-reset-{_name}", "protocol", f"Resets every stream with code {_code}", _resetting(_code), door="h2")


async def _flood(peer: Peer, *frames: tuple[int, bytes, int, int]) -> None:
    for _ in range(_MOST_FRAMES // 100):
        for kind, payload, flags, stream in frames * 100:
            peer.frame(kind, payload, flags=flags, stream=stream)
        await peer.writer.drain()
        await asyncio.sleep(PAUSE_S)


@fault("ok", door="h2")
async def h2_stream_refused_once(peer: Peer, stream: int) -> None:
    """Refuses streams on its first connection, serves them on others."""
    peer.reset(stream, _CODES["refused-stream"]) if peer.number == 1 else peer.page(stream)


@fault("ok", door="h2")
async def h2_goes_away_once(peer: Peer, stream: int) -> None:
    """Goes away in good order without having served the stream, and serves it on another connection."""
    peer.go_away(max(stream - 2, 0)) if peer.number == 1 else peer.page(stream)


@fault("ok", door="h2")
async def h2_goes_away_with_an_error_once(peer: Peer, stream: int) -> None:
    """Goes away with an error before the stream was served, and serves it on another connection."""
    peer.go_away(max(stream - 2, 0), 2) if peer.number == 1 else peer.page(stream)


@fault("ok", door="h2")
async def h2_goes_away_and_finishes(peer: Peer, stream: int) -> None:
    """Goes away in good order and finishes what it has begun."""
    peer.head(stream)
    peer.go_away(stream)
    peer.data(stream, b"<title>Finished</title>", end=True)


@fault("protocol", door="h2")
async def h2_always_goes_away(peer: Peer, stream: int) -> None:
    """Goes away with an error instead of each answer."""
    peer.go_away(stream, 1)


@fault("protocol", door="h2")
async def h2_closed(peer: Peer, stream: int) -> None:
    """Closes the connection instead of answering."""
    peer.writer.close()


@fault("protocol", door="h2")
async def h2_closed_in_body(peer: Peer, stream: int) -> None:
    """Closes the connection in the middle of the body."""
    peer.head(stream)
    peer.data(stream, b"half")
    await peer.writer.drain()
    peer.writer.close()


@fault("protocol", door="h2")
async def h2_connection_reset_in_body(peer: Peer, stream: int) -> None:
    """Resets the connection in the middle of the body."""
    peer.head(stream)
    await peer.writer.drain()
    reset(peer.writer)


@fault("protocol", door="h2")
async def h2_stream_reset_in_body(peer: Peer, stream: int) -> None:
    """Resets the stream in the middle of the body."""
    peer.head(stream)
    peer.data(stream, b"half")
    peer.reset(stream, 2)


@fault("timeout", door="h2")
async def h2_stalled(peer: Peer, stream: int) -> None:
    """Never answers."""


@fault("timeout", door="h2")
async def h2_stalled_in_body(peer: Peer, stream: int) -> None:
    """Stops in the middle of the body."""
    peer.head(stream)
    peer.data(stream, b"half")


@fault("timeout", door="h2")
async def h2_drip(peer: Peer, stream: int) -> None:
    """Sends one byte at a time."""
    peer.head(stream)
    for _ in range(100_000):
        peer.data(stream, b"x")
        await asyncio.sleep(0.1)


@fault("protocol", door="h2")
async def h2_empty_data_flood(peer: Peer, stream: int) -> None:
    """Sends DATA frames with nothing in them, without end."""
    peer.head(stream)
    await _flood(peer, (DATA, b"", 0, stream))
    await asyncio.sleep(3600)


@fault("protocol", door="h2")
async def h2_settings_flood(peer: Peer, stream: int) -> None:
    """Sends SETTINGS without end."""
    await _flood(peer, (SETTINGS, b"", 0, 0))
    await asyncio.sleep(3600)


@fault("protocol", door="h2")
async def h2_ping_flood(peer: Peer, stream: int) -> None:
    """Sends PING without end."""
    await _flood(peer, (PING, bytes(8), 0, 0))
    await asyncio.sleep(3600)


@fault("protocol", door="h2")
async def h2_interim_flood(peer: Peer, stream: int) -> None:
    """Sends 103 (Early Hints) without end."""
    for _ in range(_MOST_FRAMES // 10):
        peer.head(stream, status="103")
        await peer.writer.drain()
    await asyncio.sleep(3600)


@fault("protocol", door="h2")
async def h2_continuation_flood(peer: Peer, stream: int) -> None:
    """Sends CONTINUATION frames without end."""
    peer.frame(HEADERS, peer.packed((":status", "200")), stream=stream)
    await _flood(peer, (CONTINUATION, b"\x00\x01a\x01b", 0, stream))


@fault("protocol", door="h2")
async def h2_header_bomb(peer: Peer, stream: int) -> None:
    """Sends a few bytes that unpack to megabytes of header fields."""
    block = peer.packed((":status", "200"), ("x-bomb", "b" * 3900)) + b"\xbe" * 10_000
    peer.frame(HEADERS, block, flags=END_HEADERS | END_STREAM, stream=stream)


@fault("protocol", door="h2")
async def h2_header_block_broken(peer: Peer, stream: int) -> None:
    """Sends a header block that cannot be unpacked."""
    peer.frame(HEADERS, b"\xff\xff\xff\xff\xff\xff\xff\xff", flags=END_HEADERS | END_STREAM, stream=stream)


@fault("body_too_large", door="h2")
async def h2_endless_body(peer: Peer, stream: int) -> None:
    """Sends a body without end."""
    peer.head(stream)
    for _ in range(1000):
        peer.data(stream, b"x" * 16384)
        await peer.writer.drain()


@fault("body_too_large", door="h2")
async def h2_length_beyond_the_limit(peer: Peer, stream: int) -> None:
    """Announces 1 TB."""
    peer.head(stream, ("content-length", "1000000000000"))


@fault("ok", door="h2")
async def h2_data_after_the_end(peer: Peer, stream: int) -> None:
    """Sends DATA on a stream that it has ended."""
    peer.page(stream)
    await peer.writer.drain()
    await asyncio.sleep(0.05)
    peer.data(stream, b"more", end=True)


@fault("protocol", door="h2")
async def h2_data_before_headers(peer: Peer, stream: int) -> None:
    """Sends DATA before HEADERS."""
    peer.data(stream, b"<title>x</title>", end=True)


@fault("protocol", door="h2")
async def h2_data_on_stream_0(peer: Peer, stream: int) -> None:
    """Sends DATA on the connection itself."""
    peer.data(0, b"x")


@fault("protocol", door="h2")
async def h2_push(peer: Peer, stream: int) -> None:
    """Pushes, though that was refused."""
    request = peer.packed((":method", "GET"), (":scheme", "https"), (":authority", "x"), (":path", "/pushed"))
    peer.frame(PUSH_PROMISE, (2).to_bytes(4) + request, flags=END_HEADERS, stream=stream)
    peer.page(stream)


@fault("protocol", door="h2")
async def h2_length_mismatch(peer: Peer, stream: int) -> None:
    """Sends fewer bytes than content-length says."""
    peer.head(stream, ("content-length", "100"))
    peer.data(stream, b"short", end=True)


@fault("protocol", door="h2")
async def h2_status_not_a_number(peer: Peer, stream: int) -> None:
    """Sends status abc."""
    peer.head(stream, status="abc", end=True)


@fault("protocol", door="h2")
async def h2_status_000(peer: Peer, stream: int) -> None:
    """Sends status 000."""
    peer.head(stream, status="000", end=True)


@fault("protocol", door="h2")
async def h2_field_in_capitals(peer: Peer, stream: int) -> None:
    """Sends a field name in capitals."""
    peer.head(stream, ("X-Capital", "1"), end=True)


@fault("protocol", door="h2")
async def h2_connection_field(peer: Peer, stream: int) -> None:
    """Sends a field of HTTP/1.1 connections."""
    peer.head(stream, ("transfer-encoding", "chunked"), end=True)


@fault("protocol", door="h2")
async def h2_frame_too_long(peer: Peer, stream: int) -> None:
    """Sends a frame longer than allowed."""
    peer.head(stream)
    peer.data(stream, bytes(100_000), end=True)


@fault("protocol", door="h2")
async def h2_settings_of_5_bytes(peer: Peer, stream: int) -> None:
    """Sends SETTINGS of a length that cannot be."""
    peer.frame(SETTINGS, bytes(5))


@fault("protocol", door="h2")
async def h2_ping_of_3_bytes(peer: Peer, stream: int) -> None:
    """Sends PING of a length that cannot be."""
    peer.frame(PING, bytes(3))


@fault("protocol", door="h2")
async def h2_goaway_of_2_bytes(peer: Peer, stream: int) -> None:
    """Sends GOAWAY of a length that cannot be."""
    peer.frame(GOAWAY, bytes(2))


@fault("protocol", door="h2")
async def h2_window_update_of_0(peer: Peer, stream: int) -> None:
    """Opens a window by nothing."""
    peer.frame(WINDOW_UPDATE, bytes(4))


@fault("protocol", door="h2")
async def h2_window_overflow(peer: Peer, stream: int) -> None:
    """Opens a window beyond all bounds."""
    for _ in range(3):
        peer.frame(WINDOW_UPDATE, (2**31 - 1).to_bytes(4))


@fault("protocol", door="h2")
async def h2_plain_text(peer: Peer, stream: int) -> None:
    """Goes on in HTTP/1.1."""
    peer.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" * 20)


@fault("ok", door="h2")
async def h2_unknown_frames(peer: Peer, stream: int) -> None:
    """Sends frames of unknown types, and an answer."""
    peer.frame(200, b"what", flags=255, stream=stream)
    peer.frame(PRIORITY, bytes(4) + b"\x10", stream=stream)
    peer.page(stream)


@fault("ok", door="h2")
async def h2_trailers(peer: Peer, stream: int) -> None:
    """Sends fields behind the body."""
    peer.head(stream)
    peer.data(stream, b"<title>x</title>")
    peer.frame(HEADERS, peer.packed(("x-trailer", "1")), flags=END_HEADERS | END_STREAM, stream=stream)


@fault("ok", door="h2")
async def h2_padded(peer: Peer, stream: int) -> None:
    """Pads its frames as far as possible."""
    peer.head(stream)
    for byte in b"<title>x</title>":
        peer.frame(DATA, bytes((255, byte)) + bytes(255), flags=8, stream=stream)
    peer.data(stream, b"", end=True)


@fault("ok", door="h2")
async def h2_one_stream_at_a_time(peer: Peer, stream: int) -> None:
    """Takes one stream at a time from now on."""
    peer.settings(max_concurrent_streams=1)
    await asyncio.sleep(0.1)
    peer.page(stream)


@fault("protocol", door="h2")
async def h2_garbage_flood(peer: Peer, stream: int) -> None:
    """Sends random bytes without end."""
    await pour(peer.writer, bytes(range(256)) * 16)
