"""Encodings of the web: labels as pages write them, octets as browsers read them, queries as they send them."""

from __future__ import annotations

import time

import pytest

from crawler.parsing.encodings import decode_as, encode_query, encodes_queries, encoding_named


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("utf-8", "UTF-8"),
        (" UTF8\n", "UTF-8"),
        ("unicode-1-1-utf-8", "UTF-8"),
        ("latin1", "windows-1252"),
        ("ISO-8859-1", "windows-1252"),
        ("us-ascii", "windows-1252"),
        ("iso-8859-9", "windows-1254"),
        ("iso-8859-11", "windows-874"),
        ("tis-620", "windows-874"),
        ("x-sjis", "Shift_JIS"),
        ("Windows-31J", "Shift_JIS"),
        ("gb2312", "GBK"),
        ("gb_2312-80", "GBK"),
        ("GB18030", "gb18030"),
        ("ks_c_5601-1987", "EUC-KR"),
        ("big5-hkscs", "Big5"),
        ("visual", "ISO-8859-8"),
        ("logical", "ISO-8859-8-I"),
        ("koi8-ru", "KOI8-U"),
        ("x-mac-ukrainian", "x-mac-cyrillic"),
        ("iso-2022-kr", "replacement"),
        ("hz-gb-2312", "replacement"),
        ("utf-16", "UTF-16LE"),
        ("unicodefffe", "UTF-16BE"),
        ("csisolatin2", "ISO-8859-2"),
        ("utf-7", None),
        ("utf-32", None),
        ("cp437", None),
        ("\xa0utf-8", None),
        ("", None),
    ],
)
def test_a_label_stands_for_the_encoding_that_browsers_take(label: str, name: str | None) -> None:
    assert encoding_named(label) == name


@pytest.mark.parametrize(
    ("octets", "encoding", "text"),
    [
        (b"\x80\x81\x8d\x9d\xe9", "windows-1252", "€\x81\x8d\x9dé"),
        (b"\x80\x98\xe9", "windows-1251", "Ђ\x98й"),
        (b"\xaa\xd2\x81", "windows-1253", "\ufffd\ufffd\x81"),
        (b"\xca\xd9\x8a", "windows-1255", "\u05ba\ufffd\x8a"),
        (b"\x80\x85\xdb\xfc\xa1", "windows-874", "€…\ufffd\ufffdก"),
        (b"\xae\xbe\xb4", "KOI8-U", "ўЎ\u0404"),
        (b"\xa4\xa5\xaa\xae", "ISO-8859-7", "€\u20af\u037a\ufffd"),
        (b"\xa4\xe0", "ISO-8859-8-I", "¤א"),
        (b"\x80\xff", "x-user-defined", "\uf780\uf7ff"),
        (b"\xdb", "macintosh", "€"),
        (b"\xff", "x-mac-cyrillic", "€"),
        (b"a\xffb", "UTF-8", "a\ufffdb"),
        (b"\xe2\x82", "UTF-8", "\ufffd"),
        (b"a\0b\0", "UTF-16LE", "ab"),
        (b"\xd8\x00\x00a", "UTF-16BE", "\ufffda"),
        (b"anything", "replacement", "\ufffd"),
        (b"", "replacement", ""),
        (b"\x93\xfa\x87\x40\xed\x40", "Shift_JIS", "日①纊"),
        (b"\x81\x60\x80\xb1\xa0\xfd\xff", "Shift_JIS", "～\x80ｱ\ufffd\ufffd\ufffd"),
        (b"\x81<b>", "Shift_JIS", "\ufffd<b>"),
        (b"\xc6\xfc\xad\xa1\xf9\xa1\xa1\xc1\x8e\xb1", "EUC-JP", "日①纊～ｱ"),
        (b"\xa1\xf1\xa1\xdd\xff<", "EUC-JP", "￠－\ufffd<"),
        (b"\x1b$BF|\x1b(Bx", "ISO-2022-JP", "日x"),
        (b"\xc0\xcf\x81\x41", "EUC-KR", "일갂"),
        (b"\xa4\xe9\x87\x40", "Big5", "日䏰"),
        (b"\xc8\xd5\x80\x81\x30\x81\x30", "GBK", "日€\x80"),
        (b"\xff<", "gb18030", "\ufffd<"),
        (b"\x8050", "GBK", "€50"),
        (b"\xa6\xd9\xa8\xbc\x81\x35\xf4\x37", "gb18030", "\ufe10\u1e3f\ue7c7"),
        (b"\x81\x30\x81a\x81\x30", "gb18030", "\ufffd0乤\ufffd"),
        (b"\x81\xad\x81", "Shift_JIS", "\ufffd\ufffd"),
        (b"\x87\x7a\xfe\xdd\xa1\x45\x81\xff\x81", "Big5", "㡵砉‧\ufffd\ufffd"),
        (b"\x81\x80\xff[", "EUC-KR", "\ufffd\ufffd["),
        (b"\x8f\xa2\xb7\x8f\xa1\xa1\x8f\xa1<\x8e<", "EUC-JP", "～\ufffd\ufffd<\ufffd<"),
        (b"\x1b$B-!|~\x1b(J\\~\x1b(I!\x1b(B\x0e\x1b$@!\n!", "ISO-2022-JP", "①＂¥‾｡\ufffd\ufffd\ufffd"),
        (b"\x1b$B\x1b(Ba\x1b\xff", "ISO-2022-JP", "\ufffda\ufffd\ufffd"),
    ],
)
def test_octets_are_read_as_browsers_read_them(octets: bytes, encoding: str, text: str) -> None:
    assert decode_as(octets, encoding) == text


def test_a_body_full_of_faults_is_read_in_bounded_time() -> None:
    for octets, encoding in (
        (b"\xff", "EUC-JP"),
        (b"\x81\xff", "gb18030"),
        (b"\x1b$B-!", "ISO-2022-JP"),
        (b"\xaa", "windows-1253"),
    ):
        started = time.process_time()
        assert decode_as(octets * (2_000_000 // len(octets)), encoding)
        assert time.process_time() - started < 3  # each takes 0.01 to 0.3 s; with a repair for each fault, 5 s


@pytest.mark.parametrize(
    ("query", "encoding", "sent"),
    [
        ("q=é", "windows-1252", "q=%E9"),
        ("q=€\x81", "windows-1252", "q=%80%81"),
        ("q=ж日", "windows-1252", "q=%26%231078%3B%26%2326085%3B"),
        ("a=1&b=2+3/%41", "windows-1252", "a=1&b=2+3/%41"),
        ("é \"<'>#", "windows-1252", "%E9%20%22%3C%27%3E%23"),
        ("ж", "KOI8-R", "%D6"),
        ("ў", "KOI8-U", "%AE"),
        ("日本", "Shift_JIS", "%93%FA%96{"),
        ("日本", "EUC-JP", "%C6%FC%CB%DC"),
        ("日é", "GBK", "%C8%D5%A8%A6"),
        ("日ж\ufffd", "Big5", "%A4%E9%C8\\%26%2365533%3B"),
        ("é", "Big5", "%26%23233%3B"),  # of HKSCS, which is only read
        ("¯十╪", "Big5", "%A1%C2%A4Q%F9%EA"),
        ("€ǹḿ\ue5e5", "GBK", "%80%A8%BF%A8%BC%26%2358853%3B"),
        ("€\ue7c7ж\ufe10\ue78d", "gb18030", "%A2%E3%815%F47%A7%D8%A6%D9%A6%D9"),
        ("é", "gb18030", "%A8%A6"),
        ("ä", "gb18030", "%810%8A1"),
        ("¥‾−¢ⅰｱ\x80", "Shift_JIS", "\\~%81|%26%23162%3B%FA@%B1%80"),
        ("¥‾−©①ｱ", "EUC-JP", "\\~%A1%DD%26%23169%3B%AD%A1%8E%B1"),
        ("日", "ISO-2022-JP", "%1B$BF|%1B(B"),
        ("일갂", "EUC-KR", "%C0%CF%81A"),
        ("\ufffd", "ISO-8859-7", "%26%2365533%3B"),
    ],
)
def test_queries_go_out_in_the_encoding_of_the_document(query: str, encoding: str, sent: str) -> None:
    assert encode_query(query, encoding) == sent


def test_only_documents_in_unicode_send_queries_in_utf_8() -> None:
    assert [name for name in ("UTF-8", "UTF-16LE", "UTF-16BE", "replacement") if encodes_queries(name)] == []
    assert encodes_queries("windows-1252")
    assert encodes_queries("GBK")
