"""However often a run is killed, the output ends with each URL exactly once and every line whole."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable

import pytest
from backports import zstd

from tests.crawls.running import Crawl, ended, gunzipped_lines, path_of, repeated, stop, wait_until
from tests.site import Nginx, Site

PAGES = 5000
TREE = f"/tiny/{PAGES}/"
EXPECTED = {f"{TREE}{number}" for number in range(PAGES)}
TOTAL = 8
KILLS = 4

MakeCrawl = Callable[..., Crawl]


def run_with_kills(crawl: Crawl, dice: random.Random, kills: int, progress: Callable[[], int]) -> int:
    """Runs to the end, killing -9 at random moments after some progress; the number of kills that struck."""
    struck = 0
    for _ in range(kills):
        process = start_and_see(crawl, progress, 5)
        time.sleep(dice.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        if ended(process).exit_code == 0:  # over before it could be struck
            return struck
        struck += 1
    assert crawl.run().exit_code in (0, 2)  # 2: struck when all was done, and the output is there
    return struck


def start_and_see(crawl: Crawl, progress: Callable[[], int], steps: int) -> subprocess.Popen[bytes]:
    """A run that has made some progress, or is over already."""
    before, process = progress(), crawl.start()
    wait_until(lambda: process.poll() is not None or progress() > before + steps)
    return process


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_random_moments_every_url_is_written_once(crawl: MakeCrawl, site: Site, seed: int) -> None:
    killed = crawl(seeds=[site.url(f"{TREE}0")], concurrency={"total": TOTAL, "per_host": TOTAL})
    struck = run_with_kills(killed, random.Random(seed), KILLS, site.size)
    assert struck > 0, "the crawl was over before it could be killed"
    paths = [path_of(record["url"]) for record in killed.records()]
    assert repeated(paths) == {}
    assert set(paths) == EXPECTED
    # what was in flight, and what was answered since the last commit
    asked_again = len(site.hits(TREE)) - PAGES
    assert asked_again <= struck * 2 * TOTAL


def test_killed_once_with_each_client(crawl: MakeCrawl, site: Site, client: str) -> None:
    killed = crawl(seeds=[site.url("/tiny/400/0")], client={"type": client})
    run_with_kills(killed, random.Random(client), 1, site.size)
    assert sorted(killed.by_path()) == sorted(f"/tiny/400/{number}" for number in range(400))


def test_killed_while_writing_gzip_the_file_stays_readable_and_whole(crawl: MakeCrawl, site: Site) -> None:
    killed = crawl(seeds=[site.url(f"{TREE}0")], output={"path": "pages.jsonl.gz", "compress": "gzip"})
    run_with_kills(killed, random.Random(5), 2, site.size)
    paths = [path_of(json.loads(line)["url"]) for line in gunzipped_lines(killed.folder / "pages.jsonl.gz")]
    assert repeated(paths) == {}
    assert set(paths) == EXPECTED


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_with_several_outputs_all_stay_whole_and_agree(crawl: MakeCrawl, site: Site, seed: int) -> None:
    outputs = [
        {"path": "pages.jsonl"},
        {"path": "pages.jsonl.gz", "compress": "gzip"},
        {"path": "pages.jsonl.zst", "compress": "zstd"},
    ]
    killed = crawl(seeds=[site.url("/tiny/1500/0")], output=outputs)
    run_with_kills(killed, random.Random(seed), 2, site.size)
    lines = killed.lines()
    assert sorted(killed.by_path()) == sorted(f"/tiny/1500/{number}" for number in range(1500))
    assert gunzipped_lines(killed.folder / "pages.jsonl.gz") == lines
    assert zstd.decompress((killed.folder / "pages.jsonl.zst").read_bytes()).decode().splitlines() == lines


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_while_starting_and_while_resuming_nothing_is_lost(crawl: MakeCrawl, site: Site, seed: int) -> None:
    dice = random.Random(seed)
    killed = crawl(seeds=[site.url("/tiny/200/0")])
    for _ in range(3):
        process = killed.start()
        time.sleep(dice.uniform(0.1, 0.9))
        process.send_signal(signal.SIGKILL)
        ended(process)
    assert killed.run().exit_code in (0, 2)  # 2: it was complete, and the output is there
    assert sorted(killed.by_path()) == sorted(f"/tiny/200/{number}" for number in range(200))


def test_killed_right_after_the_last_page_nothing_is_asked_again(crawl: MakeCrawl, site: Site) -> None:
    killed = crawl(seeds=[site.url("/tiny/100/0")], limits={"max_duration": "1h"})
    process = killed.start()
    wait_until(
        lambda: killed.output_size() and len(killed.folder.joinpath("pages.jsonl").read_text().split("\n")) > 100
    )
    process.send_signal(signal.SIGKILL)
    ended(process)
    assert killed.run().exit_code in (0, 2)
    assert sorted(killed.by_path()) == sorted(f"/tiny/100/{number}" for number in range(100))
    asked_again = len(site.hits("/tiny/")) - 100
    assert asked_again <= 2 * TOTAL


def test_killed_on_real_documentation(crawl: MakeCrawl, docs: Nginx) -> None:
    killed = crawl(seeds=[docs.url("/postgresql/index.html")], concurrency={"total": TOTAL, "per_host": TOTAL})
    struck = run_with_kills(killed, random.Random(7), 3, killed.output_size)
    whole = crawl(seeds=[docs.url("/postgresql/index.html")])
    assert whole.run().exit_code == 0
    assert struck > 0
    assert {path: (record["title"], record["links"]) for path, record in killed.by_path().items()} == {
        path: (record["title"], record["links"]) for path, record in whole.by_path().items()
    }
    assert len(whole.by_path()) > 1000


def test_stopped_and_resumed_nothing_is_asked_twice(crawl: MakeCrawl, site: Site) -> None:
    stopped = crawl(seeds=[site.url(f"{TREE}0")])
    for _ in range(3):
        assert stop(start_and_see(stopped, site.size, 50)).exit_code in (0, 143)
    assert stopped.run().exit_code == 0
    assert sorted(stopped.by_path()) == sorted(EXPECTED)
    assert repeated([hit.target for hit in site.hits(TREE)]) == {}


def test_an_undisturbed_crawl_asks_for_each_url_once(crawl: MakeCrawl, site: Site, client: str) -> None:
    undisturbed = crawl(seeds=[site.url("/tiny/300/0")], client={"type": client})
    assert undisturbed.run().exit_code == 0
    assert len(undisturbed.by_path()) == 300
    assert repeated([hit.target for hit in site.hits()]) == {}


def test_a_finished_crawl_started_again_begins_a_new_run(crawl: MakeCrawl, site: Site) -> None:
    again = crawl(seeds=[site.url("/tiny/20/0")], output={"path": "pages-{started}.jsonl"})
    assert again.run().exit_code == 0
    time.sleep(1.1)  # runs are named by the second
    assert again.run().exit_code == 0
    outputs = sorted(again.folder.glob("pages-*.jsonl"))
    assert [len(path.read_text().splitlines()) for path in outputs] == [20, 20]


def test_fresh_drops_an_unfinished_run(crawl: MakeCrawl, site: Site) -> None:
    dropped = crawl(seeds=[site.url(f"{TREE}0")], output={"path": "pages.jsonl", "on_exists": "replace"})
    stop(start_and_see(dropped, site.size, 50), signal.SIGKILL)
    site.reset()
    assert dropped.run("--fresh").exit_code == 0
    assert len(site.hits(TREE)) == PAGES
    assert sorted(dropped.by_path()) == sorted(EXPECTED)


def test_a_resumed_run_says_so(crawl: MakeCrawl, site: Site) -> None:
    resumed = crawl(seeds=[site.url(f"{TREE}0")])
    stop(start_and_see(resumed, site.size, 50))
    assert "resum" in resumed.run().stderr.lower()
