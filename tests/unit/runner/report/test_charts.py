"""Plots are well-formed SVG, within their frame, and have their axes in round numbers."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from crawler.runner.report.charts import HEIGHT, WIDTH, Bar, Line, Span, ceiling, columns, over_time

SPANS = [Span(0, 1, 3.0), Span(1, 2, None), Span(2, 4, 80.0)]


def drawn(markup: str) -> ElementTree.Element:
    """The plot as XML, without the legend before it."""
    return ElementTree.fromstring(markup[markup.index("<svg") :])


def test_lines_stay_in_the_frame_and_break_where_nothing_is_known() -> None:
    svg = drawn(over_time("x", [Line("", "main", SPANS, is_area=True)], str))
    lines = [line.get("points") or "" for line in svg.iter("polyline")]
    assert len(lines) == 2
    numbers = [tuple(map(float, point.split(","))) for line in lines for point in line.split()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in numbers)
    assert len(list(svg.iter("polygon"))) == 2


def test_the_plot_says_what_it_shows_and_names_its_lines() -> None:
    made = over_time("pages & more", [Line("a<b", "main", SPANS), Line("c", "bad", SPANS)], str)
    assert drawn(made).get("aria-label") == "pages & more"
    assert "a&lt;b" in made


def test_columns_tell_their_value_when_pointed_at() -> None:
    svg = drawn(columns("x", [Bar("0", "depth 0: 1 page", 1), Bar("", "depth 1: 9 pages", 9)], str))
    assert [title.text for title in svg.iter("title")] == ["depth 0: 1 page", "depth 1: 9 pages"]
    heights = [float(rect.get("height") or 0) for rect in svg.iter("rect")]
    assert heights[1] == pytest.approx(9 * heights[0], rel=0.05)


@pytest.mark.parametrize("made", [over_time("x", [Line("", "m", [Span(0, 1, None)])], str), columns("x", [], str)])
def test_nothing_to_show_is_no_plot(made: str) -> None:
    assert made == ""


@pytest.mark.parametrize(("value", "top"), [(0, 1), (0.034, 0.05), (1, 1), (17, 20), (21, 25), (80, 100), (1001, 2000)])
def test_axes_end_at_round_numbers(value: float, top: float) -> None:
    assert ceiling(value) == pytest.approx(top)


def test_a_run_of_no_time_at_all_has_a_plot_too() -> None:
    assert re.search("<polyline", over_time("x", [Line("", "main", [Span(0, 0, 1.0)])], str))
