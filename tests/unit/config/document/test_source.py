from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from crawler.config.document.source import MAX_BYTES, read_source, shown_file
from crawler.config.mistake import BadConfig


def read(path: Path | str, stdin: bytes = b"") -> str:
    return read_source(str(path), io.BytesIO(stdin))


def complaint(path: Path | str, stdin: bytes = b"") -> str:
    with pytest.raises(BadConfig) as caught:
        read(path, stdin)
    return str(caught.value)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "site.yaml"
    path.write_bytes(data)
    return path


def test_a_file_is_read_as_utf8_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    assert read(written(tmp_path, "name: ü\n".encode())) == "name: ü\n"
    assert read(written(tmp_path, b"\xef\xbb\xbfname: a\n")) == "name: a\n"


def test_a_dash_is_standard_input_as_bytes_or_text() -> None:
    assert read("-", b"name: a\n") == "name: a\n"
    assert read_source("-", io.StringIO("name: ü\n")) == "name: ü\n"
    assert shown_file("-") == "standard input"


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "no.yaml"
    assert complaint(path) == f"{path}: cannot be read: No such file or directory"


def test_a_folder_says_so(tmp_path: Path) -> None:
    assert complaint(tmp_path) == f"{tmp_path}: is a folder, not a file"


def test_a_fifo_that_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(path := tmp_path / "fifo")
    assert "is not a regular file; use - for standard input" in complaint(path)


def test_a_device_is_not_read() -> None:
    assert "is not a regular file" in complaint("/dev/zero")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, b"name: a")
    path.chmod(0)
    assert "cannot be read: Permission denied" in complaint(path)


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, ""])
def test_an_impossible_path_is_a_mistake_too(path: str) -> None:
    assert "cannot be read" in complaint(path)


def test_a_file_that_is_too_large_is_refused_and_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 100)  # sparse
    assert "is larger than 10 MiB" in complaint(path)


def test_endless_standard_input_is_cut() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert size > 0
            return b"a" * size

    with pytest.raises(BadConfig, match="larger than"):
        read_source("-", Endless())  # type: ignore[arg-type]


def test_bytes_that_are_not_utf8_are_told_with_their_line(tmp_path: Path) -> None:
    path = written(tmp_path, b"name: a\nseeds: \xff\n")
    assert complaint(path) == f"{path}:2: is not UTF-8"


def test_utf16_is_recognised(tmp_path: Path) -> None:
    assert "is UTF-16; save it as UTF-8" in complaint(written(tmp_path, "name: a".encode("utf-16")))


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x07", "\x7f", "\x9b", "\ufffe"])
def test_control_characters_are_told_by_number_and_line(tmp_path: Path, character: str) -> None:
    path = written(tmp_path, f"a: 1\nb: {character}\n".encode())
    assert complaint(path) == f"{path}:2: holds the control character U+{ord(character):04X}"
