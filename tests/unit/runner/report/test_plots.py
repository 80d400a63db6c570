"""What changed over time, from the figures of a run."""

from __future__ import annotations

from crawler.observers.report.series import Interval
from crawler.runner.report.plots import depth_columns, latency_columns, plots


def series() -> list[dict[str, object]]:
    first, second = Interval(0.0, 2.0, 20, 2, 2000, 5), Interval(2.0, 4.0, 4, 0, 100, 0)
    first.latencies[10] = 18
    second.latencies[20] = 4
    return [first.plain(), second.plain()]


def test_there_is_a_plot_of_each_thing_that_changes() -> None:
    made = plots(series())
    titles = [box.partition("<h2>")[2].partition("</h2>")[0] for box in made]
    assert titles == ["Throughput", "Latency over time", "Received", "URLs to do"]
    assert ">10.0/s</text>" in made[0]
    assert "1.0 kB/s</text>" in made[2]


def test_without_figures_there_is_none() -> None:
    assert plots(()) == ["", "", "", ""]
    assert latency_columns(()) == ""
    assert depth_columns({}) == ""


def test_latencies_are_counted_over_the_whole_run() -> None:
    made = latency_columns(series())
    assert "about 78 ms: 4 pages" in made
    assert "Half of the pages took up to 8.4 ms, 95 % up to 78 ms." in made
    assert made.count("<rect") == 11  # from the first bin to the last, the empty ones between too


def test_depths_that_nobody_was_at_are_shown_as_gaps() -> None:
    made = depth_columns({"0": 1, "2": 30})
    assert made.count("<rect") == 3
    assert "depth 2: 30 pages" in made
