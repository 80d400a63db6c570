"""Plots as inline SVG: what they need is a few rectangles and lines, and colours that follow the page's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import floor, log10
from typing import Final, NamedTuple

from crawler.observers.figures import duration
from crawler.runner.report.markup import text

WIDTH: Final = 640
HEIGHT: Final = 190
LEFT, RIGHT, TOP, BOTTOM = 78, 8, 10, 24  # 200.0 kB/s fits before the axis in wide letters too
TICKS: Final = 4

Unit = Callable[[float], str]


class Span(NamedTuple):
    """A value that held from one moment to another; None: unknown."""

    begin_s: float
    end_s: float
    value: float | None


class Line(NamedTuple):
    """What one colour of a plot shows."""

    name: str
    kind: str  # class of its colour
    spans: Sequence[Span]
    is_area: bool = False


class Bar(NamedTuple):
    """One column of a histogram."""

    label: str  # below the axis; may be empty
    told: str  # when pointed at
    value: float


def over_time(label: str, lines: Sequence[Line], unit: Unit) -> str:
    """A plot of `lines` over the seconds of a run; nothing where no line has a value."""
    spans = [span for line in lines for span in line.spans if span.value is not None]
    if not spans:
        return ""
    end_s = max(span.end_s for span in spans) or 1.0
    top = ceiling(max(span.value or 0.0 for span in spans))
    frame = _Frame(end_s, top)
    drawn = [part for line in lines for part in _drawn(line, frame)]
    times = [_text(frame.x(at), HEIGHT - 6, duration(at), _anchor(at, end_s)) for at in _ticks(end_s)]
    legend = _legend(lines) if len(lines) > 1 else ""
    return legend + _svg(label, [*_grid(frame, unit), *drawn, *times])


def columns(label: str, bars: Sequence[Bar], unit: Unit) -> str:
    """A histogram; nothing where there is nothing in it."""
    if not any(bar.value for bar in bars):
        return ""
    frame = _Frame(float(len(bars)), ceiling(max(bar.value for bar in bars)))
    parts = list(_grid(frame, unit))
    width = (frame.x(1) - frame.x(0)) * 0.84
    for number, bar in enumerate(bars):
        left, top = frame.x(number + 0.08), frame.y(bar.value)
        parts.append(
            f'<rect class="fill" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{frame.y(0) - top:.1f}">'
            f"<title>{text(bar.told)}</title></rect>"
        )
        if bar.label:
            parts.append(_text(frame.x(number + 0.5), HEIGHT - 6, bar.label, "middle"))
    return _svg(label, parts)


def ceiling(value: float) -> float:
    """The least of 1, 2, 2.5, 5 times a power of ten that is no less than `value`, so that ticks are round."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * 0.9999)


class _Frame:
    """Where values are on the plot."""

    def __init__(self, most_x: float, most_y: float) -> None:
        self._most_x, self.most_y = most_x, most_y

    def x(self, value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / self._most_x

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(value, self.most_y) / self.most_y


def _drawn(line: Line, frame: _Frame) -> Iterator[str]:
    """Steps, since a value is known for an interval as a whole; a gap where none is."""
    for run in _unbroken(line.spans):
        points = [
            f"{frame.x(at):.1f},{frame.y(span.value or 0.0):.1f}" for span in run for at in (span.begin_s, span.end_s)
        ]
        if line.is_area:
            base = frame.y(0)
            corners = (f"{frame.x(run[0].begin_s):.1f},{base:.1f}", f"{frame.x(run[-1].end_s):.1f},{base:.1f}")
            yield f'<polygon class="{line.kind} area" points="{corners[0]} {" ".join(points)} {corners[1]}"/>'
        yield f'<polyline class="{line.kind}" points="{" ".join(points)}"/>'


def _unbroken(spans: Sequence[Span]) -> Iterator[list[Span]]:
    run: list[Span] = []
    for span in spans:
        if span.value is not None:
            run.append(span)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _grid(frame: _Frame, unit: Unit) -> Iterator[str]:
    for step in range(TICKS + 1):
        value = frame.most_y * step / TICKS
        y = frame.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        if step in (0, TICKS // 2, TICKS):
            yield _text(LEFT - 6, y + 4, unit(value), "end")


def _ticks(end_s: float) -> list[float]:
    return [end_s * step / TICKS for step in range(TICKS + 1)] if end_s >= TICKS else [0.0, end_s]


def _anchor(at: float, end_s: float) -> str:
    return "start" if at == 0 else "end" if at == end_s else "middle"


def _text(x: float, y: float, shown: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text(shown)}</text>'


def _legend(lines: Sequence[Line]) -> str:
    return (
        f'<p class="legend">{"".join(f"<span><i class={line.kind}></i>{text(line.name)}</span>" for line in lines)}</p>'
    )


def _svg(label: str, parts: Sequence[str]) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(label)}">'
    return "\n".join([head, *parts, "</svg>"])
