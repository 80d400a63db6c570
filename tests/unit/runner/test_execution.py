"""One run from lock to summary, over the real test site; observers are recorded where events matter."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pytest

from crawler.config.model import Config, load_config
from crawler.core.errors import BadInput, CrawlError, ExitCode, Locked, OutputFailed
from crawler.core.events import Event, RunEnded, RunStarted, Stopping, Visited, Warned
from crawler.frontiers.lock import RunLock, is_locked
from crawler.frontiers.memory_frontier import MemoryFrontier
from crawler.runner import execution as runner
from crawler.runner.execution import Options, run
from crawler.runner.workers import nursery
from tests.crawls.running import Crawl, wait_until
from tests.site import Site

Configure = Callable[..., Config]
PARTLY = {"limits.max_bytes": 1, "politeness.obey_robots": "false"}  # stops after one page, to be resumed


class Recorder:
    """An observer that keeps every event, and may act on one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = 0
        self.react: Callable[[Event], None] = lambda event: None

    def notice(self, event: Event) -> None:
        self.events.append(event)
        self.react(event)

    def close(self) -> None:
        self.closed += 1

    def last(self, kind: type[Event]) -> Any:
        """The last event of that kind."""
        return [event for event in self.events if isinstance(event, kind)][-1]


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Crawl:
    """A crawl of six pages, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Crawl(tmp_path, seeds=[site.url("/list/5")])


@pytest.fixture
def configure(crawl: Crawl) -> Configure:
    """Makes that crawl's configuration, with settings such as {"limits.max_pages": 3}."""

    def make(settings: dict[str, object] | None = None) -> Config:
        return load_config("test.yaml", [f"{key}={value}" for key, value in (settings or {}).items()])

    return make


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """The only one who is told, instead of log, display and summary."""
    recorder = Recorder()
    monkeypatch.setattr(runner, "build_observers", lambda *_, **__: ([recorder], False))
    return recorder


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the runner it is always the same second."""

    class StoppedClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> StoppedClock:
            return cls(2026, 11, 22, 17, 34, 59, tzinfo=UTC)

    monkeypatch.setattr(runner, "datetime", StoppedClock)


@pytest.fixture
def handlers() -> Iterator[None]:
    """The signal handlers must be afterwards what they were before."""
    before = [signal.getsignal(number) for number in runner.SIGNALS]
    yield
    assert [signal.getsignal(number) for number in runner.SIGNALS] == before


def paths_of(crawl: Crawl) -> list[str]:
    """Paths of all records, sorted."""
    return sorted(crawl.by_path())


ALL_PATHS = ["/leaf/0", "/leaf/1", "/leaf/2", "/leaf/3", "/leaf/4", "/list/5"]


def test_a_run_ends_with_its_exit_code_its_records_and_its_summary(crawl: Crawl, configure: Configure) -> None:
    assert run(configure(), Options(quiet=True)) == ExitCode.COMPLETE
    assert paths_of(crawl) == ALL_PATHS
    summary = crawl.summary()
    assert (summary["crawl"], summary["exit_code"], summary["reason"]) == ("test", 0, "complete")
    assert (summary["pages"], summary["ok"], summary["statuses"]) == (6, 6, {"200": 6})
    assert (summary["resumed"], summary["resumable"]) == (False, False)
    assert summary["outputs"] == ["pages.jsonl"]
    assert summary["dns"].keys() == {"lookups", "hits", "misses"}
    assert summary["config"]["limits"]["max_redirects"] == 10
    assert Path("state/runs", summary["started"], "summary.json").exists()


def test_the_summary_holds_the_configuration_without_its_secrets(crawl: Crawl, configure: Configure) -> None:
    assert run(configure({"client.auth": "{bearer: hunter2}"}), Options(quiet=True)) == 0
    assert "hunter2" not in json.dumps(crawl.summary())


def test_beginning_and_end_are_told_first_and_last(configure: Configure, recorder: Recorder) -> None:
    run(configure(), Options())
    first, last = recorder.events[0], recorder.events[-1]
    assert isinstance(first, RunStarted)
    assert (first.crawl, first.resumed, first.output, first.state) == ("test", False, "pages.jsonl", "state")
    assert isinstance(last, RunEnded)
    assert (last.exit_code, last.reason, last.resumable) == (0, "complete", False)
    assert last.summary["started"] == first.started
    assert len([event for event in recorder.events if isinstance(event, Visited)]) == 6


@pytest.mark.parametrize(
    ("settings", "code", "reason"),
    [
        ({"limits.max_pages": 2}, 0, "max_pages"),
        ({"limits.max_depth": 0}, 0, "complete"),
        ({"limits.max_bytes": 1}, 5, "max_bytes"),
        ({"scope.exclude": "[leaf]", "fail_if.failed_pages": 0}, 0, "complete"),
        ({"retry.statuses": "[]", "fail_if.failed_ratio": 0.5}, 0, "complete"),
    ],
)
def test_the_end_of_a_run_decides_its_exit_code(
    configure: Configure, recorder: Recorder, settings: dict[str, object], code: int, reason: str
) -> None:
    assert run(configure(settings), Options()) == code
    assert recorder.last(RunEnded).reason == reason
    assert recorder.last(RunEnded).resumable == (code == 5)


@pytest.mark.parametrize("threshold", [{"fail_if.failed_pages": 0}, {"fail_if.failed_ratio": 0.4}])
def test_a_crossed_threshold_is_3(configure: Configure, site: Site, threshold: dict[str, object]) -> None:
    both = json.dumps([site.url("/leaf/x"), site.url("/status/404")])
    assert run(configure({"seeds": both} | threshold), Options(quiet=True)) == 3


def test_nothing_usable_is_4(configure: Configure, site: Site) -> None:
    assert run(configure({"seeds": site.url("/status/404")}), Options(quiet=True)) == 4


def test_the_summary_counts_look_ups(crawl: Crawl, configure: Configure, site: Site) -> None:
    assert run(configure({"seeds": site.url("/list/5", host="localhost")}), Options(quiet=True)) == 0
    dns = crawl.summary()["dns"]
    assert dns["lookups"] == dns["misses"] == 1


@pytest.mark.parametrize("adaptive", [True, False])
def test_hosts_are_slowed_down_by_their_answers_only_if_wanted(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, adaptive: bool
) -> None:
    told: list[str] = []
    monkeypatch.setattr(MemoryFrontier, "set_delay", lambda self, host, delay_s: told.append(host))
    settings = {"politeness.adaptive": json.dumps(adaptive), "politeness.obey_robots": "false"}
    settings["frontier.type"] = "memory"
    assert run(configure(settings), Options(quiet=True)) == 0
    assert bool(told) == adaptive


def test_an_unfinished_run_goes_on_in_its_own_file_under_its_own_name(
    crawl: Crawl, configure: Configure, recorder: Recorder
) -> None:
    by_start = {"output.path": "pages-{started}.jsonl"}
    assert run(configure(PARTLY | by_start), Options()) == ExitCode.BUDGET
    first = recorder.last(RunStarted)
    assert run(configure(by_start), Options()) == ExitCode.COMPLETE
    second = recorder.last(RunStarted)
    assert (second.started, second.resumed, second.output) == (first.started, True, first.output)
    assert second.done_before >= 1
    records = [json.loads(line)["url"] for line in Path(first.output).read_text().splitlines()]
    assert len(records) == len(set(records)) == 6
    assert recorder.last(RunEnded).summary["pages"] == 6


def test_a_run_that_was_killed_before_its_first_visit_still_owns_its_output(
    crawl: Crawl, configure: Configure, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(runner.Run, "execute", lambda self: 99)
        assert run(configure(), Options()) == 99
    Path("pages.jsonl").write_text('{"torn')
    assert run(configure(), Options()) == 0
    assert recorder.last(RunStarted).resumed
    assert paths_of(crawl) == ALL_PATHS


@pytest.mark.parametrize("type", ["jsonl", "csv", "parquet", "warc"])
def test_an_unfinished_run_whose_output_has_another_path_by_now_says_where_it_goes_on(
    configure: Configure, recorder: Recorder, type: str
) -> None:
    one_by_one = PARTLY | {"concurrency.total": 1}

    def warned(path: str, **more: object) -> list[str]:
        recorder.events.clear()
        run(configure(one_by_one | {"output.type": type, "output.path": path} | more), Options())
        return [event.message for event in recorder.events if isinstance(event, Warned)]

    assert warned("out/b.x") == []
    assert warned("out/b.x") == []
    assert warned("out/b.x", **{"output.rotate.records": 3}) == []
    assert warned("c.x") == ["goes on with out/b.x; output.path counts from the next run"]
    assert not Path("c.x").exists()


@pytest.mark.parametrize("frontier", ["sqlite", "memory"])
@pytest.mark.usefixtures("stopped_clock")
def test_runs_that_begin_within_one_second_have_names_of_their_own(
    crawl: Crawl, configure: Configure, frontier: str
) -> None:
    config = configure({"output.path": "pages-{started}.jsonl", "frontier.type": frontier})
    assert [run(config, Options(quiet=True)) for _ in range(3)] == [0, 0, 0]
    names = ["20261122T173459Z", "20261122T173500Z", "20261122T173501Z"]
    assert sorted(path.parent.name for path in Path("state/runs").glob("*/summary.json")) == names
    assert sorted(path.name for path in Path().glob("pages-*")) == [f"pages-{name}.jsonl" for name in names]


@pytest.mark.usefixtures("stopped_clock")
def test_fresh_within_the_second_of_an_unfinished_run_leaves_its_output_alone(
    crawl: Crawl, configure: Configure, recorder: Recorder
) -> None:
    by_start = {"output.path": "pages-{started}.jsonl"}
    assert run(configure(PARTLY | by_start), Options()) == ExitCode.BUDGET
    old = Path(recorder.last(RunStarted).output)
    kept = old.read_bytes()
    assert run(configure(by_start), Options(fresh=True)) == 0
    assert not recorder.last(RunStarted).resumed
    assert old.read_bytes() == kept
    assert len(Path(recorder.last(RunStarted).output).read_bytes().splitlines()) == 6


def test_fresh_onto_an_output_that_exists_does_not_lose_the_unfinished_run(
    crawl: Crawl, configure: Configure, recorder: Recorder
) -> None:
    assert run(configure(PARTLY), Options()) == ExitCode.BUDGET
    kept = Path("pages.jsonl").read_bytes()
    runs = sorted(os.listdir("state/runs"))
    for _ in range(2):
        with pytest.raises(BadInput, match=r"pages\.jsonl exists already; set output\.on_exists"):
            run(configure(), Options(fresh=True))
    assert Path("pages.jsonl").read_bytes() == kept
    assert sorted(os.listdir("state/runs")) == runs
    assert run(configure(), Options()) == 0
    assert recorder.last(RunStarted).resumed
    assert paths_of(crawl) == ALL_PATHS


def test_a_finished_run_is_not_begun_again_over_its_output(crawl: Crawl, configure: Configure, site: Site) -> None:
    assert run(configure(), Options(quiet=True)) == 0
    site.reset()
    with pytest.raises(BadInput, match="exists already"):
        run(configure(), Options(quiet=True))
    assert site.hits() == []
    assert paths_of(crawl) == ALL_PATHS


def test_a_second_run_is_refused_before_it_touches_anything(
    configure: Configure, recorder: Recorder, site: Site
) -> None:
    with RunLock(Path("state")), pytest.raises(Locked, match=f"process {os.getpid()}"):
        run(configure(), Options())
    assert sorted(os.listdir()) == ["state", "test.yaml"]
    assert os.listdir("state") == ["lock"]
    assert site.hits() == []
    assert (recorder.events, recorder.closed) == ([], 1)


@pytest.mark.parametrize(
    ("setting", "error", "said"),
    [
        ({"frontier.path": "/proc/state"}, OutputFailed, "cannot create the lock /proc/state/lock"),
        ({"output.path": "/proc/pages.jsonl"}, BadInput, "/proc/pages.jsonl"),
        ({"logging.file": "/proc/log"}, BadInput, "logging.file"),
    ],
)
def test_a_place_that_cannot_be_written_is_said_before_anything_is_asked_and_frees_the_lock(
    configure: Configure, site: Site, setting: dict[str, object], error: type[CrawlError], said: str
) -> None:
    with pytest.raises(error, match=said):
        run(configure(setting), Options())
    assert site.hits() == []
    assert not is_locked(Path("state"))


def test_a_configuration_that_turns_out_wrong_late_leaves_nothing_to_resume(
    crawl: Crawl, configure: Configure, recorder: Recorder, site: Site
) -> None:
    Path("broken.pem").write_text("-----BEGIN CERTIFICATE-----\n!\n")
    wrong = {"client.ca_file": "broken.pem"}
    assert run(configure(wrong), Options()) == ExitCode.BAD_INPUT
    assert "client.ca_file: broken.pem holds no usable certificates" in recorder.last(RunEnded).reason
    assert site.hits() == []
    assert run(configure(PARTLY), Options()) == ExitCode.BUDGET
    assert not recorder.last(RunStarted).resumed
    assert run(configure(wrong), Options()) == ExitCode.BAD_INPUT
    assert run(configure(), Options()) == ExitCode.COMPLETE
    assert recorder.last(RunStarted).resumed, "but an earlier unfinished run is kept"
    assert paths_of(crawl) == ALL_PATHS


def test_a_run_needs_no_standard_stream(crawl: Crawl) -> None:
    command = f"exec {' '.join(command_of(crawl))} <&- >&- 2>&-"
    assert subprocess.run(["/bin/bash", "-c", command], cwd=crawl.folder, check=False, timeout=60).returncode == 0
    assert paths_of(crawl) == ALL_PATHS


def test_an_output_that_fails_while_crawling_ends_the_run_with_7_and_its_reason(
    configure: Configure, recorder: Recorder
) -> None:
    assert run(configure({"output.path": "/dev/full"}), Options()) == ExitCode.OUTPUT_FAILED
    last = recorder.last(RunEnded)
    assert (last.exit_code, last.resumable) == (7, True)
    assert "/dev/full could not be written: No space left on device" in last.reason


def test_a_full_disk_at_the_start_is_7_and_the_same_command_works_once_there_is_room(crawl: Crawl) -> None:
    command = f"ulimit -f 0; exec {' '.join(command_of(crawl))}"
    full = subprocess.run(["/bin/bash", "-c", command], cwd=crawl.folder, capture_output=True, check=False, text=True)
    assert full.returncode == 7
    assert full.stderr.startswith("crawl: ")
    assert full.stderr.count("\n") == 1
    assert crawl.run().exit_code == 0
    assert paths_of(crawl) == ALL_PATHS


def test_a_bug_passes_through_and_lets_go_of_everything(
    configure: Configure, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise KeyError("surprise")

    with monkeypatch.context() as patch:
        patch.setattr(runner, "build_client", fail)
        with pytest.raises(KeyError, match="surprise"):
            run(configure(), Options())
    assert not is_locked(Path("state"))
    assert recorder.closed == 1
    assert run(configure(), Options()) == 0
    assert recorder.last(RunStarted).resumed


def test_without_worker_processes_the_run_goes_on_alone(
    crawl: Crawl, configure: Configure, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nursery, "_nurse", lambda *_: None)  # whose life is over before it is asked for anything
    assert run(configure({"concurrency.workers": 2}), Options()) == 0
    assert "0 of 1 worker processes could be started: the process that starts" in recorder.last(Warned).message
    assert paths_of(crawl) == ALL_PATHS


def test_where_the_system_allows_no_process_the_run_has_all_connections_itself(
    crawl: Crawl, configure: Configure, recorder: Recorder, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    seeds = json.dumps([site.url(f"/slow/0.5/{number}") for number in range(8)])
    assert run(configure({"concurrency.workers": 2, "seeds": seeds}), Options()) == 0
    assert recorder.last(Warned).message == (
        "no worker process could be started: Resource temporarily unavailable; the run goes on without"
    )
    assert recorder.last(RunStarted).processes == 1
    assert max(hit.in_flight_total for hit in site.hits()) == 8
    assert len(paths_of(crawl)) == 8


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_drains_and_keeps_the_state(
    crawl: Crawl, configure: Configure, recorder: Recorder, number: signal.Signals, code: int
) -> None:
    recorder.react = lambda event: isinstance(event, Visited) and os.kill(os.getpid(), number)  # type: ignore[return-value]
    assert run(configure({"concurrency.per_host": 1}), Options()) == code
    last = recorder.last(RunEnded)
    assert (last.exit_code, last.reason, last.resumable) == (code, number.name, True)
    recorder.react = lambda event: None
    assert run(configure(), Options()) == 0
    assert paths_of(crawl) == ALL_PATHS


@pytest.mark.usefixtures("handlers")
def test_the_second_signal_does_not_wait_for_what_is_in_flight(
    crawl: Crawl, configure: Configure, recorder: Recorder, site: Site
) -> None:
    def react(event: Event) -> None:
        if isinstance(event, Visited | Stopping):
            os.kill(os.getpid(), signal.SIGTERM)

    recorder.react = react
    seeds = json.dumps([site.url("/slow/50/x"), site.url("/slow/0.3/y")])
    began = time.monotonic()
    assert run(configure({"seeds": seeds, "timeouts.drain": 50}), Options()) == 143
    assert time.monotonic() - began < 40
    assert list(crawl.by_path()) == ["/slow/0.3/y"]


def test_two_signals_end_a_run_whose_reader_reads_no_more_and_mend_the_terminal(crawl: Crawl, site: Site) -> None:
    crawl.configure(seeds=[site.url("/tiny/100000/0")], output={"path": "-", "links": True, "headers": True})
    reader, writer = os.pipe()
    terminal, screen = os.openpty()
    process = subprocess.Popen(command_of(crawl), cwd=crawl.folder, stdout=writer, stderr=screen, env=terminal_env())
    os.close(writer)
    os.close(screen)
    wait_until(lambda: "pipe_w" in Path(f"/proc/{process.pid}/wchan").read_text())
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
        time.sleep(0.2)
    assert process.wait(30) == 143
    shown = everything_from(terminal)
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l"), "the cursor is hidden still"
    assert "Traceback" not in shown
    assert not is_locked(crawl.folder / "state")
    os.close(reader)


def test_a_reader_that_leaves_ends_the_run_quietly_and_the_next_run_goes_on(
    crawl: Crawl, configure: Configure, recorder: Recorder, site: Site
) -> None:
    os.mkfifo("pipe")
    config = configure({"seeds": site.url("/tiny/500/0"), "output.path": "pipe"})
    with reading("pipe", most=1):
        assert run(config, Options()) == ExitCode.COMPLETE
    assert [event for event in recorder.events if isinstance(event, RunEnded)] == []
    with reading("pipe") as rest:
        assert run(config, Options()) == ExitCode.COMPLETE
    assert recorder.last(RunStarted).resumed
    assert 0 < len(rest) < 500
    assert recorder.last(RunEnded).summary["pages"] == 500


@contextmanager
def reading(path: str, most: int | None = None) -> Iterator[list[str]]:
    """The lines of a named pipe, of which somebody reads at most so many; complete when the block is left."""
    lines: list[str] = []

    def read() -> None:
        with open(path, encoding="utf-8") as pipe:
            lines.extend(islice(pipe, most))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    yield lines
    thread.join(30)
    assert not thread.is_alive()


def everything_from(terminal: int) -> str:
    """What was written to the other end, which is closed by now."""
    with open(terminal, "rb", buffering=0) as file:
        return b"".join(iter(lambda: _piece(file), b"")).decode()


def _piece(file: IO[bytes]) -> bytes:
    try:
        return file.read(4096)
    except OSError:  # how a terminal says that nobody is at its other end
        return b""


def terminal_env() -> dict[str, str]:
    """An environment with a terminal in it."""
    return {**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path(__file__).parents[2])}


def command_of(crawl: Crawl) -> list[str]:
    """The command that runs `crawl`."""
    return [sys.executable, "-m", "crawler", str(crawl.config)]
