"""Which encoding a page is in: BOM before header before meta before a guess, each by the letter of the standard."""

from __future__ import annotations

import pytest

from crawler.parsing.charset import Decoded, decode, header_charset, prescan

META = b'<meta charset="windows-1251">'


def test_a_byte_order_mark_beats_everything_and_is_not_text() -> None:
    header = "text/html; charset=windows-1251"
    assert decode(b"\xef\xbb\xbf" + META + b"\xc3\xa9", header) == Decoded(META.decode() + "é", "UTF-8", "bom")
    assert decode(b"\xff\xfeh\0i\0", header) == Decoded("hi", "UTF-16LE", "bom")
    assert decode(b"\xfe\xff\0h\0i", None) == Decoded("hi", "UTF-16BE", "bom")
    assert decode(b"\xef\xbb\xbf\xef\xbb\xbf", None).text == "\ufeff"


def test_the_header_beats_the_meta_element() -> None:
    assert decode(META + b"\xe9", "text/html; charset=iso-8859-1")[1:] == ("windows-1252", "header")


def test_a_meta_element_beats_a_guess() -> None:
    assert decode(META + b"\xe9", "text/html") == Decoded(META.decode() + "й", "windows-1251", "meta")


def test_a_header_with_an_unknown_label_does_not_count() -> None:
    assert decode(META, "text/html; charset=utf-7")[1:] == ("windows-1251", "meta")


@pytest.mark.parametrize(
    ("field", "charset"),
    [
        ("text/html; charset=utf-8", "UTF-8"),
        ("text/html;CHARSET=LATIN1", "windows-1252"),
        ('text/html; charset="utf-8"; x=y', "UTF-8"),
        ('text/html; charset="u\\tf-8"', "UTF-8"),
        ("text/html; x=y; charset=gb2312 ", "GBK"),
        ("text/html; charset=utf-8; charset=gbk", "UTF-8"),
        ("text/html", None),
        ("text/html; xcharset=utf-8", None),
        ("text/html; charset=", None),
        ("text/html; charset=none", None),
    ],
)
def test_the_header_names_its_charset(field: str, charset: str | None) -> None:
    assert header_charset(field) == charset


@pytest.mark.parametrize(
    ("head", "charset"),
    [
        (b"<meta charset=utf-8>", "UTF-8"),
        (b"<META/CHARSET = 'utf-8'/>", "UTF-8"),
        (b"<meta\ncharset\t=\nutf-8\n>", "UTF-8"),
        (b"<meta charset=utf-8/>", None),  # an unquoted value takes the slash along: no such label
        (b"<meta x=y charset=koi8-r charset=utf-8>", "KOI8-R"),
        (b"<meta charset=nonsense><meta charset=utf-8>", "UTF-8"),
        (b"<metal charset=utf-8>", None),
        (b"<meta charset>", None),
        (b"<meta charset=utf-16le>", "UTF-8"),
        (b"<meta charset=x-user-defined>", "windows-1252"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>", "KOI8-R"),
        (b"<meta content='text/html; charset=koi8-r' http-equiv=content-type>", "KOI8-R"),
        (b"<meta content='text/html; charset=koi8-r'>", None),
        (b"<meta http-equiv=refresh content='charset=koi8-r'>", None),
        (b"<meta http-equiv=content-type content=\"charset = 'koi8-r' x\">", "KOI8-R"),
        (b"<meta http-equiv=content-type content='charset=\"koi8-r'>", None),
        (b"<meta http-equiv=content-type content='charset koi8 charset=koi8-r;'>", "KOI8-R"),
        (b"<meta http-equiv=content-type content='charset=gbk' charset=koi8-r>", "KOI8-R"),
        (b"<!-- <meta charset=gbk> --><meta charset=koi8-r>", "KOI8-R"),
        (b"<!--><meta charset=koi8-r>", "KOI8-R"),
        (b"<!-- <meta charset=gbk>", None),
        (b"<a title='<meta charset=gbk>'><meta charset=koi8-r>", "KOI8-R"),
        (b"<a title=\"'>\" x='\"><meta charset=gbk>'><meta charset=koi8-r>", "KOI8-R"),
        (b"</a title='<meta charset=gbk>'><meta charset=koi8-r>", "KOI8-R"),
        (b"<!doctype '<meta charset=gbk>'><meta charset=koi8-r>", "KOI8-R"),
        (b"<?x <meta charset=gbk>", None),
        (b"</ <meta charset=gbk>", None),
        (b"< meta charset=gbk>", None),
        (b"<1><meta charset=koi8-r>", "KOI8-R"),
        (b"<meta charset='koi8-r>", None),
        (b"<meta charset=koi8-r", None),
        (b"<meta =charset=gbk charset=koi8-r>", "KOI8-R"),
        (b"<script>'<meta charset=gbk>'</script>", "GBK"),  # the prescan knows no scripts
        (b"<\0?\0x\0m\0l\0", "UTF-16LE"),
        (b"\0<\0?\0x\0m\0l", "UTF-16BE"),
        (b"<?xml version='1.0' encoding='koi8-r'?><html>", "KOI8-R"),
        (b"<?xml version='1.0' encoding='koi8-r'?><meta charset=gbk>", "GBK"),
        (b"<?xml encoding='utf-16'?>", "UTF-8"),
        (b"<?xml encoding='koi8-r'", None),
        (b"<?xml encoding encoding='koi8-r'?>", None),
        (b" <?xml encoding='koi8-r'?>", None),
        (b"<" * 1024, None),
        (b"", None),
    ],
)
def test_the_prescan_finds_what_the_standard_finds(head: bytes, charset: str | None) -> None:
    assert prescan(head) == charset


def test_the_prescan_ends_after_1024_octets() -> None:
    assert decode(b" " * (1024 - len(META)) + META, None).charset == "windows-1251"
    assert decode(b" " * (1025 - len(META)) + META, None).charset == "UTF-8"


def test_undeclared_text_is_guessed_from_its_octets() -> None:
    assert decode(b"<p>plain", None)[1:] == ("UTF-8", "default")
    assert decode("<p>Grüße".encode(), None)[1:] == ("UTF-8", "detected")
    assert decode(b"<p>\x1b$BF|K\\\x1b(B", None) == Decoded("<p>日本", "ISO-2022-JP", "detected")
    assert decode("<p>Съешь же ещё этих мягких французских булок".encode("koi8-r"), None)[1:] == ("KOI8-R", "detected")


def test_utf_8_with_a_broken_octet_is_utf_8_still() -> None:
    text = "<p>Съешь же ещё этих мягких французских булок, да выпей чаю."
    for body in (
        text.encode() * 20 + b"\xff" + text.encode(),
        b"\xe9" + text.encode(),
        text.encode() + "ю".encode()[:1],
    ):
        assert decode(body, None)[1:] == ("UTF-8", "detected")
    assert decode("Съешь же ещё этих мягких".encode("cp1251") + "é".encode(), None).charset != "UTF-8"


def test_octets_that_look_like_nothing_are_windows_1252() -> None:
    assert decode(b"\xff\x81\x8d\x8f\x90\x9d\x00\x01\x02" * 3, None)[1:] == ("windows-1252", "default")


def test_xml_is_utf_8_unless_it_says_otherwise() -> None:
    assert decode(b"<x>\xff", None, is_html=False)[1:] == ("UTF-8", "default")
    assert decode(META, None, is_html=False)[1:] == ("UTF-8", "default")
    assert decode(b"<?xml encoding='koi8-r'?>", None, is_html=False)[1:] == ("KOI8-R", "meta")
    assert decode(b"<?xml encoding='koi8-r'?>", "text/xml;charset=gbk", is_html=False)[1:] == ("GBK", "header")


def test_a_beginning_met_before_decides_alike_whatever_follows_it() -> None:
    head = b'<html><head><meta charset="koi8-r">'
    assert prescan(head + b"<p>one") == "KOI8-R"
    assert prescan(head) == "KOI8-R"
    assert prescan(head[:-1]) is None  # the element does not end
    assert prescan(head[:-1] + b" title='>'") is None
    for number in range(20):
        assert prescan(b"<!-- %d --><meta charset=koi8-u>" % number) == "KOI8-U"
    assert prescan(head + b"<p>two") == "KOI8-R"
