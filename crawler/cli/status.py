"""What the saved state holds: run, counts, what waits for what, until when."""

from __future__ import annotations

import argparse
import json

from crawler.cli.run import add_override_option
from crawler.config.model import load_config
from crawler.core.errors import ExitCode
from crawler.runner.state import MOST, described, read_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what `main` reads."""
    parser.add_argument("config", metavar="CONFIG", help="the YAML file; - for standard input")
    add_override_option(parser)
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")
    parser.add_argument("--most", type=int, default=MOST, metavar="N", help="hosts and waits shown at most")


def main(arguments: argparse.Namespace) -> int:
    """Prints the state to standard output; changes nothing, also while a run goes on."""
    status = read_status(load_config(arguments.config, arguments.overrides), most=arguments.most)
    print(json.dumps(status) if arguments.json else described(status))
    return ExitCode.COMPLETE
