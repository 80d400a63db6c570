"""Print the JSON Schema of the YAML file, for editors; or the reference made from the same models."""

from __future__ import annotations

import argparse
import sys

from crawler.config.model import rendered
from crawler.core.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=("json", "yaml", "markdown"),
        default="json",
        help="json = the JSON Schema (default); yaml = a commented file with every option; markdown = the reference "
        "page",
    )


def main(arguments: argparse.Namespace) -> int:
    """0; the document goes to standard output."""
    sys.stdout.write(rendered(arguments.format))
    return ExitCode.COMPLETE
