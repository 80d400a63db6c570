"""HTTP/2 connections that end in good order: their last streams finish, later ones are refused (RFC 9113 6.8).

The h2 library gives a whole connection up when it reads GOAWAY, and nginx says that every thousand requests. So a
GOAWAY without an error is kept from it, and what it means is said in other frames: streams that the server will not
serve are reset as refused. Frames longer than we allow, and floods of frames that carry nothing, are noticed before the
library waits for the ones and answers the others one by one.
"""

from __future__ import annotations

from typing import Final

from crawler.clients.wire.failures import FLOODED, MALFORMED

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD: Final = 9  # bytes before the payload of a frame: length (3), type, flags, stream (4)
_LONGEST: Final = _HEAD + 16384  # RFC 9113 4.2, as long as we do not allow more
_DATA, _HEADERS, _RST_STREAM, _GOAWAY = 0, 1, 3, 7
_END_STREAM: Final = 1
_NO_ERROR: Final = bytes(4)
MOST_IDLE_FRAMES: Final = 1000
_REFUSED_STREAM: Final = (7).to_bytes(4)
_STREAM: Final = 0x7FFFFFFF


class FrameFilter:
    """Both directions of one connection, as bytes."""

    def __init__(self) -> None:
        self._last_served: int | None = None
        self._last_sent = 0
        self._partial = b""  # of a frame's head, or of a GOAWAY frame
        self._left = 0  # bytes of the present frame that are still to come
        self._idle_frames = 0  # since something of an answer came
        self.offence: str | None = None  # for which the connection is to be given up

    @property
    def going_away(self) -> bool:
        """Whether the server takes no further streams."""
        return self._last_served is not None

    def received(self, data: bytes) -> bytes:
        """What to hand on of `data`."""
        if self._partial:
            data, self._partial = self._partial + data, b""
        passed, kept_from, at = [], 0, min(self._left, len(data))
        self._left -= at
        while self._left == 0 and at < len(data):
            size = self._size_of_frame(data, at)
            if size == 0:
                self._partial = data[at:]
                break
            if data[at + 3] == _GOAWAY and size >= _HEAD + 8 and data[at + 13 : at + 17] == _NO_ERROR:
                passed += [data[kept_from:at], self._note(int.from_bytes(data[at + 9 : at + 13]) & _STREAM)]
                kept_from = at + size
            at += size
            if at > len(data):
                self._left = at - len(data)
        passed.append(data[kept_from : len(data) - len(self._partial)])
        return b"".join(passed)

    def _size_of_frame(self, data: bytes, at: int) -> int:
        """Bytes of the frame that begins there; 0 if more must arrive first: its head, or the whole of a GOAWAY."""
        arrived = len(data) - at
        if arrived < _HEAD:
            return 0
        size = _HEAD + int.from_bytes(data[at : at + 3])
        kind, flags = data[at + 3], data[at + 4]
        if size > _LONGEST:
            self.offence = MALFORMED
        elif kind == _GOAWAY and arrived < size:
            return 0
        carries = (kind == _DATA and size > _HEAD) or (kind in (_DATA, _HEADERS) and flags & _END_STREAM)
        self._idle_frames = 0 if carries else self._idle_frames + 1
        if self._idle_frames > MOST_IDLE_FRAMES:
            self.offence = FLOODED
        return size

    def sent(self, data: bytes) -> bytes:
        """What to make believe was received, now that `data` (whole frames) goes out."""
        at = len(_PREFACE) if data.startswith(_PREFACE) else 0
        opened = self._last_sent
        while at + _HEAD <= len(data):
            if data[at + 3] == _HEADERS:
                opened = max(opened, int.from_bytes(data[at + 5 : at + 9]) & _STREAM)
            at += _HEAD + int.from_bytes(data[at : at + 3])
        before, self._last_sent = self._last_sent, opened
        return b"" if self._last_served is None else _refusals(max(before, self._last_served), opened)

    def _note(self, last_served: int) -> bytes:
        before = self._last_sent if self._last_served is None else min(self._last_served, self._last_sent)
        self._last_served = last_served if self._last_served is None else min(last_served, self._last_served)
        return _refusals(self._last_served, before)


def _refusals(after: int, last: int) -> bytes:
    """RST_STREAM for each of our streams beyond `after` up to `last`; clients open odd ones."""
    first = after + 1 + after % 2
    streams = (number.to_bytes(4) for number in range(first, last + 1, 2))
    return b"".join(bytes((0, 0, 4, _RST_STREAM, 0)) + stream + _REFUSED_STREAM for stream in streams)
