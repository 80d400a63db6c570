"""Seeds, the seed file and sitemaps become requests: streamed, bounded, and the same again after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from crawler.core.events import SitemapRead, Warned
from crawler.core.ports import KnownUrl
from crawler.core.visit import Request
from crawler.engine import seeding
from crawler.engine.seeding import LOW_WATER, MAX_NESTING, SLICE, Seed
from crawler.engine.seeds.seed_file import BATCH
from tests.unit.engine.fakes import A, Answer, B, C, Clock, Reply, World, fault, moved, page, sitemap, text


def listed(tmp_path: Path, *lines: str | bytes) -> Path:
    """A seed file."""
    path = tmp_path / "seeds.txt"
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    return path


def asked(world: World) -> set[str]:
    """Whatever was sent, after the crawl, but robots.txt files."""
    assert world.run() == "complete"
    return set(world.client.urls())


# Seeds


def test_seeds_are_queued_with_their_depth_and_their_hosts_are_named(clock: Clock) -> None:
    world = World(clock, {}, f"{A}/", Seed(f"{B}/deep", depth=7))
    world.start()
    assert {(request.url, request.depth, request.parent) for request in world.frontier.reserve(9)} == {
        (f"{A}/", 0, None),
        (f"{B}/deep", 7, None),
    }
    assert world.named == [f"{A}/", f"{B}/deep"]


def test_a_seed_is_taken_whatever_include_says_but_not_against_exclude(clock: Clock) -> None:
    world = World(clock, {}, f"{A}/", f"{A}/no", include=("/yes",), exclude=("/no",))
    world.start()
    assert world.frontier.urls() == [f"{A}/"]
    assert world.tally.refused == {"exclude": 1}


def test_starting_again_over_the_same_frontier_adds_nothing(clock: Clock) -> None:
    world = World(clock, {}, f"{A}/", sitemaps=(f"{B}/map",))
    world.start()
    world.start()
    assert world.frontier.stats().known == 2


# The seed file


def test_a_seed_file_has_a_url_a_line_with_comments_blanks_and_a_byte_order_mark(clock: Clock, tmp_path: Path) -> None:
    lines = [b"\xef\xbb\xbf" + f"{A}/1".encode(), "", "# a comment", "  HTTP://A.test:80/2#part  \r", f"{B}/3"]
    world = World(clock, {}, seed_file=listed(tmp_path, *lines))
    world.start()
    world.seeding.feed()
    assert sorted(world.frontier.urls()) == [f"{A}/1", f"{A}/2", f"{B}/3"]
    assert world.named == [f"{A}/1", f"{A}/2", f"{B}/3"]
    assert world.seeding.exhausted


def test_a_large_seed_file_is_taken_as_the_queue_runs_low(clock: Clock, tmp_path: Path) -> None:
    world = World(clock, {}, seed_file=listed(tmp_path, *(f"{A}/{number}" for number in range(5 * BATCH))))
    world.seeding.feed()
    assert world.frontier.stats().queued == BATCH
    world.seeding.feed()
    assert world.frontier.stats().queued == BATCH  # enough
    while world.frontier.stats().queued >= LOW_WATER:
        for request in world.frontier.reserve(100):
            world.frontier.finish(request)
    world.seeding.feed()
    assert LOW_WATER <= world.frontier.stats().queued < LOW_WATER + BATCH
    assert not world.seeding.exhausted


def test_an_idle_crawl_gets_more_lines_even_if_the_queue_is_full_of_what_must_wait(
    clock: Clock, tmp_path: Path
) -> None:
    world = World(clock, {}, seed_file=listed(tmp_path, *(f"{A}/{number}" for number in range(3 * BATCH))))
    world.seeding.feed()
    world.seeding.feed(is_idle=True)
    assert world.frontier.stats().queued == 2 * BATCH


def test_urls_of_the_last_run_come_after_the_last_line_some_in_each_turn(clock: Clock, tmp_path: Path) -> None:
    lines = [f"{A}/no/{number}" for number in range(3 * BATCH)]
    world = World(clock, {}, seed_file=listed(tmp_path, *lines), exclude=("/no/",))
    last_run = LastRun(world)
    vars(world.seeding)["_recrawl"] = last_run
    assert asked(world) == {f"{A}/old"}
    assert last_run.happened == ["batch", "turn", "batch", "turn", "batch"]
    assert last_run.lines_taken == {3 * BATCH}


class LastRun:
    """Has three batches of known URLs, of which the last one holds one that nothing has led to."""

    def __init__(self, world: World) -> None:
        self.happened: list[str] = []
        self.lines_taken = set[int]()
        self._world = world

    @property
    def is_fed(self) -> bool:
        return self.happened.count("batch") == 3

    def feed(self, add: Callable[[KnownUrl], int]) -> None:
        self.happened.append("batch")
        self.lines_taken.add(self._world.tally.refused["exclude"])
        if self.is_fed:
            add(KnownUrl(0, f"{A}/old", 0, None, 0))
        else:
            asyncio.get_running_loop().call_soon(self.happened.append, "turn")


def test_a_restart_goes_on_where_the_file_was_left_and_knows_the_hosts_before_it(clock: Clock, tmp_path: Path) -> None:
    lines = ["# seeds", f"{A}/1", "nonsense", f"{B}/2", f"{C}/3"]
    path = listed(tmp_path, *lines)
    offset = len("\n".join(lines[:4])) + 1
    world = World(clock, {}, seed_file=path, notes={"seed_file": offset})
    world.start()
    assert world.frontier.urls() == []
    world.seeding.feed()
    assert world.frontier.urls() == [f"{C}/3"]
    assert world.named == [f"{A}/1", f"{B}/2", f"{C}/3"]
    assert [world.scope.refusal(f"{host}/x") for host in (A, B, C)] == [None, None, None]
    assert world.tally.refused == {}  # counted before the restart
    assert world.seeding.taken == {"bytes": path.stat().st_size, "crc32": crc32(path.read_bytes())}


def test_a_seed_file_that_is_another_one_after_a_restart_is_taken_from_its_beginning(
    clock: Clock, tmp_path: Path
) -> None:
    first = World(clock, {}, seed_file=listed(tmp_path, *(f"{A}/{number}" for number in range(40))))
    first.seeding.feed()
    file = listed(tmp_path, f"{A}/39", f"{B}/1")
    world = World(clock, {}, seed_file=file, frontier=first.frontier, notes=first.notes())
    assert asked(world) == {*(f"{A}/{number}" for number in range(40)), f"{B}/1"}
    assert len(world.records) == 41
    assert [told.message for told in world.told(Warned)] == [
        f"{file} does not begin with the lines that this run took before: it is read from its beginning; URLs that are "
        "known are not asked again"
    ]


def test_without_a_seed_file_what_was_taken_of_one_is_not_forgotten(clock: Clock) -> None:
    assert World(clock, {}, notes={"seed_file": {"bytes": 5, "crc32": 7}}).notes()["seed_file"] == {
        "bytes": 5,
        "crc32": 7,
    }


def test_what_was_taken_is_what_was_handed_to_the_frontier(clock: Clock, tmp_path: Path) -> None:
    path = listed(tmp_path, *(f"{A}/{number:05}" for number in range(3 * BATCH)))
    first = World(clock, {}, seed_file=path)
    first.seeding.feed()
    second = World(clock, {}, seed_file=path, notes={"seed_file": first.seeding.taken})
    second.start()
    second.seeding.feed()
    taken = {*first.frontier._seen, *second.frontier._seen}
    assert taken == {f"{A}/{number:05}" for number in range(2 * BATCH)}


# Sitemaps

ROBOTS = f"{A}/robots.txt"
NAMED = text(f"Sitemap: {A}/one.xml\nSitemap: /two.xml")


@pytest.mark.parametrize("obey_robots", [True, False])
def test_sitemaps_that_robots_txt_names_are_read_whether_it_is_obeyed_or_not(clock: Clock, obey_robots: bool) -> None:
    site = {ROBOTS: NAMED, f"{A}/one.xml": sitemap(f"{A}/1"), f"{A}/two.xml": sitemap(f"{A}/2")}
    world = World(clock, site, f"{A}/", sitemaps="auto", obey_robots=obey_robots)
    assert asked(world) == {f"{A}/", f"{A}/one.xml", f"{A}/two.xml", f"{A}/1", f"{A}/2"}
    assert set(world.records) == {f"{A}/", f"{A}/1", f"{A}/2"}
    assert world.records[f"{A}/1"].depth == 0
    assert world.records[f"{A}/1"].parent is None


@pytest.mark.parametrize("obey_robots", [True, False])
@pytest.mark.parametrize("robots", [text("User-agent: *\nDisallow: /x"), Reply(404), Reply(403)])
def test_without_a_named_one_the_usual_place_is_tried(clock: Clock, robots: Answer, obey_robots: bool) -> None:
    site = {ROBOTS: robots, f"{A}/sitemap.xml": sitemap(f"{A}/1")}
    world = World(clock, site, f"{A}/", sitemaps="auto", obey_robots=obey_robots, max_retries=0)
    assert asked(world) == {f"{A}/", f"{A}/sitemap.xml", f"{A}/1"}


def test_nobody_is_told_that_the_usual_place_is_empty(clock: Clock) -> None:
    world = World(clock, {}, f"{A}/", sitemaps="auto", max_retries=0)
    assert asked(world) == {f"{A}/", f"{A}/sitemap.xml"}
    assert world.told(SitemapRead) == []


def test_sitemaps_are_looked_for_at_the_hosts_of_seeds_only(clock: Clock) -> None:
    site = {f"{A}/": page(f"{B}/"), f"{B}/robots.txt": text("Sitemap: /map.xml"), f"{B}/": page()}
    world = World(clock, site, f"{A}/", sitemaps="auto", scope="any")
    assert asked(world) == {f"{A}/", f"{A}/sitemap.xml", f"{B}/"}


def test_the_host_that_a_seed_redirects_to_is_looked_at_too(clock: Clock) -> None:
    site = {f"{A}/": moved(f"{B}/"), f"{B}/": page(), f"{B}/sitemap.xml": sitemap(f"{B}/1")}
    assert f"{B}/1" in asked(World(clock, site, f"{A}/", sitemaps="auto"))


def test_sitemaps_can_be_left_out(clock: Clock) -> None:
    assert asked(World(clock, {ROBOTS: NAMED}, f"{A}/")) == {f"{A}/"}


def test_the_hosts_of_a_seed_file_have_their_sitemaps_read(clock: Clock, tmp_path: Path) -> None:
    site = {f"{B}/sitemap.xml": sitemap(f"{B}/1")}
    world = World(clock, site, seed_file=listed(tmp_path, f"{A}/", f"{B}/"), sitemaps="auto")
    assert f"{B}/1" in asked(world)


@pytest.mark.parametrize("obey_robots", [True, False])
def test_listed_files_may_be_sitemaps_or_robots_txt_files(clock: Clock, obey_robots: bool) -> None:
    site = {ROBOTS: NAMED, f"{A}/one.xml": sitemap(f"{B}/1", f"{C}/2")}
    rules: dict[str, Any] = {"sitemaps": (ROBOTS, f"{B}/map"), "hosts": ("a.test", "b.test"), "max_retries": 0}
    world = World(clock, site, obey_robots=obey_robots, **rules)
    assert asked(world) == {f"{A}/one.xml", f"{A}/two.xml", f"{B}/map", f"{B}/1"}
    assert world.named == [ROBOTS, f"{B}/map"]
    assert world.tally.refused["scope"] == 1
    assert SitemapRead(f"{B}/map", 0, 0, "http_status: 404 Not Found") in world.told(SitemapRead)


def test_what_was_read_is_told_with_what_was_new(clock: Clock) -> None:
    site = {f"{A}/map": sitemap(f"{A}/", f"{A}/1", f"{B}/2")}
    world = World(clock, site, f"{A}/", sitemaps=(f"{A}/map",))
    asked(world)
    assert world.told(SitemapRead) == [SitemapRead(f"{A}/map", 3, 1)]


def test_sitemaps_within_sitemaps_are_read_to_a_bounded_depth_and_never_twice(clock: Clock) -> None:
    site = {f"{A}/{level}": sitemap(sitemaps=[f"{A}/{level + 1}", f"{A}/0"]) for level in range(20)}
    world = World(clock, site, sitemaps=(f"{A}/0",))
    assert asked(world) == {f"{A}/{level}" for level in range(MAX_NESTING + 1)}
    assert len(world.client.urls()) == MAX_NESTING + 1


def test_a_sitemap_that_fails_is_tried_again_and_then_told(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {
        f"{A}/1": [fault("timeout"), sitemap(f"{A}/page")],
        f"{A}/2": fault("dns", "no such host"),
    }
    world = World(clock, site, sitemaps=(f"{A}/1", f"{A}/2"), hosts=("a.test",), max_retries=1)
    assert f"{A}/page" in asked(world)
    assert SitemapRead(f"{A}/2", 0, 0, "dns: no such host") in world.told(SitemapRead)
    assert set(world.records) == {f"{A}/page"}


def test_robots_txt_holds_for_sitemaps(clock: Clock) -> None:
    site = {ROBOTS: text("User-agent: *\nDisallow: /map"), f"{A}/map": sitemap(f"{A}/1")}
    world = World(clock, site, sitemaps=(f"{A}/map",))
    assert asked(world) == set()
    (told,) = world.told(SitemapRead)
    assert told.problem == "robots: refused by robots.txt: Disallow: /map"


def test_entries_that_are_no_urls_are_counted(clock: Clock) -> None:
    world = World(clock, {ROBOTS: text("Sitemap: ftp://a.test/map")}, f"{A}/", sitemaps="auto")
    asked(world)
    assert world.tally.refused == {"scheme": 1}


def test_a_sitemap_that_is_linked_like_a_page_has_its_record_all_the_same(clock: Clock) -> None:
    site = {f"{A}/": page("/map", "/1"), f"{A}/map": sitemap(f"{A}/1", f"{A}/map")}
    world = World(clock, site, f"{A}/", sitemaps=(f"{A}/map",))
    asked(world)
    assert set(world.records) == {f"{A}/", f"{A}/1", f"{A}/map"}
    assert world.client.urls().count(f"{A}/map") == 2


# Bounds


def test_a_large_sitemap_is_taken_in_slices_between_which_others_have_their_turn(clock: Clock) -> None:
    pages = [f"{A}/{number}" for number in range(2 * SLICE + 1)]
    world = World(clock, {f"{A}/map": sitemap(*pages)}, sitemaps=(f"{A}/map",), hosts=("a.test",))
    add_seeds, happened = world.discovery.add_seeds, list[Any]()

    def watched(urls: Sequence[str]) -> int:
        happened.append(len(urls))
        asyncio.get_running_loop().call_soon(happened.append, "turn")
        return add_seeds(urls)

    world.discovery.add_seeds = watched  # type: ignore[method-assign,assignment]
    assert set(pages) <= asked(world)
    assert happened == [SLICE, "turn", SLICE, "turn", 1, "turn"]
    assert world.told(SitemapRead) == [SitemapRead(f"{A}/map", len(pages), len(pages))]


def test_the_number_of_sitemaps_in_a_run_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "MOST_SITEMAPS", 4)
    site = {f"{A}/0": sitemap(sitemaps=[f"{A}/{number}" for number in range(1, 10)])}
    world = World(clock, site, sitemaps=(f"{A}/0",), max_retries=0)
    assert len(asked(world)) == 4
    assert world.tally.refused == {"sitemap_number": 6}


def request_to(url: str, parent: str | None = None) -> Request:
    """A page that was asked for."""
    return Request(url, url, url.split("/")[2], parent=parent)


def test_only_seeds_take_the_scope_along(clock: Clock) -> None:
    world = World(clock, {}, f"{A}/")
    assert world.seeding.names(request_to(f"{A}/"), f"{B}/")
    assert not world.seeding.names(request_to(f"{A}/", parent=f"{A}/x"), f"{B}/")
    assert world.seeding.names(request_to(f"{C}/listed"), "http://www.c.test/")
    assert not world.seeding.names(request_to(f"{C}/listed"), f"{B}/")


def test_what_is_remembered_of_many_seeds_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "MOST_ORIGINS", 4)
    monkeypatch.setattr(seeding, "MOST_WIDENED", 3)
    world = World(clock, {}, *(f"http://{number}.test/" for number in range(9)), sitemaps="auto")
    world.start()
    for number in range(9):
        world.seeding.widen(f"http://www.{number}.test/")
    assert world.seeding.widened == [f"http://www.{number}.test/" for number in (6, 7, 8)]
    assert len(vars(world.seeding)["_origins"]) == 4
