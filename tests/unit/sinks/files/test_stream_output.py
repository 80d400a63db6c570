"""Pipes, devices and standard output."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from crawler.core.errors import BadInput, OutputClosed, OutputFailed
from crawler.sinks.files import stream_output
from crawler.sinks.files.stream_output import StreamOutput, is_stream


def test_what_can_be_cut_back_is_told_from_what_cannot(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").touch()
    streams = ["-", "/dev/stdout", "/dev/fd/1", "/dev/null", "/dev/full", str(tmp_path / "fifo")]
    files = [str(tmp_path / "file"), str(tmp_path / "missing"), "x\0", ""]
    assert [is_stream(path) for path in streams + files] == [True] * len(streams) + [False] * len(files)


def test_a_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        with pytest.raises(BadInput, match="socket"):
            is_stream(str(tmp_path / "s"))


def test_a_named_pipe_passes_bytes_to_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    taken: list[bytes] = []
    reader = threading.Thread(target=lambda: taken.append(path.read_bytes()))
    reader.start()
    output = StreamOutput(str(path), offset=5)
    output.write(b"x\n" * 100_000)
    output.sync()
    assert output.position("none").offset == 200_005
    assert output.position("none").tail_crc is None
    output.close()
    reader.join()
    assert taken == [b"x\n" * 100_000]


def test_a_named_pipe_that_nobody_reads_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_output, "READER_WAIT_S", 0.05)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(BadInput, match="start its reader first"):
        StreamOutput(str(tmp_path / "fifo"))


def test_a_reader_that_leaves_ends_the_run_quietly(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    output = StreamOutput(str(path))
    os.close(reader)
    with pytest.raises(OutputClosed, match="reader"):
        output.write(b"x\n")
    output.close()


def test_a_full_device_is_an_output_failure() -> None:
    output = StreamOutput("/dev/full")
    with pytest.raises(OutputFailed, match="/dev/full could not be written"):
        output.write(b"x\n")
    output.close()


def test_a_closed_standard_output_is_never_taken_for_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdout__", None)
    with pytest.raises(OutputFailed, match="standard output is closed"):
        StreamOutput("-")
