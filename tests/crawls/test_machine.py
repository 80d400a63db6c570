"""The machine fails: full and read-only disks, files taken away, signals, second starts, clocks that jump."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.crawls.running import Crawl, Outcome, ended, path_of, repeated, stop, wait_until, with_limit
from tests.site import Answer, Site

MakeCrawl = Callable[..., Crawl]
SEEDS = [1, 2, 3]
PAGES = 1500
TREE = f"/tiny/{PAGES}/"
EXPECTED = [f"{TREE}{number}" for number in range(PAGES)]


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Callable[[str], None]]:
    """A file system of its own at `folder`; what it gives changes its options. Skips where that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("file systems may not be mounted here")
    try:
        yield lambda options: subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True) and None
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def urls_in(path: Path) -> list[str]:
    """Paths of all records, whole lines only."""
    text = path.read_text()
    assert text.endswith("\n")
    return [path_of(json.loads(line)["url"]) for line in text.splitlines()]


def assert_told(outcome: Outcome, code: int, *words: str) -> None:
    assert outcome.exit_code == code, outcome.stderr[-2000:]
    assert "Traceback" not in outcome.stderr
    for word in words:
        assert word in outcome.stderr


@pytest.mark.parametrize("seed", SEEDS)
def test_a_disk_that_fills_up_ends_the_run_with_7_and_loses_nothing(crawl: MakeCrawl, site: Site, seed: int) -> None:
    dice = random.Random(seed)
    where = ("output and state", "output", "state")[seed % 3]
    full = crawl()
    with small_disk(full.folder / "small", dice.randrange(350, 600)) as remount:
        output = full.folder / ("small/pages.jsonl" if "output" in where else "pages.jsonl")
        full.configure(
            seeds=[site.url(f"{TREE}0")],
            output={"path": str(output)},
            frontier={"path": "small/state" if "state" in where else "state"},
        )
        assert_told(full.run(), 7, "space")
        assert_told(full.run(), 7, "space")
        remount("size=64m")
        assert full.run().exit_code == 0
        paths = urls_in(output)
    assert repeated(paths) == {}
    assert sorted(paths) == sorted(EXPECTED)


def test_a_disk_that_fills_up_while_a_parquet_file_is_made_keeps_its_records(crawl: MakeCrawl, site: Site) -> None:
    for number in range(50):
        links = f"<a href=/big/{number + 1}>x</a>" if number < 49 else ""
        body = random.Random(number).randbytes(8000).hex()
        site.answer(f"/big/{number}", Answer(f"{links}<p>{body}".encode()))
    full = crawl()
    with small_disk(full.folder / "small", 700) as remount:
        output = {"type": "parquet", "path": "small/pages.parquet", "body": "html"}
        full.configure(seeds=[site.url("/big/0")], output=output)
        for _ in range(2):
            assert_told(full.run(), 7, "pages.parquet could not be written: ", "space")
            assert os.listdir(full.folder / "small") == ["pages.parquet.journal"]
        remount("size=64m")
        assert full.run().exit_code == 0
        assert os.listdir(full.folder / "small") == ["pages.parquet"]
        urls = pq.read_table(full.folder / "small/pages.parquet")["url"].to_pylist()
    assert sorted(map(path_of, urls)) == sorted(f"/big/{number}" for number in range(50))


@pytest.mark.parametrize("seed", SEEDS)
def test_files_that_may_not_grow_further_end_the_run_with_7_and_lose_nothing(
    crawl: MakeCrawl, site: Site, seed: int
) -> None:
    limited = crawl(seeds=[site.url("/tiny/600/0")])
    kib = random.Random(seed).randrange(80, 300)
    assert_told(ended(limited.start(within=with_limit(f"-f {kib}"))), 7)
    assert limited.run().exit_code == 0
    assert sorted(limited.by_path()) == sorted(f"/tiny/600/{number}" for number in range(600))


@pytest.mark.parametrize("section", [{"output": "ro/pages.jsonl"}, {"frontier": "ro/state"}, {"logging": "ro/log"}])
def test_a_read_only_disk_is_told_before_anything_is_asked(
    crawl: MakeCrawl, site: Site, section: dict[str, str]
) -> None:
    refused = crawl()
    with small_disk(refused.folder / "ro", 1000) as remount:
        remount("ro")
        keyed = {name: {"file" if name == "logging" else "path": path} for name, path in section.items()}
        refused.configure(seeds=[site.url("/leaf/x")], **keyed)
        assert_told(refused.run(), 7, "ead-only file system", next(iter(section.values())))
    assert site.hits() == []


def test_a_log_on_a_full_disk_costs_lines_but_no_pages(crawl: MakeCrawl, site: Site) -> None:
    logged = crawl(seeds=[site.url("/tiny/20/0")], logging={"file": "/dev/full", "level": "debug"})
    assert_told(logged.run(), 0, "warning: logging.file could not be written, lines are lost")
    assert len(logged.by_path()) == 20


def meddle_by_removing(path: Path) -> None:
    path.unlink()


def meddle_by_cutting(path: Path) -> None:
    os.truncate(path, 10)


def meddle_by_replacing(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("other\n")
    other.replace(path)


@pytest.mark.parametrize("meddle", [meddle_by_removing, meddle_by_cutting, meddle_by_replacing])
def test_an_output_that_somebody_meddles_with_is_not_lost_without_a_word(
    crawl: MakeCrawl, site: Site, meddle: Callable[[Path], None]
) -> None:
    crawled = crawl(seeds=[site.url("/slowlist/60/0.1")], concurrency={"total": 2, "per_host": 2})
    process = crawled.start()
    wait_until(lambda: crawled.output_size() > 3000)
    meddle(crawled.folder / "pages.jsonl")
    assert_told(ended(process), 7, "pages.jsonl was ", "records would be lost")
    left = (crawled.folder / "pages.jsonl").read_bytes() if meddle is not meddle_by_removing else b""
    assert b"\0" not in left
    assert_told(crawled.run(), 7, "pages.jsonl", "--fresh")


def test_a_state_that_is_removed_while_a_run_goes_on_ends_it(crawl: MakeCrawl, site: Site) -> None:
    crawled = crawl(seeds=[site.url("/slowlist/60/0.1")], concurrency={"total": 2, "per_host": 2})
    process = crawled.start()
    wait_until(lambda: crawled.output_size() > 3000)
    shutil.rmtree(crawled.folder / "state")
    assert_told(ended(process), 7, "state/", "was removed or replaced while the run")
    assert crawled.lines()
    assert_told(crawled.run(), 2, "pages.jsonl exists already")


def of_version(version: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"PRAGMA user_version = {version}")

    return change


def flip_bytes(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[5000:9000] = random.Random(1).randbytes(4000)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (of_version(99), "written by a newer version"),
        (of_version(0), "written by an older version"),
        (flip_bytes, "is damaged"),
        (lambda path: os.truncate(path, 6000), "is damaged"),
        (lambda path: path.write_text("not a database at all"), "is no database"),
    ],
)
def test_a_state_that_cannot_be_used_is_told_and_left_alone(
    crawl: MakeCrawl, site: Site, damage: Callable[[Path], None], words: str
) -> None:
    crawled = crawl(seeds=[site.url("/tiny/50/0")], limits={"max_duration": "1h"})
    assert crawled.run().exit_code == 0
    state = crawled.folder / "state/frontier.sqlite"
    damage(state)
    content, lines, asked = state.read_bytes(), crawled.lines(), site.size()
    assert_told(crawled.run(), 2, words, "it was left alone", "move it away to begin anew")
    assert (state.read_bytes(), crawled.lines(), site.size()) == (content, lines, asked)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.mkdir()], ids=["named pipe", "folder"])
@pytest.mark.parametrize(("name", "code"), [("lock", 7), ("frontier.sqlite", 2)])
def test_what_is_in_the_place_of_a_state_file_is_told_and_not_waited_for(
    crawl: MakeCrawl, site: Site, make: Callable[[Path], None], name: str, code: int
) -> None:
    blocked = crawl(seeds=[site.url("/leaf/x")])
    (blocked.folder / "state").mkdir()
    make(blocked.folder / "state" / name)
    assert_told(blocked.run(timeout_s=20), code, f"state/{name}")
    assert site.hits() == []


@pytest.mark.parametrize("seed", SEEDS)
def test_terminated_with_hung_requests_it_drains_and_resumes(crawl: MakeCrawl, site: Site, seed: int) -> None:
    dice = random.Random(seed)
    hung = [f"/hung/{number}" for number in range(5)]
    for path in hung:
        site.answer(path, Answer(delay_s=60), Answer(b"<title>at last</title>"))
    crawled = crawl(
        seeds=[site.url(path) for path in hung] + [site.url("/tiny/300/0")],
        client={"type": ("aiohttp", "httpx", "httpx2")[seed % 3]},
        timeouts={"drain": 1, "read": 90, "total": 90},
        concurrency={"total": 12, "per_host": 12},
    )
    process = crawled.start()
    wait_until(lambda: len(site.hits("/hung/")) == 5 and site.size() > dice.randrange(20, 250))
    started = time.monotonic()
    number = dice.choice([signal.SIGTERM, signal.SIGINT])
    assert_told(stop(process, number), 128 + number, "resumes")
    assert time.monotonic() - started < 6
    assert not set(hung) & crawled.by_path().keys()
    assert crawled.run().exit_code == 0
    assert sorted(crawled.by_path()) == sorted([*hung, *(f"/tiny/300/{page}" for page in range(300))])
    assert repeated([hit.target for hit in site.hits("/tiny/")]) == {}


@pytest.mark.parametrize("hanging", ["robots.txt", "connecting"])
def test_terminated_while_a_host_hangs_nothing_is_lost(crawl: MakeCrawl, site: Site, hanging: str) -> None:
    site.answer("/robots.txt", Answer(delay_s=60), Answer(status=404))
    with socket.socket() as deaf, socket.socket() as filler:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        filler.connect(deaf.getsockname())  # the queue of connections nobody takes is full now
        url = site.url("/leaf/x") if hanging == "robots.txt" else f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        crawled = crawl(seeds=[url], timeouts={"drain": 0.5})
        process = crawled.start()
        wait_until(lambda: site.hits() or (hanging == "connecting" and "run_started" in read_some(process)))
        started = time.monotonic()
        assert_told(stop(process), 143)
        assert time.monotonic() - started < 6
    assert crawled.records() == []
    if hanging == "robots.txt":
        assert crawled.run().exit_code == 0
        assert list(crawled.by_path()) == ["/leaf/x"]


def read_some(process: subprocess.Popen[bytes]) -> str:
    """The next line of what a run says."""
    assert process.stderr is not None
    return process.stderr.readline().decode()


@pytest.mark.parametrize("seed", SEEDS)
def test_signals_while_starting_lose_nothing(crawl: MakeCrawl, site: Site, seed: int) -> None:
    dice = random.Random(seed)
    struck = crawl(seeds=[site.url("/tiny/40/0")])
    for _ in range(3):
        process = struck.start()
        time.sleep(dice.uniform(0.05, 0.8))
        process.send_signal(number := dice.choice([signal.SIGTERM, signal.SIGINT]))
        code = ended(process).exit_code
        assert code in (0, 2, 128 + number, -number, 1)  # 1, -SIGINT: the interpreter itself was still starting
        if code in (0, 2):
            break
    assert struck.run().exit_code in (0, 2)  # 2: it was complete, and the output is there
    assert sorted(struck.by_path()) == sorted(f"/tiny/40/{number}" for number in range(40))


def start_and_hang(crawl: MakeCrawl, site: Site) -> tuple[Crawl, subprocess.Popen[bytes]]:
    """A run that does not end by itself, since its last page hangs until it is asked for again."""
    site.answer("/hung", Answer(delay_s=60), Answer(b"<title>at last</title>"))
    first = crawl(seeds=[site.url("/hung"), site.url("/tiny/60/0")], timeouts={"drain": 0.1, "read": 90, "total": 90})
    process = first.start()
    wait_until(lambda: site.hits("/hung"))
    return first, process


def assert_unharmed(first: Crawl, process: subprocess.Popen[bytes], site: Site) -> None:
    """The run goes on, and ends with each page once."""
    wait_until(lambda: len(site.hits("/tiny/")) == 60)
    assert stop(process).exit_code == 143
    assert first.run().exit_code == 0
    assert len(first.by_path()) == 61
    assert repeated([hit.target for hit in site.hits("/tiny/")]) == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_starts_that_overlap_are_refused_and_the_first_is_unharmed(crawl: MakeCrawl, site: Site, seed: int) -> None:
    dice = random.Random(seed)
    first, process = start_and_hang(crawl, site)
    for options in ([], ["--fresh"], ["--set", "output.on_exists=replace", "--fresh"]):
        time.sleep(dice.uniform(0, 0.1))
        assert_told(first.run(*options, timeout_s=20), 6, f"process {process.pid}")
    assert_unharmed(first, process, site)


def test_two_crawls_never_write_to_one_output(crawl: MakeCrawl, site: Site) -> None:
    first, process = start_and_hang(crawl, site)
    assert_told(first.run("--set", "frontier.path=other", "--set", "output.on_exists=append"), 6, "pages.jsonl")
    assert_unharmed(first, process, site)


def test_few_file_descriptors_cost_no_page(crawl: MakeCrawl, site: Site, client: str) -> None:
    many = crawl(
        seeds=[site.url("/slowlist/150/0.1")], concurrency={"total": 200, "per_host": 200}, client={"type": client}
    )
    outcome = ended(many.start(within=with_limit("-n 64")))
    assert_told(outcome, 0, "may open only 64 files (ulimit -n)", "concurrency.total is 32 in this run, not 200")
    assert [record["error"] for record in many.records()] == [None] * 151


def test_too_few_file_descriptors_for_any_crawl_are_told(crawl: MakeCrawl, site: Site) -> None:
    assert_told(ended(crawl(seeds=[site.url("/leaf/x")]).start(within=with_limit("-n 20"))), 2, "ulimit -n")
    assert site.hits() == []


def test_the_largest_values_that_are_allowed_work(crawl: MakeCrawl, site: Site) -> None:
    most, much = 2**53, 10**17
    limits = ("max_pages", "max_pages_per_host", "max_redirects", "max_url_length", "max_path_segments")
    extreme = crawl(
        seeds=[{"url": site.url("/tiny/30/0"), "depth": much}, site.url("/flaky/2/500/x")],
        limits=dict.fromkeys((*limits, "max_path_repeats", "max_query_params", "max_links_per_page"), much)
        | dict.fromkeys(("max_duration", "max_bytes", "max_response_size"), most),
        timeouts=dict.fromkeys(("connect", "read", "write", "pool", "total", "drain"), most),
        politeness={"max_crawl_delay": most, "robots_ttl": most},
        dns={"ttl": most, "negative_ttl": most, "max_entries": much},
        retry={
            "max_retries": 100,
            "backoff": {"initial": 0.001, "factor": 1e308, "max": 0.01},
            "max_retry_after": most,
        },
        concurrency={"total": 10_000, "per_host": 10_000, "connections": 10_000},
    )
    assert_told(extreme.run(), 0)
    assert [record["error"] for record in extreme.records()] == [None] * 31


@pytest.fixture
def fake_clock(tmp_path: Path) -> tuple[Path, list[str]]:
    """A file whose text shifts the wall clock of a command, such as `-2d`, and how that command begins."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        pytest.fail("needs faketime") if os.environ.get("CI") else pytest.skip("needs faketime from Debian")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    settings = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": 1}
    words = [f"{name}={value}" for name, value in settings.items()]
    return clock, ["env", *words, "FAKETIME_DONT_FAKE_MONOTONIC=1"]


@pytest.mark.parametrize("shift", ["+30d", "-30d"])
def test_a_wall_clock_that_jumps_changes_no_wait(
    crawl: MakeCrawl, site: Site, fake_clock: tuple[Path, list[str]], shift: str
) -> None:
    clock, within = fake_clock
    crawled = crawl(seeds=[site.url("/list/16")], politeness={"delay": 0.2})
    process = crawled.start(within=within)
    wait_until(lambda: len(site.hits("/leaf/")) >= 3)
    clock.write_text(shift)  # during a run
    wait_until(lambda: len(site.hits("/leaf/")) >= 7)
    stop(process, signal.SIGKILL)
    clock.write_text("+0")  # between two runs
    assert_told(ended(crawled.start(within=within)), 0)
    assert len(crawled.by_path()) == 17
    moments = [hit.at for hit in site.hits()]
    assert moments[-1] - moments[0] > 0.19 * (len(moments) - 1)  # a single gap the server may see shortened
    assert max(later - earlier for earlier, later in pairwise(moments)) < 10


def test_secrets_are_in_no_file_and_no_message(crawl: MakeCrawl, site: Site) -> None:
    secret = "hunter2"
    site.answer("/set", Answer(headers=(("Set-Cookie", f"sid={secret}"),), body=b"<a href='/leaf/1'>x</a>"))
    client = {
        "auth": {"username": "me", "password": secret},
        "headers": {"X-Key": secret},
        "cookies": {"first": secret},
    }
    guarded = crawl(
        seeds=[{"url": site.url("/set"), "headers": {"X-Seed": secret}}, site.url("/status/503"), site.refused_url],
        client=client,
        output={"headers": True},
        logging={"file": "log", "level": "debug"},
    )
    said = guarded.run().stderr + guarded.run().stderr
    guarded.configure(seeds=[site.url("/set")], client={"proxy": f"http://me:{secret}@127.0.0.1:9"}, output="by-proxy")
    said += guarded.run("--fresh", "--log-level", "debug").stderr
    assert {"x-key", "x-seed", "authorization", "cookie"} <= {name.lower() for name in site.hits("/set")[0].headers}
    guarded.config.unlink()
    encoded = b64encode(f"me:{secret}".encode()).decode()
    for text in (said, *(path.read_bytes().decode("latin-1") for path in guarded.folder.rglob("*") if path.is_file())):
        assert secret not in text
        assert encoded not in text
