"""Pieces that are whole each, and whole together."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.sinks.files.compression import COMPRESSIONS, opening, recognise

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

READERS: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "gzip": gzip.decompress, "zstd": zstd.decompress}


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_pieces_one_after_the_other_read_as_one(name: str) -> None:
    pack = COMPRESSIONS[name]
    assert READERS[name](pack(b"first\n") + pack(b"second\n" * 1000)) == b"first\n" + b"second\n" * 1000


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_file_shows_its_compression(name: str) -> None:
    assert recognise(COMPRESSIONS[name](b'{"url":1}\n')[:4]) == name


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_the_same_data_gives_the_same_bytes(name: str) -> None:
    assert COMPRESSIONS[name](b"x" * 99) == COMPRESSIONS[name](b"x" * 99)


@pytest.mark.parametrize(("name", "command"), [("gzip", ["zcat"]), ("zstd", ["zstd", "-dc"])])
def test_the_usual_command_reads_several_pieces(name: str, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    pack = COMPRESSIONS[name]
    result = subprocess.run(command, input=pack(b"a\n") + pack(b"b\n"), capture_output=True, check=True)
    assert result.stdout == b"a\nb\n"


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_the_opening_of_a_file_is_read_decompressed(tmp_path: Path, compress: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(COMPRESSIONS[compress](b"abc" * 5000) + COMPRESSIONS[compress](b"more"))
    assert opening(str(path), compress, 5) == b"abcab"
    path.write_bytes(COMPRESSIONS[compress](b"abc"))
    assert opening(str(path), compress, 5) == b"abc"


@pytest.mark.parametrize("compress", ["gzip", "zstd"])
def test_a_damaged_file_has_no_opening(tmp_path: Path, compress: str) -> None:
    (tmp_path / "a").write_bytes(COMPRESSIONS[compress](b"abc")[:4] + b"garbage, no block" * 3)
    assert opening(str(tmp_path / "a"), compress, 5) == b""
