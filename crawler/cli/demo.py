"""Crawl a small site that this command serves itself on loopback: nothing else is needed."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape, glob
from itertools import islice
from pathlib import Path

from crawler.cli.demo_site.site import DEMO_CONFIG, serve_demo
from crawler.cli.run import add_run_options, log_overrides
from crawler.config.model import load_config
from crawler.core.errors import ExitCode
from crawler.runner.execution import Options, run

START_S = 10.0
SHOWN_KEYS = ("url", "status", "title", "charset", "links", "attempts", "redirects", "error")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what `main` reads."""
    add_run_options(parser)
    parser.add_argument("--records", metavar="N", type=_number, default=5, help="how many records to show in the end")


def main(arguments: argparse.Namespace) -> int:
    """The exit code of the demo's run; its first records go to standard output."""
    with _demo_site() as base_url, tempfile.TemporaryDirectory(prefix="crawl-demo-") as folder:
        path = Path(folder, "demo.yaml")
        path.write_text(DEMO_CONFIG.replace("{base}", base_url), encoding="utf-8")
        config = load_config(str(path), log_overrides(arguments))
        # The site has another port each time, so there is never a run to resume.
        code = run(config, Options(fresh=True, quiet=arguments.quiet, progress=not arguments.no_progress))
    output = config.output[0]
    newest = _newest(output.path, config.name)
    if code == ExitCode.COMPLETE and newest is not None and output.compress == "none":
        _show(newest, arguments.records, quiet=arguments.quiet)
    return code


@contextmanager
def _demo_site() -> Iterator[str]:
    """The demo site in a thread with a loop of its own, so that serving does not disturb crawling."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="demo site", daemon=True)
    thread.start()
    site = serve_demo()
    try:
        yield asyncio.run_coroutine_threadsafe(site.__aenter__(), loop).result(START_S)
        asyncio.run_coroutine_threadsafe(site.__aexit__(None, None, None), loop).result(START_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_S)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("must be a number, 0 or more")
    return int(text)


def _newest(template: str, name: str) -> Path | None:
    pattern = escape(template).replace("{name}", name).replace("{started}", "*").replace("{date}", "*")
    return max(map(Path, glob(pattern)), key=lambda path: path.stat().st_mtime, default=None)


def _command() -> str:
    """The word that starts this program again from the same shell."""
    started_as = sys.argv[0]
    if shutil.which("crawl") or Path(started_as).name != "crawl":
        return "crawl"
    return os.path.relpath(started_as)


def _show(output: Path, most: int, *, quiet: bool) -> None:
    with output.open(encoding="utf-8") as lines:
        for line in islice(lines, most):
            record = json.loads(line)
            print(json.dumps({key: record[key] for key in SHOWN_KEYS}, ensure_ascii=False))
    sys.stdout.flush()
    if quiet:
        return
    print(
        f"\nThese are some keys of the first records; all of them: {output}\n"
        f"Write a file of your own with: {_command()} init https://example.org/ -o site.yaml",
        file=sys.stderr,
    )
