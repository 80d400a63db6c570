"""What kind of thing a body is: the media type as sent, or as its first octets show."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

HTML_TYPES: Final = frozenset(("text/html", "application/xhtml+xml"))

_JSON_TYPES: Final = frozenset(("application/json", "text/json"))
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9a-z]+"
_MEDIA_TYPE: Final = re.compile(rf"{_TOKEN}/{_TOKEN}")
_UNKNOWN: Final = frozenset(("unknown/unknown", "application/unknown", "*/*"))  # MIME Sniffing 7
_HTML_START: Final = re.compile(  # MIME Sniffing 7.1: a tag that only HTML begins with, and its end
    rb"[\t\n\f\r ]*<(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|B|BODY|BR|P|!--)[ >]",
    re.IGNORECASE,
)
_XML_START: Final = re.compile(rb"[\t\n\f\r ]*<\?xml")


@lru_cache(maxsize=256)
def media_type_of(content_type: str | None) -> str | None:
    """The media type in a Content-Type field, lower case, without parameters; None if there is none worth the name."""
    if not content_type:
        return None
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.fullmatch(media_type) and media_type not in _UNKNOWN else None


def may_be_html(content_type: str | None) -> bool:
    """Whether a body with this Content-Type field is worth keeping for its links; one without a type has to be seen."""
    media_type = media_type_of(content_type)
    return media_type is None or media_type in HTML_TYPES


def is_json(media_type: str | None) -> bool:
    """Whether a media type is one of JSON (MIME Sniffing 4.6)."""
    return media_type is not None and (media_type in _JSON_TYPES or media_type.endswith("+json"))


def sniffed_type(body: bytes) -> str | None:
    """The media type that a body without a declared one shows itself to be, where that is text/html, text/xml or
    application/pdf (MIME Sniffing 7.1); else None."""
    head = body[:1445].removeprefix(b"\xef\xbb\xbf")
    if _HTML_START.match(head):
        return "text/html"
    if _XML_START.match(head):
        return "text/xml"
    return "application/pdf" if head.startswith(b"%PDF-") else None
