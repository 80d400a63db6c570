"""A response body as it arrives: decoded piece by piece, counted, hashed, and cut off at its limit."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any, Final, Protocol

import brotli  # type: ignore[import-untyped]

from crawler.core.errors import FetchFailed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES: Final = 64 * 1024  # decoded at a time: what a bomb can put into memory beyond the limit
TURN_BYTES: Final = 1024 * 1024  # decoded before other tasks get their turn, about 2 ms
MAX_CODINGS: Final = 4
_MOST_EMPTY_MEMBERS: Final = 1000  # one after the other
# RFC 9659 3: 8 MiB is what a decoder must offer
_ZSTD_LIMITS: Final[dict[int, int]] = {zstd.DecompressionParameter.window_log_max: 23}
_GZIP_MAGIC: Final = b"\x1f\x8b"


class _Broken(Exception):
    """The coded stream is not what it claims to be."""


class _Decoder(Protocol):
    def decode(self, data: bytes) -> Iterator[bytes]:
        """What `data` adds, in pieces of about PIECE_BYTES. Raises _Broken."""
        ...

    def ended(self) -> bool:
        """Whether the stream is complete, or empty from the beginning."""
        ...


class Body:
    """Takes the bytes of one response body. Raises FetchFailed("decoding" or "body_too_large") and is of no use then.

    cut: what exceeds `max_body_bytes` is left out and `is_cut` set, instead of a failure. Memory: at most
    `max_body_bytes` and one piece for each coding, whatever arrives.
    """

    __slots__ = (
        *("_between", "_codings", "_cut", "_decoders", "_first", "_hash", "_kept", "_max_bytes", "_pieces", "_rest"),
        *("bytes_received", "is_cut", "size"),
    )

    def __init__(self, content_encoding: Sequence[str], max_body_bytes: int, *, keep: bool, cut: bool = False) -> None:
        self._codings = _codings(content_encoding) if content_encoding else []
        self._decoders = [_DECODERS[coding]() for coding in reversed(self._codings)]
        self._between = 0  # bytes that one decoder handed to the next
        self._max_bytes = max_body_bytes
        self._kept = keep
        self._cut = cut
        self._first = b""
        self._rest: BytesIO | None = None
        self._hash = sha256()
        self._pieces: Iterator[bytes] = iter(())
        self.bytes_received = 0  # as they came
        self.size = 0  # decoded
        self.is_cut = False  # there was more than fits; whatever else arrives is of no use

    def take(self, data: bytes) -> bool:
        """Adds what arrived; True if there is more to decode in it: call `go_on` until that says no."""
        if not self._decoders:
            self.bytes_received += len(data)
            self._add(data)
            return False
        self._bound(self.bytes_received, self._most_coded())  # without `data`, of which a part may be all that fits
        self.bytes_received += len(data)
        self._pieces = self._decoded(data, 0)
        return self.go_on()

    def go_on(self) -> bool:
        """Decodes for one turn; True if there is more."""
        left = TURN_BYTES
        try:
            for piece in self._pieces:
                if piece:
                    self._add(piece)
                left -= len(piece) or PIECE_BYTES
                if self.is_cut:
                    return False
                if left <= 0:
                    return True
        except _Broken:
            raise self._undecodable("is broken") from None
        return False

    def finish(self) -> None:
        """Says that all has arrived."""
        if not self.is_cut and not all(decoder.ended() for decoder in self._decoders):
            raise self._undecodable("ends too early")

    def content(self) -> bytes:
        """The decoded body; empty if it is not kept."""
        return self._first if self._rest is None else self._rest.getvalue()

    def digest(self) -> str:
        """SHA-256 of the decoded body, hex."""
        return self._hash.hexdigest()

    def abandon(self) -> None:
        """Lets go of what is kept: the traceback of a failure can keep this object alive."""
        self._first, self._rest, self._pieces, self._decoders = b"", None, iter(()), []

    def _add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._max_bytes:
            piece = self._fitting(piece)
        self._hash.update(piece)
        if not self._kept:
            return
        if self._rest is not None:
            self._rest.write(piece)
        elif self._first:
            self._rest = BytesIO()
            self._rest.write(self._first)
            self._rest.write(piece)
            self._first = b""
        else:
            self._first = piece

    def _fitting(self, piece: bytes) -> bytes:
        """What is left of the piece that exceeds the limit."""
        if not self._cut:
            raise too_large(self._max_bytes)
        excess, self.size, self.is_cut = self.size - self._max_bytes, self._max_bytes, True
        return piece[:-excess]

    def _bound(self, count: int, most: int) -> None:
        if count > most:
            raise too_large(self._max_bytes)

    def _decoded(self, data: bytes, stage: int) -> Iterator[bytes]:
        pieces = self._decoders[stage].decode(data)
        if stage + 1 == len(self._decoders):
            yield from pieces
            return
        for piece in pieces:
            self._between += len(piece)
            self._bound(self._between, len(self._decoders) * self._most_coded())
            yield b""  # a turn may end here, even if all this comes to nothing
            yield from self._decoded(piece, stage + 1)

    def _most_coded(self) -> int:
        """Coded data hardly ever exceeds what it stands for; much of it that stands for nothing is an attack."""
        return self._max_bytes + self._max_bytes // 8 + PIECE_BYTES

    def _undecodable(self, what: str) -> FetchFailed:
        return FetchFailed("decoding", f"the {', '.join(self._codings)} coding of the body {what}")


def too_large(max_body_bytes: int) -> FetchFailed:
    """The failure of a body of more than `max_body_bytes`."""
    return FetchFailed("body_too_large", f"body longer than {max_body_bytes} bytes")


def _codings(fields: Sequence[str]) -> list[str]:
    """The codings in the order they were applied (RFC 9110 8.4). A body in a coding nobody knows is taken as it is, as
    browsers do: the field then mostly holds a charset or a type."""
    names = [name for field in fields for part in field.split(",") if (name := part.strip().lower())]
    names = [name for name in names if name != "identity"]
    if any(name not in _DECODERS for name in names):
        return []
    if len(names) > MAX_CODINGS:
        raise FetchFailed("decoding", f"more than {MAX_CODINGS} codings, one inside the other")
    return names


class _Gzip:
    """RFC 1952: any number of members; what follows them and is none is ignored, as browsers do."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._started = self._over = False
        self._empty_members = 0
        self._between = b""  # the first byte after a member, which may begin another

    def decode(self, data: bytes) -> Iterator[bytes]:
        while data and not self._over:
            if self._member.eof:
                data = self._between + data
                if len(data) < len(_GZIP_MAGIC):
                    self._between = data
                    return
                self._between = b""
                if not data.startswith(_GZIP_MAGIC):
                    self._over = True
                    return
                self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            self._started = True
            yield from self._member_data(data)
            data = self._member.unused_data

    def _member_data(self, data: bytes) -> Iterator[bytes]:
        self._empty_members += 1
        for piece in _inflated(self._member, data):
            if piece:
                self._empty_members = 0
            yield piece
        if self._empty_members > _MOST_EMPTY_MEMBERS:
            raise _Broken

    def ended(self) -> bool:
        return self._member.eof or not self._started


class _Deflate:
    """RFC 9110 8.4.1.2 means zlib data (RFC 1950); some servers send it without its frame (RFC 1951)."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: Any = None

    def decode(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data = self._head = self._head + data
            if len(data) < 2:
                return
            framed = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
        if not self._stream.eof:
            yield from _inflated(self._stream, data)

    def ended(self) -> bool:
        return self._stream.eof if self._stream else not self._head


def _inflated(stream: Any, data: bytes) -> Iterator[bytes]:
    try:
        while data and not stream.eof:
            piece = stream.decompress(data, PIECE_BYTES)
            data = stream.unconsumed_tail
            # zlib may hold a full piece's rest back without having input left.
            yield piece
            while len(piece) == PIECE_BYTES and not data and not stream.eof:
                piece = stream.decompress(b"", PIECE_BYTES)
                yield piece
    except zlib.error:
        raise _Broken from None


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._started = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            raise _Broken  # as the library says of what follows in one piece with the end
        self._started = True
        try:
            while True:
                piece = self._stream.process(data, output_buffer_limit=PIECE_BYTES)
                yield piece
                # It may take more input while it still holds output back.
                drained = len(piece) < PIECE_BYTES and self._stream.can_accept_more_data()
                if drained or self._stream.is_finished():
                    return
                data = b""
        except brotli.error:
            raise _Broken from None

    def ended(self) -> bool:
        return self._stream.is_finished() or not self._started


class _Zstd:
    """RFC 8878: any number of frames."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor(options=_ZSTD_LIMITS)
        self._started = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                if self._frame.eof:
                    self._frame = zstd.ZstdDecompressor(options=_ZSTD_LIMITS)
                self._started = True
                yield self._frame.decompress(data, PIECE_BYTES)
                while not self._frame.eof and not self._frame.needs_input:
                    yield self._frame.decompress(b"", PIECE_BYTES)
                data = self._frame.unused_data if self._frame.eof else b""
        except zstd.ZstdError:
            raise _Broken from None

    def ended(self) -> bool:
        return self._frame.eof or not self._started


_DECODERS: Final[dict[str, Callable[[], _Decoder]]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
ACCEPTED: Final = "gzip, deflate, br, zstd"
