"""Room on the disk: of what is written, where there is least of it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from crawler.config.model import load_config
from crawler.runner.disk import free_bytes, written_places


def test_the_places_are_those_of_state_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text(
        "seeds: http://a.example/\noutput:\n  - 'out/{date}/{name}.jsonl'\n  - '-'\n  - pages.csv.jsonl\n"
    )
    places = written_places(load_config("site.yaml"), Path("state"))
    assert places == [Path("state"), Path("out"), Path("pages.csv.jsonl")]


def test_the_least_room_counts_and_what_is_not_there_is_taken_for_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    rooms = {tmp_path: 7, tmp_path / "small": 3}

    def asked(folder: Path) -> object:
        if folder not in rooms:
            raise FileNotFoundError
        return usage._replace(free=rooms[folder])

    monkeypatch.setattr(shutil, "disk_usage", asked)
    assert free_bytes([tmp_path / "none/yet"]) == 7
    assert free_bytes([tmp_path, tmp_path / "small/file"]) == 3


def test_a_place_that_cannot_be_asked_is_left_to_who_writes_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert free_bytes([tmp_path / "file/below", Path("x" * 5000)]) == sys.maxsize
    assert free_bytes([]) == sys.maxsize
