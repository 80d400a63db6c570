"""Counts what tests marked `standard(name, section)` show, by standard, and keeps docs/conformance.md true.

A plugin of the whole test run: the tests of every room count, in one process or in many. `--write-conformance` writes
the page; a run of all tests fails if the page says something else than it has seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
COMMAND = "make docs-tests"
HEAD = f"""# Conformance

Written by `{COMMAND}` from a run of the tests. A case is one test, or one set of its parameters, made from the text of
a standard; a property that is tested on generated inputs is one case. A deviation is known and has its reason; the
tests fail as soon as it is gone.

| standard | cases | passed | deviations |
|---|---:|---:|---:|
"""


class Deviation(NamedTuple):
    """Where the crawler does not do what a standard says, and why."""

    section: str
    reason: str


class Conformance:
    """What the tests of each standard have shown so far. `is_whole`: none was skipped or failed."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.deviations: defaultdict[str, Counter[Deviation]] = defaultdict(Counter)
        self.is_whole = True

    def add(self, report: pytest.TestReport) -> None:
        """Takes one phase of one test into account."""
        standards = dict(value for name, value in report.user_properties if name == "standard")
        if not standards or (report.when != "call" and report.passed):
            return
        reason = getattr(report, "wasxfail", None)
        if report.when == "call" and report.passed:
            self.passed.update(standards.keys())
        elif report.skipped and reason is not None:
            for name, section in standards.items():
                self.deviations[name][Deviation(section, reason.removeprefix("reason: "))] += 1
        else:
            self.is_whole = False

    def page(self) -> str:
        """The text of docs/conformance.md."""
        names = sorted(self.passed.keys() | self.deviations.keys())
        rows = [(name, self.passed[name], self.deviations[name].total()) for name in names]
        rows.append(("**all**", self.passed.total(), sum(row[2] for row in rows)))
        table = "".join(f"| {name} | {passed + known} | {passed} | {known} |\n" for name, passed, known in rows)
        listed = "".join(_listed(name, self.deviations[name]) for name in names if self.deviations[name])
        return HEAD + table + ("\n## Known deviations\n" + listed if listed else "")


def _listed(name: str, deviations: Counter[Deviation]) -> str:
    lines = [
        f"- {deviation.section}: {deviation.reason}" + (f" ({count} cases)" if count > 1 else "")
        for deviation, count in sorted(deviations.items())
    ]
    return f"\n### {name}\n\n" + "\n".join(lines) + "\n"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--write-conformance`, for a run of all tests."""
    parser.addoption(
        "--write-conformance", action="store_true", help=f"write {PAGE.relative_to(ROOT)} (all tests only)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Counts in the process in which all reports arrive, not in the workers of pytest-xdist."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Counting(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Writes the standards of each test, by its closest markers, into its reports."""
    for item in items:
        closest: dict[str, str] = {}
        for marker in item.iter_markers("standard"):
            name, section = marker.args
            closest.setdefault(name, section)
        item.user_properties += [("standard", [name, section]) for name, section in closest.items()]


class Counting:
    """Hears every report; at the end writes the page, or fails a run of all tests that the page does not describe."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._seen = Conformance()
        self._message = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts one phase of a test."""
        self._seen.add(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Compares or writes; says nothing after a run of some tests, or of all if not all of them could be counted."""
        writes = self._config.getoption("write_conformance")
        if not self._is_of_all_tests() or exitstatus != pytest.ExitCode.OK or not self._seen.is_whole:
            self._message = "not written: a run of all tests is needed, with none failed or skipped" if writes else ""
        elif writes:
            PAGE.write_text(self._seen.page(), encoding="utf-8")
            self._message = "written"
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != self._seen.page():
            self._message = f"out of date: {COMMAND}"
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line, where there is something to say."""
        if self._message:
            terminalreporter.write_line(f"{PAGE.relative_to(ROOT)}: {self._message}")

    def _is_of_all_tests(self) -> bool:
        option = self._config.option
        everything = {(self._config.invocation_params.dir / argument).resolve() for argument in self._config.args}
        return everything == {ROOT / "tests"} and not option.keyword and option.markexpr in ("", "standard")
