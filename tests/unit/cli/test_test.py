"""`crawl test`: for people step by step, for machines one object, and an exit code that says whether it was usable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.__main__ import main
from tests.crawls.running import Crawl
from tests.site import Site

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Crawl:
    """A crawl in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Crawl(tmp_path, seeds=[site.url("/list/30")])


def test_people_read_what_was_decided_and_the_record(crawl: Crawl, site: Site, capsys: Capture) -> None:
    assert main(["test", "test.yaml", site.url("/list/30"), "--most", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"url       {site.url('/list/30')}"
    assert "title     List of 30" in lines
    assert "charset   UTF-8 (header)" in lines
    at = lines.index("links     30 found, 30 to be followed")
    assert lines[at + 1 : at + 4] == [f"            {site.url(f'/leaf/{n}')}" for n in (0, 1)] + [
        f"{'':10}  … and 28 more"
    ]
    assert '   "ok": true,' in lines
    assert lines[-1] == "result    usable"
    assert not Path("state").exists()


def test_machines_read_one_object(crawl: Crawl, site: Site, capsys: Capture) -> None:
    assert main(["test", "test.yaml", site.url("/list/30"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["usable"], found["links"]["kept"], len(found["links"]["kept_examples"])) == (True, 30, 10)
    assert [step["step"] for step in found["steps"]][:3] == ["url", "seed", "scope"]
    assert found["record"]["title"] == "List of 30"


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/status/404", 4, "result    http_status: 404 Not Found"),
        (
            "/leaf/1?" + "&".join("abcdefghijklmnopqrstuvwxyzabcdefgh"),
            4,
            "result    refused: a run would not ask for it",
        ),
    ],
)
def test_without_a_usable_answer_the_exit_code_is_4(
    crawl: Crawl, site: Site, capsys: Capture, path: str, code: int, said: str
) -> None:
    assert main(["test", "test.yaml", site.url(path)]) == code
    assert capsys.readouterr().out.splitlines()[-1] == said
    assert main(["test", "test.yaml", site.url(path), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["usable"] is False


def test_a_file_takes_the_place_of_the_network(crawl: Crawl, site: Site, capsys: Capture) -> None:
    Path("page.html").write_text("<title>\x1b[2J\u202ehostile</title><a href=b>x</a>")
    assert main(["test", "test.yaml", "page.html", "--url", site.url("/dir/a")]) == 0
    out = capsys.readouterr().out
    assert r"title     \x1b[2J\u202ehostile" in out
    assert f"            {site.url('/dir/b')}" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert site.hits() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.html"], "missing.html is neither a URL (https://…) nor a file"),
        (["ftp://h.test/"], "no URL that can be crawled"),
        (["http://h.test/", "--url", "http://h.test/"], "--url is for a file"),
        (["http://h.test/", "--set", "limits.x=1"], "unknown key"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(crawl: Crawl, capsys: Capture, words: list[str], said: str) -> None:
    assert main(["test", "test.yaml", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
