"""What the saved state holds: run, counts, what waits for what, until when."""

from __future__ import annotations

import argparse

from crawler.cli.run import add_override_option
from crawler.config.model import load_config
from crawler.core.errors import ExitCode
from crawler.runner.state import described_state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what `main` reads."""
    parser.add_argument("config", metavar="CONFIG", help="the YAML file; - for standard input")
    add_override_option(parser)


def main(arguments: argparse.Namespace) -> int:
    """Prints the state to standard output; changes nothing, also while a run goes on."""
    print(described_state(load_config(arguments.config, arguments.overrides)))
    return ExitCode.COMPLETE
