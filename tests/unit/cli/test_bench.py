"""`crawl bench`: what it says of its arguments, and its table."""

from __future__ import annotations

import json
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from crawler.__main__ import main
from tests.crawls.running import DEFAULTS
from tests.site import Certificates, Nginx, Site

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path, site: Site) -> str:
    """A small crawl."""
    site.reset()
    path = tmp_path / "site.yaml"
    path.write_text(json.dumps({**DEFAULTS, "seeds": site.url("/list/3")}))
    return str(path)


def test_a_table_for_people_ends_in_a_recommendation(config: str, site: Site, capsys: Capture) -> None:
    assert main(["bench", config, "--rounds", "1", "--pages", "2"]) == 0
    out, err = capsys.readouterr()
    head, *lines = out.splitlines()
    assert head.split()[:2] == ["client", "requests/s"]
    assert [line.split()[0] for line in lines[:3]] == ["aiohttp", "httpx", "httpx2"]
    assert all("HTTP/1.1" in line for line in lines[:3])
    assert lines[-1].startswith(("Keep ", "Take "))
    assert "1 rounds of at most 2 pages" in err
    assert set(site.counts()) == {site.url(path) for path in ("/robots.txt", "/list/3", "/leaf/0")}


def test_over_tls_http2_is_compared_and_what_was_spoken_is_told(
    config: str, front: Nginx, certificates: Certificates, capsys: Capture
) -> None:
    settings = [f"--set=seeds={front.url('/list/3', 'h2')}", f"--set=client.ca_file={certificates.ca}"]
    assert main(["bench", config, "--rounds", "1", "--pages", "2", "--json", *settings]) == 0
    report = json.loads(capsys.readouterr().out)
    spoken = {(line["variant"]["client"], line["variant"]["http2"]): line["protocols"] for line in report["lines"]}
    assert report["problems"] == {}
    assert spoken.pop(("aiohttp", False)) == "HTTP/1.1"
    assert {("httpx2", False), ("httpx2", True), ("httpx", True)} <= spoken.keys()
    assert spoken == {(client, http2): "HTTP/2" if http2 else "HTTP/1.1" for client, http2 in spoken}


def test_nothing_fetched_has_the_exit_code_of_a_crawl(config: str, site: Site, capsys: Capture) -> None:
    settings = ["--set", f"seeds={site.refused_url}", "--set", "retry.max_retries=0"]
    assert main(["bench", config, "--rounds", "1", *settings]) == 4
    assert "aiohttp: not measured: exit 4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--latency", "10ms"], "they need --local"),
        (["--hosts", "other.example"], "no seed of this crawl is on other.example"),
        (["--local", "--hosts", "a.example"], "must be one number from 1 to 200"),
        (["--local", "--hosts", "999"], "must be one number from 1 to 200"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    words: list[str], said: str, config: str, site: Site, capsys: Capture
) -> None:
    assert main(["bench", config, *words]) == 2
    assert said in capsys.readouterr().err
    assert site.size() == 0


@pytest.mark.parametrize("words", [["--rounds", "0"], ["--pages", "x"], ["--latency", "soon"], ["--page-size", "-1"]])
def test_values_that_are_none_are_refused(words: list[str], config: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", config, "--local", *words])
    assert left.value.code == 2
    assert f"argument {words[0]}: " in capsys.readouterr().err


def test_standard_input_that_is_no_configuration_is_refused_as_a_run_would(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"seeds: \xff")))
    assert main(["bench", "-"]) == 2
    assert "is not UTF-8" in capsys.readouterr().err
