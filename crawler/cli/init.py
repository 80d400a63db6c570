"""Write a small commented configuration file to start from."""

from __future__ import annotations

import argparse
import json
import sys

from crawler.core.errors import BadInput, ExitCode, OutputFailed, UnusableUrl
from crawler.core.printable import printable
from crawler.core.url import normalise

DEFAULT_URL = "https://example.org/"
STARTER = """\
# One crawl. Run it:      crawl FILE
# Check it, no network:   crawl validate FILE
# Every option explained: crawl schema --format yaml
# Help in your editor:    crawl schema > crawl-schema.json, and this as the first line of this file:
#   # yaml-language-server: $schema=./crawl-schema.json

seeds:
  - {url}

scope:
  type: host                # page | prefix | host | domain | any, as seen from the seeds
  # include: ['/docs/']     # regular expressions; if any are given, one must match the URL
  # exclude: ['[?&]sort=']  # regular expressions; a match refuses the URL

limits:
  max_pages: 100            # a small first run; null = no limit

politeness:
  delay: 0.5                # seconds between two requests to one host

# client:
#   user_agent: MyBot/1.0 (+https://example.org/bot)   # say who you are
#   type: httpx2                                       # aiohttp | httpx | httpx2 | curl
#   http2: true                                        # with httpx2, httpx or curl

output: "out/{{name}}-{{started}}.jsonl"   # one JSON record for each URL; "-" = standard output
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", nargs="?", default=DEFAULT_URL, help="where the crawl begins")
    parser.add_argument("-o", "--output", metavar="FILE", help="a new file; without it, standard output")


def main(arguments: argparse.Namespace) -> int:
    """0; raises BadInput for a bad URL or a file that exists, OutputFailed if it cannot be written."""
    text = starter(arguments.url)
    if arguments.output in (None, "-"):
        sys.stdout.write(text)
    else:
        _write_new(arguments.output, text)
        print(f"wrote {printable(arguments.output)}; now: crawl {printable(arguments.output)}", file=sys.stderr)
    return ExitCode.COMPLETE


def starter(url: str) -> str:
    """The starter file for `url`. Raises BadInput."""
    if "://" not in url and not url.startswith(("/", ".", "-")):
        url = f"https://{url}"
    try:
        seed = normalise(url)
    except UnusableUrl as error:
        raise BadInput(printable(f"cannot begin there: {error}")) from None
    # In quotes, and with ${ kept apart from the environment, whatever the query holds.
    return STARTER.format(url=json.dumps(seed.replace("${", "$${")))


def _write_new(path: str, text: str) -> None:
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(f"{printable(path)} exists; choose another name or remove it first") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputFailed(f"cannot write {printable(path)}: {reason}") from None
