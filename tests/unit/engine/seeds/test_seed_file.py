"""The lines of a seed file, in batches: what is no URL is told, and a restart goes on where the file was left."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from zlib import crc32

import pytest

from crawler.core.errors import BadInput
from crawler.core.events import Event, Warned
from crawler.engine.seeds.seed_file import BATCH, MAX_WARNINGS, SeedFile, Taken

A, B = "http://a.test", "http://b.test"


class Reader:
    """A seed file of `lines`, with what was told and counted."""

    def __init__(self, path: Path, *lines: str | bytes, taken: Taken = 0) -> None:
        path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
        self.events: list[Event] = []
        self.counted = Counter[str]()
        self.file = SeedFile(path, taken, self.events.append, lambda reason, n: self.counted.update({reason: n}))

    @property
    def said(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Warned)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "seeds.txt"


def test_lines_are_taken_in_batches_until_there_are_no_more(path: Path) -> None:
    urls = [f"{A}/{number}" for number in range(BATCH + 1)]
    file = Reader(path, *urls).file
    assert file.take() == urls[:BATCH]
    assert not file.is_exhausted
    assert file.take() == urls[BATCH:]
    assert file.is_exhausted
    assert file.taken == {"bytes": path.stat().st_size, "crc32": crc32(path.read_bytes())}


def test_lines_that_are_no_urls_are_counted_and_told_a_few_times(path: Path) -> None:
    bad = ["ftp://a.test/", "nonsense", b"\xff\xfe\x00", "http://me:geheim@a.test/", *["//"] * MAX_WARNINGS]
    reader = Reader(path, f"{A}/", *bad)
    assert reader.file.take() == [f"{A}/"]
    assert reader.counted == {"scheme": 1, "credentials": 1, "invalid": len(bad) - 2}
    assert len(reader.said) == MAX_WARNINGS
    assert reader.said[0].startswith(f"{path}:2: not an http or https URL: 'ftp://a.test/'; wanted is a complete URL")
    assert reader.said[3].startswith(f"{path}:5: a user name or password in the URL; ")
    assert "geheim" not in "".join(reader.said)


def test_what_was_taken_before_comes_in_batches_too_however_few_are_urls(path: Path) -> None:
    lines = ["# a comment"] * (3 * BATCH)
    reader = Reader(path, *lines, f"{A}/1", "", taken=taken_of(*lines, f"{A}/1"))
    assert list(reader.file.taken_before()) == [[], [], [], [f"{A}/1"]]


TAKEN = ["# seeds", f"{A}/1", "nonsense", f"{B}/2"]


def taken_of(*lines: str) -> Taken:
    """What is stored once `lines` were taken."""
    text = "".join(f"{line}\n" for line in lines).encode()
    return {"bytes": len(text), "crc32": crc32(text)}


@pytest.mark.parametrize("taken", [taken_of(*TAKEN), len("\n".join(TAKEN)) + 1])
def test_a_restart_knows_what_was_taken_and_goes_on_behind_it(path: Path, taken: Taken) -> None:
    reader = Reader(path, *TAKEN, f"{A}/3", "nonsense", taken=taken)
    assert list(reader.file.taken_before()) == [[f"{A}/1", f"{B}/2"]]
    assert reader.counted == {}  # counted before the restart
    assert reader.file.taken == taken_of(*TAKEN)
    assert reader.file.take() == [f"{A}/3"]
    assert [told.partition(": ")[0] for told in reader.said] == [f"{path}:6"]


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        ([f"{A}/2", f"{B}/1"], taken_of(f"{A}/1")),  # of the same length
        ([f"{A}/2"], taken_of(f"{A}/1", f"{A}/2")),
        ([f"{A}/2"], 5000),
        ([f"{A}/2", f"{B}/1"], len(f"{A}/")),
        (["", f"{A}/2"], taken_of(f"{A}/1")),
        ([], taken_of(f"{A}/1")),
    ],
)
def test_a_file_that_begins_otherwise_is_taken_from_its_beginning(path: Path, lines: list[str], taken: Taken) -> None:
    reader = Reader(path, *lines, "nonsense", taken=taken)
    list(reader.file.taken_before())
    assert reader.file.taken == {"bytes": 0, "crc32": 0}
    assert reader.file.take() == [line for line in lines if line]
    assert reader.said[0].startswith(f"{path} does not begin with the lines that this run took before: ")
    assert reader.said[1].startswith(f"{path}:{len(lines) + 1}: ")


def test_a_seed_file_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"seed_file: cannot read .*missing"):
        SeedFile(tmp_path / "missing", 0, lambda event: None, lambda reason, number: None)
