"""Fetch one URL exactly as CONFIG would, and show every decision taken; a local HTML file without any network."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from crawler.cli.run import add_override_option
from crawler.config.model import Config, load_config
from crawler.core.errors import BadInput, ExitCode
from crawler.core.printable import printable
from crawler.runner.probe.fields import trace_fields, trace_text
from crawler.runner.probe.probing import Findings, probe
from crawler.runner.probe.telling import Step

MOST = 10
MOST_CHARACTERS = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what `main` reads."""
    parser.add_argument("config", metavar="CONFIG", help="the YAML file; - for standard input")
    parser.add_argument("url", metavar="URL", help="what to ask for; or an HTML file, which is read and nothing asked")
    add_override_option(parser)
    parser.add_argument("--url", dest="as_url", metavar="URL", help="of a file: where it is taken to come from")
    parser.add_argument("--most", type=int, default=MOST, metavar="N", help="links shown of each kind")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")


def main(arguments: argparse.Namespace) -> int:
    """0 for a usable answer, 4 where there is none. Nothing is stored; a run that goes on is not disturbed."""
    config = load_config(arguments.config, arguments.overrides)
    url, file = _what(config, arguments.url, arguments.as_url)
    findings = probe(config, url, _ignore if arguments.json else _show, file=file)
    if arguments.json:
        print(json.dumps(_as_json(findings, arguments.most)))
    else:
        for line in _closing(findings, arguments.most):
            print(printable(line, MOST_CHARACTERS))
    return ExitCode.COMPLETE if findings.is_usable else ExitCode.NOTHING_FETCHED


def _what(config: Config, word: str, as_url: str | None) -> tuple[str, Path | None]:
    """The URL, and the file to read instead of asking for it. Raises BadInput."""
    if "://" in word:
        if as_url is not None:
            raise BadInput("--url is for a file in the place of URL")
        return word, None
    path = Path(word)
    if not path.is_file():
        raise BadInput(f"{word} is neither a URL (https://…) nor a file")
    seeds = [seed.url for seed in config.seeds]
    return as_url or (seeds[0] if seeds else "https://example.org/"), path


def _ignore(step: Step) -> None:
    """The steps come with everything else."""


def _show(step: Step) -> None:
    print(_row(step.kind, step.text), flush=True)


def _row(label: str, text: str) -> str:
    return f"{label:<10}{printable(text, MOST_CHARACTERS)}"


def _closing(findings: Findings, most: int) -> Iterator[str]:
    """What the answer held, the links, and the record as it would be written."""
    visit, links = findings.visit, findings.links
    if visit is None or links is None:
        yield _row("result", "refused: a run would not ask for it")
        return
    if visit.charset is not None:
        yield _row("charset", f"{visit.charset} ({visit.charset_source})")
    if visit.title is not None:
        yield _row("title", visit.title)
    if visit.status is not None and visit.ok:
        closed = f", {len(links.closed)} of them in vain: robots.txt refuses them" if links.closed else ""
        yield _row("links", f"{links.found} found, {len(links.kept)} to be followed{closed}")
        yield from _listed([f"{url}{_because(links.closed.get(url))}" for url in links.kept], most)
        for reason, number in sorted(
            {**{name: len(some) for name, some in links.examples.items()}, **links.refused}.items()
        ):
            yield _row("", f"{number} not followed: {reason}")
            yield from _listed(links.examples.get(reason, ()), most)
    for name, value in (findings.record or {}).get("data", {}).items():
        yield _row("field", f"{name}: {json.dumps(value, ensure_ascii=False)}")
        for trace in findings.traces:
            if trace.field[0] == name:
                inner = f"{trace.field[-1]}: " if len(trace.field) > 1 else ""
                yield _row("", f"{'  ' * len(trace.field)}{inner}{trace_text(trace)}")
    yield "record"
    yield from (f"  {line}" for line in json.dumps(findings.record, indent=1, ensure_ascii=False).split("\n"))
    error = visit.error
    yield _row("result", "usable" if error is None and visit.ok else _why(findings))


def _why(findings: Findings) -> str:
    visit = findings.visit
    if visit is not None and visit.error is not None:
        return f"{visit.error.type}: {visit.error.message}"
    return "nothing usable: another URL has the record"


def _because(refusal: str | None) -> str:
    return "" if refusal is None else f"  ({refusal})"


def _listed(urls: Sequence[str], most: int) -> Iterator[str]:
    yield from (_row("", f"  {url}") for url in urls[:most])
    if len(urls) > most:
        yield _row("", f"  … and {len(urls) - most} more")


def _as_json(findings: Findings, most: int) -> dict[str, Any]:
    links = findings.links
    return {
        "url": findings.url,
        "usable": findings.is_usable,
        "steps": [{"step": step.kind, "text": step.text, **step.fields} for step in findings.steps],
        "links": None
        if links is None
        else {
            "found": links.found,
            "kept": len(links.kept),
            "kept_examples": links.kept[:most],
            "kept_but_closed": dict(list(links.closed.items())[:most]),
            "refused": links.refused,
            "refused_examples": {reason: some[:most] for reason, some in links.examples.items()},
        },
        "fields": list(map(trace_fields, findings.traces)),
        "record": findings.record,
    }
