"""What is asked conditionally, what is said of the answer, and what of it is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from crawler.core.ports import KnownUrl
from crawler.core.visit import Fields, Page, Remembered, Request, VisitError
from crawler.engine.outcome import Done, Outcome, Unheard
from crawler.engine.rules import recrawl
from crawler.engine.rules.recrawl import Recrawl, RecrawlingFetcher, conditions_of
from tests.unit.engine.fakes import visit_of

URL = "http://a.test/"
REQUEST = Request(URL, URL, "a.test")
BEFORE = Remembered(URL, URL, 0, None, 0, '"1"', "Sun, 22 Nov 2026 17:34:00 GMT", "aa", "r", Page(title="t"))


class Memory:
    """The port in a dictionary."""

    def __init__(self, *pages: Remembered) -> None:
        self.last = {page.url: page for page in pages}
        self.kept: dict[str, Remembered | None] = {}

    def recall(self, url: str) -> Remembered | None:
        return self.last.get(url)

    def remember(self, page: Remembered) -> None:
        self.kept[page.url] = page

    def forget(self, url: str) -> None:
        self.kept[url] = None

    def known(self, after: int | None, most: int) -> list[KnownUrl]:
        start = 0 if after is None else after + 1
        return [KnownUrl(place, url, 1, None, 0) for place, url in enumerate(self.last) if place >= start][:most]


def a_recrawl(memory: Memory, recipe: str = "r") -> Recrawl:
    return Recrawl(memory, recipe=recipe)


def change(memory: Memory, **visit: object) -> str | None:
    return a_recrawl(memory).settle(REQUEST, Done(visit_of(URL)._replace(**visit))).visit.change  # type: ignore[arg-type]


@pytest.mark.standard("RFC 9110", "13.1.2, 13.1.3")
def test_validators_are_sent_back_as_they_came() -> None:
    assert conditions_of(BEFORE) == (("If-None-Match", '"1"'), ("If-Modified-Since", BEFORE.last_modified))
    assert conditions_of(BEFORE._replace(etag=None)) == (("If-Modified-Since", BEFORE.last_modified),)
    assert conditions_of(BEFORE._replace(etag='"é"', last_modified=None)) == ()


def test_it_is_kept_when_a_body_came_first() -> None:
    def kept(before: Remembered | None, **visit: object) -> str | None:
        memory = Memory(*filter(None, [before]))
        change(memory, fetched_at="now", sha256="aa", final_url=URL, **visit)
        page = memory.kept[URL]
        assert page is not None
        return page.fetched_at

    before = BEFORE._replace(fetched_at="then")
    assert kept(None) == "now"
    assert kept(before) == "then"
    assert kept(before, status=304, change="unchanged") == "then"
    assert kept(before._replace(sha256="bb")) == "now"
    assert kept(before._replace(target="http://a.test/elsewhere")) == "now"


def test_a_page_is_asked_conditionally_where_its_validators_came_from() -> None:
    ask = a_recrawl(Memory(BEFORE._replace(target="http://a.test/new"))).recall
    assert ask(REQUEST) is None
    assert ask(REQUEST._replace(target="http://a.test/new")) is not None
    assert ask(REQUEST._replace(target="http://a.test/new", kind="sitemap")) is None


def test_what_another_recipe_made_is_asked_for_in_full() -> None:
    assert a_recrawl(Memory(BEFORE), recipe="other").recall(REQUEST) is None


def test_without_validators_there_is_nothing_to_ask() -> None:
    assert a_recrawl(Memory(BEFORE._replace(etag=None, last_modified=None))).recall(REQUEST) is None


def test_content_says_what_changed() -> None:
    assert change(Memory(), sha256="aa") == "new"
    assert change(Memory(BEFORE), sha256="aa") == "unchanged"
    assert change(Memory(BEFORE), sha256="bb") == "changed"


@pytest.mark.parametrize(("status", "said"), [(404, "gone"), (410, "gone"), (403, None), (500, None)])
def test_only_what_was_there_and_is_answered_404_or_410_is_gone(status: int, said: str | None) -> None:
    failed = {"status": status, "ok": False, "error": VisitError("http_status", "no")}
    memory = Memory(BEFORE)
    assert change(memory, **failed) == said
    assert memory.kept == ({URL: None} if said else {})
    assert change(Memory(), **failed) is None


def test_a_failure_is_not_gone_and_leaves_what_is_known() -> None:
    memory = Memory(BEFORE)
    assert change(memory, status=None, ok=False, error=VisitError("timeout", "slow")) is None
    assert memory.kept == {}


@pytest.mark.standard("RFC 9110", "15.4.5")
def test_validators_that_a_304_does_not_repeat_hold_still() -> None:
    memory = Memory(BEFORE)
    assert change(memory, status=304, change="unchanged", etag='"2"', last_modified=None, sha256="aa") == "unchanged"
    kept = memory.kept[URL]
    assert kept is not None
    assert (kept.etag, kept.last_modified) == ('"2"', BEFORE.last_modified)


def test_what_is_as_it_was_is_not_written_again() -> None:
    memory = Memory(BEFORE)
    page = {"title": "t", "sha256": "aa", "final_url": URL, "content_type": None, "links": ()}
    change(memory, status=304, change="unchanged", etag='"1"', last_modified=BEFORE.last_modified, **page)
    assert memory.kept == {}


def test_known_urls_are_fed_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recrawl, "BATCH", 2)
    told: list[str] = []

    def add(known: KnownUrl) -> int:
        told.append(known.url)
        return 0

    feeding = Recrawl(Memory(*(BEFORE._replace(url=str(n)) for n in range(5))), recipe="r")
    feeding.feed(add)
    assert told == ["0", "1"]
    feeding.feed(add)
    assert not feeding.is_fed
    feeding.feed(add)
    assert told == [str(number) for number in range(5)]
    assert feeding.is_fed


class Asking:
    """A fetcher that answers as told, and remembers with which conditions it was asked."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.asked: list[Fields] = []
        self.failed = self.refused = self.duplicate = None

    async def take(self, request: Request, on_sent: Callable[[], None], conditions: Fields = ()) -> Outcome:
        self.asked.append(conditions)
        return self.outcome


def taken(memory: Memory, outcome: Outcome) -> tuple[Outcome, list[Fields]]:
    inner = Asking(outcome)
    fetcher = RecrawlingFetcher(inner, a_recrawl(memory))  # type: ignore[arg-type]
    return asyncio.run(fetcher.take(REQUEST, lambda: None)), inner.asked


@pytest.mark.standard("RFC 9110", "15.4.5")
def test_a_page_that_is_not_modified_is_what_it_was() -> None:
    page = Page("text/html", "UTF-8", "meta", "T", (URL, "http://b.test/"), ("http://b.test/",))
    known = BEFORE._replace(page=page, data={"x": 1}, fetched_at="then", missing=("y",))
    not_modified = Done(visit_of(URL)._replace(status=304, content_type=None, sha256=None, fetched_at="now"))
    outcome, asked = taken(Memory(known), not_modified)
    assert isinstance(outcome, Done)
    visit = outcome.visit
    assert (visit.status, visit.change, visit.unchanged_since) == (304, "unchanged", "then")
    assert (visit.title, visit.links, visit.sha256) == ("T", page.links, "aa")
    assert (visit.data, visit.missing) == ({"x": 1}, ("y",))
    assert (visit.content_type, visit.charset, visit.charset_source) == page[:3]
    assert outcome.follow == page.follow
    assert asked == [conditions_of(known)]


def test_an_unknown_page_is_asked_for_without_conditions_and_is_new() -> None:
    outcome, asked = taken(Memory(), Done(visit_of(URL)))
    assert isinstance(outcome, Done)
    assert (outcome.visit.change, asked) == ("new", [()])


def test_what_is_no_visit_is_handed_on() -> None:
    assert taken(Memory(BEFORE), Unheard())[0] == Unheard()
