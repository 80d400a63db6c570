"""Render the last run as one self-contained HTML page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crawler.cli.run import add_override_option
from crawler.config.model import load_config
from crawler.core.errors import ExitCode, OutputFailed
from crawler.core.printable import printable
from crawler.runner.report.last_run import last_run
from crawler.runner.report.page import report_page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what `main` reads."""
    parser.add_argument("config", metavar="CONFIG", help="the YAML file; - for standard input")
    add_override_option(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="written anew each time; without it, standard output")


def main(arguments: argparse.Namespace) -> int:
    """0; raises BadInput where there was no run yet, OutputFailed if the page cannot be written."""
    page = report_page(last_run(load_config(arguments.config, arguments.overrides)))
    if arguments.output in (None, "-"):
        sys.stdout.write(page)
        return ExitCode.COMPLETE
    try:
        Path(arguments.output).write_text(page, encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise OutputFailed(f"cannot write {printable(arguments.output)}: {why}") from None
    print(f"wrote {printable(arguments.output)}", file=sys.stderr)
    return ExitCode.COMPLETE
