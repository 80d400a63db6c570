"""The list of failures holds each failed visit once, and no other."""

from __future__ import annotations

import json
from pathlib import Path

from crawler.core.visit import VisitError
from crawler.sinks.failures import FailureList
from tests.unit.sinks.visits import a_visit

FAILED = a_visit()._replace(ok=False, error=VisitError("timeout", "no answer within 20 s"))


def urls_in(path: Path) -> list[str]:
    return [json.loads(line)["url"] for line in path.read_text().splitlines()]


def test_only_what_failed_is_written_as_its_record(tmp_path: Path) -> None:
    failures = FailureList(path=str(tmp_path / "list"))
    failures.open(None)
    for visit in (a_visit(), FAILED, a_visit()):
        failures.write(visit)
    failures.flush()
    (record,) = map(json.loads, (tmp_path / "list").read_text().splitlines())
    assert (record["url"], record["error"]["type"]) == (FAILED.url, "timeout")
    failures.close()


def test_what_was_not_committed_before_a_kill_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "list"
    failures = FailureList(path=str(path))
    failures.open(None)
    failures.write(FAILED)
    position = failures.flush()
    failures.write(FAILED._replace(url="http://h/uncommitted"))
    failures.flush()
    failures.close()
    again = FailureList(path=str(path))
    again.open(position)
    again.close()
    assert urls_in(path) == [FAILED.url]


def test_it_is_no_output_to_tell_of() -> None:
    assert FailureList(path="x").describe() == ""
