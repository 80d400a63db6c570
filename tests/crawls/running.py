"""The command `crawl` as a black box: write a configuration, run it as a process, read what it left."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CONFIGS = Path(__file__).parents[2] / "configs"
KEYS = [
    *("url", "final_url", "status", "ok", "error", "fetched_at", "elapsed", "attempts", "depth", "parent", "redirects"),
    *("http_version", "content_type", "charset", "charset_source", "bytes", "body_bytes", "sha256", "etag"),
    *("last_modified", "change", "duplicate_of", "title", "links", "data"),
]
DEFAULTS: dict[str, Any] = {
    "name": "test",
    "sitemaps": "off",
    "politeness": {"delay": 0},
    "concurrency": {"total": 8, "per_host": 8},
    "retry": {"max_retries": 1, "backoff": {"initial": 0.1, "jitter": False}},
    "output": {"path": "pages.jsonl"},
    "frontier": {"path": "state"},
}


def sections_of(name: str, **changes: Any) -> dict[str, Any]:
    """The configuration in configs/ that a how-to page explains, for the test site: without delays, to one file."""
    sections: dict[str, Any] = yaml.safe_load((CONFIGS / name).read_text(encoding="utf-8"))
    output = sections["output"] if isinstance(sections.get("output"), dict) else {}
    politeness = sections.get("politeness", {}) | {"delay": 0}
    return sections | {"output": output | {"path": "pages.jsonl"}, "politeness": politeness} | changes


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    exit_code: int
    stdout: bytes
    stderr: str


class Crawl:
    """One configuration in a folder of its own. Options of DEFAULTS hold unless `sections` say otherwise."""

    def __init__(self, folder: Path, **sections: Any) -> None:
        self.folder = folder
        self.config = folder / "test.yaml"
        self.configure(**sections)

    def configure(self, **sections: Any) -> None:
        """Writes the configuration file: JSON, which is YAML."""
        self.config.write_text(json.dumps(merged(DEFAULTS, sections), indent=1))

    def start(
        self, *options: str, stdout: int = subprocess.PIPE, within: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """A run in the background; within: the beginning of a command that runs the rest of its words."""
        command = [*within, sys.executable, "-m", "crawler", str(self.config), *options]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment(),
        )

    def run(self, *options: str, timeout_s: float = 90) -> Outcome:
        """A run to its end."""
        return ended(self.start(*options), timeout_s)

    def lines(self) -> list[str]:
        """The output's lines; a torn last line is an assertion error."""
        text = (self.folder / "pages.jsonl").read_text(encoding="utf-8")
        assert text == "" or text.endswith("\n"), f"torn line: {text[-200:]!r}"
        return text.splitlines()

    def records(self) -> list[dict[str, Any]]:
        """All records of the output file."""
        return [json.loads(line) for line in self.lines()]

    def by_path(self) -> dict[str, dict[str, Any]]:
        """Records by path and query of their URL, hosts left out; two of the same are an assertion error."""
        records = {path_of(record["url"]): record for record in self.records()}
        assert len(records) == len(self.lines())
        return records

    def summary(self) -> dict[str, Any]:
        """The summary of the last run."""
        last = max((self.folder / "state/runs").glob("*/summary.json"))
        summary: dict[str, Any] = json.loads(last.read_text())
        return summary

    def output_size(self) -> int:
        """Bytes in the output file so far."""
        path = self.folder / "pages.jsonl"
        return path.stat().st_size if path.exists() else 0


def ended(process: subprocess.Popen[bytes], timeout_s: float = 90) -> Outcome:
    """The outcome of a run that was started; it is killed and the test fails when it takes too long."""
    try:
        stdout, stderr = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        _, stderr = process.communicate()
        raise AssertionError(f"did not end within {timeout_s} s:\n{stderr.decode()[-3000:]}") from None
    return Outcome(process.returncode, stdout or b"", stderr.decode(errors="replace"))


def with_limit(option: str) -> list[str]:
    """The beginning of a command under a limit of the shell, such as `-n 64`."""
    return ["bash", "-c", f'ulimit {option} && exec "$@"', "bash"]


def stop(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> Outcome:
    """The outcome after one signal."""
    process.send_signal(number)
    return ended(process)


def wait_until(condition: Callable[[], object], timeout_s: float = 30) -> None:
    """Polls until the condition is true; an assertion error after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the awaited condition never came true"
        time.sleep(0.01)


def path_of(url: str) -> str:
    """Path and query of a URL."""
    return "/" + url.split("/", 3)[3]


def repeated(items: list[str]) -> dict[str, int]:
    """What occurs more than once, and how often."""
    return {item: number for item, number in Counter(items).items() if number > 1}


def merged(defaults: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """`defaults` with `wanted` laid over them, mapping by mapping; an absent section is not written."""
    result = dict(defaults)
    for key, value in wanted.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result


def gunzipped_lines(path: Path) -> list[str]:
    """Lines of a gzip file of any number of members."""
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def environment() -> dict[str, str]:
    """That of a run: this package, and no proxies."""
    root = str(Path(__file__).parents[2])
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()} | {"PYTHONPATH": root}
