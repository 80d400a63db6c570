"""What `crawl status` says of the state that a run has left, or is writing just now."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crawler.__main__ import main
from crawler.frontiers.lock import RunLock
from crawler.frontiers.saved_state import FILE_NAME
from tests.crawls.running import Crawl, stop, wait_until
from tests.site import Site

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Crawl:
    """A crawl of three pages, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Crawl(tmp_path, seeds=[site.url("/list/2")])


def said(capsys: Capture, *words: str) -> dict[str, str]:
    """What `crawl status` says, by its labels."""
    capsys.readouterr()
    assert main(["status", "test.yaml", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = [line.partition(":") for line in out.splitlines()]
    return {label: text.strip() for label, _, text in lines}


def test_before_the_first_run_there_is_nothing(crawl: Crawl, capsys: Capture) -> None:
    assert said(capsys) == {"crawl": "test (state in state)", "run": "none, nothing saved"}
    assert not Path("state").exists()


def test_a_finished_run_is_complete_with_nothing_to_do(crawl: Crawl, site: Site, capsys: Capture) -> None:
    assert main(["test.yaml", "--quiet", "--set", f"seeds=[{site.url('/list/2')}, {site.url('/status/404')}]"]) == 0
    status = said(capsys)
    assert status["run"] == f"{crawl.summary()['started']}, complete"
    assert status["done"] == "4 (1 failed: http_status 1)"
    assert status["to do"] == "0 on 0 hosts; 4 URLs known"


def test_an_unfinished_run_says_that_it_can_be_resumed_and_what_is_left(
    crawl: Crawl, site: Site, capsys: Capture
) -> None:
    assert main(["test.yaml", "--quiet", "--set", "limits.max_bytes=1", "--set", "politeness.obey_robots=false"]) == 5
    status = said(capsys)
    assert status["run"].endswith(", unfinished; the same command resumes it")
    assert status["done"] == "1 (0 failed)"
    assert status["to do"] == "2 on 1 hosts; 3 URLs known"


def test_what_waits_is_named_with_host_reason_and_end(crawl: Crawl, site: Site, capsys: Capture) -> None:
    crawl.configure(seeds=[site.url("/retry-after/503/seconds/200")], limits={"max_duration": 1})
    assert main(["test.yaml", "--quiet"]) == 5
    waiting = said(capsys)["waiting"]
    assert waiting.startswith(f"{site.host()} until 20")
    assert waiting.endswith(" (retry-after), 1 queued")


def test_while_a_run_goes_on_it_is_said_so_and_not_disturbed(crawl: Crawl, site: Site, capsys: Capture) -> None:
    crawl.configure(seeds=[site.url("/list/2"), site.url("/slow/30/x")], timeouts={"drain": 0.1})
    process = crawl.start()
    wait_until(lambda: said(capsys).get("done") == "3 (0 failed)")
    status = said(capsys)
    assert status["run"].endswith(", going on")
    assert status["to do"].startswith("1 on 1 hosts")
    assert stop(process).exit_code == 143
    assert said(capsys)["run"].endswith(", unfinished; the same command resumes it")


def test_a_frontier_in_memory_keeps_nothing_but_its_lock(crawl: Crawl, capsys: Capture) -> None:
    memory = "--set=frontier.type=memory"
    assert main(["test.yaml", "--quiet", memory]) == 0
    assert said(capsys, memory)["run"] == "none, nothing saved; frontier.type memory keeps none"
    with RunLock(Path("state")):
        assert said(capsys, memory)["run"].startswith("one is going on, nothing saved")


def test_the_folder_is_found_by_name(crawl: Crawl, capsys: Capture) -> None:
    status = said(capsys, "--set", "name=other", "--set", "frontier.path=.crawl/{name}")
    assert status["crawl"] == "other (state in .crawl/other)"


def test_machines_read_one_object(crawl: Crawl, site: Site, capsys: Capture) -> None:
    assert main(["status", "test.yaml", "--json"]) == 0
    before = {"crawl": "test", "folder": "state", "keeps_state": True, "running": False, "run": None}
    assert json.loads(capsys.readouterr().out) == before
    assert main(["test.yaml", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["status", "test.yaml", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["run"], status["progress"]) == (crawl.summary()["started"], "complete")
    assert (status["done"], status["statuses"], status["queued"], status["waits"]) == (3, {"200": 3}, 0, [])
    assert status["eta_s"] is None  # it is over
    assert status["slowest"][0]["host"] == site.host()


def test_a_run_that_goes_on_tells_its_hosts_their_delays_and_when_its_limit_is_reached(
    crawl: Crawl, site: Site, capsys: Capture
) -> None:
    site.robots("User-agent: *\nCrawl-delay: 1")
    site.page("/start", "".join(f"<a href=/leaf/{number}>x</a>" for number in range(40)))
    crawl.configure(seeds=[site.url("/start")], limits={"max_pages": 30}, timeouts={"drain": 0.1})
    process = crawl.start()
    wait_until(lambda: said(capsys).get("done", "0 ")[0] not in "01")
    status = said(capsys)
    assert re.fullmatch(r"20.*, [\d.]+ s ago", status["saved"])
    assert re.search(r"^\d\d queued, delay 1 s \(Crawl-delay\)$", status["host"].partition(": ")[2])
    assert status["eta"].endswith(" until limits.max_pages")
    assert status["at least"].endswith(" for what is to do, at the delays of its hosts")
    assert " pages/" in status["rate"]
    assert stop(process).exit_code == 143
    assert "eta" not in said(capsys)


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 2000])
def test_a_damaged_state_is_one_line_and_exit_2_and_is_left_alone(
    crawl: Crawl, capsys: Capture, content: bytes
) -> None:
    path = Path("state", FILE_NAME)
    path.parent.mkdir()
    path.write_bytes(content)
    assert main(["status", "test.yaml"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"crawl: the state file {path} is")
    assert err.count("\n") == 1
    assert path.read_bytes() == content


def test_a_mistake_in_the_configuration_is_told_as_for_a_run(crawl: Crawl, capsys: Capture) -> None:
    assert main(["status", "test.yaml", "--set", "limits.x=1"]) == 2
    assert capsys.readouterr().err.startswith("--set limits.x: unknown key")
