"""What is kept of pages: read from the last finished run, replaced when a run ends and not before."""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import pytest

from crawler.core.visit import Page, Remembered
from crawler.frontiers.sqlite_frontier import SqliteFrontier

URL = "https://example.org/a"
LINKS = ("https://example.org/b", "https://example.org/c")
PAGE = Remembered(
    URL, "https://example.org/b", 2, "https://example.org/", 1, '"e"', "Sun", "ab", "r",
    Page("text/html", "UTF-8", "header", "Grüße \ud800", LINKS, LINKS[:1]), {"price": 1.5},
    "2026-11-22T17:34:00.000Z", ("name", "offer.price"),
)  # fmt: skip


def opened(folder: Path, *, fresh: bool = False) -> SqliteFrontier:
    frontier = SqliteFrontier(folder, delay_s=0, jitter=0, per_host=1)
    frontier.open("20261122T173400Z", fresh=fresh)
    return frontier


def run(folder: Path, *pages: Remembered, gone: tuple[str, ...] = (), ended: bool = True) -> None:
    """A run that keeps `pages`."""
    frontier = opened(folder, fresh=True)
    for page in pages:
        frontier.pages.remember(page)
    for url in gone:
        frontier.pages.forget(url)
    if ended:
        frontier.end_run()
    frontier.commit(None, {})
    frontier.close()


def recalled(folder: Path, url: str = URL) -> Remembered | None:
    frontier = opened(folder)
    try:
        return frontier.pages.recall(url)
    finally:
        frontier.close()


@pytest.mark.parametrize("page", [PAGE, PAGE._replace(page=Page("text/html", links=LINKS, follow=LINKS), data={})])
def test_a_page_comes_back_as_it_was(tmp_path: Path, page: Remembered) -> None:
    run(tmp_path, page)
    assert recalled(tmp_path) == page
    assert recalled(tmp_path, "https://example.org/other") is None


def test_a_run_is_compared_with_the_last_finished_one_alone(tmp_path: Path) -> None:
    run(tmp_path, PAGE)
    run(tmp_path, PAGE._replace(etag='"f"'), gone=("https://example.org/x",), ended=False)
    assert recalled(tmp_path) == PAGE
    run(tmp_path)  # the unfinished one is dropped
    assert recalled(tmp_path) == PAGE
    run(tmp_path, PAGE._replace(etag='"g"'))
    assert recalled(tmp_path) == PAGE._replace(etag='"g"')


def test_what_an_unfinished_run_kept_counts_when_it_is_resumed_and_ends(tmp_path: Path) -> None:
    run(tmp_path, PAGE, ended=False)
    resumed = opened(tmp_path)
    resumed.end_run()
    resumed.commit(None, {})
    resumed.close()
    assert recalled(tmp_path) == PAGE


def test_what_was_not_committed_is_not_kept(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.pages.remember(PAGE)
    frontier.end_run()
    frontier.close()
    assert recalled(tmp_path) is None


def test_what_is_gone_is_forgotten_and_the_rest_stays(tmp_path: Path) -> None:
    run(tmp_path, PAGE, PAGE._replace(url="https://example.org/z"))
    run(tmp_path, gone=(URL,))
    assert recalled(tmp_path) is None
    assert recalled(tmp_path, "https://example.org/z") is not None


def test_known_urls_are_told_each_once_some_at_a_time(tmp_path: Path) -> None:
    urls = {f"https://example.org/{number}" for number in range(25)}
    run(tmp_path, *(PAGE._replace(url=url) for url in urls))
    frontier = opened(tmp_path)
    told, place = [], None
    while some := frontier.pages.known(place, 10):
        told += some
        place = some[-1].place
    assert sorted(known.url for known in told) == sorted(urls)
    assert {known[2:] for known in told} == {(2, "https://example.org/", 1)}
    frontier.close()


def test_what_sitemaps_say_of_dates_outlives_runs_and_is_replaced(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.pages.keep_dates([(URL, "2026-11-01"), (LINKS[0], "yesterday")])
    frontier.commit(None, {})
    frontier.pages.keep_dates([(URL, "never committed")])
    frontier.close()
    run(tmp_path)
    frontier = opened(tmp_path, fresh=True)
    assert [frontier.pages.date_of(url) for url in (URL, *LINKS)] == ["2026-11-01", "yesterday", None]
    frontier.pages.keep_dates([(URL, "2026-11-27T10:00:00Z")])
    assert frontier.pages.date_of(URL) == "2026-11-27T10:00:00Z"
    frontier.close()


@pytest.mark.parametrize(("parts", "lost"), [(2, {"fetched_at": None, "missing": ()}), (3, {"missing": ()})])
def test_pages_of_older_state_files_that_say_less_are_read_too(
    tmp_path: Path, parts: int, lost: dict[str, Any]
) -> None:
    run(tmp_path, PAGE)
    with sqlite3.connect(next(tmp_path.glob("*.sqlite*"))) as base:
        (content,) = base.execute("SELECT content FROM pages").fetchone()
        older = zlib.compress(json.dumps(json.loads(zlib.decompress(content))[:parts]).encode())
        base.execute("UPDATE pages SET content = ?", (older,))
    assert recalled(tmp_path) == PAGE._replace(**lost)
