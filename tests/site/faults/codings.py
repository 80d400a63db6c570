"""Content codings: bombs, lies, lists, and streams cut off or followed by something else."""

from __future__ import annotations

import gzip
import sys
import zlib
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from functools import cache
from typing import Any

import brotli

from tests.site.faults.network import OK
from tests.site.faults.registry import MOST_BYTES, add, fault, pour
from tests.site.wire import Answer, Asked

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"<!doctype html><title>Packed</title>" + b"<p>packed packed</p>" * 200
_MIB = bytes(1024 * 1024)


def raw_deflate(data: bytes) -> bytes:
    """RFC 1951 without the frame that RFC 9110 8.4.1.2 asks for."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw-deflate": raw_deflate,
    "br": lambda data: brotli.compress(data, quality=4),
    "zstd": zstd.compress,
}


def coded(coding: str, body: bytes, *more: tuple[str, str]) -> Answer:
    """An answer that says it is in `coding`."""
    return Answer(body, headers=(("Content-Encoding", coding), *more))


def _repeated(packer: Any) -> bytes:
    """A deflated block of zeros, written often and packed once; the checksum at the end is wrong."""
    first = packer.compress(_MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    block: bytes = packer.compress(_MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * (MOST_BYTES // len(_MIB) - 1) + packer.flush()


_BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: _repeated(zlib.compressobj(9, zlib.DEFLATED, 31)),
    "deflate": lambda: _repeated(zlib.compressobj(9)),
    "raw-deflate": lambda: _repeated(zlib.compressobj(9, zlib.DEFLATED, -15)),
    "br": lambda: brotli.compress(_MIB * 64, quality=1),
    "zstd": lambda: zstd.compress(_MIB) * (MOST_BYTES // len(_MIB)),
}


@cache
def bomb(packing: str, times: int = 1) -> bytes:
    """64 to 256 MiB of zeros, packed `times` times over."""
    data = _BOMBS[packing]()
    for _ in range(times - 1):
        data = PACK[packing](data)
    return data


def _label(packing: str) -> str:
    return packing.removeprefix("raw-")


def _register(name: str, ends: str, what: str, coding: str, body: Callable[[], bytes]) -> None:
    add(name, ends, what, lambda asked: coded(coding, body()))


for _packing in PACK:
    _register(
        f"bomb-{_packing}",
        "body_too_large",
        f"Sends hundreds of megabytes of zeros in {_packing}",
        _label(_packing),
        lambda packing=_packing: bomb(packing),  # type: ignore[misc]
    )
    _register(
        f"cut-off-{_packing}",
        "decoding",
        f"Sends {_packing} whose end is missing",
        _label(_packing),
        lambda packing=_packing: PACK[packing](TEXT)[:-6],  # type: ignore[misc]
    )
    if _packing != "raw-deflate":
        _register(
            f"lies-about-{_packing}",
            "decoding",
            f"Sends plain text and says it is {_packing}",
            _packing,
            lambda: b"<!doctype html><title>Plain</title>" * 3,
        )
    _register(f"empty-{_packing}", "ok", f"Sends nothing and says it is {_packing}", _label(_packing), lambda: b"")

_register("bomb-nested", "body_too_large", "Sends a bomb of gzip in gzip", "gzip, gzip", lambda: bomb("gzip", 2))
_register(
    "bomb-of-three", "body_too_large", "Sends a bomb of gzip in gzip in gzip", "gzip,gzip,gzip", lambda: bomb("gzip", 3)
)
_register("codings-unlike", "ok", "Sends gzip in brotli", "gzip, br", lambda: PACK["br"](PACK["gzip"](TEXT)))
_register("codings-five", "decoding", "Names five codings, one inside the other", "gzip, " * 4 + "gzip", lambda: TEXT)
_register("codings-1000", "decoding", "Names a thousand codings", "br, " * 999 + "br", lambda: TEXT)
_register("coding-unknown", "ok", "Names a coding that nobody knows", "utf-8", lambda: TEXT)
_register("coding-identity", "ok", "Says that there is no coding", "identity", lambda: TEXT)
_register("coding-empty", "ok", "Sends an empty Content-Encoding", "", lambda: TEXT)
_register("x-gzip", "ok", "Calls gzip by its old name", "X-GZip", lambda: gzip.compress(TEXT))
_register(
    "gzip-of-many-members", "ok", "Sends a gzip member for every ten bytes", "gzip",
    lambda: b"".join(gzip.compress(TEXT[at : at + 10]) for at in range(0, len(TEXT), 10)),
)  # fmt: skip
_register("gzip-and-garbage", "ok", "Sends garbage behind gzip", "gzip", lambda: gzip.compress(TEXT) + b"\0\0garbage")
_register(
    "gzip-with-a-wrong-checksum", "decoding", "Sends gzip whose checksum is wrong", "gzip",
    lambda: gzip.compress(TEXT)[:-8] + bytes(8),
)  # fmt: skip
_register(
    "zstd-with-a-huge-window", "decoding", "Sends zstd that asks for a window of 2 GiB", "zstd",
    lambda: zstd.compress(TEXT, options={zstd.CompressionParameter.window_log: 27})[:5] + b"\xf8" + bytes(64),
)  # fmt: skip
_register("br-and-garbage", "decoding", "Sends garbage behind brotli", "br", lambda: brotli.compress(TEXT) + b"garbage")


@fault("decoding")
def coding_said_twice(asked: Asked) -> Answer:
    """Says gzip in two fields, and has applied it once."""
    return coded("gzip", gzip.compress(TEXT), ("Content-Encoding", "gzip"))


@fault("decoding")
async def gzip_garbage_without_end(reader: StreamReader, writer: StreamWriter) -> None:
    """Begins with gzip and goes on with garbage for ever."""
    writer.write(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(TEXT)[:40])
    await pour(writer, bytes(range(256)) * 16)


@fault("decoding")
async def gzip_of_nothing_without_end(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends empty gzip members without end."""
    writer.write(OK + b"Content-Encoding: gzip\r\n\r\n")
    await pour(writer, gzip.compress(b"") * 3000)
