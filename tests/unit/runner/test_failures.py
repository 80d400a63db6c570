"""What failed is read from the list that the last run has left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.core.errors import OutputFailed
from crawler.runner.failures import described_failures, read_failures


def record(url: str, type: str, message: str = "no answer", **more: object) -> str:
    return json.dumps(
        {"url": url, "error": {"type": type, "message": message}, "parent": None, "attempts": 1, "depth": 0, **more}
    )


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A list as a run leaves it that is writing a line just now."""
    path = tmp_path / "20261122T173400Z" / "failures.jsonl"
    path.parent.mkdir()
    lines = [record(f"http://h/{n}", "timeout", parent="http://h/", attempts=4) for n in range(3)]
    path.write_text("\n".join([*lines, record("http://h/x\x1b[2J", "dns", "no such \x9b host"), '{"url": "http:']))
    return path


def test_whole_lines_count_and_a_line_under_way_does_not(listed: Path) -> None:
    assert len(list(read_failures(listed))) == 4
    assert [one["url"] for one in read_failures(listed, ["dns"])] == ["http://h/x\x1b[2J"]


def test_types_come_with_their_numbers_the_most_frequent_first_and_nothing_raw(listed: Path) -> None:
    assert list(described_failures(listed, (), 2)) == [
        "run 20261122T173400Z: 4 failed",
        "timeout: 3",
        "  http://h/0  no answer  (from http://h/, 4 attempts)",
        "  http://h/1  no answer  (from http://h/, 4 attempts)",
        "  … and 1 more; --most 0 lists all",
        "dns: 1",
        r"  http://h/x\x1b[2J  no such \x9b host  (a seed)",
    ]
    assert len(list(described_failures(listed, (), 0))) == 7 - 1 + 1


def test_a_list_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputFailed):
        list(read_failures(tmp_path))
