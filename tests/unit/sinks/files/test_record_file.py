"""Files in series: never more than allowed, each record once after kills; what a file begins with; the newest one."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from crawler.core.errors import BadInput
from crawler.sinks.files import record_file
from crawler.sinks.files.compression import COMPRESSIONS
from crawler.sinks.files.record_file import RecordFile


def opened(path: Path, position: str | None = None, **options: Any) -> RecordFile:
    file = RecordFile(path=str(path), **options)
    file.open(position)
    return file


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.is_symlink()}


def test_a_file_holds_no_more_records_than_allowed(tmp_path: Path) -> None:
    file = opened(tmp_path / "a.jsonl", most_records=2)
    for number in range(5):
        file.add(b"%d\n" % number)
    file.flush()
    file.close()
    assert contents(tmp_path) == {
        "a-00001.jsonl": b"0\n1\n",
        "a-00002.jsonl": b"2\n3\n",
        "a-00003.jsonl": b"4\n",
    }


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_a_file_holds_no_more_bytes_than_allowed_as_it_lies_on_disk(tmp_path: Path, compress: str) -> None:
    file = opened(tmp_path / "a", most_bytes=2000, compress=compress)
    for number in range(300):
        file.add(os.urandom(30).hex().encode() + b"%d\n" % number)
        if number % 20 == 0:
            file.flush()
    file.flush()
    file.close()
    sizes = [len(data) for data in contents(tmp_path).values()]
    assert len(sizes) > 5
    assert max(sizes) <= 2000
    assert min(sizes[:-1]) > 1500


def test_a_record_larger_than_a_file_may_be_has_one_to_itself(tmp_path: Path) -> None:
    file = opened(tmp_path / "a", most_bytes=10)
    for record in (b"x" * 50, b"y", b"z" * 50):
        file.add(record)
    file.flush()
    file.close()
    assert list(contents(tmp_path).values()) == [b"x" * 50, b"y", b"z" * 50]


def test_no_file_begins_before_it_has_a_record(tmp_path: Path) -> None:
    file = opened(tmp_path / "a", most_records=1)
    file.add(b"1")
    file.flush()
    file.close()
    assert list(contents(tmp_path)) == ["a-00001"]


@pytest.mark.parametrize("committed", range(8))
@pytest.mark.parametrize("compress", ["none", "gzip"])
def test_killed_after_any_record_the_series_has_each_once(tmp_path: Path, committed: int, compress: str) -> None:
    options: dict[str, Any] = {"most_records": 3, "compress": compress}
    killed = opened(tmp_path / "a", **options)
    position = killed.flush()
    for number in range(8):
        if number == committed:
            position = killed.flush()
        killed.add(b"%d\n" % number)
    killed.flush()  # reaches the disk, is not committed
    killed.close()
    again = opened(tmp_path / "a", position, **options)
    for number in range(committed, 7):
        again.add(b"%d\n" % number)
    again.flush()
    again.close()
    unpack = gzip.decompress if compress == "gzip" else bytes
    assert [unpack(data) for data in contents(tmp_path).values()] == [b"0\n1\n2\n", b"3\n4\n5\n", b"6\n"]


def test_a_resumed_series_keeps_the_name_it_began_with(tmp_path: Path) -> None:
    first = opened(tmp_path / "monday.jsonl", most_records=1)
    first.add(b"1")
    position = first.flush()
    first.add(b"2")
    first.flush()
    first.close()
    second = opened(tmp_path / "tuesday.jsonl", position, most_records=1)
    second.add(b"2")
    second.add(b"3")
    second.flush()
    second.close()
    assert list(contents(tmp_path).values()) == [b"1", b"2", b"3"]
    assert all(name.startswith("monday-") for name in contents(tmp_path))


@pytest.mark.parametrize("earlier_version", [False, True])
def test_digits_that_are_no_number_make_no_series_of_the_files_of_other_runs(
    tmp_path: Path, earlier_version: bool
) -> None:
    others = ["20261130T000009Z.jsonl", "20261130T031500Z.jsonl"]
    for name in others:
        (tmp_path / name).write_bytes(b"other")
    path = tmp_path / "20261130T000001Z.jsonl"
    begun = opened(path)
    begun.add(b"1")
    position = begun.flush()
    begun.close()
    if earlier_version:
        position = json.dumps({key: value for key, value in json.loads(position).items() if key != "series"})
    again = opened(path, position, most_records=1)
    again.add(b"2")
    again.flush()
    again.close()
    assert contents(tmp_path) == {
        "20261130T000001Z-00002.jsonl": b"2",
        "20261130T000001Z.jsonl": b"1",
        **dict.fromkeys(others, b"other"),
    }


def test_rotation_that_comes_later_goes_on_behind_the_numbers_of_other_runs(tmp_path: Path) -> None:
    for name in ("a-00001", "a-00004"):
        (tmp_path / name).write_bytes(b"other")
    file = opened(tmp_path / "a")
    file.add(b"1")
    position = file.flush()
    file.close()
    for _ in range(2):  # killed before the second commit, and the file behind it is made anew
        file = opened(tmp_path / "a", position, most_records=1)
        position = file.flush()
        file.add(b"2")
        file.flush()
        file.close()
    assert contents(tmp_path) == {"a": b"1", "a-00001": b"other", "a-00004": b"other", "a-00005": b"2"}


def test_without_rotation_a_series_goes_on_in_its_last_file_and_what_was_not_committed_is_gone(tmp_path: Path) -> None:
    file = opened(tmp_path / "a", most_records=1)
    file.add(b"1")
    file.add(b"2")
    position = file.flush()
    file.add(b"3")
    file.flush()
    file.close()
    file = opened(tmp_path / "a", position)
    file.add(b"3")
    file.add(b"4")
    file.flush()
    file.close()
    assert contents(tmp_path) == {"a-00001": b"1", "a-00002": b"234"}


@pytest.mark.parametrize(("on_exists", "after"), [("append", [b"1", b"2", b"new"]), ("replace", [b"new"])])
def test_a_series_that_exists_is_continued_or_replaced_as_a_whole(
    tmp_path: Path, on_exists: str, after: list[bytes]
) -> None:
    (tmp_path / "a-00001").write_bytes(b"1")
    (tmp_path / "a-00002").write_bytes(b"2")
    (tmp_path / "a-xx").write_bytes(b"other")
    with pytest.raises(BadInput, match="a-00001 exists already"):
        opened(tmp_path / "a", most_records=1)
    file = opened(tmp_path / "a", most_records=1, on_exists=on_exists)
    file.add(b"new")
    file.flush()
    file.close()
    assert list(contents(tmp_path).values()) == [*after, b"other"]


def test_every_file_of_a_series_has_its_head(tmp_path: Path) -> None:
    file = opened(tmp_path / "a", most_records=1, head=lambda path: Path(path).name.encode() + b":")
    file.add(b"1")
    file.add(b"2")
    file.flush()
    file.close()
    assert list(contents(tmp_path).values()) == [b"a-00001:1", b"a-00002:2"]


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_a_head_is_written_once_and_must_be_that_of_a_file_appended_to(tmp_path: Path, compress: str) -> None:
    options: dict[str, Any] = {"compress": compress, "on_exists": "append", "same_head": True}
    for head in (b"a,b\n", b"a,b\n", b"a,c\n"):
        file = RecordFile(path=str(tmp_path / "a"), head=lambda path, head=head: head, **options)  # type: ignore[misc]
        if head == b"a,c\n":
            with pytest.raises(BadInput, match="begins otherwise"):
                file.open(None)
            continue
        file.open(None)
        file.add(b"1,2\n")
        position = file.flush()
        file.close()
        file.open(position)
        file.flush()
        file.close()
    if compress == "none":
        assert (tmp_path / "a").read_bytes() == b"a,b\n1,2\n1,2\n"


def test_each_complete_file_is_sealed_and_the_link_moved_to_it(tmp_path: Path) -> None:
    sealed: list[str] = []
    link = tmp_path / "latest"
    file = opened(tmp_path / "a", most_records=1, latest=str(link), seal=sealed.append)
    file.add(b"1")
    file.flush()
    assert not link.is_symlink()
    file.add(b"2")
    assert (sealed, link.read_bytes()) == ([str(tmp_path / "a-00001")], b"1")
    file.flush(final=True)
    file.close()
    assert (os.readlink(link), sealed[1:]) == ("a-00002", [str(tmp_path / "a-00002")])


def test_a_link_that_would_overwrite_something_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "latest").write_text("precious")
    with pytest.raises(BadInput, match="no symbolic link"):
        opened(tmp_path / "a", latest=str(tmp_path / "latest"))
    assert contents(tmp_path) == {"latest": b"precious"}


def test_a_lot_is_not_held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_file, "SPILL_BYTES", 10)
    file = opened(tmp_path / "a")
    file.add(b"x" * 9)
    assert (tmp_path / "a").read_bytes() == b""
    file.add(b"y")
    assert (tmp_path / "a").read_bytes() == b"x" * 9 + b"y"
    file.close()


def test_a_file_that_is_not_open_cannot_be_flushed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        RecordFile(path=str(tmp_path / "a")).flush()
