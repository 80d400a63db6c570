from __future__ import annotations

from pathlib import Path

import pytest

from crawler.core.errors import BadInput
from crawler.sinks.files.numbering import Numbering
from crawler.sinks.files.template import PART_MARK


@pytest.mark.parametrize(
    ("path", "third"),
    [
        ("out/a.jsonl", "out/a-00003.jsonl"),
        ("out/example.org-1.jsonl.gz", "out/example.org-1-00003.jsonl.gz"),
        ("out/a.warc.gz", "out/a-00003.warc.gz"),
        ("out/a", "out/a-00003"),
        (f"out/{PART_MARK}/x.csv", "out/00003/x.csv"),
        (f"out/p{PART_MARK}.csv", "out/p00003.csv"),
    ],
)
def test_the_number_goes_where_the_path_says_or_before_the_ending(path: str, third: str) -> None:
    assert Numbering(path, is_on=True).path(3) == third


def test_without_numbering_the_path_is_left_alone() -> None:
    assert Numbering("a.b/c", is_on=False).path(7) == "a.b/c"
    assert Numbering("a", is_on=False).later(0) == []


def test_later_files_are_those_with_a_higher_number(tmp_path: Path) -> None:
    for name in ("a-00001.x", "a-00002.x", "a-00010.x", "a-100000.x", "a-1.x", "b-00003.x", "a-00003.x.y"):
        (tmp_path / name).touch()
    numbering = Numbering(str(tmp_path / "a.x"), is_on=True)
    assert sorted(Path(path).name for path in numbering.later(1)) == ["a-00002.x", "a-00010.x", "a-100000.x"]
    assert numbering.first("append") == 100001


@pytest.mark.parametrize(
    ("path", "series", "begun"),
    [
        ("monday-00002.x", f"monday-{PART_MARK}.x", f"monday-{PART_MARK}.x"),
        ("20261130T000002Z.x", "20261130T000002Z.x", "20261130T000002Z.x"),
        ("a-00002.x", None, f"a-{PART_MARK}.x"),  # an earlier version did not say, but this is how it is named
        ("20261130T000002Z.x", None, "20261130T000002Z.x"),
    ],
)
def test_an_unfinished_run_has_the_series_that_its_position_names(path: str, series: str | None, begun: str) -> None:
    numbering = Numbering("a.x", is_on=True).as_begun(path, 2, series)
    assert (numbering.series, numbering.is_on) == (begun, PART_MARK in begun)
    assert numbering.path(2) == path


def test_another_name_is_told_and_another_rule_for_numbers_is_not() -> None:
    one, series, other = Numbering("a.x", is_on=False), Numbering("a.x", is_on=True), Numbering("b.x", is_on=True)
    assert one.told_apart(one, "a.x") is one.told_apart(series, "a-00002.x") is series.told_apart(one, "a.x") is None
    assert other.told_apart(one, "a.x") == "goes on with a.x; output.path counts from the next run"


def test_the_highest_number_is_that_of_a_file(tmp_path: Path) -> None:
    assert Numbering(str(tmp_path / "a.x"), is_on=True).highest() == 0
    for name in ("a-00003.x", "a-00020.x", "b-00030.x"):
        (tmp_path / name).touch()
    assert Numbering(str(tmp_path / "a.x"), is_on=True).highest() == 20
    assert Numbering(str(tmp_path / "a.x"), is_on=False).highest() == 0


def test_a_number_in_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="file's name"):
        Numbering(f"{tmp_path}/{PART_MARK}/x", is_on=True).first("fail")
