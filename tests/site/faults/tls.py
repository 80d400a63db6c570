"""TLS that cannot be trusted, or never comes about."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter

from tests.site.faults.network import LONG, OK, PAGE
from tests.site.faults.registry import add, drip, fault, flush_and_reset, hang, reset
from tests.site.wire import Answer


async def _answer(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers well, if anybody ever asks."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(Answer(PAGE, close=True).wire())


for _name, _what in {
    "expired": "Shows a certificate that has expired",
    "too-early": "Shows a certificate that is not valid yet",
    "wrong-host": "Shows a certificate for another host",
    "self-signed": "Shows a certificate that it signed itself",
    "unknown-authority": "Shows a certificate of an authority that nobody trusts",
}.items():
    add(f"tls-{_name}", "tls", _what, _answer, door="tls", certificate=_name)


@fault("tls", door="tls", certificate="old")
async def tls_of_1999(reader: StreamReader, writer: StreamWriter) -> None:
    """Speaks TLS 1.1 at most."""
    await _answer(reader, writer)


@fault("tls", door="port", scheme="https")
async def tls_spoken_as_plain_http(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers a TLS handshake in plain HTTP."""
    await reader.read(1)
    writer.write(Answer(PAGE, 400, close=True).wire())


@fault("tls", door="port", scheme="https")
async def tls_garbage(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers a TLS handshake with garbage."""
    await reader.read(1)
    writer.write(bytes(range(256)) * 16)


@fault("tls", door="port", scheme="https")
async def tls_closed(reader: StreamReader, writer: StreamWriter) -> None:
    """Closes within the TLS handshake."""
    await reader.read(1)


@fault("tls", door="port", scheme="https")
async def tls_reset(reader: StreamReader, writer: StreamWriter) -> None:
    """Resets within the TLS handshake."""
    await reader.read(1)
    reset(writer)


@fault("tls", door="port", scheme="https")
async def tls_alert(reader: StreamReader, writer: StreamWriter) -> None:
    """Refuses the TLS handshake with an alert."""
    await reader.read(1)
    writer.write(bytes((21, 3, 3, 0, 2, 2, 40)))


@fault("robots", door="tls", scheme="http")
async def tls_wanted(reader: StreamReader, writer: StreamWriter) -> None:
    """Speaks TLS where it is asked in plain HTTP, robots.txt included."""
    await _answer(reader, writer)


@fault("timeout", door="port", scheme="https")
async def tls_stalled(reader: StreamReader, writer: StreamWriter) -> None:
    """Says nothing to a TLS handshake."""
    await hang(reader)


@fault("timeout", door="port", scheme="https")
async def tls_dripping(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers a TLS handshake one byte at a time."""
    await reader.read(1)
    await drip(writer, bytes((22, 3, 3, 64, 0, 2, 0, 63, 252)) + bytes(16_000))


@fault("protocol", door="tls")
async def tls_broken_off_in_body(reader: StreamReader, writer: StreamWriter) -> None:
    """Resets a TLS connection in the middle of the body."""
    asked = await reader.readuntil(b"\r\n\r\n")
    if b"robots.txt" in asked:
        writer.write(Answer(b"", 404, close=True).wire())
        return
    writer.write(LONG)
    await flush_and_reset(writer)


@fault("protocol", door="tls")
async def tls_garbage_in_body(reader: StreamReader, writer: StreamWriter) -> None:
    """Goes on in plain text within a TLS connection."""
    asked = await reader.readuntil(b"\r\n\r\n")
    if b"robots.txt" in asked:
        writer.write(Answer(b"", 404, close=True).wire())
        return
    writer.write(OK + b"Content-Length: 100000\r\n\r\n")
    await writer.drain()
    writer.get_extra_info("socket").dup().send(b"plain text " * 100)
    await hang(reader)
