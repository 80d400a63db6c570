"""Measure which client suits CONFIG: its own targets, or a local site, with each client in turn."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO, TextIOWrapper
from math import ceil
from typing import Any

from crawler.cli.run import add_override_option
from crawler.config.model import Config, load_config
from crawler.core.errors import BadInput, ExitCode
from crawler.core.printable import printable
from crawler.core.units import duration_s, size_bytes
from crawler.runner.benchmark.local_site import MOST_HOSTS, LocalSite, running_local_site
from crawler.runner.benchmark.measurement import Source
from crawler.runner.benchmark.replay import moved, replayed
from crawler.runner.benchmark.rounds import Bench, Report
from crawler.runner.benchmark.variants import installed_variants, may_use_tls

_MOST_STDIN = 64 << 20  # far more than a configuration may have
_COLUMNS = ("client", "requests/s", "±", "CPU ms/request", "±", "protocol", "computing", "politeness", "network")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what `main` reads."""
    parser.add_argument("config", metavar="CONFIG", help="the YAML file; - for standard input")
    add_override_option(parser)
    parser.add_argument("--rounds", metavar="N", type=_number, default=3, help="runs of each client (default 3)")
    parser.add_argument("--pages", metavar="N", type=_number, default=50, help="most pages of one run (default 50)")
    parser.add_argument(
        "--hosts",
        metavar="HOST",
        nargs="+",
        help="only seeds on these hosts; with --local, how many hosts there are (default 4)",
    )
    parser.add_argument("--local", action="store_true", help="ask a site that this command serves on loopback")
    parser.add_argument(
        "--latency", metavar="TIME", type=_value(duration_s), help="with --local: before each answer (default 50ms)"
    )
    parser.add_argument(
        "--page-size", metavar="SIZE", type=_value(size_bytes), help="with --local: of each page (default 20kB)"
    )
    parser.add_argument("--json", action="store_true", help="print figures as JSON")


def main(arguments: argparse.Namespace) -> int:
    """0, or 4 if no client could fetch anything. The table, or JSON, goes to standard output."""
    if not arguments.local and (arguments.latency is not None or arguments.page_size is not None):
        raise BadInput("--latency and --page-size describe the local site; they need --local")
    given = sys.stdin.buffer.read(_MOST_STDIN) if arguments.config == "-" else b""  # every run reads it again
    config = load_config(arguments.config, arguments.overrides, stdin=TextIOWrapper(BytesIO(given)))
    source = Source(arguments.config, given, tuple(arguments.overrides))
    with _local_site(arguments) as urls:
        settings = moved(urls, arguments.pages) if urls else replayed(config, arguments.pages, arguments.hosts or ())
        report = _measure(config, source, settings, arguments)
    print(json.dumps(report.as_json(), ensure_ascii=False, indent=1) if arguments.json else _table(report))
    return ExitCode.COMPLETE if report.lines else ExitCode.NOTHING_FETCHED


def _measure(config: Config, source: Source, settings: list[str], arguments: argparse.Namespace) -> Report:
    variants = installed_variants(tls=not arguments.local and may_use_tls(config))
    _say(
        f"{', '.join(map(str, variants))}: {arguments.rounds} rounds of at most {arguments.pages} pages each, "
        "robots.txt, delays and limits as configured"
    )
    return Bench(config, source, settings, _say).run(variants, arguments.rounds)


def _local_site(arguments: argparse.Namespace) -> AbstractContextManager[list[str]]:
    if not arguments.local:
        return nullcontext([])
    hosts = _host_number(arguments.hosts or ["4"])
    return running_local_site(
        LocalSite(
            hosts=hosts,
            pages_per_host=ceil(arguments.pages / hosts),
            page_bytes=20_000 if arguments.page_size is None else arguments.page_size,
            latency_s=0.05 if arguments.latency is None else arguments.latency,
        )
    )


def _host_number(words: list[str]) -> int:
    number = int(words[0]) if len(words) == 1 and words[0].isdecimal() and len(words[0]) < 6 else 0
    if not 1 <= number <= MOST_HOSTS:
        raise BadInput(f"--hosts must be one number from 1 to {MOST_HOSTS} with --local")
    return number


def _table(report: Report) -> str:
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for line in report.lines:
        shares = (line.shares.own, line.shares.politeness, line.shares.network)
        figures = (
            f"{line.requests_per_s:.1f}",
            f"{line.spread * 100:.0f} %",
            f"{line.cpu_ms:.2f}",
            f"{line.cpu_noise_ms:.2f}",
        )
        rows.append((str(line.variant), *figures, line.protocols, *(f"{share * 100:.0f} %" for share in shares)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"{name}: not measured: {printable(why)}" for name, why in report.problems.items()]
    ending = [] if report.stopped is None else [f"Stopped early: {report.stopped}."]
    return "\n".join([*lines, "", *ending, report.recommendation])


def _say(message: str) -> None:
    print(printable(message, most=None), file=sys.stderr)


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError("must be a number from 1 to 1000000")
    return int(text)


def _value(convert: Callable[[Any], Any]) -> Callable[[str], Any]:
    def converted(text: str) -> Any:
        try:
            return convert(text if not text.replace(".", "", 1).isdecimal() else float(text))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return converted
