"""The style needs nothing from anywhere, and suits light, dark and paper."""

from __future__ import annotations

import re

import pytest

from crawler.runner.report.style import STYLE


def test_it_loads_nothing() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_every_colour_that_is_used_is_defined_in_light_and_dark() -> None:
    used = set(re.findall(r"var\((--\w+)\)", STYLE))
    light, dark = STYLE.split("@media screen and (prefers-color-scheme: dark)")
    assert used
    for part in (light, dark.partition("} }")[0]):
        assert used <= set(re.findall(r"(--\w+):", part))


def test_paper_shows_what_is_folded_in_and_is_never_dark() -> None:
    paper = STYLE.partition("@media print")[2]
    assert "details::details-content { content-visibility: visible" in paper
    assert re.findall(r"@media ([^{]*dark[^{]*)", STYLE) == ["screen and (prefers-color-scheme: dark) "]


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2 has it."""
    lights = []
    for colour in (one, other):
        digits = colour * 2 if len(colour) == 3 else colour
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("name", ["ink", "soft", "main", "good", "warn", "bad"])
def test_every_colour_of_text_can_be_read(name: str) -> None:
    assert round(contrast("fff", "767676"), 2) == 4.54
    for part in STYLE.split("@media screen and (prefers-color-scheme: dark)")[:2]:
        colours = dict(re.findall(r"--(\w+): #(\w+)", part))
        for ground in ("box", "ground"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
