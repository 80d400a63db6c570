"""What the page about unattended crawls promises: silence while all is well, and examples that hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.config.model import load_config
from crawler.core.errors import ExitCode
from tests.crawls.running import Crawl
from tests.site import Answer, Site

PAGE = (Path(__file__).parents[2] / "docs/how-to/unattended.md").read_text(encoding="utf-8")
MakeCrawl = Callable[..., Crawl]


def blocks(language: str) -> dict[str, str]:
    """Examples in a language by the file that their first line names; "" where it names none."""
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return {match[1] if (match := re.match(r"# (\S+)\n", text)) else "": text for text in found}


def test_while_all_is_well_nothing_is_printed(crawl: MakeCrawl, site: Site) -> None:
    site.page("/start", "<a href=/leaf/1>x</a><a href=/status/404>gone</a>")
    good = crawl(seeds=[site.url("/start")])
    outcome = good.run("--quiet")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (0, b"", "")
    assert len(good.records()) == 3


def test_trouble_is_printed_and_a_planned_stop_is_none(crawl: MakeCrawl, site: Site) -> None:
    failing = crawl(seeds=[site.url("/start")], fail_if={"failed_pages": 0})
    site.page("/start", "<a href=/status/500>x</a>")
    outcome = failing.run("--quiet")
    assert outcome.exit_code == 3
    assert "more failed than fail_if allows" in outcome.stderr
    stopped = crawl(
        seeds=[site.url("/slow/9/x"), site.url("/leaf/1")], limits={"max_duration": 0.5}, timeouts={"drain": 0}
    )
    outcome = stopped.run("--quiet")
    assert (outcome.exit_code, outcome.stderr) == (5, "")


def test_the_line_for_cron_is_silent_over_nights_until_the_site_fails(crawl: MakeCrawl, site: Site) -> None:
    (line,) = (line for line in next(iter(blocks("cron").values())).splitlines() if line.startswith("0 3"))
    site.page("/start", "".join(f"<a href=/leaf/{number}>x</a>" for number in range(12)))
    nightly = crawl(
        seeds=[site.url("/start")],
        limits={"max_duration": 1},
        politeness={"delay": 0.2},
        output={"path": "{started}.jsonl"},
    )
    nightly.config.rename(nightly.folder / "site.yaml")
    command = line.split(maxsplit=5)[5].replace("/srv/crawl", str(nightly.folder))
    command = command.replace(".venv/bin/crawl", f"{sys.executable} -m crawler")

    def night() -> tuple[int, str]:
        root = str(Path(__file__).parents[2])
        done = subprocess.run(
            ["/bin/sh", "-c", command], env={"PYTHONPATH": root, "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    summaries = nightly.folder / "state/runs"
    for _ in range(20):  # stopped by its budget, and gone on with the next night
        assert night() == (0, "")
        if nightly.summary()["reason"] == "complete":
            break
    assert nightly.summary()["pages"] == 13
    assert len(list(summaries.iterdir())) == 1
    site.answer("/start", Answer(b"", status=503))
    code, said = night()
    assert code != 0
    assert "nothing could be fetched" in said


def test_the_configuration_is_a_good_one(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(blocks("yaml")["site.yaml"])
    config = load_config(str(path))
    assert (config.limits.max_duration, config.fail_if.failed_ratio) == (7200, 0.05)


def test_all_yaml_examples_are_yaml() -> None:
    examples = blocks("yaml")
    assert set(examples) == {"site.yaml", ".github/workflows/crawl.yaml", "cronjob.yaml"}
    assert all(isinstance(yaml.safe_load(text), dict) for text in examples.values())


def test_the_cron_job_never_overlaps_and_heeds_the_exit_codes() -> None:
    spec: dict[str, Any] = yaml.safe_load(blocks("yaml")["cronjob.yaml"])["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    job = spec["jobTemplate"]["spec"]
    (codes,) = (rule["onExitCodes"]["values"] for rule in job["podFailurePolicy"]["rules"] if "onExitCodes" in rule)
    assert codes == [ExitCode.BUG, ExitCode.BAD_INPUT, ExitCode.THRESHOLD]
    pod = job["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # podFailurePolicy asks for it
    (container,) = pod["containers"]
    assert container["command"] == ["crawl", "site.yaml", "--quiet"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


def test_the_workflow_keeps_the_state_and_runs_the_crawl() -> None:
    workflow: dict[Any, Any] = yaml.safe_load(blocks("yaml")[".github/workflows/crawl.yaml"])
    steps = workflow["jobs"]["crawl"]["steps"]
    restored, saved = (step for step in steps if step.get("uses", "").startswith("actions/cache"))
    assert (restored["uses"], saved["uses"]) == ("actions/cache/restore@v4", "actions/cache/save@v4")
    assert [step["with"]["path"] for step in (restored, saved)] == [".crawl\nout\n"] * 2  # one is of no use alone
    assert restored["with"]["key"] == saved["with"]["key"]
    assert restored["with"]["key"].startswith(restored["with"]["restore-keys"])
    (run,) = (step for step in steps if step.get("run") == "crawl site.yaml --quiet || [ $? -eq 5 ]")
    assert steps.index(restored) < steps.index(run) < steps.index(saved)
    assert saved["if"] == "always()"  # a run that failed has a state to go on from
    (schedule,) = workflow[True]["schedule"]  # YAML 1.1 reads `on` as true
    assert len(schedule["cron"].split()) == 5


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_has_nothing_to_say_against_the_units(tmp_path: Path) -> None:
    units = {Path(name).name: text for name, text in blocks("ini").items()}
    assert set(units) == {"crawl-site.service", "crawl-site.timer"}
    for name, text in units.items():
        program = text.replace("/srv/crawl/.venv/bin/crawl", sys.executable).replace("/srv/crawl", str(tmp_path))
        (tmp_path / name).write_text(program)
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in units)]
    verified = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    ours = [line for line in verified.stderr.splitlines() if "crawl-site" in line]
    assert ours == []


def test_every_exit_code_is_in_the_table() -> None:
    told = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE) for code in row.split(",")}
    assert told == {int(code) for code in ExitCode}


def test_every_command_on_the_page_has_options_that_exist() -> None:
    for words in re.findall(r"^crawl (status|failures|report|test) (.*?)(?:\s+#.*)?$", PAGE, re.MULTILINE):
        outcome = subprocess.run(
            [sys.executable, "-m", "crawler", words[0], "--help"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        for option in re.findall(r"(?<!\S)--?\w+", words[1]):
            assert option in outcome.stdout
