"""All or nothing into a descriptor."""

from __future__ import annotations

import errno
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.core.errors import OutputClosed, OutputFailed
from crawler.sinks.files.writing import Position, failure, write_all


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Files of this process may not grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_pipe_that_does_not_block_gets_everything_as_its_reader_takes_it() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    taken = bytearray()

    def take() -> None:
        while piece := os.read(reading, 50_000):
            taken.extend(piece)

    reader = threading.Thread(target=take)
    reader.start()
    data = os.urandom(1_000_000)
    write_all(writing, data)
    os.close(writing)
    reader.join()
    os.close(reading)
    assert bytes(taken) == data


@pytest.mark.parametrize("flags", [0, os.O_APPEND])
def test_a_file_that_may_not_grow_holds_whole_pieces_only(tmp_path: Path, flags: int) -> None:
    path = tmp_path / "out"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | flags)
    with largest_file(1000):
        write_all(fd, b"a" * 700)
        with pytest.raises(OSError, match="too large"):
            write_all(fd, b"b" * 700)
    assert path.read_bytes() == b"a" * 700
    write_all(fd, b"c" * 700)
    os.close(fd)
    assert path.read_bytes() == b"a" * 700 + b"c" * 700


def test_what_another_process_appended_meanwhile_is_not_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "out"
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    os.ftruncate(fd, 2000)  # somebody else's bytes behind ours
    with largest_file(1000), pytest.raises(OSError, match="too large"):
        write_all(fd, b"b" * 1500)
    os.close(fd)
    assert path.stat().st_size == 2000


def test_a_reader_that_has_gone_is_not_a_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError) as caught:
        write_all(writing, b"x")
    os.close(writing)
    assert isinstance(failure(caught.value, "standard output"), OutputClosed)


@pytest.mark.parametrize(("number", "advice"), [(errno.ENOSPC, "free some space"), (errno.EROFS, "read-only")])
def test_a_failure_says_what_to_do(number: int, advice: str) -> None:
    error = failure(OSError(number, os.strerror(number)), "out.jsonl")
    assert isinstance(error, OutputFailed)
    assert "out.jsonl" in str(error)
    assert advice in str(error)


def test_a_position_survives_its_text() -> None:
    position = Position("a\ud800 b.jsonl", 5_000_000_000, "zstd", 123)
    assert Position.read(position.write()) == position


@pytest.mark.parametrize("text", ["", "[]", "3", '["x"]', '{"path": "x"}', '{"other": 1}'])
def test_a_position_of_something_else_is_refused_with_advice(text: str) -> None:
    with pytest.raises(OutputFailed, match="--fresh"):
        Position.read(text)
