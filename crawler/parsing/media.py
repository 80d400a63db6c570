"""What kind of thing a body is: the media type as sent, or as its first octets show."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from crawler.core.visit import Headers

NO_HEADERS: Final = Headers()
HTML_TYPES: Final = frozenset(("text/html", "application/xhtml+xml"))

_JSON_TYPES: Final = frozenset(("application/json", "text/json"))
_BLANK: Final = "\t\n\r "
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_ESSENCE: Final = re.compile(rf"[{_BLANK}]*({_TOKEN}/{_TOKEN})[{_BLANK}]*(?:;|\Z)")
# A parameter and what is passed over after a quoted value (MIME Sniffing 4.4, step 11).
_PARAMETER: Final = re.compile(rf'[{_BLANK}]*([^;=]*)(?:=(?:"((?:[^"\\]|\\.|\\\Z)*+)"?[^;]*|([^;]*)))?;?', re.DOTALL)
_ITEM: Final = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z))+', re.DOTALL)  # of a list, quoted commas spared
_UNKNOWN: Final = frozenset(("unknown/unknown", "application/unknown"))  # MIME Sniffing 7; Fetch passes "*/*" over

SNIFFED_BYTES: Final = 1445  # MIME Sniffing 5.2
_HTML_START: Final = re.compile(  # MIME Sniffing 7.1: a tag that only HTML begins with, and its end
    rb"[\t\n\f\r ]*<(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|B|BODY|BR|P|!--)[ >]",
    re.IGNORECASE,
)
_XML_START: Final = re.compile(rb"[\t\n\f\r ]*<\?xml")
# MIME Sniffing 6.1, 6.2 and 6.4 and the rest of 7.1, in its order.
_STARTS: Final = tuple(
    (re.compile(start, re.DOTALL), media_type)
    for start, media_type in (
        (rb"%!PS-Adobe-", "application/postscript"),
        (rb"\xfe\xff..|\xff\xfe..|\xef\xbb\xbf.", "text/plain"),
        (rb"\0\0[\x01\x02]\0", "image/x-icon"),
        (rb"BM", "image/bmp"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF....WEBPVP", "image/webp"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"FORM....AIFF", "audio/aiff"),
        (rb"ID3", "audio/mpeg"),
        (rb"OggS\0", "application/ogg"),
        (rb"MThd\0\0\0\x06", "audio/midi"),
        (rb"RIFF....AVI ", "video/avi"),
        (rb"RIFF....WAVE", "audio/wave"),
        (rb"\x1a\x45\xdf\xa3.{0,33}?\x42\x82(?:[\x80-\xff]|[\x40-\x7f].)\0*webm", "video/webm"),
        (rb"\x1f\x8b\x08", "application/x-gzip"),
        (rb"PK\x03\x04", "application/zip"),
        (rb"Rar \x1a\x07\0", "application/x-rar-compressed"),
    )
)
_BINARY: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # MIME Sniffing 3, "binary data byte"


class MediaType(NamedTuple):
    """A media type, lower case, without parameters; None if there is none worth the name. The label of its charset."""

    essence: str | None = None
    charset: str | None = None


@lru_cache(maxsize=256)
def media_type(content_type: str | None) -> MediaType:
    """What a Content-Type field says, several joined by commas (Fetch 2.2.2, "extract a MIME type"): the last that can
    be parsed, with the charset of those before it if it is the same type."""
    found = MediaType()
    for item in _ITEM.findall(content_type or ""):
        if (match := _ESSENCE.match(item)) and match[1] != "*/*":
            essence, charset = match[1].lower(), _charset(item[match.end() :])
            found = MediaType(essence, charset if charset is not None or essence != found.essence else found.charset)
    return found if found.essence not in _UNKNOWN else MediaType()


def _charset(parameters: str) -> str | None:
    """The first parameter of that name with a value, if only an empty quoted one (MIME Sniffing 4.4)."""
    position = 0
    while position < len(parameters) and (match := _PARAMETER.match(parameters, position)):
        name, quoted, bare = match.groups()
        if name.lower() == "charset" and (quoted is not None or (bare or "").rstrip(_BLANK)):
            return re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted is not None else bare.rstrip(_BLANK)
        position = match.end()
    return None


def content_type_of(headers: Headers) -> str | None:
    """The Content-Type field of a response, joined from several by commas; None for none."""
    return ",".join(headers.all("content-type")) or None


def media_type_of(content_type: str | None) -> str | None:
    """The media type in a Content-Type field, lower case, without parameters; None if there is none worth the name."""
    return media_type(content_type).essence


def may_be_html(content_type: str | None) -> bool:
    """Whether a body with this Content-Type field is worth keeping for its links; one without a type has to be seen."""
    essence = media_type(content_type).essence
    return essence is None or essence in HTML_TYPES


def is_json(media_type: str | None) -> bool:
    """Whether a media type is one of JSON (MIME Sniffing 4.6)."""
    return media_type is not None and (media_type in _JSON_TYPES or media_type.endswith("+json"))


def sniffed_type(body: bytes, headers: Headers = NO_HEADERS) -> str | None:
    """The media type that a body without a declared one shows itself to be, None for nothing (MIME Sniffing 7.1).

    Where `headers` say `nosniff`, it is not taken for a type that may carry scripts, such as HTML.
    """
    head = body[:SNIFFED_BYTES]
    found = None if _is_nosniff(headers) else _scriptable_type(head)
    found = found or next((media_type for start, media_type in _STARTS if start.match(head)), None)
    if found or not head:
        return found
    if _is_mp4(head):
        return "video/mp4"
    return "application/octet-stream" if _BINARY.search(head) else "text/plain"


def _scriptable_type(head: bytes) -> str | None:
    if _HTML_START.match(head):
        return "text/html"
    if _XML_START.match(head):
        return "text/xml"
    return "application/pdf" if head.startswith(b"%PDF-") else None


def _is_nosniff(headers: Headers) -> bool:
    """Fetch 3.6: only the first value counts."""
    return ",".join(headers.all("x-content-type-options")).partition(",")[0].strip(_BLANK).lower() == "nosniff"


def _is_mp4(head: bytes) -> bool:
    """MIME Sniffing 6.2.1: a first box that names a brand of MPEG-4, the major one or a compatible one."""
    box = int.from_bytes(head[:4])
    brands = (8, *range(16, box, 4)) if 12 <= box <= len(head) and box % 4 == 0 else ()
    return head[4:8] == b"ftyp" and any(head.startswith(b"mp4", brand) for brand in brands)
