"""Check configuration files without any network: one line for each mistake."""

from __future__ import annotations

import argparse
import sys

from crawler.config.model import load_config
from crawler.core.errors import BadInput, ExitCode
from crawler.core.printable import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("configs", metavar="CONFIG", nargs="+", help="a YAML file, or - for standard input")
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="KEY.PATH=VALUE",
        action="append",
        default=[],
        help="a setting that wins over the file (repeatable)",
    )


def main(arguments: argparse.Namespace) -> int:
    """0 if every file is good, else 2."""
    good = [_is_good(path, arguments.overrides) for path in arguments.configs]
    return ExitCode.COMPLETE if all(good) else ExitCode.BAD_INPUT


def _is_good(path: str, overrides: list[str]) -> bool:
    try:
        load_config(path, overrides)
    except BadInput as error:
        print(error, file=sys.stderr)
        return False
    print(f"{'standard input' if path == '-' else printable(path)}: ok")
    return True
