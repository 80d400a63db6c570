"""A guess at the encoding of a page that declares none, from a bounded sample of its text."""

from __future__ import annotations

import re
from typing import Final

from charset_normalizer import from_bytes

SAMPLE_BYTES: Final = 8192
# Candidates: what browsers decode and pages without a declaration are in. One name for each family that a sample of
# text cannot tell apart.
_WHATWG_NAMES: Final = {
    "cp1252": "windows-1252",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "cp1253": "windows-1253",
    "cp1254": "windows-1254",
    "cp1255": "windows-1255",
    "cp1256": "windows-1256",
    "cp1257": "windows-1257",
    "cp1258": "windows-1258",
    "cp874": "windows-874",
    "koi8_r": "KOI8-R",
    "iso8859_2": "ISO-8859-2",
    "iso8859_5": "ISO-8859-5",
    "cp866": "IBM866",
    "mac_cyrillic": "x-mac-cyrillic",
    "cp932": "Shift_JIS",
    "euc_jp": "EUC-JP",
    "gb18030": "GBK",
    "big5hkscs": "Big5",
    "cp949": "EUC-KR",
}
_TAG: Final = re.compile(rb"<[^<>]*>")
_NEAR_TIE: Final = 0.1
_ASCII_BREAK: Final = re.compile(rb"[\x00-\x3f]")  # octets that are never the second of a character


def detect(body: bytes, suspicious: int) -> str | None:
    """The WHATWG name of the likely encoding of `body`, or None; `suspicious` is where UTF-8 ends. 1 to 30 ms."""
    sample = _TAG.sub(b" ", _sample(body, suspicious))
    matches = list(from_bytes(sample, cp_isolation=list(_WHATWG_NAMES), preemptive_behaviour=False))
    if not matches:
        return None
    # The Latin code pages score alike on a short text. Western pages are far more frequent, so they win a near tie.
    best = matches[0]
    for match in matches:
        near = match.chaos <= best.chaos and match.coherence >= best.coherence - _NEAR_TIE
        if near and "cp1252" in match.could_be_from_charset:
            return "windows-1252"
    return _WHATWG_NAMES.get(best.encoding)


def _sample(body: bytes, suspicious: int) -> bytes:
    """Text around the first octets that are not UTF-8, cut where no character can be cut in two."""
    start = body.rfind(b">", max(0, suspicious - SAMPLE_BYTES), suspicious) + 1 or suspicious
    end = _ASCII_BREAK.search(body, start + SAMPLE_BYTES)
    return body[start : end.start() if end and end.start() < start + 2 * SAMPLE_BYTES else start + SAMPLE_BYTES]
