"""The style needs nothing from anywhere, and suits light, dark and paper."""

from __future__ import annotations

import re

from crawler.runner.report.style import STYLE


def test_it_loads_nothing() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_every_colour_that_is_used_is_defined_in_light_and_dark() -> None:
    used = set(re.findall(r"var\((--\w+)\)", STYLE))
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    assert used
    for part in (light, dark.partition("} }")[0]):
        assert used <= set(re.findall(r"(--\w+):", part))


def test_it_is_made_for_paper_too() -> None:
    assert "@media print" in STYLE
