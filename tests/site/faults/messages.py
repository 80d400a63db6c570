"""HTTP/1.1 messages that break RFC 9112, or stretch it: status lines, fields, lengths, chunks."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter

from tests.site.faults.network import CHUNKED, OK, PAGE
from tests.site.faults.registry import add, fault, pour
from tests.site.wire import Answer, Asked

SIZE = b"Content-Length: %d\r\n" % len(PAGE)
WHOLE = SIZE + b"\r\n" + PAGE
ONE_CHUNK = b"%x\r\n%s\r\n" % (len(PAGE), PAGE)

# name: what the record says, what the server does, the whole message
MESSAGES: dict[str, tuple[str, str, bytes]] = {
    # status lines
    "garbage": ("protocol", "Sends bytes that are no HTTP", bytes(range(256)) * 8),
    "http-0.9": ("protocol", "Sends a page without status line and headers", PAGE),
    "another-protocol": ("protocol", "Greets as a mail server", b"220 mail.test ESMTP\r\n"),
    "wrong-version": ("protocol", "Answers in HTTP/9.9", b"HTTP/9.9 200 OK\r\n" + WHOLE),
    "wrong-protocol-name": ("protocol", "Answers in ICY", b"ICY 200 OK\r\n" + WHOLE),
    "text-that-says-http-2": ("protocol", "Answers in text that claims to be HTTP/2.0", b"HTTP/2.0 200 OK\r\n" + WHOLE),
    "status-000": ("protocol", "Sends status 000", b"HTTP/1.1 000 Nothing\r\n" + WHOLE),
    "status-999": ("http_status", "Sends status 999", b"HTTP/1.1 999 Denied\r\n" + WHOLE),
    "status-600": ("http_status", "Sends status 600", b"HTTP/1.1 600 Odd\r\n" + WHOLE),
    "status-not-a-number": ("protocol", "Sends status abc", b"HTTP/1.1 abc OK\r\n" + WHOLE),
    "status-of-two-digits": ("protocol", "Sends status 20", b"HTTP/1.1 20 OK\r\n" + WHOLE),
    "status-of-four-digits": ("protocol", "Sends status 2000", b"HTTP/1.1 2000 OK\r\n" + WHOLE),
    "status-negative": ("protocol", "Sends status -200", b"HTTP/1.1 -200 OK\r\n" + WHOLE),
    "no-reason-phrase": ("ok", "Sends a status line without a reason phrase", b"HTTP/1.1 200\r\n" + WHOLE),
    "switching-protocols": (
        "protocol",
        "Switches protocols unasked (101)",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\nhello",
    ),
    "interim-answers": (
        "ok",
        "Sends 100, 102 and 103 before the answer",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + WHOLE,
    ),
    "interim-answer-only": ("protocol", "Sends 103 and closes", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    # bodies where there are none
    "body-with-204": ("ok", "Sends a body with status 204", b"HTTP/1.1 204 No Content\r\n" + WHOLE),
    "body-with-304": ("http_status", "Sends an unasked 304, with a body", b"HTTP/1.1 304 Not Modified\r\n" + WHOLE),
    # lengths
    "two-lengths": ("protocol", "Sends two different lengths", OK + b"Content-Length: 9\r\n" + WHOLE),
    "two-lengths-in-one-field": (
        "protocol",
        "Sends `Content-Length: 9, 10`",
        OK + b"Content-Length: 9, 10\r\n\r\n" + PAGE,
    ),
    "length-negative": ("protocol", "Sends a negative length", OK + b"Content-Length: -9\r\n\r\n" + PAGE),
    "length-not-a-number": ("protocol", "Sends a length in letters", OK + b"Content-Length: many\r\n\r\n" + PAGE),
    "length-with-a-sign": ("protocol", "Sends `Content-Length: +9`", OK + b"Content-Length: +9\r\n\r\n" + PAGE),
    "length-in-hex": ("protocol", "Sends `Content-Length: 0x9`", OK + b"Content-Length: 0x9\r\n\r\n" + PAGE),
    "length-empty": ("protocol", "Sends an empty Content-Length", OK + b"Content-Length:\r\n\r\n" + PAGE),
    "length-beyond-64-bits": ("protocol", "Announces 10^30 bytes", OK + b"Content-Length: 1%030d\r\n\r\n" % 0 + PAGE),
    "length-beyond-the-limit": ("body_too_large", "Announces 1 TB", OK + b"Content-Length: 1%012d\r\n\r\n" % 0 + PAGE),
    "length-and-chunks": (
        "protocol",
        "Sends a length and chunks at once",
        OK + SIZE + CHUNKED[len(OK) :] + ONE_CHUNK + b"0\r\n\r\n",
    ),
    "body-longer-than-its-length": ("ok", "Sends more bytes than Content-Length says", OK + WHOLE + b"and more" * 100),
    "second-answer": (
        "ok",
        "Sends a second answer that nobody asked for",
        (OK + WHOLE) + b"HTTP/1.1 200 OK\r\n" + WHOLE,
    ),
    "no-length-at-all": ("ok", "Ends the body by closing the connection", OK + b"\r\n" + PAGE),
    "empty": ("ok", "Sends headers and nothing else", OK + b"\r\n"),
    "http-1.0": ("ok", "Answers in HTTP/1.0", b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE),
    # transfer codings and chunks
    "transfer-coding-unknown": (
        "protocol",
        "Uses a transfer coding that nobody knows",
        OK + b"Transfer-Encoding: rot13\r\n\r\n" + PAGE,
    ),
    "transfer-coding-identity": (
        "protocol",
        "Uses the transfer coding identity",
        OK + b"Transfer-Encoding: identity\r\n\r\n" + PAGE,
    ),
    "transfer-coding-gzip": (
        "protocol",
        "Uses gzip as a transfer coding",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + ONE_CHUNK + b"0\r\n\r\n",
    ),
    "transfer-coding-twice": (
        "protocol",
        "Says chunked twice",
        OK + b"Transfer-Encoding: chunked\r\n" + CHUNKED[len(OK) :] + ONE_CHUNK + b"0\r\n\r\n",
    ),
    "chunk-size-not-hex": ("protocol", "Sends a chunk size of `zz`", CHUNKED + b"zz\r\n" + PAGE + b"\r\n0\r\n\r\n"),
    "chunk-size-negative": ("protocol", "Sends a negative chunk size", CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n"),
    "chunk-size-with-0x": ("protocol", "Sends a chunk size of `0x5`", CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n"),
    "chunk-size-empty": ("protocol", "Sends an empty line as a chunk size", CHUNKED + b"\r\nhello\r\n0\r\n\r\n"),
    "chunk-size-beyond-64-bits": ("protocol", "Sends a chunk size of 2^100", CHUNKED + b"1" + b"0" * 25 + b"\r\nhello"),
    "chunk-longer-than-its-size": (
        "protocol",
        "Sends more bytes than the chunk size says",
        CHUNKED + b"2\r\nhello\r\n0\r\n\r\n",
    ),
    "chunk-extensions": (
        "ok",
        "Sends chunk extensions",
        CHUNKED + ONE_CHUNK.replace(b"\r\n", b';a=1;b="2"\r\n', 1) + b"0;c\r\n\r\n",
    ),
    "chunked-trailers": (
        "ok",
        "Sends fields behind the last chunk",
        CHUNKED + ONE_CHUNK + b"0\r\nX-Trailer: 1\r\n\r\n",
    ),
    "chunked-and-more": ("ok", "Sends bytes behind the last chunk", CHUNKED + ONE_CHUNK + b"0\r\n\r\nand more"),
    # fields
    "field-without-colon": ("protocol", "Sends a header line without a colon", OK + b"no colon here\r\n" + WHOLE),
    "field-without-name": ("protocol", "Sends a header line without a name", OK + b": value\r\n" + WHOLE),
    "field-with-nul": ("protocol", "Sends NUL in a header field", OK + b"X-Nul: a\0b\r\n" + WHOLE),
    "field-with-control-characters": (
        "ok",
        "Sends ANSI escapes in a header field",
        OK + b"X-Red: \x1b[31mred\x07\r\n" + WHOLE,
    ),
    "reason-with-control-characters": (
        "ok",
        "Sends ANSI escapes as the reason phrase",
        b"HTTP/1.1 200 \x1b[31mred\x07\r\n" + WHOLE,
    ),
    "field-beyond-ascii": (
        "ok",
        "Sends Latin-1 and UTF-8 in header fields",
        OK + b"X-A: caf\xe9\r\nX-B: caf\xc3\xa9\r\n" + WHOLE,
    ),
    "line-feeds-alone": ("ok", "Ends its lines with line feeds alone", (OK + SIZE).replace(b"\r", b"") + b"\n" + PAGE),
    "header-line-of-100-kb": (
        "protocol",
        "Sends a header line of 100 KB",
        OK + b"X-Long: " + b"x" * 100_000 + b"\r\n" + WHOLE,
    ),
    "header-fields-10000": ("protocol", "Sends 10,000 header fields", OK + b"X: y\r\n" * 10_000 + WHOLE),
    "header-fields-of-90-kb": (
        "protocol",
        "Sends 90 KB of header fields",
        OK + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(100)) + WHOLE,
    ),
    "cookies-300": (
        "ok",
        "Sets 300 cookies",
        OK + b"".join(b"Set-Cookie: c%d=%d\r\n" % (n, n) for n in range(300)) + WHOLE,
    ),
    "cookies-of-8-kb": (
        "ok",
        "Sets cookies of 8 KB, which nobody keeps",
        OK + b"".join(b"Set-Cookie: big%d=%s\r\n" % (n, b"x" * 8192) for n in range(6)) + WHOLE,
    ),
    "content-type-garbage": (
        "ok",
        "Sends a Content-Type that is none",
        b'HTTP/1.1 200 OK\r\nContent-Type: ;;\xff="\r\n' + WHOLE,
    ),
    "content-type-missing": ("ok", "Sends HTML without a Content-Type", b"HTTP/1.1 200 OK\r\n" + WHOLE),
    "content-type-twice": ("ok", "Sends two different Content-Types", OK + b"Content-Type: image/png\r\n" + WHOLE),
}


def _sender(message: bytes) -> object:
    return lambda asked: message


for _name, (_ends, _what, _message) in MESSAGES.items():
    add(_name, _ends, _what, _sender(_message))


@fault("protocol")
async def endless_status_line(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends a status line without end."""
    writer.write(b"HTTP/1.1 200 ")
    await pour(writer, b"x" * 16_000)


@fault("protocol")
async def endless_headers(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends header fields without end."""
    writer.write(OK)
    await pour(writer, (b"X-Filler: " + b"x" * 1000 + b"\r\n") * 16)


@fault("protocol")
async def endless_header_line(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends one header field without end."""
    writer.write(OK + b"X: ")
    await pour(writer, b"x" * 16_000)


@fault("protocol")
async def endless_chunk_extension(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends a chunk extension without end."""
    writer.write(CHUNKED + b"5;x=")
    await pour(writer, b"x" * 16_000)


@fault("protocol")
async def endless_trailers(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends trailer fields without end."""
    writer.write(CHUNKED + ONE_CHUNK + b"0\r\n")
    await pour(writer, (b"X-Filler: " + b"x" * 1000 + b"\r\n") * 16)


@fault("protocol")
async def endless_interim_answers(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends 103 (Early Hints) without end."""
    await pour(writer, b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n" * 100)


@fault("body_too_large")
async def endless_body(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends a body without end."""
    writer.write(OK + b"\r\n")
    await pour(writer, b"x" * 65536)


@fault("body_too_large")
async def endless_chunks(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends chunks without end."""
    writer.write(CHUNKED)
    await pour(writer, b"10000\r\n" + b"x" * 65536 + b"\r\n")


@fault("timeout")
async def endless_chunks_of_one_byte(reader: StreamReader, writer: StreamWriter) -> None:
    """Sends chunks of one byte without end, thousands a second."""
    writer.write(CHUNKED)
    await pour(writer, b"1\r\nx\r\n" * 500)  # too few for any limit of bytes to come before the deadline


@fault("ok")
def keeps_alive_in_http_1_0(asked: Asked) -> bytes:
    """Says keep-alive in HTTP/1.0, and closes."""
    return b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Type: text/html\r\n" + WHOLE


@fault("http_status")
def closes_every_answer(asked: Asked) -> Answer:
    """Sends 410 (Gone) and says Connection: close."""
    return Answer(PAGE, 410, close=True)
