"""What failed in the last run: listed by type, and put back into the queue."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crawler.config.model import Config
from crawler.core.errors import BadInput, OutputFailed
from crawler.core.printable import printable
from crawler.core.url import host_of
from crawler.core.visit import Request
from crawler.engine.rules.scope import Scope
from crawler.frontiers.again.requeue import requeue
from crawler.runner.assembly import build_lock, folder_of, named_urls
from crawler.runner.execution import unused_id
from crawler.runner.state import newest_of
from crawler.sinks.failures import FILE_NAME
from crawler.sinks.files.stream_output import STDOUT_PATHS

Record = Mapping[str, Any]


def last_failures(config: Config) -> Path | None:
    """The list that the last run has left, or writes just now; None: no run has left any."""
    lists = {path.parent.name: path for path in (folder_of(config) / "runs").glob(f"*/{FILE_NAME}")}
    newest = newest_of(config, lists)
    return None if newest is None else lists[newest]


def read_failures(path: Path, types: Collection[str] = ()) -> Iterator[Record]:
    """The records in a list of failures, of these error types only if any are given. A line that is being written just
    now is left out. Raises OutputFailed if the file cannot be read."""
    try:
        with path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n") and (record := json.loads(line)) and _is_of(record, types):
                    yield record
    except (OSError, ValueError) as error:
        raise OutputFailed(f"{path} cannot be read: {error}") from error


def described_failures(path: Path, types: Collection[str], most: int) -> Iterator[str]:
    """Lines for people: each type with its number, and at most `most` URLs of it; 0: all."""
    numbers: Counter[str] = Counter()
    shown: dict[str, list[str]] = {}
    for record in read_failures(path, types):
        type = record["error"]["type"]
        numbers[type] += 1
        if not most or numbers[type] <= most:
            shown.setdefault(type, []).append(_line(record))
    yield f"run {path.parent.name}: {numbers.total()} failed"
    for type, number in numbers.most_common():
        yield f"{type}: {number}"
        yield from shown[type]
        if (rest := number - len(shown[type])) > 0:
            yield f"  … and {rest} more; --most 0 lists all"


def retry_failures(config: Config, types: Collection[str]) -> tuple[int, str]:
    """Begins a run that has only what failed in the last one to do, without asking anything; the number of URLs, and
    the run's id. Raises BadInput where there is no finished run, Locked, OutputFailed."""
    if config.frontier.type != "sqlite":
        raise BadInput("frontier.type memory keeps no state, so nothing can be put back into its queue")
    folder = folder_of(config)
    with build_lock(folder):
        path = last_failures(config)
        records = read_failures(path, types) if path is not None else iter(())
        started = unused_id(folder / "runs")
        return requeue(folder, started, _requests(config, records)), started


def replaced_outputs(config: Config) -> list[str]:
    """Outputs of the last run that the next one, which has only some URLs to do, puts its own in place of."""
    outputs = [output for output in config.output if output.on_exists == "replace" and "{started}" not in output.path]
    return [output.path for output in outputs if output.path not in STDOUT_PATHS]


def _is_of(record: Record, types: Collection[str]) -> bool:
    return not types or record["error"]["type"] in types


def _line(record: Record) -> str:
    error, parent = record["error"], record["parent"]
    found = "a seed" if parent is None else f"from {printable(parent)}"
    tries = f", {record['attempts']} attempts" if record["attempts"] > 1 else ""
    return f"  {printable(record['url'], None)}  {printable(error['message'])}  ({found}{tries})"


def _requests(config: Config, records: Iterable[Record]) -> Iterator[Request]:
    """Records say how deep a URL was found, not how far out of scope: it counts as far as is allowed."""
    rules = config.scope
    scope = Scope(rules.type, named_urls(config), rules.hosts, rules.include, rules.exclude)
    for record in records:
        url, parent = record["url"], record["parent"]
        is_outside = rules.extra_hops and parent is not None and scope.refusal(url) == "scope"
        hops_out = rules.extra_hops if is_outside else 0
        yield Request(url, url, host_of(url), record["depth"], parent, hops_out=hops_out)
