"""The file that a run owns: begun, continued, and left alone where it is somebody else's."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.core.errors import BadInput, Locked, OutputFailed
from crawler.sinks.files.file_output import FileOutput
from crawler.sinks.files.writing import Position


def written(path: Path, *pieces: bytes) -> list[Position]:
    """Positions before, between and after `pieces`, written to `path` by a run that then ends."""
    output = FileOutput.begin(str(path), "fail")
    positions = [output.position("none")]
    for piece in pieces:
        output.write(piece)
        positions.append(output.position("none"))
    output.close()
    return positions


def continue_at(position: Position, data: bytes) -> None:
    output = FileOutput.resume(position)
    output.write(data)
    output.close()


def test_missing_folders_are_made(tmp_path: Path) -> None:
    written(tmp_path / "a/b/c.jsonl", b"x\n")
    assert (tmp_path / "a/b/c.jsonl").read_bytes() == b"x\n"


def test_a_file_with_content_is_not_touched_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old\n")
    with pytest.raises(BadInput, match=r"append or replace.*another output\.path.*\{started\}"):
        FileOutput.begin(str(path), "fail")
    assert path.read_bytes() == b"old\n"


def test_an_empty_file_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    written(tmp_path / "out", b"x\n")
    assert (tmp_path / "out").read_bytes() == b"x\n"


@pytest.mark.parametrize(("on_exists", "content"), [("append", b"old\nnew\n"), ("replace", b"new\n")])
def test_an_existing_file_is_appended_to_or_replaced_when_asked(tmp_path: Path, on_exists: str, content: bytes) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old\n")
    output = FileOutput.begin(str(path), on_exists)
    output.write(b"new\n")
    output.close()
    assert path.read_bytes() == content


def test_a_run_goes_on_behind_its_last_position_and_nothing_of_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "out"
    positions = written(path, b"1\n", b"2\n" * 100, b"3\n", b"torn")
    continue_at(positions[2], b"next\n")
    assert path.read_bytes() == b"1\n" + b"2\n" * 100 + b"next\n"


def test_a_run_killed_before_its_first_record_begins_its_file_again(tmp_path: Path) -> None:
    path = tmp_path / "out"
    start = written(path, b"uncommitted\n")[0]
    continue_at(start, b"1\n")
    assert path.read_bytes() == b"1\n"
    path.unlink()
    continue_at(start, b"2\n")
    assert path.read_bytes() == b"2\n"


def test_a_missing_file_is_not_made_up(tmp_path: Path) -> None:
    path = tmp_path / "out"
    end = written(path, b"1\n")[-1]
    path.unlink()
    with pytest.raises(OutputFailed, match=r"missing.*--fresh"):
        FileOutput.resume(end)
    assert not path.exists()


def test_a_file_that_became_shorter_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "out"
    end = written(path, b"12345\n")[-1]
    path.write_bytes(b"123")
    with pytest.raises(OutputFailed, match=r"holds 3 bytes of the 6.*--fresh"):
        FileOutput.resume(end)
    assert path.read_bytes() == b"123"


def test_a_file_that_is_another_one_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "out"
    end = written(path, b"records of ours\n")[-1]
    path.write_bytes(b"somebody else's letters, longer than ours\n")
    with pytest.raises(OutputFailed, match=r"not the file.*--fresh"):
        FileOutput.resume(end)
    assert path.read_bytes().endswith(b"longer than ours\n")


def test_a_file_that_became_a_folder_is_said(tmp_path: Path) -> None:
    path = tmp_path / "out"
    end = written(path, b"1\n")[-1]
    path.unlink()
    path.mkdir()
    with pytest.raises(OutputFailed, match="no longer a file"):
        FileOutput.resume(end)


def test_a_copied_file_can_be_continued_elsewhere(tmp_path: Path) -> None:
    end = written(tmp_path / "out", b"1\n")[-1]
    (tmp_path / "copy").write_bytes((tmp_path / "out").read_bytes())
    continue_at(end._replace(path=str(tmp_path / "copy")), b"2\n")
    assert (tmp_path / "copy").read_bytes() == b"1\n2\n"


@pytest.mark.parametrize("on_exists", ["fail", "append", "replace"])
def test_two_writers_of_one_file_are_kept_apart(tmp_path: Path, on_exists: str) -> None:
    path = tmp_path / "out"
    first = FileOutput.begin(str(path), "fail")
    first.write(b"1\n")
    with pytest.raises(Locked, match="another"):
        FileOutput.begin(str(path), on_exists)
    first.write(b"2\n")
    first.close()
    assert path.read_bytes() == b"1\n2\n"


@pytest.mark.parametrize("path", ["", "folder", "file/below.jsonl", "n" * 300, "nul\0", "folder/"])
def test_a_path_that_cannot_be_a_file_is_bad_input(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").touch()
    with pytest.raises(BadInput, match=r"output\.path"):
        FileOutput.begin(path, "replace")


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="no file system that refuses everybody")
def test_a_place_that_refuses_everybody_is_an_output_failure() -> None:
    with pytest.raises(OutputFailed, match=r"could not be written: .*; "):
        FileOutput.begin("/sys/kernel/out", "fail")


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_folder_without_permission_is_an_output_failure(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputFailed, match="permission"):
        FileOutput.begin(str(tmp_path / "out"), "fail")


def test_data_is_forced_to_the_disk_at_most_once_a_second_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, synced = [100.0], []
    monkeypatch.setattr("crawler.sinks.files.file_output.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("crawler.sinks.files.file_output.os.fdatasync", lambda fd: synced.append(clock[0]))
    output = FileOutput.begin(str(tmp_path / "out"), "fail")
    for clock[0] in (100.4, 100.9, 101.0, 101.5, 102.5):
        output.write(b"x\n")
        output.sync()
    clock[0] = 102.6
    output.sync()
    output.write(b"y\n")
    output.close()
    assert synced == [101.0, 102.5, 102.6]


def test_a_socket_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        with pytest.raises((BadInput, OutputFailed)):
            FileOutput.begin(str(path), "replace")


@pytest.mark.parametrize(
    ("meddle", "words"),
    [
        (lambda path: path.unlink(), "removed or replaced"),
        (lambda path: path.rename(path.with_name("moved")), "removed or replaced"),
        (lambda path: (path.unlink(), path.write_bytes(b"one\n")), "removed or replaced"),
        (lambda path: os.truncate(path, 0), "changed by another program"),
        (lambda path: path.open("ab").write(b"more\n"), "changed by another program"),
    ],
)
def test_a_file_that_somebody_meddles_with_is_noticed_before_more_is_written(
    tmp_path: Path, meddle: Callable[[Path], object], words: str
) -> None:
    path = tmp_path / "out"
    output = FileOutput.begin(str(path), "fail")
    output.write(b"one\n")
    output.sync()
    meddle(path)
    for act in (output.sync, lambda: output.write(b"two\n")):
        with pytest.raises(OutputFailed, match=words):
            act()
    output.close()
    assert not path.exists() or b"two" not in path.read_bytes()
