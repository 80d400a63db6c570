"""`crawl report`: the page of a run that was, looked at by a browser where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from crawler.__main__ import main
from tests.crawls.running import Crawl
from tests.site import Site

Capture = pytest.CaptureFixture[str]
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TITLE = "</title><script>document.title='owned'</script>"


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Crawl:
    """A crawl of four pages, one of which fails, in the current folder."""
    monkeypatch.chdir(tmp_path)
    site.page(
        "/start", f"<title>{TITLE}</title><a href='/leaf/<script>'>x</a><a href=/leaf/b>x</a><a href=/status/500>x</a>"
    )
    return Crawl(tmp_path, seeds=[site.url("/start")], output={"path": "pages-{started}.jsonl"})


def test_before_the_first_run_there_is_none(crawl: Crawl, capsys: Capture) -> None:
    assert main(["report", "test.yaml"]) == 2
    assert "no run of test" in capsys.readouterr().err


def test_the_page_goes_to_standard_output_or_to_a_file(crawl: Crawl, capsys: Capture) -> None:
    assert main(["test.yaml", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["report", "test.yaml"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!DOCTYPE html>")
    assert "<svg" in page
    assert "/leaf/%3Cscript%3E" in page
    for _ in range(2):  # a nightly report is written over the one before
        assert main(["report", "test.yaml", "-o", "report.html"]) == 0
    assert Path("report.html").read_text() == page


def test_a_file_that_cannot_be_written_is_told(crawl: Crawl, capsys: Capture) -> None:
    assert main(["test.yaml", "--quiet"]) == 0
    assert main(["report", "test.yaml", "-o", "missing/report.html"]) == 7


def test_the_second_run_is_compared_with_the_first(crawl: Crawl, capsys: Capture) -> None:
    for _ in range(2):
        assert main(["test.yaml", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["report", "test.yaml"]) == 0
    assert "Compared with the run before" in capsys.readouterr().out


@pytest.mark.skipif(BROWSER is None, reason="needs chromium")
def test_a_browser_shows_it_without_a_complaint(crawl: Crawl, tmp_path: Path) -> None:
    assert main(["test.yaml", "--quiet"]) == 0
    assert main(["report", "test.yaml", "-o", "report.html"]) == 0
    assert BROWSER is not None
    command = [
        BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/browser",
        "--enable-logging=stderr", "--window-size=1200,2000", f"--screenshot={tmp_path}/report.png",
        "--dump-dom", (tmp_path / "report.html").as_uri(),
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "CONSOLE" not in shown.stderr  # what the policy of the page refuses would be told here
    assert "<title>test: run of " in shown.stdout
    assert shown.stdout.count("<svg") >= 4
    assert (tmp_path / "report.png").stat().st_size > 20_000
