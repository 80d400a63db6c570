"""Run the crawl that CONFIG describes."""

from __future__ import annotations

import argparse

from crawler.config.model import load_config
from crawler.runner.execution import Options, run

FORMATS = ("auto", "console", "json")
LEVELS = ("debug", "info", "warning", "error")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what `main` reads."""
    parser.add_argument("config", metavar="CONFIG", help="the YAML file; - for standard input")
    add_run_options(parser)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs a crawl."""
    add_override_option(parser)
    parser.add_argument("--fresh", action="store_true", help="drop an unfinished run and start anew")
    parser.add_argument("--quiet", action="store_true", help="say nothing but warnings and errors")
    parser.add_argument("--no-progress", action="store_true", help="no live display, also on a terminal")
    parser.add_argument("--log-format", choices=FORMATS, help="wins over logging.format")
    parser.add_argument("--log-level", choices=LEVELS, help="wins over logging.level")


def add_override_option(parser: argparse.ArgumentParser) -> None:
    """The option of every command that reads a configuration."""
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY.PATH=VALUE",
        help="one key of the file, with a YAML value; wins over the file, may be repeated",
    )


def main(arguments: argparse.Namespace) -> int:
    """The exit code of the run."""
    config = load_config(arguments.config, log_overrides(arguments))
    options = Options(fresh=arguments.fresh, quiet=arguments.quiet, progress=not arguments.no_progress)
    return run(config, options)


def log_overrides(arguments: argparse.Namespace) -> list[str]:
    """All overrides of the command line, the logging options among them."""
    overrides: list[str] = list(arguments.overrides)
    if arguments.log_format:
        overrides.append(f"logging.format={arguments.log_format}")
    if arguments.log_level:
        overrides.append(f"logging.level={arguments.log_level}")
    return overrides
