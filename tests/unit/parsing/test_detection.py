"""Guessing an encoding: good on a few sentences, bounded on a large body."""

from __future__ import annotations

import re

import pytest

from crawler.parsing import detection
from crawler.parsing.detection import SAMPLE_BYTES, detect

SENTENCES = {
    "windows-1251": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "KOI8-R": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "windows-1253": "Αυτή είναι μια ελληνική ιστοσελίδα. Η Αθήνα είναι η πρωτεύουσα της Ελλάδας.",
    "windows-1254": "Türkçe bir web sayfası. Ankara Türkiye'nin başkentidir; şğıİ çöü güzel.",
    "windows-1250": "Příliš žluťoučký kůň úpěl ďábelské ódy. Praha je hlavní město České republiky.",
    "windows-1252": "Voilà une page en français, à propos d’été, de garçons et de forêts. Où êtes-vous né ?",
    "Shift_JIS": "日本語のウェブページです。これは文字コードの判定のための文章です。",
    "EUC-JP": "日本語のウェブページです。これは文字コードの判定のための文章です。",
    "GBK": "这是一个中文网页，用于测试字符编码检测。北京是中华人民共和国的首都。",
    "Big5": "這是一個中文網頁，用於測試字元編碼偵測。臺北是中華民國的首都。",
    "EUC-KR": "이것은 한국어 웹 페이지입니다. 문자 인코딩 감지를 테스트합니다.",
}
PYTHON_NAMES = {name: name.replace("windows-", "cp") for name in SENTENCES} | {"Shift_JIS": "cp932"}


def page(name: str, repeat: int = 2) -> bytes:
    html = "<html><head><title>x</title></head><body><p class='x'>" + SENTENCES[name] * repeat + "</p></body></html>"
    return html.encode(PYTHON_NAMES[name])


def suspicious(body: bytes) -> int:
    found = re.search(rb"[\x80-\xff]", body)
    assert found
    return found.start()


@pytest.mark.parametrize("name", SENTENCES)
def test_a_few_sentences_give_their_encoding_away(name: str) -> None:
    body = page(name)
    assert detect(body, suspicious(body)) == name


@pytest.mark.parametrize("name", ["Shift_JIS", "EUC-JP", "GBK"])
def test_a_sample_of_a_long_text_cuts_no_character_in_two(name: str) -> None:
    body = page(name, repeat=400)
    assert detect(body, suspicious(body)) == name


def test_only_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    from_bytes = detection.from_bytes
    monkeypatch.setattr(
        detection, "from_bytes", lambda sample, **options: seen.append(len(sample)) or from_bytes(sample, **options)
    )
    detect(b"a" * 1_000_000 + b"\xe9" * 1_000_000, 1_000_000)
    assert seen
    assert max(seen) <= 2 * SAMPLE_BYTES


def test_binary_is_no_text() -> None:
    assert detect(bytes(range(256)) * 8, 128) is None
