"""What failed in the last run, by type; with --retry, a run that asks for exactly that again."""

from __future__ import annotations

import argparse
import json

from crawler.cli.run import add_override_option
from crawler.config.model import load_config
from crawler.core.errors import ERROR_TYPES, ExitCode
from crawler.runner.failures import described_failures, last_failures, read_failures, replaced_outputs, retry_failures

MOST = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what `main` reads."""
    parser.add_argument("config", metavar="CONFIG", help="the YAML file; - for standard input")
    add_override_option(parser)
    parser.add_argument(
        "--type", dest="types", action="append", choices=ERROR_TYPES, default=[], metavar="TYPE",
        help=f"only failures of this type (repeatable): {', '.join(ERROR_TYPES)}",
    )  # fmt: skip
    parser.add_argument("--most", type=int, default=MOST, metavar="N", help="URLs shown of each type; 0 = all")
    parser.add_argument("--json", action="store_true", help="the records themselves, one JSON object a line")
    parser.add_argument(
        "--retry",
        action="store_true",
        help="begin a new run that has these URLs to do and nothing else that is known; crawl CONFIG carries it out, "
        "with an output of its own",
    )


def main(arguments: argparse.Namespace) -> int:
    """Prints to standard output; changes nothing but with --retry, and never asks anything."""
    config = load_config(arguments.config, arguments.overrides)
    if arguments.retry:
        number, started = retry_failures(config, arguments.types)
        told = f"run {started} has {number} URLs to do: crawl {arguments.config}" if number else "nothing to retry"
        print(told)
        if number and (paths := replaced_outputs(config)):
            print(f"it replaces {', '.join(paths)}; move that first, or put {{started}} in output.path to keep both")
        return ExitCode.COMPLETE
    path = last_failures(config)
    if path is None:
        if not arguments.json:
            print("no run of this crawl has left a list of failures")
    elif arguments.json:
        for record in read_failures(path, arguments.types):
            print(json.dumps(record))
    else:
        for line in described_failures(path, arguments.types, arguments.most):
            print(line)
    return ExitCode.COMPLETE
