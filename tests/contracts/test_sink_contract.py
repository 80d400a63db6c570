"""What every sink keeps: the same keys, exactly once after kills, readable at any time, failures rightly named."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.core.errors import BadInput, OutputClosed, OutputFailed
from crawler.core.registry import load
from crawler.core.visit import Visit, VisitError
from crawler.sinks import SINKS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# One line for each kind of output that a sink of SINKS can make: sink, its arguments, how its file is read.
Reader = Callable[[Path], list[dict[str, Any]]]


def lines_of(text: bytes) -> list[dict[str, Any]]:
    assert text == b"" or text.endswith(b"\n")
    return [json.loads(line) for line in text.split(b"\n")[:-1]]


def rows_of(text: bytes) -> list[dict[str, Any]]:
    assert text.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(text.decode(), newline=""), strict=True))


def archived(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        records = [(one.rec_type, one.rec_headers, one.content_stream().read()) for one in ArchiveIterator(file)]
    about = [(headers.get_header("WARC-Target-URI"), text.decode()) for kind, headers, text in records
             if kind == "metadata"]  # fmt: skip
    return [{"url": url, **dict(line.split(": ", 1) for line in text.splitlines())} for url, text in about]


OUTPUTS: dict[str, tuple[str, dict[str, Any], Reader]] = {
    "jsonl": ("jsonl", {"compress": "none"}, lambda path: lines_of(path.read_bytes())),
    "jsonl, gzip": ("jsonl", {"compress": "gzip"}, lambda path: lines_of(gzip.decompress(path.read_bytes()))),
    "jsonl, zstd": ("jsonl", {"compress": "zstd"}, lambda path: lines_of(zstd.decompress(path.read_bytes()))),
    "csv": ("csv", {"compress": "none"}, lambda path: rows_of(path.read_bytes())),
    "csv, gzip": ("csv", {"compress": "gzip"}, lambda path: rows_of(gzip.decompress(path.read_bytes()))),
    "parquet": ("parquet", {"compress": "zstd"}, lambda path: pq.read_table(path).to_pylist()),
    "warc": ("warc", {"compress": "none"}, archived),
    "warc, gzip": ("warc", {"compress": "gzip"}, archived),
}
FILES_ONLY = {"parquet"}  # cannot be written to a stream, or appended to
STREAMABLE = [name for name in OUTPUTS if name not in FILES_ONLY]
EMPTY = Visit("u", None, None, False, VisitError("dns", "no such host"), "2026-11-22T17:34:00.123Z", 0.0, 1, 0, None)

# Writes visits numbered from 0 up to `last` in commits of 1 to 40; each commit is told on standard error, as
# the frontier would store it. Starts at the given number and position.
WRITER = """
import json, random, sys
from crawler.core.registry import load
from crawler.core.visit import Visit, VisitError
from crawler.sinks import SINKS
name, arguments, at, position, last = json.loads(sys.argv[1])
sink = load(SINKS, name)(**arguments)
sink.open(position)
visit = Visit("u", None, 200, True, None, "2026-11-22T17:34:00.123Z", 0.0, 1, 0, None, title="é" * 300)
while at < last:
    for at in range(at, min(at + random.randint(1, 40), last)):
        sink.write(visit._replace(url=f"https://example.org/{at}"))
    at += 1
    print(json.dumps([at, sink.flush(final=at >= last)]), file=sys.stderr, flush=True)
sink.close()
"""


@pytest.fixture(params=OUTPUTS)
def output(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def a_sink(output: str, path: Path | str, **options: Any) -> Any:
    name, arguments, _ = OUTPUTS[output]
    return load(SINKS, name)(path=str(path), **arguments, **options)


def read(output: str, path: Path) -> list[dict[str, Any]]:
    return OUTPUTS[output][2](path)


def start_writer(output: str, path: str, at: int, position: str | None, last: int, **pipes: Any) -> Any:
    name, arguments, _ = OUTPUTS[output]
    task = json.dumps([name, {"path": path, **arguments}, at, position, last])
    return subprocess.Popen([sys.executable, "-c", WRITER, task], stderr=subprocess.PIPE, text=True, **pipes)


def test_every_sink_of_the_table_is_under_this_contract() -> None:
    assert {name for name, _, _ in OUTPUTS.values()} == set(SINKS)


def test_every_record_has_the_same_keys_in_the_same_order(output: str, tmp_path: Path) -> None:
    sink = a_sink(output, tmp_path / "out")
    sink.open(None)
    sink.write(EMPTY)
    sink.write(EMPTY._replace(status=200, ok=True, error=None, title="t", links=("https://example.org/",)))
    sink.flush(final=True)
    sink.close()
    first, second = read(output, tmp_path / "out")
    if OUTPUTS[output][0] == "warc":
        assert first["error"] == "dns: no such host"
        return
    assert list(first) == list(second)
    assert list(first)[:4] == ["url", "final_url", "status", "ok"]
    assert first.get("error", first.get("error_type")) in ({"type": "dns", "message": "no such host"}, "dns")


def test_a_writer_killed_again_and_again_leaves_each_record_once(output: str, tmp_path: Path) -> None:
    path, chance = tmp_path / "out", random.Random(output)
    at, position = 0, None
    for _ in range(4):
        writer, spare = start_writer(output, str(path), at, position, sys.maxsize), chance.randint(0, 20)
        for told, line in enumerate(writer.stderr):  # what was told before the kill took effect was committed too
            at, position = json.loads(line)
            if told == spare:
                writer.kill()
        writer.stderr.close()
        assert writer.wait() == -signal.SIGKILL
        assert count_up_to(output, tmp_path, position) == at
    last = at + 100
    writer = start_writer(output, str(path), at, position, last)
    writer.stderr.read()
    writer.stderr.close()
    assert writer.wait() == 0
    assert [record["url"] for record in read(output, path)] == [f"https://example.org/{n}" for n in range(last)]


def count_up_to(output: str, folder: Path, position: str | None) -> int:
    """Records before `position`: whatever a kill left behind them, they are readable without a repair."""
    if position is None:
        return 0
    where = json.loads(position)
    piece = folder / "piece"
    piece.write_bytes(Path(where["path"]).read_bytes()[: where["offset"]])
    if output == "parquet":  # its journal
        return len(lines_of(zstd.decompress(piece.read_bytes())))
    return len(read(output, piece))


def test_half_a_piece_behind_the_last_commit_is_cut_off(output: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    sink = a_sink(output, path)
    sink.open(None)
    sink.write(EMPTY)
    position = sink.flush()
    sink.write(EMPTY)
    sink.flush()
    sink.close()
    written = Path(json.loads(position)["path"])
    with written.open("r+b") as file:
        file.truncate(written.stat().st_size - 5)
    again = a_sink(output, path)
    again.open(position)
    again.write(EMPTY._replace(url="next"))
    again.flush(final=True)
    again.close()
    assert [record["url"] for record in read(output, path)] == ["u", "next"]


def test_a_file_that_exists_is_kept_appended_to_or_replaced(output: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    for on_exists, urls in (("fail", ["1"]), ("append", ["1", "2"]), ("replace", ["3"])):
        if on_exists == "append" and output in FILES_ONLY:
            continue
        sink = a_sink(output, path, on_exists=on_exists)
        sink.open(None)
        sink.write(EMPTY._replace(url=str(len(urls) if on_exists != "replace" else 3)))
        sink.flush(final=True)
        sink.close()
        assert [record["url"] for record in read(output, path)] == urls
    with pytest.raises(BadInput, match="on_exists"):
        a_sink(output, path).open(None)
    assert len(read(output, path)) == 1


@pytest.mark.parametrize("other", OUTPUTS)
def test_a_resumed_run_goes_on_with_an_output_of_the_same_kind_only(output: str, other: str, tmp_path: Path) -> None:
    sink = a_sink(output, tmp_path / "out")
    sink.open(None)
    sink.write(EMPTY)
    position = sink.flush()
    sink.close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    resumed = a_sink(other, tmp_path / "other")
    if output == other:
        resumed.open(position)
        resumed.close()
        return
    with pytest.raises(BadInput, match=f"writes to {tmp_path}/out with .* keep output as it was"):
        resumed.open(position)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("change", [{"links": True}, {"headers": True}, {"body": "text"}])
def test_a_resumed_run_goes_on_with_the_same_keys_only(output: str, change: dict[str, Any], tmp_path: Path) -> None:
    if OUTPUTS[output][0] == "warc":
        pytest.skip("has no keys")
    sink = a_sink(output, tmp_path / "out")
    sink.open(None)
    position = sink.flush()
    sink.close()
    (setting,) = change
    with pytest.raises(BadInput, match=f"writes to {tmp_path}/out with {setting}: .*, and output has {setting}: "):
        a_sink(output, tmp_path / "out", **change).open(position)


def test_a_position_of_an_earlier_version_is_gone_on_with(output: str, tmp_path: Path) -> None:
    sink = a_sink(output, tmp_path / "out")
    sink.open(None)
    sink.write(EMPTY)
    position = json.loads(sink.flush())
    sink.close()
    earlier = {key: position[key] for key in ("path", "offset", "compress", "tail_crc", "part", "records")}
    sink.open(json.dumps(earlier))
    sink.write(EMPTY)
    sink.flush(final=True)
    sink.close()
    assert len(read(output, tmp_path / "out")) == 2


@pytest.fixture
def little_room() -> Iterator[None]:
    """Files of this process may not grow beyond 20,000 bytes: a full disk in small."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.usefixtures("little_room")
def test_when_room_runs_out_the_file_holds_whole_pieces_and_the_run_resumes(output: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    sink = a_sink(output, path)
    sink.open(None)
    written, position, complaint = write_until_it_fails(sink)
    assert "could not be written" in complaint
    sink.close()
    assert count_up_to(output, tmp_path, position) == written
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    again = a_sink(output, path)
    again.open(position)
    again.write(EMPTY)
    again.flush(final=True)
    again.close()
    assert len(read(output, path)) == written + 1


def write_until_it_fails(sink: Any) -> tuple[int, str | None, str]:
    """Visits written and committed, the last position, and what was said."""
    position = None
    for number in range(10_000):
        sink.write(EMPTY._replace(url=str(number), title=os.urandom(2000).hex()))
        try:
            position = sink.flush()
        except OutputFailed as error:
            return number, position, str(error)
    raise AssertionError("there was room for everything")


@pytest.mark.parametrize("output", STREAMABLE)
def test_a_full_device_is_an_output_failure(output: str) -> None:
    sink = a_sink(output, "/dev/full")
    sink.open(None)
    sink.write(EMPTY)
    with pytest.raises(OutputFailed, match="/dev/full"):
        sink.flush()
    sink.close()


@pytest.mark.parametrize("output", STREAMABLE)
def test_a_reader_that_has_gone_is_told_from_a_failure(output: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    sink = a_sink(output, tmp_path / "fifo")
    sink.open(None)
    os.close(reader)
    sink.write(EMPTY)
    with pytest.raises(OutputClosed):
        sink.flush()
    sink.close()


@pytest.mark.parametrize("output", STREAMABLE)
def test_standard_output_takes_records_through_a_pipe(output: str, tmp_path: Path) -> None:
    with (tmp_path / "copy").open("wb") as copy:
        cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=copy)
        writer = start_writer(output, "-", 0, None, 500, stdout=cat.stdin)
        assert cat.stdin is not None
        cat.stdin.close()
        writer.stderr.read()
        assert (writer.wait(), cat.wait()) == (0, 0)
        writer.stderr.close()
    assert len(read(output, tmp_path / "copy")) == 500


@pytest.mark.parametrize("output", STREAMABLE)
def test_standard_output_that_is_a_file_is_appended_to_and_never_cut(output: str, tmp_path: Path) -> None:
    path = tmp_path / "copy"
    before = b"{}\n" if output == "jsonl" else b""
    path.write_bytes(before)
    position, at = None, 0
    for last in (50, 100):
        with path.open("ab") as copy:
            writer = start_writer(output, "-", at, position, last, stdout=copy)
            at, position = json.loads(writer.stderr.read().splitlines()[-1])
            writer.stderr.close()
            assert writer.wait() == 0
    assert len(read(output, path)) == 100 + before.count(b"\n")


@pytest.mark.parametrize("output", STREAMABLE)
def test_a_closed_standard_output_ends_the_writer_quietly(output: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = start_writer(output, "-", 0, None, 50, stdout=writing)
    os.close(writing)
    told = writer.stderr.read()
    writer.stderr.close()
    assert writer.wait() == 1
    assert "OutputClosed: the reader of standard output has gone" in told


def test_closing_twice_or_unopened_does_no_harm(output: str, tmp_path: Path) -> None:
    sink = a_sink(output, tmp_path / "out")
    sink.close()
    sink.open(None)
    sink.close()
    sink.close()
    (left,) = tmp_path.iterdir()
    assert left.read_bytes() == b""
