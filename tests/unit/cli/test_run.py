"""The options of a run, each seen by what it changes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.__main__ import main
from tests.crawls.running import Crawl
from tests.site import Site


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Crawl:
    """A crawl of one page, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Crawl(tmp_path, seeds=[site.url("/leaf/x")], output={"on_exists": "replace"}, frontier={"type": "memory"})


def logged(text: str) -> list[dict[str, object]]:
    """JSON log lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_says_on_standard_error_what_it_does_and_writes_records_to_the_file(
    crawl: Crawl, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test.yaml"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert [line["event"] for line in logged(err)] == ["run_started", "robots_loaded", "run_ended"]
    assert [record["title"] for record in crawl.records()] == ["Leaf x"]


def test_set_wins_over_the_file_and_the_last_one_over_earlier_ones(crawl: Crawl, site: Site) -> None:
    words = ["--set", "output.path=a.jsonl", f"--set=seeds={site.url('/leaf/y')}", "--set", "output.path=b.jsonl"]
    assert main(["run", "test.yaml", *words, "--quiet"]) == 0
    assert json.loads(Path("b.jsonl").read_text())["title"] == "Leaf y"
    assert not Path("a.jsonl").exists()


def test_set_takes_yaml_values(crawl: Crawl, site: Site) -> None:
    seeds = json.dumps([site.url("/leaf/1"), {"url": site.url("/leaf/2"), "depth": 1}])
    assert main(["test.yaml", "--set", f"seeds={seeds}", "--set", "output.links=true", "--quiet"]) == 0
    assert [(record["depth"], record["links"]) for record in crawl.records()] == [(0, []), (1, [])]


def test_quiet_says_nothing_where_nothing_went_wrong(crawl: Crawl, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test.yaml", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_quiet_still_says_what_went_wrong(crawl: Crawl, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test.yaml", "--quiet", "--set", f"seeds={site.refused_url}"]) == 4
    assert {line["level"] for line in logged(capsys.readouterr().err)} <= {"warning", "error"}


def test_the_log_format_wins_over_the_file_and_over_set(crawl: Crawl, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test.yaml", "--set", "logging.format=json", "--log-format", "console"]) == 0
    assert "test: complete" in capsys.readouterr().err
    assert main(["test.yaml", "--set", "logging.format=console", "--log-format", "json"]) == 0
    assert logged(capsys.readouterr().err)


def test_the_log_level_wins_over_the_file(crawl: Crawl, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test.yaml", "--set", "logging.level=error", "--log-level", "debug"]) == 0
    assert "visited" in {line["event"] for line in logged(capsys.readouterr().err)}
    assert main(["test.yaml", "--log-level", "error"]) == 0
    assert capsys.readouterr().err == ""


def test_the_configuration_may_come_from_standard_input(
    crawl: Crawl, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = crawl.config.read_text().replace('"name": "test",', "")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["-", "--set", "output.path=x-{name}.jsonl"]) == 0
    assert Path("x-crawl.jsonl").exists()


def test_paths_are_seen_from_the_current_folder_not_from_the_files(
    crawl: Crawl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "urls.txt").write_text("# nothing\n")
    monkeypatch.chdir(elsewhere)
    assert main(["../test.yaml", "--set", "seed_file=urls.txt", "--set", "logging.file=log/run.log"]) == 0
    assert {path.name for path in elsewhere.iterdir()} == {"urls.txt", "pages.jsonl", "state", "log"}
    assert not (tmp_path / "pages.jsonl").exists()


def test_records_go_to_standard_output_alone(crawl: Crawl, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["test.yaml", "--set", 'output="-"']) == 0
    out, err = capfd.readouterr()
    assert [record["title"] for record in logged(out)] == ["Leaf x"]
    assert "run_ended" in err


@pytest.mark.parametrize(
    "mistake",
    [
        ["--set", "limits.max_page=3"],
        ["--set", "nonsense"],
        ["--set", "limits.max_pages=[1"],
        ["--set", "=1"],
    ],
)
def test_a_mistaken_setting_is_one_line_and_nothing_is_asked(
    crawl: Crawl, site: Site, mistake: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test.yaml", *mistake]) == 2
    err = capsys.readouterr().err
    assert err.startswith("--set")
    assert err.count("\n") == 1
    assert site.hits() == []
    assert not Path("state").exists()


def test_no_progress_keeps_a_terminal_free_of_the_display(
    crawl: Crawl, on_terminal: Callable[..., tuple[int, str]]
) -> None:
    hide_cursor = "\x1b[?25l"
    code, shown = on_terminal("test.yaml")
    assert (code, hide_cursor in shown) == (0, True)
    code, shown = on_terminal("test.yaml", "--no-progress")
    assert (code, hide_cursor in shown) == (0, False)
    assert "test: complete" in shown


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Runs words with a terminal as standard error; the exit code and what the terminal got."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def run(*words: str) -> tuple[int, str]:
        terminal = Terminal()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr("sys.stderr", terminal)
        return main(words), terminal.getvalue()

    return run
