"""The count of what tests show by standard: passed, deviating with a reason, and whether the page says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.report import ROOT, Conformance

SUITE = """
import pytest

@pytest.mark.standard("RFC 1", "2.3")
@pytest.mark.parametrize("case", [1, 2, pytest.param(3, marks=pytest.mark.xfail(strict=True, reason="it is old"))])
def test_one(case): assert case < 3

@pytest.mark.standard("RFC 2", "4")
class TestTwo:
    @pytest.mark.standard("RFC 2", "4.1")
    def test_closest(self): pytest.xfail("not yet")

def test_of_no_standard(): pass
"""


def report(name: str, *, outcome: str = "passed", when: str = "call", reason: str | None = None) -> pytest.TestReport:
    made = pytest.TestReport("t", ("t", 1, "t"), {}, outcome, None, when, user_properties=[("standard", [name, "1"])])
    if reason is not None:
        made.wasxfail = reason
    return made


def test_the_page_has_a_row_for_each_standard_and_each_reason_once() -> None:
    seen = Conformance()
    for one in (report("B"), report("A"), report("A"), report("A", when="setup")):
        seen.add(one)
    for _ in range(2):
        seen.add(report("B", outcome="skipped", reason="too old"))
    assert seen.is_whole
    table = seen.page().partition("|---|---:|---:|---:|\n")[2]
    assert table == (
        "| A | 2 | 2 | 0 |\n| B | 3 | 1 | 2 |\n| **all** | 5 | 3 | 2 |\n"
        "\n## Known deviations\n\n### B\n\n- 1: too old (2 cases)\n"
    )


@pytest.mark.parametrize("odd", [{"outcome": "failed"}, {"outcome": "skipped", "when": "setup"}])
def test_a_run_with_failed_or_skipped_tests_is_not_whole(odd: dict[str, str]) -> None:
    seen = Conformance()
    seen.add(report("A", **odd))
    assert not seen.is_whole


def test_reports_of_all_processes_are_counted(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "conftest.py").write_text(
        "from tests.conformance.report import *\n"
        "from tests.conformance.report import Counting\n"
        "def pytest_unconfigure(config):\n"
        "    for plugin in config.pluginmanager.get_plugins():\n"
        "        if isinstance(plugin, Counting): print(plugin._seen.page())\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-c", str(ROOT / "pyproject.toml"), str(tmp_path)]
    run = subprocess.run([*command, "--rootdir", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert "| RFC 1 | 3 | 2 | 1 |\n| RFC 2 | 1 | 0 | 1 |\n| **all** | 4 | 2 | 2 |\n" in run.stdout
    assert "### RFC 1\n\n- 2.3: it is old\n\n### RFC 2\n\n- 4.1: not yet\n" in run.stdout
