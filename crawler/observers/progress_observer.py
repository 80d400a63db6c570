"""The live progress display of a terminal."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from crawler.core.events import Event, RunEnded, RunStarted, Snapshot, Stopping
from crawler.core.printable import printable
from crawler.observers.figures import count, duration, ranking, rate, size, stopwatch
from crawler.observers.terminal import SafeStream
from crawler.observers.wording import MOST_WAITS, notable, wait_text

REFRESH_EVERY_S = 0.25


class ProgressObserver:
    """A few lines at the foot of the terminal that show how the run stands; gone when it ends.

    Whoever writes to the same terminal meanwhile writes to `above`. It is drawn from snapshots, at most four times a
    second, without a thread.
    """

    def __init__(self, *, stream: TextIO | None) -> None:
        """stream: a terminal; see `terminal.is_lively`."""
        safe = SafeStream(stream)
        console = Console(file=safe, highlight=False, markup=False, emoji=False)  # type: ignore[arg-type]
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self.above = Above(self._live, safe)
        self._title = ""
        self._stopping: Stopping | None = None
        self._drawn_at = float("-inf")

    def notice(self, event: Event) -> None:
        """Draws what is new, if it is time to."""
        if isinstance(event, Snapshot):
            now = time.monotonic()
            if now - self._drawn_at >= REFRESH_EVERY_S:
                self._drawn_at = now
                self._live.update(render(event, self._title, self._stopping, datetime.now()), refresh=True)
        elif isinstance(event, RunStarted):
            self._title = f"{printable(event.crawl, 40)}{' (resumed)' if event.resumed else ''}"
            self._live.update(Text(f" {self._title}  starting", style="bold"))
            self._live.start(refresh=True)
        elif isinstance(event, Stopping):
            self._stopping = event
        elif isinstance(event, RunEnded):
            self.close()

    def close(self) -> None:
        """Takes the display off the terminal."""
        self._live.stop()


class Above:
    """A text stream whose lines appear above the display, and plainly when there is none."""

    def __init__(self, live: Live, stream: SafeStream) -> None:
        self._live = live
        self._stream = stream

    def write(self, text: str) -> int:
        """Prints `text`, colours included."""
        if self._live.is_started:
            self._live.console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)
        else:
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flushes the terminal."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Whether it is a terminal, after all."""
        return self._stream.isatty()


def render(snapshot: Snapshot, title: str, stopping: Stopping | None, now: datetime) -> RenderableType:
    """The display: title and time, bar, counts, and what goes wrong or waits. `now` in the reader's time zone."""
    lines: list[RenderableType] = [_head(snapshot, title), _bar(snapshot), _counts(snapshot)]
    if snapshot.errors:
        lines.append(_labelled("errors", " · ".join(ranking(snapshot.errors, 6)), "red"))
    waits = notable(snapshot.waits)
    lines += [_labelled("waiting", wait_text(wait, now), "yellow") for wait in waits[:MOST_WAITS]]
    if len(waits) > MOST_WAITS:
        lines.append(_labelled("", "and for more hosts", "yellow"))
    if stopping is not None:
        left = f"{count(snapshot.in_flight)} in flight, {duration(stopping.drain_s)} at most"
        lines.append(_labelled("stopping", f"{printable(stopping.reason)}: {left}", "bold yellow"))
    return Group(*lines)


def _head(snapshot: Snapshot, title: str) -> Table:
    head = Table.grid(expand=True, padding=(0, 1))
    head.add_column(no_wrap=True, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    figures = f"{rate(snapshot.rate)} · {size(snapshot.bytes_received)} · {stopwatch(snapshot.elapsed_s)}"
    head.add_row(Text(f" {title}", style="bold"), Text(figures, style="cyan"))
    return head


def _bar(snapshot: Snapshot) -> Table:
    known = snapshot.done + snapshot.queued + snapshot.in_flight
    total = known if snapshot.max_pages is None else snapshot.max_pages
    of = "known" if snapshot.max_pages is None else "at most"
    share = f"{count(snapshot.done)} of {of} {count(total)}"
    if snapshot.eta_s is not None:
        share += f", {duration(snapshot.eta_s)} to go"
    row = Table.grid(expand=True, padding=(0, 1))
    row.add_column(width=0)
    row.add_column(ratio=1)
    row.add_column(justify="right", no_wrap=True)
    row.add_row("", ProgressBar(total=max(total, 1), completed=min(snapshot.done, total)), Text(share))
    return row


def _counts(snapshot: Snapshot) -> Text:
    line = Text(" ", no_wrap=True, overflow="ellipsis")
    for name, number, style in (
        ("done", snapshot.done, "green"),
        ("failed", snapshot.failed, "red" if snapshot.failed else "dim"),
        ("queued", snapshot.queued, ""),
        ("in flight", snapshot.in_flight, ""),
        ("hosts", snapshot.hosts, ""),
    ):
        line.append(f"{name} ", style="dim").append(count(number), style=style).append("   ")
    return line


def _labelled(label: str, text: str, style: str) -> Text:
    return Text(f" {label:<9}", style="dim", no_wrap=True, overflow="ellipsis").append(text, style=style)
