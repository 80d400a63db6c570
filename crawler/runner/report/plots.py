"""The plots of the report, from the figures that were gathered while the run went on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import add
from typing import Any

from crawler.observers.figures import count, rate, size
from crawler.observers.report.histogram import BINS, middle_s, quantile_s
from crawler.observers.report.series import Interval
from crawler.runner.report.charts import Bar, Line, Span, columns, over_time
from crawler.runner.report.markup import seconds, section

MOST_LABELS = 8
Series = Sequence[Mapping[str, Any]]


def plots(series: Series) -> list[str]:
    """What changed over time, a box for each plot; boxes without anything to show are empty."""
    intervals = [Interval.from_plain(one) for one in series]
    failed = [_per_second(one, one.failed) for one in intervals]
    throughput = [
        Line("pages", "main", [_per_second(one, one.pages) for one in intervals], is_area=True),
        Line("failed", "bad", failed),
    ]
    latency = [
        Line("slowest 5 % take longer", "warn", [_quantile(one, 0.95) for one in intervals]),
        Line("median", "main", [_quantile(one, 0.5) for one in intervals]),
    ]
    received = [Line("", "main", [_per_second(one, one.bytes_received) for one in intervals], is_area=True)]
    queue = [Line("", "main", [Span(one.begin_s, one.end_s, one.queued) for one in intervals], is_area=True)]
    return [
        section("Throughput", over_time("pages a second over time", throughput, _short_rate)),
        section("Latency over time", over_time("latency over time", latency, seconds)),
        section("Received", over_time("bytes a second over time", received, lambda number: f"{size(number)}/s")),
        section("URLs to do", over_time("URLs in the queue over time", queue, count)),
    ]


def latency_columns(series: Series) -> str:
    """How many pages took how long."""
    bins = [0] * BINS
    for one in series:
        bins = list(map(add, bins, Interval.from_plain(one).latencies))
    counted = [number for number, many in enumerate(bins) if many]
    if not counted:
        return ""
    first, last = counted[0], counted[-1]
    numbers = range(first, last + 1)
    every = max(1, len(numbers) // MOST_LABELS)
    bars = [
        Bar(
            seconds(middle_s(number)) if (number - first) % every == 0 else "",
            f"about {seconds(middle_s(number))}: {count(bins[number])} pages",
            bins[number],
        )
        for number in numbers
    ]
    median, slow = (max(0.001, quantile_s(bins, share) or 0.0) for share in (0.5, 0.95))
    told = f"<p>Half of the pages took up to {seconds(median)}, 95 % up to {seconds(slow)}.</p>"
    return columns("pages by latency", bars, count) + told


def depth_columns(depths: Mapping[str, int]) -> str:
    """How many pages were how many links from a seed."""
    pages = {int(depth): number for depth, number in depths.items()}
    if not pages:
        return ""
    every = max(1, (max(pages) + 1) // MOST_LABELS)
    return columns("pages by depth", [_depth(depth, pages, every) for depth in _up_to(pages)], count)


def _up_to(pages: Iterable[int]) -> range:
    return range(max(pages) + 1)


def _depth(depth: int, pages: Mapping[int, int], every: int) -> Bar:
    number = pages.get(depth, 0)
    return Bar(str(depth) if depth % every == 0 else "", f"depth {depth}: {count(number)} pages", number)


def _per_second(one: Interval, number: float) -> Span:
    width_s = one.end_s - one.begin_s
    return Span(one.begin_s, one.end_s, number / width_s if width_s > 0 else None)


def _quantile(one: Interval, share: float) -> Span:
    return Span(one.begin_s, one.end_s, quantile_s(one.latencies, share))


def _short_rate(per_second: float) -> str:
    return rate(per_second).replace("pages", "").replace(" /", "/")
