"""Which encoding a page is in, decided as a browser decides it, and its text."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from crawler.core.registry import load
from crawler.parsing.encodings import decode_as, encoding_named
from crawler.parsing.media import media_type

Source = Literal["bom", "header", "meta", "detected", "default"]

PRESCAN_BYTES: Final = 1024  # HTML 13.2.3.2
_BOMS: Final = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xfe\xff", "UTF-16BE"), (b"\xff\xfe", "UTF-16LE"))
_LAZY: Final = {"detect": "crawler.parsing.detection:detect"}  # 90 ms, and few pages need it
SAMPLE_BYTES: Final = 8192  # on each side of a fault
_UTF_8_SEQUENCE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SEQUENCES_A_FAULT: Final = 8  # at least
_ASCII: Final = bytes(range(0x80))

# What the prescan may meet at a "<" (HTML 13.2.3.2, step 3).
_MARKUP: Final = re.compile(
    rb"(?P<comment><!--)|(?P<meta><[Mm][Ee][Tt][Aa](?=[\t\n\f\r /]))"
    rb"|(?P<tag></?[A-Za-z][^\t\n\f\r >]*)|(?P<other><[!/?])"
)
# "Get an attribute", all its steps: a name (a leading "=" belongs to it), then perhaps a value.
_ATTRIBUTE: Final = re.compile(
    rb"[\t\n\f\r /]*(?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*)"
    rb"(?:[\t\n\f\r ]*=[\t\n\f\r ]*"
    rb"(?:\"(?P<double>[^\"]*)(?:\"|\Z)|'(?P<single>[^']*)(?:'|\Z)|(?P<bare>[^\t\n\f\r >\"'][^\t\n\f\r >]*|(?=>))))?"
)
_MOST_DECIDED: Final = 8
_decided: Final[dict[bytes, str]] = {}  # by the beginnings of pages: those of a site mostly begin alike
_BLANKS: Final = re.compile(rb"[\t\n\f\r /]*")
_META_CHARSET: Final = re.compile(
    r"charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\"'\t\n\f\r ;][^\t\n\f\r ;]*))", re.IGNORECASE
)
_XML_ENCODING: Final = re.compile(  # the first "encoding" of a declaration that ends
    rb"<\?xml(?=[^>]*>)(?:(?!encoding)[^>])*+encoding[\x00-\x20]*+=[\x00-\x20]*+([\"'])([^\x00-\x20>]*?)\1"
)


class Decoded(NamedTuple):
    """The text of a body, the WHATWG name of its encoding, and what decided on it."""

    text: str
    charset: str
    source: Source


def decode(body: bytes, content_type: str | None, *, is_html: bool = True) -> Decoded:
    """`body` as text; `content_type` is the header field. Not HTML means XML: its declaration, by default UTF-8.

    HTML 13.2.3.2 and 13.2.3.4: BOM, then header, then meta, then what the octets look like, then windows-1252.
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return Decoded(decode_as(body[len(bom) :], encoding), encoding, "bom")
    charset, source = _declared(body, content_type, is_html) or _guessed(body, is_html)
    return Decoded(decode_as(body, charset), charset, source)


def _declared(body: bytes, content_type: str | None, is_html: bool) -> tuple[str, Source] | None:
    if content_type and (charset := header_charset(content_type)):
        return charset, "header"
    if charset := prescan(body[:PRESCAN_BYTES]) if is_html else _xml_encoding(body[:PRESCAN_BYTES]):
        return charset, "meta"
    return None


def _guessed(body: bytes, is_html: bool) -> tuple[str, Source]:
    if body.isascii():
        return ("ISO-2022-JP", "detected") if b"\x1b$B" in body or b"\x1b$@" in body else ("UTF-8", "default")
    if not is_html:
        return "UTF-8", "default"
    try:
        body.decode()
    except UnicodeDecodeError as error:
        if _is_mostly_utf_8(body, error.start):
            return "UTF-8", "detected"
        detected = load(_LAZY, "detect")(body, error.start)
        return (detected, "detected") if detected else ("windows-1252", "default")
    return "UTF-8", "detected"


def _is_mostly_utf_8(body: bytes, fault: int) -> bool:
    """Whether the text around its first fault is UTF-8 with a few octets broken, as pages put together often are. In
    another encoding, octets form sequences of UTF-8 by chance only."""
    sample = body[max(0, fault - SAMPLE_BYTES) : fault + SAMPLE_BYTES]
    rest, sequences = _UTF_8_SEQUENCE.subn(b"", sample)
    return sequences > _SEQUENCES_A_FAULT * len(rest.translate(None, _ASCII))


def header_charset(content_type: str) -> str | None:
    """The encoding that a Content-Type field names, by its WHATWG name; None for none or an unknown label."""
    label = media_type(content_type).charset
    return encoding_named(label) if label else None


def prescan(head: bytes) -> str | None:
    """The encoding that the first octets of a page declare, or None (HTML 13.2.3.2, "prescan a byte stream")."""
    for beginning, charset in _decided.items():
        if head.startswith(beginning):
            return charset
    if head.startswith((b"<\0?\0x\0", b"\0<\0?\0x")):
        return "UTF-16LE" if head[0] else "UTF-16BE"
    if b"charset" not in head.lower():  # a walk through a kilobyte of markup that declares nothing takes 100 µs
        return _xml_encoding(head)
    position = 0
    while match := _MARKUP.search(head, position):
        end = match.end()
        if match["comment"]:
            position = head.find(b"-->", end - 2) + 3  # the dashes may be those of "<!--" itself
        elif match["other"]:
            position = head.find(b">", end) + 1
        else:
            attributes, position = _attributes(head, end)
            if position and match["meta"] and (declared := _meta_encoding(attributes)):
                _remember(head[: position + 1], declared)
                return declared
        if position < end:  # the construct does not end within the prescan
            break
    return _xml_encoding(head)


def _remember(beginning: bytes, charset: str) -> None:
    """Keeps what the octets up to the ">" of a meta element decide, whatever follows them."""
    if len(_decided) >= _MOST_DECIDED:
        del _decided[next(iter(_decided))]
    _decided[beginning] = charset


def _attributes(head: bytes, position: int) -> tuple[dict[str, str], int]:
    """The attributes that start at `position`, the first of each name, and where they end; 0 if beyond the octets."""
    found: dict[str, str] = {}
    while match := _ATTRIBUTE.match(head, position):
        if match.end() == len(head):
            return found, 0
        value = match["double"] or match["single"] or match["bare"] or b""
        found.setdefault(match["name"].decode("latin-1").lower(), value.decode("latin-1").lower())
        position = match.end()
    blanks = _BLANKS.match(head, position)
    position = blanks.end() if blanks else position
    return found, position if head[position : position + 1] == b">" else 0


def _meta_encoding(attributes: dict[str, str]) -> str | None:
    charset: str | None = None
    if "charset" in attributes:
        charset = encoding_named(attributes["charset"])
    elif attributes.get("http-equiv") == "content-type":
        charset = _charset_in(attributes.get("content", ""))
    return _as_declared(charset)


def _charset_in(content: str) -> str | None:
    """HTML 2.6.5, "extracting a character encoding from a meta element"."""
    match = _META_CHARSET.search(content)
    return encoding_named(next(filter(None, match.groups()), "")) if match else None


def _xml_encoding(head: bytes) -> str | None:
    match = _XML_ENCODING.match(head)
    return _as_declared(encoding_named(match[2].decode("latin-1"))) if match else None


def _as_declared(charset: str | None) -> str | None:
    """Octets that could be read as ASCII so far are not UTF-16, and x-user-defined never meant itself."""
    if charset in ("UTF-16BE", "UTF-16LE"):
        return "UTF-8"
    return "windows-1252" if charset == "x-user-defined" else charset
