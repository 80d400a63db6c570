"""Whatever is shown is text, never markup."""

from __future__ import annotations

import pytest

from crawler.runner.report.markup import cell, link, percent, seconds, section, shares, table, text

HOSTILE = "<script>alert(1)</script>\"'&\x1b[2J\u202e"


@pytest.mark.parametrize(
    "made", [text(HOSTILE), link(HOSTILE), link("http://h/" + HOSTILE), shares("x", [(HOSTILE, 1)])]
)
def test_nothing_that_is_shown_becomes_markup(made: str) -> None:
    assert "<script" not in made
    assert "\x1b" not in made
    assert "\u202e" not in made
    assert "'&" not in made


def test_a_text_of_any_length_is_cut() -> None:
    assert len(text("x" * 10_000)) == 300


def test_only_urls_of_the_web_can_be_followed() -> None:
    assert link("javascript:alert(1)") == "javascript:alert(1)"
    assert link('http://h/"onclick="x').startswith('<a href="http://h/&quot;onclick=&quot;x" rel="noreferrer">')


def test_a_table_has_its_numbers_at_the_right() -> None:
    made = table(("name", ">many"), [(cell("a"), cell("1", is_number=True))])
    assert '<th class="number">many</th>' in made
    assert '<tr><td>a</td><td class="number">1</td></tr>' in made


def test_the_longest_bar_is_that_of_the_largest_number() -> None:
    made = shares("status", [("200", 75), ("404", 25)], "bad")
    assert "width:100.0%" in made
    assert "width:33.3%" in made
    assert ("75.0 %" in made, "25.0 %" in made) == (True, True)


def test_a_section_without_anything_is_left_out() -> None:
    assert section("Title", "", "") == ""
    assert section("A & B", "<p>x</p>").startswith("<section><h2>A &amp; B</h2>")


@pytest.mark.parametrize(
    ("part", "whole", "said"), [(0, 9, "0 %"), (1, 0, "0 %"), (1, 3, "33.3 %"), (1, 9999, "< 0.1 %")]
)
def test_shares_in_words(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.0004, "< 1 ms"), (0.0025, "2.5 ms"), (0.034, "34 ms"), (1.24, "1.2 s"), (0.0, "0 ms")]
)
def test_latencies_in_words(value: float, said: str) -> None:
    assert seconds(value) == said
