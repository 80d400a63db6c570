"""Text from anywhere, made safe to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.core.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, Grüße, 世界, 😀", "plain text, Grüße, 世界, 😀"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\r\nb\tc\0", r"a\x0d\x0ab\x09c\x00"),
        ("\x7f\x9b2J\x85", r"\x7f\x9b2J\x85"),
        ("\u202eevil\u2066\u200f\u061c", r"\u202eevil\u2066\u200f\u061c"),
        ("\u2028\ufeff\ud800\U000e0041", r"\u2028\ufeff\ud800\U000e0041"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_shown_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_long_text_is_cut_to_length_with_a_sign() -> None:
    assert printable("x" * 200) == "x" * 200
    assert printable("x" * 201) == "x" * 199 + "…"
    assert printable("abcdef", 3) == "ab…"


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_becomes_printable_and_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()


def test_without_a_limit_nothing_is_cut() -> None:
    assert printable("x" * 5000, most=None) == "x" * 5000
