"""The encodings of the web by their WHATWG names: labels, decoders, and the form that queries are sent in."""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import Final

# Encoding Standard 4.2: what pages may call each encoding.
_LABELS: Final = {
    "UTF-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "IBM866": "866 cp866 csibm866 ibm866",
    "ISO-8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "ISO-8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "ISO-8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "ISO-8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "ISO-8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
    "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "ISO-8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
    "iso_8859-7:1987 sun_eu_greek",
    "ISO-8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 "
    "iso_8859-8 iso_8859-8:1988 visual",
    "ISO-8859-8-I": "csiso88598i iso-8859-8-i logical",
    "ISO-8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "ISO-8859-13": "iso-8859-13 iso8859-13 iso885913",
    "ISO-8859-14": "iso-8859-14 iso8859-14 iso885914",
    "ISO-8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "ISO-8859-16": "iso-8859-16",
    "KOI8-R": "cskoi8r koi koi8 koi8-r koi8_r",
    "KOI8-U": "koi8-ru koi8-u",
    "macintosh": "csmacintosh mac macintosh x-mac-roman",
    "windows-874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "windows-1250": "cp1250 windows-1250 x-cp1250",
    "windows-1251": "cp1251 windows-1251 x-cp1251",
    "windows-1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
    "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
    "windows-1253": "cp1253 windows-1253 x-cp1253",
    "windows-1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
    "windows-1254 x-cp1254",
    "windows-1255": "cp1255 windows-1255 x-cp1255",
    "windows-1256": "cp1256 windows-1256 x-cp1256",
    "windows-1257": "cp1257 windows-1257 x-cp1257",
    "windows-1258": "cp1258 windows-1258 x-cp1258",
    "x-mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "GBK": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
    "gb18030": "gb18030",
    "Big5": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "EUC-JP": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "ISO-2022-JP": "csiso2022jp iso-2022-jp",
    "Shift_JIS": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "EUC-KR": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949",
    "replacement": "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement",
    "UTF-16BE": "unicodefffe utf-16be",
    "UTF-16LE": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "x-user-defined": "x-user-defined",
}
_BY_LABEL: Final = {label: name for name, labels in _LABELS.items() for label in labels.split()}

# Python's names where they are not the WHATWG ones. Known differences left: Big5 is HKSCS-2004, not 2008; gb18030 is
# the edition of 2000; ISO-2022-JP also takes JIS X 0212; the number of U+FFFD for a broken sequence may differ.
_PYTHON_NAMES: Final = {
    "ISO-8859-8-I": "iso8859-8",
    "macintosh": "mac-roman",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "GBK": "gbk",
    "Big5": "big5hkscs",
    "ISO-2022-JP": "iso2022-jp-ext",
    "Shift_JIS": "cp932",
    "EUC-KR": "cp949",
}
_MULTI_BYTE: Final = frozenset(("GBK", "gb18030", "Big5", "EUC-JP", "ISO-2022-JP", "Shift_JIS", "EUC-KR"))
_TABLE_CHANGES: Final = {"KOI8-U": {0xAE: "\u045e", 0xBE: "\u040e"}, "windows-1255": {0xCA: "\u05ba"}}
# JIS X 0208 as Windows maps it, which is what the standard's index holds.
_JIS_AS_WINDOWS: Final = str.maketrans("\u301c\u2016\u2212\xa2\xa3\xac", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2")
_NOT_SHIFT_JIS: Final = re.compile("[\uf8f0-\uf8f3]")  # bytes A0, FD, FE, FF, which Windows lets pass


def encoding_named(label: str) -> str | None:
    """The WHATWG name of the encoding that `label` stands for, or None (Encoding Standard 4.2, "get an encoding")."""
    return _BY_LABEL.get(label.strip("\t\n\f\r ").lower())


def decode_as(body: bytes, encoding: str) -> str:
    """The text of `body`, by an encoding's WHATWG name, U+FFFD for what is malformed. A BOM is not looked for."""
    match encoding:
        case "UTF-8" | "UTF-16LE" | "UTF-16BE" | "Big5" | "EUC-KR":
            return body.decode(_python_name(encoding), "replace")
        case "replacement":
            return "\ufffd" if body else ""
        case "GBK" | "gb18030":
            return body.decode("gb18030", "crawlfile.gb18030")
        case "EUC-JP" | "ISO-2022-JP":
            return body.decode(_python_name(encoding), "crawlfile.jis").translate(_JIS_AS_WINDOWS)
        case "Shift_JIS":
            return _NOT_SHIFT_JIS.sub("\ufffd", body.decode("cp932", "replace"))
        case _:
            return codecs.charmap_decode(body, "replace", _table(encoding))[0]


def encode_query(query: str, encoding: str) -> str:
    """`query` percent-encoded in the document's encoding, as the URL standard asks for documents that are not UTF-8:
    what the encoding lacks becomes an escaped `&#NNN;` (URL Standard 1.3, "percent-encode after encoding")."""
    if encoding in _MULTI_BYTE:
        octets = query.encode(_python_name(encoding), "crawlfile.query")
    else:
        octets = codecs.charmap_encode(query, "crawlfile.query", codecs.charmap_build(_table(encoding)))[0]
    return "".join(chr(o) if 0x21 <= o <= 0x7E and o not in b"\"#'<>" else f"%{o:02X}" for o in octets)


def encodes_queries(encoding: str) -> bool:
    """Whether a document in this encoding has its links' queries encoded in it (all but the Unicode ones)."""
    return not encoding.startswith("UTF-") and encoding != "replacement"


def _python_name(encoding: str) -> str:
    return _PYTHON_NAMES.get(encoding) or encoding.replace("windows-", "cp")


@cache
def _table(encoding: str) -> str:
    """What each of the 256 octets means; holes among the C1 controls stand for themselves, others are errors."""
    if encoding == "x-user-defined":
        return "".join(map(chr, [*range(0x80), *range(0xF780, 0xF800)]))
    python_name, changes = _python_name(encoding), _TABLE_CHANGES.get(encoding, {})
    table = [bytes([octet]).decode(python_name, "replace") for octet in range(256)]
    for octet, meaning in enumerate(table):
        if meaning == "\ufffd":
            table[octet] = chr(octet) if octet < 0xA0 and encoding.startswith("windows-") else "\ufffe"
    return "".join(changes.get(octet, meaning) for octet, meaning in enumerate(table))


def _query_reference(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(f"%26%23{ord(c)}%3B" for c in error.object[error.start : error.end]), error.end


def _gb18030_euro(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return ("€" if error.object[error.start] == 0x80 else "\ufffd"), error.end


def _jis_extension(error: UnicodeError) -> tuple[str, int]:
    """NEC row 13 and the IBM extensions, which EUC-JP on the web has and Python's lacks: read by way of Shift_JIS."""
    assert isinstance(error, UnicodeDecodeError)
    pair = error.object[error.start : error.start + 2]
    if len(pair) < 2 or not all(0xA1 <= octet <= 0xFE for octet in pair):
        return "\ufffd", error.end
    row, cell = pair[0] - 0x80, pair[1] - 0x80
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    trail = cell + (0x1F + (cell >= 0x60) if row % 2 else 0x7E)
    return bytes((lead, trail)).decode("cp932", "replace"), error.start + 2


codecs.register_error("crawlfile.query", _query_reference)
codecs.register_error("crawlfile.gb18030", _gb18030_euro)
codecs.register_error("crawlfile.jis", _jis_extension)
