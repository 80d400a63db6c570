"""Bars with names and numbers as an SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

_ROW, _LEFT, _WIDTH, _RIGHT = 26, 280, 420, 90
_OURS, _OTHERS = "#2f6f9f", "#b9bec4"


def bars(title: str, values: Mapping[str, float], ours: str = "crawlfile") -> str:
    """A horizontal bar for each of `values`, in their order; those whose name begins with `ours` in colour."""
    most = max(values.values())
    width, height = _LEFT + _WIDTH + _RIGHT, _ROW * (len(values) + 1) + 14
    rows = [_bar(number, name, value, most, ours) for number, (name, value) in enumerate(values.items(), start=1)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{escape(title)}" font-family="sans-serif" font-size="13">',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _bar(number: int, name: str, value: float, most: float, ours: str) -> str:
    top, length = number * _ROW + 6, max(1.0, _WIDTH * value / most)
    colour = _OURS if name.startswith(ours) else _OTHERS
    return (
        f'<text x="{_LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{_LEFT}" y="{top}" width="{length:.1f}" height="{_ROW - 6}" fill="{colour}"/>'
        f'<text x="{_LEFT + length + 6:.1f}" y="{top + 15}">{value:,.0f}</text>'
    )
