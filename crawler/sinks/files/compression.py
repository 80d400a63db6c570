"""Compression in pieces that are each complete: a crash never leaves half a stream."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP_LEVEL = 5
ZSTD_LEVEL = 3
SAMPLE_BYTES = 4096  # of a compressed file: more than the beginning of a table takes


def gzip_member(data: bytes) -> bytes:
    """One gzip member (RFC 1952, 2.2: a file may hold several, one after the other) without a time stamp."""
    return gzip.compress(data, GZIP_LEVEL, mtime=0)


def zstd_frame(data: bytes) -> bytes:
    """One Zstandard frame (RFC 8878, 3: a file may hold several), with its content's size."""
    return zstd.compress(data, ZSTD_LEVEL)


COMPRESSIONS: Mapping[str, Callable[[bytes], bytes]] = {
    "none": lambda data: data,
    "gzip": gzip_member,
    "zstd": zstd_frame,
}


def zstd_lines(path: str) -> Iterator[bytes]:
    """The lines of a file of Zstandard frames, one after the other; an empty file has none. Raises OSError."""
    with open(path, "rb") as file:
        if not file.read(1):
            return
    with zstd.open(path, "rb") as lines:
        yield from lines


def recognise(head: bytes) -> str:
    """The compression whose signature `head`, the first four bytes of a file, shows: a key of COMPRESSIONS."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else "none"


def opening(path: str, compress: str, size: int) -> bytes:
    """The first `size` bytes of what the file at `path` holds, decompressed; fewer where there are none or damaged."""
    with open(path, "rb") as file:
        data = file.read(size + (0 if compress == "none" else SAMPLE_BYTES))
    try:
        match compress:
            case "gzip":
                return zlib.decompressobj(wbits=31).decompress(data, size)
            case "zstd":
                return zstd.ZstdDecompressor().decompress(data, size)
            case _:
                return data[:size]
    except (zlib.error, zstd.ZstdError):
        return b""
