"""`crawl demo`: a whole crawl without network, without a file, without a past."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from crawler.__main__ import main
from crawler.cli.demo import SHOWN_KEYS

Capture = pytest.CaptureFixture[str]
FEW = ["--set", "limits.max_pages=6", "--set", "politeness.delay=0"]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shown(capsys: Capture) -> list[dict[str, Any]]:
    """The records on standard output."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_its_first_records_are_shown_and_the_rest_is_in_the_file(capsys: Capture) -> None:
    assert main(["demo", *FEW, "--records", "2"]) == 0
    out, err = capsys.readouterr()
    (output,) = Path("out").iterdir()
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(records) == 6
    few_keys = [{key: record[key] for key in SHOWN_KEYS} for record in records]
    assert [json.loads(line) for line in out.splitlines()] == few_keys[:2]
    assert f"all of them: {output}" in err
    assert records[0]["url"].startswith("http://127.0.0.1:")


def test_it_asks_loopback_only_whatever_proxy_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def watched_connect(to: socket.socket, address: Any) -> None:
        asked.append(str(address[0]))
        connect(to, address)

    def watched_look_up(host: Any, *rest: Any, **options: Any) -> Any:
        asked.append(str(host))
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", watched_connect)
    monkeypatch.setattr(socket, "getaddrinfo", watched_look_up)
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:1")
    assert main(["demo", *FEW, "--quiet"]) == 0
    assert set(asked) == {"127.0.0.1"}


def test_it_can_be_repeated_at_once_and_shows_the_newest_records(capsys: Capture) -> None:
    assert main(["demo", *FEW, "--quiet", "--records", "1"]) == 0
    first = shown(capsys)
    assert main(["demo", *FEW, "--quiet", "--records", "1"]) == 0
    second = shown(capsys)
    assert len(list(Path("out").iterdir())) == 2
    assert first[0]["url"] != second[0]["url"], "another port each time"


def test_an_unfinished_demo_is_not_resumed_since_its_site_is_gone(capsys: Capture) -> None:
    assert main(["demo", *FEW, "--quiet", "--set", "limits.max_bytes=1"]) == 5
    assert main(["demo", *FEW, "--quiet"]) == 0
    assert len({record["url"].split("/")[2] for record in shown(capsys)}) == 1
    assert len(list(Path("out").iterdir())) == 2


def test_it_leaves_nothing_behind_but_output_and_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert main(["demo", *FEW, "--quiet"]) == 0
    assert os.listdir(temporary) == []
    assert sorted(os.listdir()) == [".crawl", "out", "temporary"]


def test_what_to_type_next_is_a_command_that_this_shell_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.argv", [str(tmp_path / ".venv/bin/crawl"), "demo"])
    monkeypatch.setenv("PATH", "")
    assert main(["demo", *FEW, "--no-progress"]) == 0
    assert "own with: .venv/bin/crawl init " in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["crawl", "demo"])
    (tmp_path / "crawl").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["demo", *FEW, "--no-progress"]) == 0
    assert "own with: crawl init " in capsys.readouterr().err


def test_quiet_shows_records_alone(capsys: Capture) -> None:
    assert main(["demo", *FEW, "--quiet", "--records", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert err == ""


@pytest.mark.parametrize("settings", [["name=other"], ["output=o/[x]*.jsonl"], ["output.path=a/{date}/b.jsonl"]])
def test_its_output_is_found_where_settings_put_it(settings: list[str], capsys: Capture) -> None:
    assert main(["demo", *FEW, *(f"--set={setting}" for setting in settings), "--quiet"]) == 0
    assert len(shown(capsys)) == 5


def test_compressed_output_is_not_shown(capsys: Capture) -> None:
    assert main(["demo", *FEW, "--set", "output.compress=gzip"]) == 0
    assert shown(capsys) == []


def test_a_demo_that_fails_has_its_exit_code_and_shows_nothing(capsys: Capture) -> None:
    assert main(["demo", *FEW, "--quiet", "--set", "seeds=http://127.0.0.1:1/", "--set", "retry.max_retries=0"]) == 4
    assert shown(capsys) == []


def test_no_records_are_shown_if_none_are_wanted(capsys: Capture) -> None:
    assert main(["demo", *FEW, "--records", "0"]) == 0
    assert shown(capsys) == []


@pytest.mark.parametrize("number", ["-1", "many", "1.5", ""])
def test_a_number_of_records_that_is_none_is_refused(number: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        main(["demo", f"--records={number}"])
    assert left.value.code == 2
    assert "--records: must be a number, 0 or more" in capsys.readouterr().err
