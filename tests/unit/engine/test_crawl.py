"""The loop ends, counts, waits in the frontier, and gives everything back when it has to stop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import pytest

from crawler.core.errors import OutputClosed, OutputFailed
from crawler.core.events import Postponed, SitemapRead, Stopping, Warned
from crawler.core.visit import Request, Response
from crawler.engine import reading, seeding
from crawler.engine.seeds.seed_file import BATCH
from crawler.parsing.page import read_page
from tests.unit.engine.fakes import (
    FOREVER_S,
    HANGING,
    A,
    Answer,
    B,
    C,
    Clock,
    Reply,
    World,
    busy,
    fault,
    moved,
    page,
    sitemap,
    text,
)

AT_ONCE_S = 0.2  # no pause of the loop, whose shortest is half a second, hides in this


def test_every_url_found_is_asked_once_and_has_one_record(clock: Clock) -> None:
    site = {f"{A}/": page("/1", "/2"), f"{A}/1": page("/2", "/"), f"{A}/2": page("/1", "/3"), f"{A}/3": page()}
    world = World(clock, site, f"{A}/")
    assert world.run() == "complete"
    assert sorted(world.client.urls()) == [f"{A}/", f"{A}/1", f"{A}/2", f"{A}/3"]
    assert {url: visit.depth for url, visit in world.records.items()} == {
        f"{A}/": 0, f"{A}/1": 1, f"{A}/2": 1, f"{A}/3": 2,
    }  # fmt: skip
    assert world.records[f"{A}/3"].parent == f"{A}/2"
    assert world.sink.flushed == 4
    assert not world.frontier.ended
    world.crawl.finish()
    assert world.frontier.ended


def test_a_request_that_nobody_worked_on_goes_out_again_in_its_turn_and_costs_no_attempt(clock: Clock) -> None:
    unheard = fault("protocol", unheard=True)
    world = World(clock, {f"{A}/1": [unheard, page()], f"{A}/2": unheard}, f"{A}/1", f"{A}/2", delay_s=3, max_retries=1)
    world.run()
    assert world.client.urls().count(f"{A}/1") == 2
    assert (world.records[f"{A}/1"].ok, world.records[f"{A}/1"].attempts) == (True, 1)
    assert world.client.urls().count(f"{A}/2") == 4  # unheard, an attempt, unheard, a retry
    assert world.records[f"{A}/2"].attempts == 2
    assert min(later - earlier for earlier, later in pairwise(world.client.times(A))) >= 3
    assert [url for url, new in world.client.new_connections if new] == [f"{A}/1", f"{A}/2", f"{A}/2"]


def test_a_page_limit_counts_a_request_that_goes_out_again_once(clock: Clock) -> None:
    site = {f"{A}/{n}": [fault("protocol", unheard=True), page()] for n in range(4)}
    world = World(clock, site, *site, max_pages=2, max_pages_per_host=2)
    assert world.run() == "max_pages"
    assert len(world.sink.visits) == 2


def test_a_run_is_over_as_soon_as_nothing_is_left(clock: Clock) -> None:
    world = World(clock, {f"{A}/": page("/1"), f"{A}/1": page()}, f"{A}/")
    world.run()
    assert world.elapsed_s < AT_ONCE_S


def test_a_run_without_anything_to_do_is_complete(clock: Clock) -> None:
    world = World(clock, {})
    assert world.run() == "complete"
    assert world.elapsed_s == 0
    assert world.frontier.commits


def test_no_more_than_total_are_in_flight_and_as_many_as_allowed_are(clock: Clock) -> None:
    seeds = [f"http://{number}.test/" for number in range(20)]
    world = World(clock, dict.fromkeys(seeds, page(takes_s=1)), *seeds, total=5)
    world.run()
    assert world.client.most_in_flight == 5


@pytest.mark.parametrize("total", [1, 3])
def test_links_are_taken_up_as_they_are_found_not_at_the_next_beat(clock: Clock, total: int) -> None:
    links = [f"/{number}" for number in range(20)]
    site = {f"{A}/": page(*links)} | {f"{A}{link}": page(takes_s=0.1) for link in links}
    world = World(clock, site, f"{A}/", total=total, per_host=5)
    world.run()
    assert len(world.records) == 21
    assert world.elapsed_s < 0.1 * (20 // total + 1) + 0.1


def test_the_delay_between_two_requests_holds_over_redirects_retries_and_robots(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {
        f"{A}/": page("/1", "/2"),
        f"{A}/1": moved("/hop"),
        f"{A}/hop": page(),
        f"{A}/2": [fault("connect"), page()],
    }
    world = World(clock, site, f"{A}/", delay_s=3.0)
    world.run()
    times = world.client.times(A)
    assert len(times) == 6
    assert min(after - before for before, after in pairwise(times)) >= 3


def test_attempts_count_retries_and_not_hops(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {
        f"{A}/": [busy(500), fault("timeout"), moved("/b")],
        f"{A}/b": [busy(500), page()],
    }
    world = World(clock, site, f"{A}/")
    world.run()
    assert world.records[f"{A}/"].attempts == 4
    assert world.records[f"{A}/"].ok
    assert world.client.urls() == [f"{A}/", f"{A}/", f"{A}/", f"{A}/b", f"{A}/b"]


def test_retries_end_where_they_should_and_their_number_is_told(clock: Clock) -> None:
    world = World(clock, {f"{A}/": busy(500)}, f"{A}/", max_retries=2)
    world.run()
    visit = world.records[f"{A}/"]
    assert (visit.attempts, visit.status, visit.error and visit.error.type) == (3, 500, "http_status")
    assert [event.wait_s for event in world.told(Postponed)] == [1, 2]


def test_a_retry_waits_in_the_frontier_and_holds_no_slot(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {f"{A}/": [busy(500), page()], f"{B}/": page("/1"), f"{B}/1": page()}
    world = World(clock, site, f"{A}/", f"{B}/", total=1, obey_robots=False)
    world.run()
    assert world.client.urls() == [f"{A}/", f"{B}/", f"{B}/1", f"{A}/"]
    assert world.client.times(A)[1] - world.client.times(A)[0] == pytest.approx(1, abs=0.1)


def test_a_host_that_asks_for_a_pause_gets_it_for_all_its_urls(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {f"{A}/": [busy(503, "120"), page()], f"{A}/1": page()}
    world = World(clock, site, f"{A}/", f"{A}/1", per_host=1)
    world.run()
    first, *later = world.client.times(A)[1:]
    assert min(later) - first >= 120
    assert world.elapsed_s < 121


def test_a_retry_after_beyond_the_limit_is_a_failure_of_its_own(clock: Clock) -> None:
    world = World(clock, {f"{A}/": busy(503, "301")}, f"{A}/")
    world.run()
    error = world.records[f"{A}/"].error
    assert error is not None
    assert error.type == "retry_after_too_long"
    assert world.elapsed_s < AT_ONCE_S


def test_a_failed_connection_costs_the_host_its_delay(clock: Clock) -> None:
    site = dict.fromkeys([f"{A}/1", f"{A}/2"], fault("tls"))
    world = World(clock, site, *site, delay_s=2.0, obey_robots=False)
    world.run()
    first, second = world.client.times(A)
    assert second - first >= 2


def test_what_was_never_sent_costs_the_host_nothing(clock: Clock) -> None:
    seeds = [f"{A}/{number}" for number in range(50)]
    site = {f"{A}/robots.txt": fault("dns", reached=False)}
    world = World(clock, site, *seeds, delay_s=2.0, max_retries=0)
    world.run()
    assert {visit.error and visit.error.type for visit in world.records.values()} == {"dns"}
    assert world.elapsed_s < 5


def test_a_bug_met_at_a_page_is_its_own_record_and_costs_no_other(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def buggy(response: Response, **options: Any) -> Any:
        if response.url == f"{A}/bad":
            raise RecursionError("too deep")
        return read_page(response, **options)

    monkeypatch.setattr(reading, "read_page", buggy)
    world = World(clock, {f"{A}/": page("/bad", "/good"), f"{A}/bad": page(), f"{A}/good": page()}, f"{A}/")
    assert world.run() == "complete"
    visit = world.records[f"{A}/bad"]
    assert visit.error is not None
    assert (visit.error.type, visit.error.message) == ("internal", "RecursionError: too deep")
    assert world.records[f"{A}/good"].ok
    assert len(world.told(Warned)) == 1


def test_a_bug_met_in_a_sitemap_costs_no_page(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(seeding, "read_sitemap", buggy)
    world = World(clock, {f"{A}/": page(), f"{A}/map": sitemap()}, f"{A}/", sitemaps=(f"{A}/map",))
    assert world.run() == "complete"
    assert world.records[f"{A}/"].ok
    (told,) = world.told(SitemapRead)
    assert told.problem is not None
    assert "RecursionError" in told.problem


def test_a_redirect_hop_waits_for_its_own_host_and_robots(clock: Clock) -> None:
    site: dict[str, Answer] = {
        f"{A}/": moved(f"{B}/new"),
        f"{B}/robots.txt": text("User-agent: *\nDisallow: /new"),
        f"{B}/new": page(),
    }
    world = World(clock, site, f"{A}/")
    world.run()
    visit = world.records[f"{A}/"]
    assert visit.error is not None
    assert (visit.error.type, visit.attempts, visit.redirects) == ("robots", 1, (f"{A}/",))
    assert world.client.urls(robots=True) == [f"{A}/robots.txt", f"{A}/", f"{B}/robots.txt"]


# Limits


@pytest.mark.parametrize("obey_robots", [True, False])
@pytest.mark.parametrize("max_pages", [1, 3, 7])
def test_a_page_limit_is_met_exactly_whatever_is_handed_back_or_repeated(
    clock: Clock, max_pages: int, obey_robots: bool
) -> None:
    seeds = [f"http://{number}.test/" for number in range(10)]
    site: dict[str, Answer | list[Answer]] = {seed: page("/1", "/2", "/3") for seed in seeds}
    site |= {f"{seed}1": [busy(500), page()] for seed in seeds} | {f"{seed}2": moved("/4") for seed in seeds}
    world = World(clock, site, *seeds, max_pages=max_pages, total=5, obey_robots=obey_robots)
    assert world.run() == "max_pages"
    assert len(world.records) == max_pages
    assert not world.frontier.ended
    world.crawl.finish()
    assert world.frontier.ended
    assert world.frontier.stats().in_flight == 0


def test_a_page_limit_for_each_host_lets_the_other_hosts_go_on(clock: Clock) -> None:
    site = {f"{A}/": page(*(f"/{number}" for number in range(9))), f"{B}/": page("/1"), f"{B}/1": page()}
    world = World(clock, site, f"{A}/", f"{B}/", max_pages_per_host=3, max_retries=0)
    assert world.run() == "complete"
    assert len([url for url in world.records if url.startswith(A)]) == 3
    assert len([url for url in world.records if url.startswith(B)]) == 2
    assert world.tally.refused["max_pages_per_host"] == 7


def test_a_page_limit_does_not_wait_for_a_sitemap_that_hangs(clock: Clock) -> None:
    site = {f"{A}/": page("/1"), f"{A}/1": page(), f"{B}/map": HANGING}
    world = World(clock, site, f"{A}/", sitemaps=(f"{B}/map",), max_pages=2, obey_robots=False)
    assert world.run() == "max_pages"
    assert f"{B}/map" in world.client.urls()
    assert world.elapsed_s < AT_ONCE_S


def test_a_limit_of_time_ends_a_run_whose_hosts_all_wait(clock: Clock) -> None:
    world = World(clock, {f"{A}/": busy(503, "200")}, f"{A}/", max_duration_s=30)
    assert world.run() == "max_duration"
    assert world.elapsed_s == pytest.approx(30, abs=0.1)
    assert not world.frontier.ended


def test_a_limit_of_time_ends_a_run_whose_requests_all_hang_after_the_drain(clock: Clock) -> None:
    world = World(clock, {f"{A}/": HANGING}, f"{A}/", max_duration_s=30, drain_s=5, obey_robots=False)
    assert world.run() == "max_duration"
    assert world.elapsed_s == pytest.approx(35, abs=1)
    assert world.frontier.stats()[:2] == (1, 0)


def test_a_limit_of_bytes_ends_the_run_at_once_even_if_a_host_has_to_wait(clock: Clock) -> None:
    site = {f"{A}/": Reply(body=b"x" * 500), f"{A}/1": page()}
    world = World(clock, site, f"{A}/", f"{A}/1", max_bytes=500, delay_s=60, obey_robots=False)
    assert world.run() == "max_bytes"
    assert len(world.records) == 1
    assert world.elapsed_s < 1


def test_a_limit_of_bytes_is_noticed_by_workers_that_never_rest(clock: Clock) -> None:
    seeds = [f"http://{number}.test/" for number in range(50)]
    site = dict.fromkeys(seeds, Reply(body=b"x" * 100))
    world = World(clock, site, *seeds, max_bytes=500, total=2, obey_robots=False)
    assert world.run() == "max_bytes"
    assert len(world.records) <= 5 + 2


# Stopping


def stopping(world: World, *moments_s: float, reason: str = "SIGINT") -> Callable[[], Coroutine[Any, Any, None]]:
    """Stops the crawl each time one of `moments_s` is over."""

    async def stop() -> None:
        for moment_s in moments_s:
            await asyncio.sleep(moment_s)
            world.crawl.stop(reason)

    return stop


def test_a_stop_takes_nothing_new_and_lets_finish_what_is_in_flight(clock: Clock) -> None:
    site = {f"{A}/": page("/1", "/2", "/3"), f"{A}/1": page(takes_s=3), f"{A}/2": page(takes_s=9), f"{A}/3": page()}
    world = World(clock, site, f"{A}/", per_host=2, drain_s=5)
    assert world.run(stopping(world, 1)) == "SIGINT"
    assert set(world.records) == {f"{A}/", f"{A}/1"}
    assert world.elapsed_s == pytest.approx(6, abs=0.1)
    assert world.told(Stopping) == [Stopping("SIGINT", 5, 2)]
    assert sorted(world.frontier.urls()) == [f"{A}/2", f"{A}/3"]
    assert world.frontier.commits[-1][0] == "2"
    assert not world.frontier.ended


def test_a_drain_is_over_when_the_last_request_is(clock: Clock) -> None:
    world = World(clock, {f"{A}/": page("/1", takes_s=3)}, f"{A}/", drain_s=100, obey_robots=False)
    assert world.run(stopping(world, 1, reason="SIGTERM")) == "SIGTERM"
    assert world.elapsed_s < 4


def test_a_second_stop_leaves_at_once(clock: Clock) -> None:
    world = World(clock, {f"{A}/": HANGING}, f"{A}/", drain_s=100, obey_robots=False)
    assert world.run(stopping(world, 1, 2)) == "SIGINT"
    assert world.elapsed_s == pytest.approx(3, abs=0.1)
    assert world.frontier.stats()[:2] == (1, 0)


def test_a_stop_before_the_first_request_sends_none(clock: Clock) -> None:
    world = World(clock, {f"{A}/": page()}, f"{A}/")
    world.crawl.stop("SIGTERM")
    assert world.run() == "SIGTERM"
    assert world.client.sent == []
    assert world.frontier.urls() == [f"{A}/"]


def test_a_stop_ends_a_run_whose_hosts_all_wait_without_delay(clock: Clock) -> None:
    world = World(clock, {f"{A}/": busy(503, "200")}, f"{A}/")
    assert world.run(stopping(world, 50)) == "SIGINT"
    assert world.elapsed_s == pytest.approx(50, abs=0.1)


def test_a_stop_gives_up_a_robots_txt_that_hangs(clock: Clock) -> None:
    world = World(clock, {f"{A}/robots.txt": HANGING}, f"{A}/", drain_s=2)
    assert world.run(stopping(world, 1)) == "SIGINT"
    assert world.elapsed_s == pytest.approx(3, abs=0.1)
    assert world.frontier.stats()[:2] == (1, 0)
    assert world.frontier.urls() == [f"{A}/"]


def test_a_request_handed_out_in_the_moment_of_the_stop_is_given_back(clock: Clock) -> None:
    world = World(clock, {f"{A}/": page()}, f"{A}/", max_duration_s=0.5, drain_s=0, obey_robots=False)
    reserve = world.frontier.reserve

    def slow(room: int) -> list[Request]:
        clock.at += 1
        return reserve(room)

    world.frontier.reserve = slow  # type: ignore[method-assign]
    assert world.run() == "max_duration"
    assert world.frontier.stats()[:2] == (1, 0)


def test_a_request_given_back_by_a_stop_goes_on_from_its_hop_and_its_attempts(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {f"{A}/": [busy(500), moved("/b")], f"{A}/b": HANGING}
    world = World(clock, site, f"{A}/", drain_s=1)
    world.run(stopping(world, 20))
    (request,) = world.frontier.reserve(5)
    assert (request.target, request.attempts, request.redirects) == (f"{A}/b", 1, (f"{A}/",))


def test_what_a_run_waits_for_is_committed_though_nothing_happens_yet(clock: Clock) -> None:
    seen: list[tuple[float, int, list[str]]] = []
    world = World(clock, {f"{A}/robots.txt": HANGING, f"{B}/robots.txt": HANGING}, f"{A}/1", f"{B}/1")
    commit = world.frontier.commit

    def watched(position: str | None, notes: Mapping[str, Any]) -> None:
        waits = [f"{wait.host} {wait.reason}" for wait in world.frontier.waiting()]
        seen.append((world.elapsed_s, world.frontier.stats().known, sorted(waits)))
        commit(position, notes)

    world.frontier.commit = watched  # type: ignore[method-assign]
    assert world.run(lambda: world.clock_limit(30)) == "too long"
    first, *_ = seen
    assert first == (pytest.approx(0.5, abs=0.1), 2, ["a.test robots", "b.test robots"])
    assert len([at for at, _, _ in seen if at < 30]) == 1  # and not again and again


# Failures


@pytest.mark.parametrize("error", [OutputFailed("disk full"), OutputClosed("no reader")])
def test_an_output_that_fails_ends_the_run_at_once_and_what_was_committed_stays(clock: Clock, error: Exception) -> None:
    site = {f"{A}/": page("/1", "/2"), f"{A}/1": page(takes_s=5), f"{A}/2": HANGING}
    world = World(clock, site, f"{A}/")

    async def fill_the_disk() -> None:
        await asyncio.sleep(2)
        world.sink.refuses_write = error

    with pytest.raises(type(error)):
        world.run(fill_the_disk)
    assert world.elapsed_s < 6
    assert world.frontier.commits[-1][0] == "1"
    assert world.sink.flushed == 1
    assert world.frontier.stats().in_flight <= 1  # the request whose visit could not be written
    assert not world.frontier.ended


def test_an_output_that_fails_during_a_drain_ends_it(clock: Clock) -> None:
    world = World(clock, {f"{A}/": page(takes_s=3), f"{B}/": HANGING}, f"{A}/", f"{B}/", drain_s=100, obey_robots=False)
    world.sink.refuses_write = OutputFailed("disk full")
    with pytest.raises(OutputFailed):
        world.run(stopping(world, 1))
    assert world.elapsed_s < 4
    assert {position for position, _ in world.frontier.commits} == {"0"}


def test_a_flush_that_fails_in_the_loop_itself_is_not_drained_for(clock: Clock) -> None:
    site = {f"{A}/": page(), f"{B}/": HANGING}
    world = World(clock, site, f"{A}/", f"{B}/", drain_s=100, obey_robots=False)
    world.sink.refuses_flush = OutputFailed("disk full")
    with pytest.raises(OutputFailed):
        world.run()
    assert world.elapsed_s < 1
    assert world.frontier.commits == []
    assert world.frontier.stats().in_flight == 0


def test_nothing_is_committed_after_a_visit_that_was_written_by_half(clock: Clock) -> None:
    site = {f"{A}/": page(takes_s=1), f"{B}/": page(takes_s=1), f"{C}/": page(takes_s=1)}
    world = World(clock, site, f"{A}/", f"{B}/", f"{C}/", obey_robots=False)
    write = world.sink.write

    def fail_once(visit: Any) -> None:
        write(visit)  # one of two sinks has it, the other one fails
        if len(world.sink.visits) == 1:
            raise OutputFailed("disk full")

    world.sink.write = fail_once  # type: ignore[method-assign]
    with pytest.raises(OutputFailed):
        world.run()
    assert {position for position, _ in world.frontier.commits} == {"0"}


def test_a_bug_in_the_loop_itself_ends_the_run_and_is_not_swallowed(clock: Clock) -> None:
    world = World(clock, {f"{A}/": page("/1")}, f"{A}/")

    def buggy(*_: object, **__: object) -> int:
        raise KeyError("surprise")

    world.frontier.finish = buggy  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyError, match="surprise"):
        world.run()
    assert not world.frontier.ended


# Going on


def test_a_crawl_that_was_stopped_goes_on_to_the_same_records(clock: Clock) -> None:
    site = {f"{A}/": page("/1", "/2"), f"{A}/1": page("/3", takes_s=2), f"{A}/2": page(takes_s=4), f"{A}/3": page()}
    first = World(clock, site, f"{A}/", drain_s=2)
    assert first.run(stopping(first, 1)) == "SIGINT"
    notes = json.loads(json.dumps(first.frontier.commits[-1][1]))
    second = World(clock, site, f"{A}/", notes=notes, frontier=first.frontier)
    assert second.run() == "complete"
    assert set(first.records) == {f"{A}/", f"{A}/1"}
    assert set(second.records) == {f"{A}/2", f"{A}/3"}
    assert second.tally.pages == 4
    assert second.tally.statuses == {"200": 4}


def test_a_seed_file_is_read_on_while_hosts_make_the_crawl_wait(clock: Clock, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.txt"
    slow = [f"{A}/{number}" for number in range(5000)]
    quick = [f"{B}/{number}" for number in range(10)]
    seeds.write_text("\n".join([*slow, *quick]))
    world = World(clock, {}, seed_file=seeds, delay_s=60, max_duration_s=1000, obey_robots=False)
    assert world.run() == "max_duration"
    assert len(world.client.times(B)) == 10


def test_seeds_of_a_file_that_are_all_refused_do_not_stall_the_run(clock: Clock, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("\n".join([*(f"{A}/no/{number}" for number in range(3000)), f"{A}/yes"]))
    world = World(clock, {}, seed_file=seeds, exclude=("/no/",))
    assert world.run() == "complete"
    assert world.client.urls() == [f"{A}/yes"]
    assert world.elapsed_s < FOREVER_S


def refused_seeds(folder: Path) -> tuple[Path, Mapping[str, Any]]:
    """A large seed file of which nothing is to be asked, and what is stored once it was taken."""
    seeds = folder / "seeds.txt"
    content = "".join(f"{A}/no/{number}\n" for number in range(20 * BATCH)).encode()
    seeds.write_bytes(content)
    return seeds, {"bytes": len(content), "crc32": crc32(content)}


async def interrupting(world: World) -> None:
    """Stops the crawl after a few turns of the event loop."""
    for _ in range(5):
        await asyncio.sleep(0)
    world.crawl.stop("SIGTERM")


def test_a_stop_is_heard_between_batches_of_a_seed_file_that_adds_nothing(clock: Clock, tmp_path: Path) -> None:
    seeds, whole = refused_seeds(tmp_path)
    world = World(clock, {}, seed_file=seeds, exclude=("/no/",))
    assert world.run(lambda: interrupting(world)) == "SIGTERM"
    assert 0 < world.notes()["seed_file"]["bytes"] < whole["bytes"]


@pytest.mark.parametrize("rules", [{}, {"max_duration_s": 0.0}])
def test_a_stop_is_heard_while_a_seed_file_is_read_again_which_the_next_resume_does_anew(
    clock: Clock, tmp_path: Path, rules: dict[str, float]
) -> None:
    seeds, whole = refused_seeds(tmp_path)
    world = World(clock, {}, f"{B}/", seed_file=seeds, exclude=("/no/",), notes={"seed_file": whole}, **rules)
    assert world.run(lambda: interrupting(world)) == ("max_duration" if rules else "SIGTERM")
    assert 0 < len(world.named) < 20 * BATCH
    assert world.frontier.commits[-1][1]["seed_file"] == whole
    assert world.client.urls() == []
    again = World(clock, {}, f"{B}/", seed_file=seeds, exclude=("/no/",), notes=world.notes())
    assert again.run() == "complete"
    assert len(again.named) == 20 * BATCH + 1
    assert again.client.urls() == [f"{B}/"]


def test_many_hosts_with_trouble_never_make_the_loop_run_hot_or_sleep_for_ever(clock: Clock) -> None:
    seeds = [f"http://{number}.test/" for number in range(60)]
    answers: list[Answer] = [page("/1"), busy(500), fault("connect"), fault("dns", reached=False)]
    site: dict[str, Answer] = {f"{seed}robots.txt": answers[number % 4] for number, seed in enumerate(seeds)}
    site |= {seed: answers[number % 3] for number, seed in enumerate(seeds)}
    world = World(clock, site, *seeds, total=7, per_host=1, delay_s=0.5, max_retries=2)
    assert world.run() == "complete"
    assert set(seeds) <= set(world.records)
    assert world.frontier.stats()[:2] == (0, 0)


# Whatever happens

HOSTS = [f"http://{number}.test" for number in range(4)]
URLS = [f"{host}/{number}" for host in HOSTS for number in range(12)]


def an_answer(chance: Random) -> Answer:
    """A page with a few links, or some trouble."""
    links = chance.choices(URLS, k=3)
    trouble = [moved(links[0]), busy(500), busy(503, "7"), fault("connect"), fault("timeout"), fault("tls"), Reply(404)]
    return chance.choice([*[page(*links, takes_s=chance.choice([0.0, 0.01, 2.0]))] * 6, *trouble])


def a_site(chance: Random) -> dict[str, Answer | list[Answer]]:
    """Some pages that may answer otherwise each time they are asked, and a robots.txt for each host."""
    robots = [
        text("User-agent: *\nDisallow: /1\nCrawl-delay: 2"),
        text("", takes_s=5),
        busy(500),
        fault("dns"),
        Reply(404),
    ]
    site: dict[str, Answer | list[Answer]] = {url: [an_answer(chance) for _ in range(4)] for url in URLS}
    return site | {f"{host}/robots.txt": [chance.choice(robots) for _ in range(3)] for host in HOSTS}


@pytest.mark.parametrize("number", range(40))
def test_whatever_happens_each_url_has_one_record_and_no_host_is_asked_too_fast(clock: Clock, number: int) -> None:
    chance = Random(number)
    site, delay_s, total = a_site(chance), chance.choice([0.0, 0.5]), chance.choice([1, 3, 16])
    max_pages = chance.choice([None, None, 4, 9])
    rules: dict[str, Any] = {"scope": "any", "sitemaps": "auto", "per_host": 1, "max_pages": max_pages}
    reason, done, times = "", list[str](), {host: list[float]() for host in HOSTS}
    while reason not in ("complete", "max_pages"):
        rules |= {"drain_s": chance.choice([0, 1, 20]), "most": chance.choice([1, 5, 50])}
        rules |= {"robots_ttl_s": chance.choice([3, 1000])}
        world = World(clock, site, *URLS[::12], delay_s=delay_s, total=total, **rules)
        reason = world.run(stopping(world, chance.uniform(5, 60)))
        assert world.frontier.stats().in_flight == 0
        assert world.client.most_in_flight <= total
        assert len(world.sink.visits) == world.sink.flushed
        done += world.records
        for host in HOSTS:
            times[host] += world.client.times(host)
        rules |= {"notes": json.loads(json.dumps(world.frontier.commits[-1][1])), "frontier": world.frontier}
    assert len(done) == len(set(done)) == world.tally.pages
    if max_pages is not None and (reason == "max_pages" or world.tally.refused["max_pages"]):
        assert len(done) == max_pages
    assert reason == "max_pages" or world.frontier.stats().queued == 0
    assert all(after - before >= delay_s for asked in times.values() for before, after in pairwise(asked))
