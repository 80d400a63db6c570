"""The encodings of the web by their WHATWG names: labels, decoders, and the form that queries are sent in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any, Final

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

# Python's names where they are not the WHATWG ones.
_PYTHON_NAMES: Final = {
    "ISO-8859-8-I": "iso8859-8",
    "macintosh": "mac-roman",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "GBK": "gbk",
    "Big5": "big5hkscs",
    "EUC-JP": "euc-jp",
    "ISO-2022-JP": "iso2022-jp",
    "Shift_JIS": "cp932",
    "EUC-KR": "cp949",
}
_BY_CODEC: Final = frozenset(("ISO-2022-JP", "EUC-KR"))  # whose encoders are Python's
_ALL_LEADS: Final = (*range(0x81, 0xFF),)
# Encoders use a part of the index: no HKSCS, no JIS X 0212, and the IBM extensions not where NEC has them.
_PAIRED: Final = {
    "GBK": _ALL_LEADS,
    "gb18030": _ALL_LEADS,
    "Big5": (*range(0xA1, 0xFF),),
    "Shift_JIS": (*range(0x81, 0xA0), *range(0xE0, 0xED), *range(0xEF, 0xF0), *range(0xFA, 0xFD)),
    "EUC-JP": (*range(0xA1, 0xFF), 0x8E),
}
_JIS_ALIKE: Final = {"\xa5": b"\\", "\u203e": b"~"}
_ENCODED_OTHERWISE: Final = {
    "Shift_JIS": _JIS_ALIKE | {"\u2212": b"\x81\x7c"},
    "EUC-JP": _JIS_ALIKE | {"\u2212": b"\xa1\xdd"},
    "Big5": {"═": b"\xf9\xf9", "╞": b"\xf9\xe9", "╡": b"\xf9\xeb", "╪": b"\xf9\xea"}
    | {"十": b"\xa4\x51", "卅": b"\xa4\xca", "\u2215": b"\xa2\x41", "\ufe68": b"\xa2\x42"},
    "gb18030": {"\ue7c7": b"\x81\x35\xf4\x37"},
}
_TABLE_CHANGES: Final = {"KOI8-U": {0xAE: "\u045e", 0xBE: "\u040e"}, "windows-1255": {0xCA: "\u05ba"}}
# JIS X 0208 as Windows maps it, which is what the standard's index holds.
_JIS_AS_WINDOWS: Final = str.maketrans("\u301c\u2016\u2212\xa2\xa3\xac", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2")
_NOT_SHIFT_JIS: Final = dict.fromkeys(range(0xF8F0, 0xF8F4), "\ufffd")  # bytes A0, FD, FE, FF, which Windows lets pass
# GB 18030 of 2022, Python's is of 2000: what had private code points then, and three that differ otherwise.
_GB_NO_LONGER_PRIVATE: Final = dict(
    zip(
        (*range(0xE78D, 0xE797), 0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864),
        "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb",
        strict=True,
    )
)
_GB_AS_OF_2022: Final = _GB_NO_LONGER_PRIVATE | {0xE5E5: "\u3000", 0xE7C7: "\u1e3f", 0x1E3F: "\ue7c7"}
# Big5 as Windows maps it; U+2215 and U+FE68 cannot be told from their wide forms after Python has decoded them.
_BIG5_AS_WINDOWS: Final = str.maketrans(
    "\u2022\uff64\u203e\u223c\u2641\u2609\xa5\xa2\xa3", "\u2027\ufe51\xaf\uff5e\u2295\u2299\uffe5\uffe0\uffe1"
)
# What Big5 on the web has and Python's HKSCS-2004 lacks: the octets of a character, then it and those that follow it.
_BIG5_ADDITIONS: Final = (
    "877a㡵𡵓𣚞𦀡㻬𥣞㫵竼龗𤅡𨤍𣇪𠪊𣉞䌊蒄龖鐯䤰蘓墖靊鈘秐稲晠権袝瑌篅枂稬剏遆㓦珄𥶹瓆鿇垳䤯呌䄱𣚎堘穲𧭥讏䚮𦺈䆁𥶙"
    "箮𢒼鿈𢓁𢓉𢓌鿉蔄𣖻䂴鿊䓡𪷿拁灮鿋 8e69箸 8e6f簆 8e7e糎 8eab緒 8eb4縝 8ecd者 8ed0耨 8f57菁 8f69蒨 8f6e萏 "
    "8fcb覦覩 8ffe起 906d都 907a銹 90dc靜 90f1響 91bf鼖 9244蔃 92af兙兛兝兞 92c8鍮 92d1瑹 9447浧 94ca禛 95d9邗 "
    "9644靝 96ed瀞 96fc嬨 9b76爁 9b78矗 9b7b纇 9bc6駖 9bde釔 9bec惞 9bf6澶 9c42輶 9c53侻 9c62營 9c68鄄 9c6b鷰 "
    "9c77菏 9cbc尐秣 9cd0婧 9d57輋 9d5a筑 9dc4拐 9ea9恢 9eef痹 9efd汊 9f60鬮 9f66鼗 9fcb僭 9fd8弌 a063蠏 a077拎 "
    "a0d5瑨 a0df煢 a0e4牐 a3c0␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟␡€ c6cf廴 c6d3无 c6d5癶 c6d7隶 c6de〃仝 fa5f倩 "
    "fa66偽 fabd包 fac5卄 fad5卿 fb48嘅 fbb8婷 fbf3幵 fbf9廐 fc4f彘 fc6c悤 fcb9撐 fce2晴 fcf1杞 fdb7沜渝 fdbb港 "
    "fdf1煮 fe52猪 fe6f瑜 feaa瓩 fedd砉"
)
_BIG5_TRAILS: Final = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
# Where a malformed sequence ends (Encoding Standard, each decoder): an octet that may begin a character is read again.
_BROKEN_PAIR: Final = re.compile(rb"[\x81-\xfe][\x80-\xff]|.", re.DOTALL)
_BROKEN_GB18030: Final = re.compile(rb"[\x81-\xfe](?:[0-9](?:[\x81-\xfe](?:[0-9]|\Z)|\Z)|[\x80-\xff])|.", re.DOTALL)
_BROKEN_EUC_JP: Final = re.compile(rb"\x8f[\xa1-\xfe][\x80-\xff]?|[\x8e\x8f\xa1-\xfe][\x80-\xff]|.", re.DOTALL)
_MOST_REPAIRS: Final = 100_000  # 0.1 s; with more than so many faults a body is no text, however they are shown
_ESCAPES: Final = re.compile(rb"\x1b(\([BIJ]|\$[@B])")


def encoding_named(label: str) -> str | None:
    """The WHATWG name of the encoding that `label` stands for, or None (Encoding Standard 4.2, "get an encoding")."""
    return _BY_LABEL.get(label.strip("\t\n\f\r ").lower())


def decode_as(body: bytes, encoding: str) -> str:
    """The text of `body`, by an encoding's WHATWG name, U+FFFD for what is malformed. A BOM is not looked for."""
    if encoding.startswith("UTF-"):
        return body.decode(encoding, "replace")
    if decoder := _DECODERS.get(encoding):
        return decoder(body)
    return codecs.charmap_decode(body, "replace", _table(encoding))[0]


def encode_query(query: str, encoding: str) -> str:
    """`query` percent-encoded in the document's encoding, as the URL standard asks for documents that are not UTF-8:
    what the encoding lacks becomes an escaped `&#NNN;` (URL Standard 1.3, "percent-encode after encoding")."""
    if encoding in _PAIRED:
        octets = b"".join(_octets_in(encoding, character) for character in query)
    elif encoding in _BY_CODEC:
        octets = query.encode(_python_name(encoding), "crawlfile.query")
    else:
        octets = codecs.charmap_encode(query, "crawlfile.query", _octets_of(encoding))[0]
    return "".join(chr(o) if 0x21 <= o <= 0x7E and o not in b"\"#'<>" else f"%{o:02X}" for o in octets)


def encodes_queries(encoding: str) -> bool:
    """Whether a document in this encoding has its links' queries encoded in it (all but the Unicode ones)."""
    return not encoding.startswith("UTF-") and encoding != "replacement"


def _python_name(encoding: str) -> str:
    return _PYTHON_NAMES.get(encoding) or encoding.replace("windows-", "cp")


@cache
def _table(encoding: str) -> str:
    """What each of the 256 octets means; holes among the C1 controls stand for themselves, others are U+FFFD: an
    undefined octet would be an error for the codec, which takes 0.4 µs each."""
    if encoding == "x-user-defined":
        return "".join(map(chr, [*range(0x80), *range(0xF780, 0xF800)]))
    python_name, changes = _python_name(encoding), _TABLE_CHANGES.get(encoding, {})
    table = [bytes([octet]).decode(python_name, "replace") for octet in range(256)]
    for octet, meaning in enumerate(table):
        if meaning == "\ufffd" and octet < 0xA0 and encoding.startswith("windows-"):
            table[octet] = chr(octet)
    return "".join(changes.get(octet, meaning) for octet, meaning in enumerate(table))


def _octets_in(encoding: str, character: str) -> bytes:
    if character.isascii():
        return character.encode()
    if octets := _pairs_of(encoding).get(character):
        return octets
    if encoding == "gb18030" and character != "\ue5e5":
        return character.encode("gb18030", "crawlfile.query")
    return f"%26%23{ord(character)}%3B".encode()


@cache
def _pairs_of(encoding: str) -> dict[str, bytes]:
    """The octets of each character: the first that its decoder reads as this character. Once for an encoding, 60 ms."""
    pairs = dict(_ENCODED_OTHERWISE.get(encoding, {}))
    singles = [] if encoding == "gb18030" else [bytes((octet,)) for octet in range(0x80, 0x100)]
    for octets in (*singles, *map(bytes, product(_PAIRED[encoding], range(0x40, 0xFF)))):
        pairs.setdefault(decode_as(octets, encoding), octets)
    if encoding in ("GBK", "gb18030"):
        pairs |= {chr(old): pairs[new] for old, new in _GB_NO_LONGER_PRIVATE.items()}
    pairs.pop("\ufffd", None)
    return pairs


@cache
def _octets_of(encoding: str) -> Any:
    """The table of a single-byte encoding turned round, in the form that the codec wants."""
    return codecs.charmap_build(_table(encoding).replace("\ufffd", "\ufffe"))


def _query_reference(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(f"%26%23{ord(c)}%3B" for c in error.object[error.start : error.end]), error.end


def _repaired(body: bytes, codec: str, repair: str) -> str:
    """`body` decoded, faults by the error handler `repair`, or by Python's own, which is quick, if they are many."""
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        text = body.decode(codec, "replace")
    return text if text.count("\ufffd") > _MOST_REPAIRS else body.decode(codec, repair)


def _gb18030(body: bytes) -> str:
    return _repaired(body, "gb18030", "crawlfile.gb18030").translate(_GB_AS_OF_2022)


def _big5(body: bytes) -> str:
    return _repaired(body, "big5hkscs", "crawlfile.big5").translate(_BIG5_AS_WINDOWS)


def _shift_jis(body: bytes) -> str:
    return _repaired(body, "cp932", "crawlfile.pair").translate(_NOT_SHIFT_JIS)


def _euc_kr(body: bytes) -> str:
    return _repaired(body, "cp949", "crawlfile.pair")


def _euc_jp(body: bytes) -> str:
    body = body.replace(b"\x8f\xa2\xb7", b"\xa1\xc1")  # full-width; Python has the ASCII tilde here
    return _repaired(body, "euc-jp", "crawlfile.euc-jp").translate(_JIS_AS_WINDOWS)


def _iso_2022_jp(body: bytes) -> str:
    """Stretches between escape sequences, each in its character set; nothing between two of them is an error, too."""
    first, *stretches = _ESCAPES.split(body, maxsplit=_MOST_REPAIRS)
    parts = [codecs.charmap_decode(first, "replace", _jis_table(b"(B"))[0]]
    for number in range(0, len(stretches), 2):
        charset, octets = stretches[number : number + 2]
        if charset.startswith(b"$"):
            parts.append(_euc_jp(octets.translate(_JIS_TO_EUC)).replace("\x1b", "\ufffd"))
        else:
            parts.append(codecs.charmap_decode(octets, "replace", _jis_table(charset))[0])
        if not octets and number + 2 < len(stretches):
            parts.append("\ufffd")
    return "".join(parts)


@cache
def _jis_table(charset: bytes) -> str:
    """What each octet means after the escape to ASCII, the Roman set of JIS X 0201, or its Katakana."""
    if charset == b"(I":
        return "".join(chr(0xFF40 + octet) if 0x21 <= octet <= 0x5F else "\ufffd" for octet in range(256))
    ascii_ = "".join(
        chr(octet) if octet < 0x80 and octet not in (0x0E, 0x0F, 0x1B) else "\ufffd" for octet in range(256)
    )
    return ascii_.replace("\\", "\xa5").replace("~", "\u203e") if charset == b"(J" else ascii_


# Pairs of JIS X 0208 as EUC-JP has them. What is neither part of one nor an escape is an error, whatever it follows.
_JIS_TO_EUC: Final = bytes(o | 0x80 if 0x21 <= o <= 0x7E else o if o == 0x1B else 0xFF for o in range(256))


def _broken_pair(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\ufffd", _end_of(_BROKEN_PAIR, error)


def _big5_addition(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    if addition := _big5_additions().get(error.object[error.start : error.start + 2]):
        return addition, error.start + 2
    return "\ufffd", _end_of(_BROKEN_PAIR, error)


@cache
def _big5_additions() -> dict[bytes, str]:
    additions: dict[bytes, str] = {}
    for run in _BIG5_ADDITIONS.split():
        lead, trail = bytes.fromhex(run[:4])
        trails = _BIG5_TRAILS[_BIG5_TRAILS.index(trail) :]
        additions |= {bytes((lead, trail)): character for trail, character in zip(trails, run[4:], strict=False)}
    return additions


def _gb18030_euro(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return ("€" if error.object[error.start] == 0x80 else "\ufffd"), _end_of(_BROKEN_GB18030, error)


def _jis_extension(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    if extension := _jis_extensions().get(error.object[error.start : error.start + 2]):
        return extension, error.start + 2
    return "\ufffd", _end_of(_BROKEN_EUC_JP, error)


@cache
def _jis_extensions() -> dict[bytes, str]:
    """NEC row 13 and the IBM extensions, which EUC-JP on the web has and Python's lacks: read by way of Shift_JIS."""
    extensions: dict[bytes, str] = {}
    for row, cell in product((0x2D, *range(0x79, 0x7D)), range(0x21, 0x7F)):
        lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
        trail = cell + (0x1F + (cell >= 0x60) if row % 2 else 0x7E)
        character = bytes((lead, trail)).decode("cp932", "replace")
        if len(character) == 1 and character != "\ufffd":
            extensions[bytes((row | 0x80, cell | 0x80))] = character
    return extensions


def _end_of(sequence: re.Pattern[bytes], error: UnicodeDecodeError) -> int:
    match = sequence.match(error.object, error.start)
    return match.end() if match else error.end


_DECODERS: Final[dict[str, Callable[[bytes], str]]] = {
    "GBK": _gb18030,
    "gb18030": _gb18030,
    "Big5": _big5,
    "EUC-JP": _euc_jp,
    "ISO-2022-JP": _iso_2022_jp,
    "Shift_JIS": _shift_jis,
    "EUC-KR": _euc_kr,
    "replacement": lambda body: "\ufffd" if body else "",
}
codecs.register_error("crawlfile.query", _query_reference)
codecs.register_error("crawlfile.pair", _broken_pair)
codecs.register_error("crawlfile.big5", _big5_addition)
codecs.register_error("crawlfile.gb18030", _gb18030_euro)
codecs.register_error("crawlfile.euc-jp", _jis_extension)
