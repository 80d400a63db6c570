"""HTTP/2 connections that end in good order: their last streams finish, later ones are refused (RFC 9113 6.8).

The h2 library gives a whole connection up when it reads GOAWAY, and nginx says that every thousand requests. So a
GOAWAY without an error is kept from it, and what it means is said in other frames: streams that the server will not
serve are reset as refused.
"""

from __future__ import annotations

from typing import Final

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD: Final = 9  # bytes before the payload of a frame: length (3), type, flags, stream (4)
_HEADERS, _RST_STREAM, _GOAWAY = 1, 3, 7
_REFUSED_STREAM: Final = (7).to_bytes(4)
_STREAM: Final = 0x7FFFFFFF


class FrameFilter:
    """Both directions of one connection, as bytes."""

    def __init__(self) -> None:
        self._last_served: int | None = None
        self._last_sent = 0
        self._partial = b""  # of a frame's head, or of a GOAWAY frame
        self._left = 0  # bytes of the present frame that are still to come

    @property
    def going_away(self) -> bool:
        """Whether the server takes no further streams."""
        return self._last_served is not None

    def received(self, data: bytes) -> bytes:
        """What to hand on of `data`."""
        passed = []
        while data:
            if self._left:
                passed.append(data[: self._left])
                data, self._left = data[self._left :], max(0, self._left - len(data))
                continue
            data, self._partial = self._partial + data, b""
            size = _HEAD + int.from_bytes(data[:3]) if len(data) >= _HEAD else _HEAD + 1
            is_goaway = len(data) > 3 and data[3] == _GOAWAY
            if len(data) < _HEAD or (is_goaway and len(data) < size):
                self._partial = data
                break
            if is_goaway and _says_no_error(data):
                passed.append(self._note(int.from_bytes(data[9:13]) & _STREAM))
                data = data[size:]
            else:
                self._left = size
        return b"".join(passed)

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


def _says_no_error(frame: bytes) -> bool:
    return frame[13:17] == bytes(4)


def _refusals(after: int, last: int) -> bytes:
    """RST_STREAM for each of our streams beyond `after` up to `last`; clients open odd ones."""
    first = after + 1 + after % 2
    streams = (number.to_bytes(4) for number in range(first, last + 1, 2))
    return b"".join(bytes((0, 0, 4, _RST_STREAM, 0)) + stream + _REFUSED_STREAM for stream in streams)
