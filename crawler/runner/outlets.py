"""Where a run tells and where it writes: its observers and its sinks, made from the configuration."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from crawler.config.model import Config
from crawler.core.events import Warned
from crawler.core.ports import Observer, Sink
from crawler.core.registry import load
from crawler.observers import OBSERVERS
from crawler.observers.terminal import SafeStream, is_lively
from crawler.runner.assembly import folder_of
from crawler.sinks import SINKS
from crawler.sinks.failures import FILE_NAME as FAILURES_NAME
from crawler.sinks.failures import FailureList
from crawler.sinks.fan_out import FanOut
from crawler.sinks.files.template import expand, latest_name
from crawler.sinks.section import OutputSection
from crawler.sinks.selection import Selection

STATUS_EVERY_S = 10.0


def build_observers(
    config: Config, runs_folder: Path, stream: TextIO | None, *, quiet: bool, progress: bool
) -> tuple[list[Observer], bool]:
    """Who is told (a display on the terminal `stream`, log, summary, figures for the report), and whether there is a
    display."""
    settings = config.logging
    prints_records = any(output.path == "-" for output in config.output) and SafeStream(sys.stdout).isatty()
    lively = progress and not quiet and not prints_records and is_lively(stream)
    display = load(OBSERVERS, "progress")(stream=stream) if lively else None
    log = load(OBSERVERS, "log")(
        level=settings.level,
        format=settings.format,
        file=settings.file,
        stream=display.above if display is not None else stream,
        quiet=quiet,
        status_every_s=None if display is not None and settings.file is None else STATUS_EVERY_S,
    )
    summary = load(OBSERVERS, "summary")(runs_folder, say=lambda message: log.notice(Warned(message)))
    report = load(OBSERVERS, "report")(runs_folder, say=lambda message: log.notice(Warned(message)))
    always = [report, summary, log]
    return (always, False) if display is None else ([display, *always], True)


def build_sink(config: Config, started: str, warn: Callable[[str], None]) -> Sink:
    """All outputs of the run `started` as one sink, not opened yet."""
    return FanOut([_build_output(config, output, started, warn) for output in config.output])


def build_sinks(config: Config, started: str, warn: Callable[[str], None]) -> Sink:
    """All that stores the visits of the run `started`: its outputs, and the list of what failed. warn: told what a
    person may not expect of the outputs."""
    path = folder_of(config) / "runs" / started / FAILURES_NAME
    return FanOut((build_sink(config, started, warn), FailureList(path=str(path), on_exists="replace")))


def _build_output(config: Config, output: OutputSection, started: str, warn: Callable[[str], None]) -> Sink:
    day = datetime.fromisoformat(started).date()
    archives = output.type == "warc"
    options: dict[str, Any] = {"links": output.links, "headers": output.headers, "body": output.body}
    sink: Sink = load(SINKS, output.type)(
        path=expand(output.path, config.name, started, day),
        on_exists=output.on_exists,
        compress=output.compress,
        most_bytes=output.rotate.bytes,
        most_records=output.rotate.records,
        latest=_link(config, output, started, day),
        warn=warn,
        **({"user_agent": config.client.sent_user_agent} if archives else options),
    )
    return Selection(sink, unchanged=output.unchanged, hops=archives)


def _link(config: Config, output: OutputSection, started: str, day: date) -> str | None:
    if isinstance(output.latest, str):
        return expand(output.latest, config.name, started, day)
    return latest_name(output.path, config.name) if output.latest else None
