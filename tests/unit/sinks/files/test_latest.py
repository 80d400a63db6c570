from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.core.errors import BadInput, OutputFailed
from crawler.sinks.files.latest import point_at


def test_the_link_is_relative_and_moves_in_one_step(tmp_path: Path) -> None:
    link = tmp_path / "links" / "latest"
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        point_at(str(link), str(tmp_path / name))
        assert (os.readlink(link), link.read_text()) == (f"../{name}", name)
    assert os.listdir(tmp_path / "links") == ["latest"]


def test_what_is_no_link_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("precious")
    with pytest.raises(BadInput, match="no symbolic link"):
        point_at(str(tmp_path / "data"), str(tmp_path / "a"))
    assert (tmp_path / "data").read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_an_output_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputFailed):
        point_at(str(tmp_path / "file" / "latest"), str(tmp_path / "a"))
