"""What survives: kills, restarts, new runs, full disks; and how little memory it takes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time as clock
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crawler.core.errors import OutputFailed
from crawler.core.ports import HostWait
from crawler.core.visit import Request
from crawler.frontiers.sqlite_frontier import SqliteFrontier
from tests.unit.frontiers.fake_time import FakeTime

RUN = "20261122T173400Z"
PAGES = 6_000
KILLS = 8

# Crawls a tree of pages: page n links to 2n+1 and 2n+2. Its output is a file, whose size is the position.
CRAWL = """
import sys
from pathlib import Path
from crawler.frontiers.sqlite_frontier import SqliteFrontier

folder, pages = Path(sys.argv[1]), int(sys.argv[2])
frontier = SqliteFrontier(folder, delay_s=0, jitter=0, per_host=5, most_entries=20, most_recent=100)
saved = frontier.open("run", fresh=False)
with open(folder / "output", "ab") as output:
    output.truncate(int(saved.position or 0))
    print("go", flush=True)
    url = lambda number: f"https://h{number % 7}.example/{number}"
    frontier.discover([url(0)], depth=0, parent=None)
    turn = 0
    while requests := frontier.reserve(3):
        turn += 1
        for request in requests:
            number = int(request.url.rpartition("/")[2])
            if number % 10 == 3 and not request.attempts:
                frontier.postpone(request._replace(attempts=1), 0.0, "backoff")
                continue
            links = [url(link) for link in (2 * number + 1, 2 * number + 2) if link < pages]
            frontier.discover([*links, url(0), request.url], depth=request.depth + 1, parent=request.url)
            output.write(b"%d\\n" % number)
            frontier.finish(request)
        if turn % 5 == 0:
            output.flush()
            frontier.commit(str(output.tell()), {"turn": turn})
    output.flush()
    frontier.end_run()
    frontier.commit(str(output.tell()), {})
"""

FILL = """
import os, sys
from pathlib import Path
from crawler.frontiers.sqlite_frontier import SqliteFrontier

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

frontier = SqliteFrontier(Path(sys.argv[1]), delay_s=0, jitter=0, per_host=50)
frontier.open("run", fresh=False)
for start in range(0, 300_000, 1_000):
    urls = [f"https://h{number % 50}.example/a/page/of/some/length/{number}" for number in range(start, start + 1_000)]
    frontier.discover(urls, depth=start // 50_000, parent=f"https://h.example/{start}")
    for request in frontier.reserve(300):
        frontier.finish(request)
    if start % 2_000 == 0:
        frontier.commit(str(start), {})
    if start == 150_000:
        before = resident_mb()
log_mb = (Path(sys.argv[1]) / "frontier.sqlite-wal").stat().st_size / 1e6
print(resident_mb() - before, resident_mb(), log_mb, frontier.stats().known)
"""


def a_frontier(folder: Path, time: FakeTime, **options: Any) -> SqliteFrontier:
    options = {"delay_s": 1.0, "jitter": 0.0, "per_host": 1} | options
    return SqliteFrontier(folder, now=time.now, wall=time.wall, **options)


def opened(folder: Path, time: FakeTime, started: str = RUN, **options: Any) -> SqliteFrontier:
    frontier = a_frontier(folder, time, **options)
    frontier.open(started, fresh=False)
    return frontier


def pages(count: int, host: str = "a") -> list[str]:
    return [f"https://{host}.example/{number}" for number in range(count)]


def take(frontier: SqliteFrontier, room: int = 9) -> list[str]:
    return [request.url for request in frontier.reserve(room)]


# Kills.


def test_after_kill_9_at_random_moments_each_page_is_in_the_output_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CRAWL, str(tmp_path), str(PAGES)]
    moments = random.Random(7)
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        clock.sleep(moments.uniform(0, 0.06))
        process.kill()
        process.wait()
        process.stdout.close()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    counts = Counter((tmp_path / "output").read_text().split())
    assert set(counts.values()) == {1}
    assert sorted(map(int, counts)) == list(range(PAGES))


def test_what_was_handed_out_but_not_committed_is_handed_out_again(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time, delay_s=0.0, per_host=9)
    frontier.discover(pages(6), depth=1, parent="https://a.example/p", hops_out=2)
    one, two, three, four = frontier.reserve(4)
    frontier.finish(one)
    changed = two._replace(
        target="https://b.example/x", host="b.example", attempts=1, redirects=("https://a.example/1",)
    )
    frontier.postpone(changed, time.now(), "delay")
    frontier.commit("12", {"n": [1, 2]})
    frontier.finish(three)
    frontier.discover(pages(9), depth=1, parent=None)
    frontier.close()
    frontier = a_frontier(tmp_path, time, delay_s=0.0, per_host=9)
    saved = frontier.open("another", fresh=False)
    assert (saved.started, saved.resumed, saved.position, saved.notes) == (RUN, True, "12", {"n": [1, 2]})
    assert tuple(frontier.stats()) == (5, 0, 1, 6, 1)
    requests = frontier.reserve(9)
    assert sorted(requests, key=lambda request: request.url) == [changed, three, four, *[
        Request(url, url, "a.example", 1, "https://a.example/p", "page", 2) for url in pages(6)[4:]
    ]]  # fmt: skip
    assert frontier.discover(pages(9), depth=1, parent=None) == 3


def test_a_request_sent_just_before_a_kill_holds_its_host_after_the_restart(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time)
    frontier.discover(pages(3), depth=0, parent=None)
    frontier.set_delay("b.example", 20.0)
    frontier.commit(None, {})
    frontier.sent(frontier.reserve(1)[0])
    frontier.discover(pages(1, "b"), depth=0, parent=None)
    frontier.close()
    time.go_on(0.1)
    frontier = opened(tmp_path, time)
    frontier.discover([*pages(1, "b"), *pages(1, "never-seen")], depth=0, parent=None)
    assert take(frontier) == []
    time.go_on(1.01)
    assert take(frontier) == [*pages(1), *pages(1, "never-seen")]
    time.go_on(19.0)
    assert pages(1, "b")[0] in take(frontier)


def test_a_first_run_waits_for_nothing(tmp_path: Path) -> None:
    frontier = opened(tmp_path, FakeTime())
    frontier.discover(pages(1), depth=0, parent=None)
    assert take(frontier) == pages(1)


# Waits over restarts.


@pytest.mark.parametrize("finished", [False, True])
def test_waits_of_hosts_outlive_the_process_and_the_run(tmp_path: Path, finished: bool) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time)
    frontier.block_host("a.example", time.now() + 300, "retry-after")
    frontier.block_host("c.example", None, "robots")
    frontier.set_delay("b.example", 30.0)
    if finished:
        frontier.end_run()
    frontier.commit(None, {})
    frontier.close()
    time.go_on(100.0)
    frontier = opened(tmp_path, time)
    for host in "abc":
        frontier.discover(pages(2, host), depth=0, parent=None)
    waits = {wait.host: (wait.reason, round((wait.until or 0) - time.now())) for wait in frontier.waiting()}
    assert waits == {"a.example": ("retry-after", 200), "b.example": ("crawl-delay", 30), "c.example": ("delay", 1)}
    time.go_on(200.1)
    assert take(frontier) == [pages(1, host)[0] for host in ("c", "b", "a")]


def test_postponed_requests_wait_on_after_a_restart_whatever_the_wall_clock_says(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time)
    frontier.discover(pages(1), depth=0, parent=None)
    (request,) = frontier.reserve(1)
    frontier.sent(request)
    frontier.postpone(request._replace(attempts=1), time.now() + 60, "backoff")
    frontier.commit(None, {})
    for jump_s, boot, left_s in ((1e6, None, 50), (-1e6, None, 40), (-1e6, "next boot", 38), (3.0, "third boot", 25)):
        frontier.close()
        time.go_on(8.0)
        time.jumped_s += jump_s
        frontier = opened(tmp_path, time, boot=boot)
        time.go_on(2.0)
        assert frontier.reserve(1) == []
        frontier.commit(None, {})
        assert frontier.waiting() == [HostWait("a.example", "backoff", pytest.approx(time.now() + left_s), 1)]
    time.go_on(left_s + 0.01)
    assert frontier.reserve(1) == [request._replace(attempts=1)]


# Runs.


def test_a_finished_run_is_followed_by_a_new_one_without_its_urls(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time)
    frontier.discover(pages(1), depth=0, parent=None)
    frontier.claim("https://a.example/c", pages(1)[0])
    frontier.finish(frontier.reserve(1)[0])
    frontier.end_run()
    frontier.commit("99", {"a": 1})
    frontier.close()
    frontier = a_frontier(tmp_path, time)
    saved = frontier.open("next", fresh=False)
    assert (saved.started, saved.resumed, saved.position, saved.notes) == ("next", False, None, {})
    assert tuple(frontier.stats()) == (0, 0, 0, 0, 0)
    assert frontier.discover([*pages(1), "https://a.example/c"], depth=0, parent=None) == 2


def test_what_duplicates_lead_to_lasts_with_the_commit_and_as_long_as_the_run(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time, delay_s=0, per_host=3)
    a, b, c = pages(3)
    frontier.discover([a, b, c], depth=0, parent=None)
    requests = {request.url: request for request in frontier.reserve(3)}
    frontier.finish(requests[a], b)
    frontier.commit(None, {})
    frontier.finish(requests[b], c)
    frontier.close()
    frontier = opened(tmp_path, time)
    assert (frontier.claim(a, b), frontier.claim(a, c), frontier.claim(b, c)) == (b, a, b)
    frontier.end_run()
    frontier.commit(None, {})
    frontier.close()
    frontier = opened(tmp_path, time)
    frontier.discover([a, b], depth=0, parent=None)
    assert frontier.claim(a, b) == a


def test_fresh_drops_an_unfinished_run_but_only_with_the_first_commit(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time)
    frontier.discover(pages(5), depth=0, parent=None)
    frontier.commit("7", {})
    frontier.close()
    for commit, expected in ((False, RUN), (True, "fresh run")):
        frontier = a_frontier(tmp_path, time)
        assert not frontier.open("fresh run", fresh=True).resumed
        assert frontier.stats().queued == 0
        if commit:
            frontier.commit(None, {})
        frontier.close()
        frontier = a_frontier(tmp_path, time)
        assert frontier.open("later", fresh=False).started == expected
        frontier.close()


# Memory.


def test_memory_does_not_grow_with_known_and_queued_urls(tmp_path: Path) -> None:
    report = subprocess.check_output([sys.executable, "-c", FILL, str(tmp_path)], text=True)
    grown_mb, resident_mb, log_mb, known = map(float, report.split())
    assert known == 300_000
    assert grown_mb < 12  # 150,000 more known URLs, 105,000 more queued ones
    assert resident_mb < 100
    assert log_mb < 40


def test_windows_and_hosts_in_memory_stay_within_their_bounds(tmp_path: Path) -> None:
    frontier = opened(tmp_path, FakeTime(), delay_s=0.0, per_host=9, most_hosts=20, most_entries=100)
    for number in range(60):
        frontier.discover(pages(300, f"h{number}"), depth=0, parent=None)
    assert len(frontier._hosts) == 20
    assert sum(len(host.fresh.heap) for host in frontier._hosts.values()) <= 300
    asked: Counter[str] = Counter()
    while requests := frontier.reserve(500):
        for request in requests:
            frontier.finish(request)
            asked[request.host] += 1
        assert len(frontier._hosts) <= 20
        frontier._now.__self__.go_on(2.0)  # type: ignore[attr-defined]
    assert set(asked.values()) == {300}
    assert len(asked) == 60


# Failures.


def test_a_full_disk_is_said_and_what_was_committed_goes_on_later(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time, delay_s=0.0)
    frontier.discover(pages(10), depth=0, parent=None)
    frontier.commit("5", {})
    frontier._store._db.execute("PRAGMA max_page_count = 20")
    frontier.discover([f"https://a.example/{'x' * 1000}/{number}" for number in range(200)], depth=1, parent=None)
    with pytest.raises(OutputFailed, match=r"no space left to write .*frontier\.sqlite.* run the same command again"):
        frontier.commit("6", {})
    frontier.close()
    frontier = a_frontier(tmp_path, time, delay_s=0.0)
    assert frontier.open("x", fresh=False).position == "5"
    assert frontier.stats().known == 10


def test_a_write_that_the_system_refuses_is_said(tmp_path: Path) -> None:
    script = """
import json, resource, sys
from pathlib import Path
from crawler.core.errors import CrawlError
from crawler.frontiers.sqlite_frontier import SqliteFrontier
frontier = SqliteFrontier(Path(sys.argv[1]), delay_s=0, jitter=0, per_host=1)
frontier.open("run", fresh=False)
frontier.discover(["https://a.example/"], depth=0, parent=None)
frontier.commit("1", {})
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    for number in range(100):
        frontier.discover([f"https://a.example/{number}/{link}" for link in range(100)], depth=1, parent=None)
        frontier.commit(str(number), {})
except CrawlError as error:
    frontier.close()
    print(json.dumps([int(error.exit_code), str(error), number]))
"""
    report = subprocess.check_output([sys.executable, "-c", script, str(tmp_path)], text=True)
    code, message, failed_at = json.loads(report)
    assert (code, "frontier.sqlite" in message) == (7, True)
    frontier = a_frontier(tmp_path, FakeTime())
    assert frontier.open("x", fresh=False).position == str(failed_at - 1)
    assert frontier.stats().known == 1 + 100 * failed_at


def test_closing_twice_or_unopened_is_harmless(tmp_path: Path) -> None:
    frontier = a_frontier(tmp_path, FakeTime())
    frontier.close()
    frontier.open(RUN, fresh=False)
    frontier.close()
    frontier.close()


def test_a_host_that_was_let_go_is_still_known_to_have_been_asked(tmp_path: Path) -> None:
    time = FakeTime()
    frontier = opened(tmp_path, time, delay_s=0.5, most_hosts=1)
    frontier.discover(pages(1, "b"), depth=0, parent=None)
    frontier.discover(pages(1), depth=0, parent=None)
    (asked,) = frontier.reserve(1)
    frontier.sent(asked)
    frontier.finish(asked)
    time.go_on(2.0)
    (other,) = frontier.reserve(1)  # whose host takes the place of the first one
    frontier.sent(other)
    frontier.finish(other)
    time.go_on(2.0)
    frontier.set_delay(asked.host, 10.0)
    assert 0 < frontier.acquire(asked.host) <= 10.0 - 4.0 + 0.5
