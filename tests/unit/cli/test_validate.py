from __future__ import annotations

import argparse
import io
from pathlib import Path

import pytest

from crawler.cli.validate import add_arguments, main


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return main(parser.parse_args(words))


def test_good_files_are_ok_one_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / name for name in ("a.yaml", "b.yaml")]
    for path in paths:
        path.write_text("seeds: https://example.org/")
    assert run(*map(str, paths)) == 0
    said = capsys.readouterr()
    assert said.out == f"{paths[0]}: ok\n{paths[1]}: ok\n"
    assert said.err == ""


def test_every_mistake_of_every_file_is_a_line_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("seeds: https://example.org/")
    bad.write_text("seeds: https://example.org/\nlimits: {max_pages: 0}\ndelay: 1\n")
    assert run(str(bad), str(good), str(tmp_path / "none.yaml")) == 2
    said = capsys.readouterr()
    assert said.out == f"{good}: ok\n"
    lines = said.err.splitlines()
    assert lines[0] == f"{bad}:2: limits.max_pages: must be at least 1"
    assert lines[1].startswith(f"{bad}:3: delay: unknown key")
    assert lines[2] == f"{tmp_path}/none.yaml: cannot be read: No such file or directory"
    assert len(lines) == 3


def test_settings_are_checked_with_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("seeds: https://example.org/")
    assert run(str(path), "--set", "limits.max_pages=5") == 0
    assert run(str(path), "--set", "limits.max_pages=0") == 2
    assert "--set limits.max_pages: must be at least 1" in capsys.readouterr().err


def test_standard_input_can_be_checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("seeds: nothing"))
    assert run("-") == 2
    assert capsys.readouterr().err.startswith("standard input:1: seeds: is not a complete URL")


def test_a_hostile_file_name_is_not_printed_raw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a\x1b[31m.yaml"
    path.write_text("seeds: https://example.org/")
    assert run(str(path)) == 0
    path.write_text("")
    assert run(str(path)) == 2
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
