"""Nothing is sent to an origin before its robots.txt is known, and no other host waits for that."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from crawler.core.errors import OutputFailed
from crawler.core.events import HostBlocked, RobotsLoaded, Warned
from crawler.core.visit import Headers, Response
from crawler.engine import gate, reading
from crawler.politeness import robots_cache
from crawler.politeness.robots import from_answer
from tests.unit.engine.fakes import HANGING, A, Answer, B, C, Clock, Reply, World, busy, fault, moved, page, text

ROBOTS = f"{A}/robots.txt"
CLOSED = text("User-agent: *\nDisallow: /closed")
HTTPS = A.replace("http:", "https:")


def error_of(world: World, url: str) -> tuple[str, str, int]:
    """Type and message of what went wrong with `url`, and its attempts."""
    visit = world.records[url]
    assert visit.error is not None
    return visit.error.type, visit.error.message, visit.attempts


def test_nothing_is_sent_to_a_host_before_its_rules_are_known_and_other_hosts_go_on(clock: Clock) -> None:
    slow = text("", takes_s=5)
    site = {ROBOTS: slow, f"{A}/": page("/1"), f"{A}/1": page(), f"{B}/": page("/1"), f"{B}/1": page()}
    world = World(clock, site, f"{A}/", f"{A}/2", f"{B}/", total=2)
    world.run()
    robots, *pages = world.client.times(A)
    assert min(pages) >= robots + 5
    assert max(world.client.times(B)) < robots + 1
    assert world.client.urls(robots=True).count(ROBOTS) == 1


def test_a_refused_url_is_a_record_that_names_the_rule_and_was_never_asked(clock: Clock) -> None:
    world = World(clock, {ROBOTS: CLOSED, f"{A}/": page("/closed/1")}, f"{A}/")
    world.run()
    assert error_of(world, f"{A}/closed/1") == ("robots", "refused by robots.txt: Disallow: /closed", 0)
    assert world.client.urls() == [f"{A}/"]


def test_each_origin_of_a_host_has_its_own_rules(clock: Clock) -> None:
    site = {ROBOTS: CLOSED, f"{HTTPS}/closed": page(), f"{A}/closed": page()}
    world = World(clock, site, f"{A}/closed", f"{HTTPS}/closed")
    world.run()
    assert error_of(world, f"{A}/closed")[0] == "robots"
    assert world.records[f"{HTTPS}/closed"].ok


def test_a_host_stays_blocked_until_the_last_of_its_origins_is_known(clock: Clock) -> None:
    site = {ROBOTS: text("", takes_s=1), f"{HTTPS}/robots.txt": text("", takes_s=9)}
    world = World(clock, site, f"{A}/1", f"{HTTPS}/1", per_host=2)
    world.run()
    sent = {sent.url: sent.at - world.started_at for sent in world.client.sent}
    assert sent[f"{HTTPS}/robots.txt"] < 1
    assert min(sent[f"{A}/1"], sent[f"{HTTPS}/1"]) >= 9


def test_a_robots_txt_that_nobody_worked_on_is_asked_for_again_in_its_turn(clock: Clock) -> None:
    world = World(clock, {ROBOTS: [fault("protocol", unheard=True), CLOSED], f"{A}/": page()}, f"{A}/", delay_s=4)
    world.run()
    first, second, _ = world.client.times(A)
    assert 4 <= second - first < 5
    assert world.records[f"{A}/"].ok
    assert not [event for event in world.events if isinstance(event, HostBlocked)]


def test_the_delay_holds_between_robots_txt_and_the_first_page(clock: Clock) -> None:
    world = World(clock, {f"{A}/": page()}, f"{A}/", delay_s=4)
    world.run()
    robots, first = world.client.times(A)
    assert first - robots >= 4


def test_the_delay_counts_from_when_robots_txt_was_asked_for(clock: Clock) -> None:
    world = World(clock, {ROBOTS: text("", takes_s=3), f"{A}/": page()}, f"{A}/", delay_s=4)
    world.run()
    robots, first = world.client.times(A)
    assert 4 <= first - robots < 4.1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_robots_txt_that_is_not_there_allows_everything(clock: Clock, status: int) -> None:
    world = World(clock, {ROBOTS: Reply(status), f"{A}/": page()}, f"{A}/")
    world.run()
    assert world.records[f"{A}/"].ok
    assert world.told(RobotsLoaded)[0].outcome == "allow all"


@pytest.mark.parametrize(
    "trouble", [busy(500), busy(503), Reply(501), fault("timeout"), fault("protocol"), fault("body_too_large")]
)
def test_a_host_that_answers_without_a_robots_txt_refuses_everything_by_robots(clock: Clock, trouble: Answer) -> None:
    world = World(clock, {ROBOTS: trouble, f"{A}/": page()}, f"{A}/", f"{A}/2")
    world.run()
    assert {visit.error and visit.error.type for visit in world.records.values()} == {"robots"}
    assert {visit.attempts for visit in world.records.values()} == {0}
    assert world.client.urls() == []
    assert world.told(RobotsLoaded)[-1].outcome == "disallow all"


@pytest.mark.parametrize(("kind", "tries"), [("dns", 4), ("connect", 4), ("tls", 1), ("private_address", 1)])
def test_a_host_that_cannot_be_reached_says_so_in_its_records_with_the_tries(
    clock: Clock, kind: str, tries: int
) -> None:
    trouble = fault(kind, "no way", reached=kind not in ("dns", "private_address"))
    world = World(clock, {ROBOTS: trouble}, f"{A}/", f"{A}/2")
    world.run()
    assert error_of(world, f"{A}/") == (kind, "no way", tries)
    assert error_of(world, f"{A}/2") == (kind, "no way", tries)


@pytest.mark.parametrize("kind", ["dns", "connect", "tls", "private_address", "timeout"])
@pytest.mark.parametrize("target", [f"{B}/robots.txt", f"{HTTPS}/robots.txt"])
def test_a_host_that_redirects_robots_txt_to_a_dead_one_is_not_blamed_for_it(
    clock: Clock, kind: str, target: str
) -> None:
    trouble = fault(kind, "no way", reached=kind not in ("dns", "private_address"))
    world = World(clock, {ROBOTS: moved(target), target: trouble, f"{A}/": page()}, f"{A}/", max_retries=1)
    world.run()
    why = f"robots.txt could not be read (after a redirect, {kind}: no way), so nothing may be asked"
    assert error_of(world, f"{A}/") == ("robots", why, 0)
    assert world.client.urls() == []


def test_robots_txt_is_tried_again_like_a_page_while_other_hosts_go_on(clock: Clock) -> None:
    links = [f"/{number}" for number in range(9)]
    site: dict[str, Answer | list[Answer]] = {
        ROBOTS: [fault("connect"), busy(500), CLOSED],
        f"{A}/": page(),
        f"{B}/": page(*links),
    }
    world = World(clock, site, f"{A}/", f"{B}/", total=1)
    world.run()
    tries = [sent.at for sent in world.client.sent if sent.url == ROBOTS]
    assert [after - before for before, after in pairwise(tries)] == [
        pytest.approx(1, abs=0.1),
        pytest.approx(2, abs=0.1),
    ]
    assert max(world.client.times(B)) < tries[1]
    assert world.records[f"{A}/"].ok
    assert world.records[f"{A}/"].attempts == 1
    assert [event.wait_s for event in world.told(HostBlocked)] == [1, 2]


def test_a_retry_after_of_robots_txt_is_waited_for(clock: Clock) -> None:
    world = World(clock, {ROBOTS: [busy(503, "100"), CLOSED], f"{A}/": page()}, f"{A}/")
    world.run()
    first, second = (sent.at for sent in world.client.sent if sent.url == ROBOTS)
    assert second - first >= 100
    assert world.records[f"{A}/"].ok


def test_a_host_that_asks_for_patience_is_asked_again_before_its_silence_is_consent(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {ROBOTS: [busy(429, "60"), CLOSED], f"{B}/robots.txt": busy(429)}
    world = World(clock, site | {f"{B}/": page()}, f"{A}/closed", f"{B}/")
    world.run()
    assert error_of(world, f"{A}/closed")[0] == "robots"
    assert world.client.times(A)[1] - world.client.times(A)[0] >= 60
    assert world.records[f"{B}/"].ok


def test_redirects_of_robots_txt_are_followed_and_every_hop_waits_for_its_host(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {
        ROBOTS: moved("/one"),
        f"{A}/one": moved(f"{B}/two"),
        f"{B}/two": CLOSED,
        f"{A}/open": page(),
        f"{B}/": page(),
    }
    world = World(clock, site, f"{A}/open", f"{A}/closed", f"{B}/", delay_s=3, per_host=1)
    world.run()
    assert error_of(world, f"{A}/closed")[0] == "robots"
    assert world.records[f"{A}/open"].ok
    for host in (A, B):
        times = world.client.times(host)
        assert min(after - before for before, after in pairwise(times)) >= 3
    assert world.frontier.stats().in_flight == 0


def test_more_than_five_redirects_of_robots_txt_allow_everything(clock: Clock) -> None:
    site: dict[str, Answer] = {ROBOTS: moved("/1"), f"{A}/closed": page()}
    site |= {f"{A}/{hop}": moved(f"/{hop + 1}") for hop in range(1, 6)} | {f"{A}/6": CLOSED}
    world = World(clock, site, f"{A}/closed")
    world.run()
    assert world.records[f"{A}/closed"].ok
    assert f"{A}/6" not in world.client.urls()
    assert world.told(RobotsLoaded)[0].why == "more than 5 redirects"


def test_five_redirects_of_robots_txt_are_followed(clock: Clock) -> None:
    site: dict[str, Answer] = {ROBOTS: moved("/1"), f"{A}/closed": page(), f"{A}/5": CLOSED}
    site |= {f"{A}/{hop}": moved(f"/{hop + 1}") for hop in range(1, 5)}
    world = World(clock, site, f"{A}/closed")
    world.run()
    assert error_of(world, f"{A}/closed")[0] == "robots"


def test_a_robots_txt_that_redirects_nowhere_allows_everything(clock: Clock) -> None:
    world = World(clock, {ROBOTS: moved("ftp://a.test/robots.txt"), f"{A}/": page()}, f"{A}/")
    world.run()
    assert world.records[f"{A}/"].ok


def test_a_crawl_delay_holds_up_to_its_limit(clock: Clock) -> None:
    site: dict[str, Answer] = {
        ROBOTS: text("User-agent: *\nCrawl-delay: 7"),
        f"{B}/robots.txt": text("User-agent: *\nCrawl-delay: 900"),
    }
    seeds = [f"{host}/{number}" for host in (A, B) for number in range(3)]
    world = World(clock, site, *seeds, max_crawl_delay_s=20)
    world.run()
    for host, delay_s in ((A, 7), (B, 20)):
        gaps = [after - before for before, after in pairwise(world.client.times(host))]
        assert all(gap == pytest.approx(delay_s, abs=0.1) and gap >= delay_s for gap in gaps)


def test_rules_are_asked_for_again_when_they_are_too_old(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {ROBOTS: [text(""), CLOSED]}
    seeds = [f"{A}/closed/{number}" for number in range(6)]
    world = World(clock, site, *seeds, delay_s=10, per_host=1, robots_ttl_s=35)
    world.run()
    assert world.client.urls(robots=True) == [ROBOTS, *seeds[:3], ROBOTS]
    assert error_of(world, seeds[5])[0] == "robots"


def test_an_earlier_copy_goes_on_serving_when_robots_txt_becomes_unreachable(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {ROBOTS: [CLOSED, busy(500)]}
    seeds = [f"{A}/open/{number}" for number in range(5)]
    world = World(clock, site, *seeds, f"{A}/closed", delay_s=10, robots_ttl_s=25, max_retries=0)
    world.run()
    assert world.client.urls() == seeds
    assert error_of(world, f"{A}/closed")[1] == "refused by robots.txt: Disallow: /closed"
    assert [event.outcome for event in world.told(RobotsLoaded)][:2] == ["rules", "rules"]


def test_a_host_that_comes_back_is_open_again_and_its_old_trouble_forgotten(clock: Clock) -> None:
    site: dict[str, Answer | list[Answer]] = {
        ROBOTS: [fault("connect"), CLOSED],
        f"{B}/": page(f"{A}/open", f"{A}/closed", takes_s=700),
        f"{A}/open": page(),
    }
    world = World(clock, site, f"{A}/", f"{B}/", max_retries=0)
    world.run()
    assert error_of(world, f"{A}/")[0] == "connect"
    assert world.records[f"{A}/open"].ok
    assert error_of(world, f"{A}/closed")[:2] == ("robots", "refused by robots.txt: Disallow: /closed")


@pytest.mark.parametrize("robots_ttl_s", [0.001, 5])
def test_rules_that_are_too_old_before_a_page_may_be_asked_do_not_stall_the_crawl(
    clock: Clock, robots_ttl_s: float
) -> None:
    seeds = [f"{A}/{number}" for number in range(3)]
    world = World(clock, {ROBOTS: CLOSED}, *seeds, f"{A}/closed", delay_s=10, robots_ttl_s=robots_ttl_s)
    assert world.run(lambda: world.clock_limit(1000)) == "complete"
    assert sorted(world.client.urls()) == seeds
    assert error_of(world, f"{A}/closed")[0] == "robots"


def test_more_hosts_in_turn_than_the_cache_holds_do_not_stall_the_crawl(clock: Clock) -> None:
    def small(ttl_s: float) -> robots_cache.RobotsCache:
        return robots_cache.RobotsCache(ttl_s, max_entries=2, now=clock.now)

    seeds = [f"http://{number}.test/{path}" for number in range(10) for path in ("1", "closed")]
    site = {f"http://{number}.test/robots.txt": CLOSED for number in range(10)}
    world = World(clock, site, *seeds, delay_s=5, cache=small)
    assert world.run(lambda: world.clock_limit(1000)) == "complete"
    assert sorted(world.client.urls()) == sorted(seed for seed in seeds if seed.endswith("1"))
    assert world.tally.errors["robots"] == 10


def test_of_a_robots_txt_that_is_too_long_the_beginning_counts(clock: Clock) -> None:
    long = text(CLOSED.body.decode() + "\n# filler" * 500_000 + "\nDisallow: /late")
    world = World(clock, {ROBOTS: long}, f"{A}/closed", f"{A}/late", f"{A}/open")
    world.run()
    assert error_of(world, f"{A}/closed")[0] == "robots"
    assert sorted(world.client.urls()) == [f"{A}/late", f"{A}/open"]


@pytest.mark.parametrize("type", ["decoding", "protocol", "timeout", "body_too_large"])
@pytest.mark.parametrize(("status", "asked"), [(404, [f"{A}/"]), (500, []), (200, [])])
def test_of_an_answer_without_rules_only_the_status_counts(
    clock: Clock, type: str, status: int, asked: list[str]
) -> None:
    broken = fault(type, response=Response(ROBOTS, status, "HTTP/1.1", Headers()))
    world = World(clock, {ROBOTS: broken, f"{A}/": page()}, f"{A}/", max_retries=0)
    world.run()
    assert world.client.urls() == asked


def test_a_large_robots_txt_is_read_also_where_no_thread_can_be_started(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(reading, "_THREADS", ThreadPoolExecutor(1))
    monkeypatch.setattr(threading.Thread, "start", refuse)
    rules = "User-agent: *\nDisallow: /private\n" + "# filling\n" * gate.LARGE_BYTES
    world = World(clock, {ROBOTS: text(rules), f"{A}/": page()}, f"{A}/", f"{A}/private")
    assert world.run() == "complete"
    assert world.records[f"{A}/"].ok
    assert error_of(world, f"{A}/private")[0] == "robots"


def test_a_bug_met_in_a_robots_txt_costs_its_own_host_alone(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(status: int | None, body: bytes, token: str) -> Any:
        if body == b"bad":
            raise ValueError("surprise")
        return from_answer(status, body, token)

    world = World(clock, {ROBOTS: text("bad"), f"{A}/": page(), f"{B}/": page()}, f"{A}/", f"{B}/")
    monkeypatch.setattr(gate, "from_answer", buggy)
    assert world.run() == "complete"
    assert error_of(world, f"{A}/") == ("internal", "ValueError: surprise", 0)
    assert world.records[f"{B}/"].ok
    assert len(world.told(Warned)) == 1


def test_a_state_that_cannot_be_written_ends_the_run_here_too(clock: Clock) -> None:
    world = World(clock, {}, f"{A}/")

    def full(host: str) -> float:
        raise OutputFailed("disk full")

    world.frontier.acquire = full  # type: ignore[method-assign]
    with pytest.raises(OutputFailed):
        world.run()


def test_a_load_that_is_cancelled_leaves_no_slot_taken_and_no_host_blocked(clock: Clock) -> None:
    world = World(clock, {ROBOTS: HANGING}, f"{A}/", f"{A}/1", max_duration_s=5, drain_s=0)
    assert world.run() == "max_duration"
    assert world.frontier.stats()[:2] == (2, 0)
    assert sorted(world.frontier.urls()) == [f"{A}/", f"{A}/1"]


def test_what_is_remembered_of_hosts_that_are_gone_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_CLOSED", 3)
    seeds = [f"http://{number}.test/" for number in range(9)]
    site = {f"{seed}robots.txt": fault("dns", reached=False) for seed in seeds}
    world = World(clock, site, *seeds, max_retries=1)
    world.run()
    assert world.tally.errors == {"dns": 9}
    assert world.gate is not None
    assert len(vars(world.gate)["_closed"]) == 3
    assert not any(vars(world.gate)[name] for name in ("_tries", "_answers", "_loading"))


def test_the_frontier_can_say_that_a_host_waits_for_its_robots_txt(clock: Clock) -> None:
    world = World(clock, {ROBOTS: HANGING}, f"{A}/", f"{C}/", max_duration_s=5, drain_s=0)
    waits: list[Any] = []

    async def look() -> None:
        await world.sleep(3)
        waits.extend(world.frontier.waiting())

    world.run(look)
    assert [(wait.host, wait.reason, wait.until, wait.queued) for wait in waits] == [("a.test", "robots", None, 1)]


def test_the_deciding_line_can_be_asked_for_once_the_rules_are_known(clock: Clock) -> None:
    rules = text("User-agent: *\nDisallow: /closed\nAllow: /closed/but")
    world = World(clock, {ROBOTS: rules, f"{A}/": page()}, f"{A}/")
    assert world.gate.line_for(f"{A}/closed") is None
    world.run()
    assert world.gate.line_for(f"{A}/closed") == "Disallow: /closed"
    assert world.gate.line_for(f"{A}/closed/but") == "Allow: /closed/but"
    assert world.gate.line_for(f"{A}/") is None
