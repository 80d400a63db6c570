"""One request, one decision: a visit, a hop, a sitemap, or another try; and what the record will say."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest

from crawler.core.errors import FetchFailed
from crawler.core.visit import Document, Headers, Page, Request, Response, Taken, Visit
from crawler.engine.fetcher import SITEMAP_BYTES, Fetcher, describe_status, is_worth_reading, is_worth_reading_with_json
from crawler.engine.outcome import Again, Done, Hop, Outcome, SitemapDone
from crawler.engine.reading import PageGivenUp
from crawler.parsing.page import read_page
from tests.unit.engine.fakes import A, Answer, Reply, ScriptedClient, busy, fault, moved, page, retry_rules

URL = f"{A}/page"
REQUEST = Request(URL, URL, "a.test")


def fetcher_of(answer: Answer, **more: Any) -> tuple[Fetcher, ScriptedClient]:
    """A fetcher whose every request is answered by `answer`."""
    client = ScriptedClient({URL: answer, f"{A}/hop": answer})
    options: dict[str, Any] = {
        "max_body_bytes": 1000,
        "max_redirects": 2,
        "max_links": 10,
        "product_token": "crawlfile",
        "obey_nofollow": True,
    }
    return Fetcher(client, retry_rules(), **options | more), client


def take(answer: Answer, request: Request = REQUEST, **more: Any) -> Outcome:
    """What comes of `request`."""
    return asyncio.run(fetcher_of(answer, **more)[0].take(request, lambda: None))


def visit_after(answer: Answer, request: Request = REQUEST, **more: Any) -> Visit:
    """The visit that `request` ends in."""
    outcome = take(answer, request, **more)
    assert isinstance(outcome, Done)
    return outcome.visit


def error_after(answer: Answer, request: Request = REQUEST, **more: Any) -> tuple[str, str]:
    """Type and message of what went wrong."""
    visit = visit_after(answer, request, **more)
    assert visit.error is not None
    assert not visit.ok
    return visit.error.type, visit.error.message


def test_a_page_becomes_a_visit_with_its_title_and_the_links_to_follow() -> None:
    html = b'<title>Hi</title><a href="/1">x</a><a href="/2" rel=nofollow>x</a><a href="mailto:a@b">x</a>'
    headers = (("content-type", "Text/HTML; charset=utf-8"), ("etag", '"e"'), ("last-modified", "yesterday"))
    outcome = take(Reply(body=html, headers=headers, takes_s=0.02), REQUEST._replace(depth=2, parent=f"{A}/"))
    assert isinstance(outcome, Done)
    visit = outcome.visit
    assert (visit.url, visit.final_url, visit.status, visit.ok, visit.error) == (URL, URL, 200, True, None)
    assert (visit.depth, visit.parent, visit.attempts, visit.redirects) == (2, f"{A}/", 1, ())
    assert (visit.title, visit.content_type, visit.charset, visit.charset_source) == (
        "Hi",
        "text/html",
        "UTF-8",
        "header",
    )
    assert (visit.etag, visit.last_modified, visit.elapsed_s, visit.http_version) == (
        '"e"',
        "yesterday",
        0.02,
        "HTTP/1.1",
    )
    assert (visit.bytes_received, visit.body_bytes) == (len(html), len(html))
    assert outcome.follow == (f"{A}/1",)
    assert dict(outcome.refused_links)["scheme"] == 1
    assert outcome.was_tried


def test_the_time_of_a_visit_is_utc_with_milliseconds() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", visit_after(page()).fetched_at)


def test_headers_and_text_are_kept_only_where_an_output_asks_for_them() -> None:
    assert (visit_after(page()).headers, visit_after(page()).body) == (None, None)
    kept = visit_after(page(title="Hi"), keep_headers=True, keep_body=True)
    assert kept.headers == [("content-type", "text/html; charset=utf-8")]
    assert kept.body is not None
    assert "<title>Hi</title>" in kept.body
    assert visit_after(fault("tls"), keep_headers=True).headers is None


def test_what_is_not_html_is_recorded_by_its_type_and_size_alone() -> None:
    visit = visit_after(Reply(body=b'<a href="/1">', headers=(("content-type", "image/png"),)))
    assert (visit.content_type, visit.ok, visit.links, visit.body_bytes) == ("image/png", True, (), 13)


@pytest.mark.parametrize("status", [200, 201, 203, 206, 299])
def test_every_2xx_is_a_usable_answer(status: int) -> None:
    assert visit_after(page(status=status)).ok


@pytest.mark.parametrize("status", [304, 300, 400, 404, 410, 501, 999, 100])
def test_other_statuses_are_failures_named_by_their_phrase(status: int) -> None:
    assert error_after(page("/1", status=status)) == ("http_status", describe_status(status))
    outcome = take(page("/1", status=status))
    assert isinstance(outcome, Done)
    assert (outcome.visit.status, outcome.visit.links, outcome.follow) == (status, (), ())


def test_a_status_without_a_name_is_said_by_its_number() -> None:
    assert (describe_status(404), describe_status(799)) == ("404 Not Found", "799")


# Another try


@pytest.mark.parametrize(("attempts", "wait_s"), [(0, 1), (1, 2), (2, 4)])
def test_a_passing_failure_is_worth_another_try_after_a_growing_wait(attempts: int, wait_s: float) -> None:
    request = REQUEST._replace(attempts=attempts)
    assert take(fault("timeout", "too slow"), request) == Again(wait_s, "backoff", False, "timeout: too slow")
    assert take(busy(500), request) == Again(wait_s, "backoff", False, "http_status: 500 Internal Server Error")


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_host_is_paused_as_long_as_it_asks(status: int) -> None:
    cause = f"http_status: {describe_status(status)}"
    assert take(busy(status)) == Again(1, "backoff", True, cause)
    assert take(busy(status, "60")) == Again(60, "retry-after", True, cause)


def test_after_enough_attempts_the_failure_stands_with_their_number() -> None:
    request = REQUEST._replace(attempts=3)
    assert error_after(busy(503), request) == ("http_status", "503 Service Unavailable")
    assert error_after(fault("connect", "refused"), request) == ("connect", "refused")
    assert visit_after(busy(503), request).attempts == 4
    assert visit_after(fault("connect"), request).attempts == 4


def test_a_wait_that_is_too_long_is_a_failure_that_says_so() -> None:
    kind, message = error_after(busy(503, "301"))
    assert kind == "retry_after_too_long"
    assert "301 s" in message


@pytest.mark.parametrize("kind", ["tls", "body_too_large", "decoding", "private_address", "unsupported_scheme"])
def test_a_failure_that_does_not_pass_is_not_tried_again(kind: str) -> None:
    visit = visit_after(fault(kind, "no"))
    assert (visit.error and visit.error.type, visit.attempts, visit.status, visit.final_url) == (kind, 1, None, None)


def test_a_failure_keeps_what_had_arrived_before_it() -> None:
    half = Response(URL, 200, "HTTP/1.1", Headers([("content-type", "text/html")]), b"", 500, 700, elapsed_s=3.0)
    failure = FetchFailed("body_too_large", "body longer than 1000 bytes", response=half)
    visit = visit_after(failure)
    assert (visit.status, visit.bytes_received, visit.body_bytes, visit.elapsed_s) == (200, 500, 700, 3.0)
    assert (visit.ok, visit.content_type, visit.final_url) == (False, "text/html", URL)


@pytest.mark.parametrize("reached", [True, False])
def test_only_a_failure_that_reached_the_network_counts_as_tried(reached: bool) -> None:
    outcome = take(fault("private_address", reached=reached))
    assert isinstance(outcome, Done)
    assert outcome.was_tried is reached


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_found_and_not_followed(status: int) -> None:
    fetcher, client = fetcher_of(moved("/next#part", status))
    outcome = asyncio.run(fetcher.take(REQUEST, lambda: None))
    assert isinstance(outcome, Hop)
    assert outcome.target == f"{A}/next"
    assert len(client.sent) == 1


def test_octets_of_a_location_are_escaped_as_sent() -> None:
    outcome = take(moved("/\xc3\xa9"))
    assert isinstance(outcome, Hop)
    assert outcome.target == f"{A}/%C3%A9"


def test_a_location_is_relative_to_the_url_that_was_asked_last() -> None:
    asked = REQUEST._replace(target=f"{A}/hop", redirects=(URL,))
    outcome = take(moved("?x"), asked)
    assert isinstance(outcome, Hop)
    assert outcome.target == f"{A}/hop?x"


@pytest.mark.parametrize("status", [300, 304, 305, 306])
def test_other_3xx_are_no_redirects(status: int) -> None:
    assert error_after(moved("/next", status))[0] == "http_status"


def test_a_redirect_without_a_location_is_a_failure_of_its_status() -> None:
    assert error_after(Reply(302)) == ("http_status", "302 Found")


def test_too_many_redirects_are_a_failure_with_the_chain_so_far() -> None:
    chain = (URL, f"{A}/1")
    request = REQUEST._replace(target=f"{A}/hop", redirects=chain)
    visit = visit_after(moved("/next"), request)
    assert visit.error is not None
    assert (visit.error.type, visit.redirects, visit.final_url) == ("too_many_redirects", chain, f"{A}/hop")
    assert (visit.status, visit.attempts) == (302, 1)
    assert isinstance(take(moved("/next"), request._replace(redirects=chain[:1])), Hop)


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("ftp://a.test/", "unsupported_scheme"),
        ("file:///etc/passwd", "unsupported_scheme"),
        ("javascript:alert(1)", "unsupported_scheme"),
        ("http://user:secret@a.test/", "redirect_refused"),
        ("http://", "redirect_refused"),
        ("http://[::1", "redirect_refused"),
    ],
)
def test_a_redirect_to_what_cannot_be_crawled_is_a_failure_that_keeps_secrets(location: str, kind: str) -> None:
    found, message = error_after(moved(location))
    assert found == kind
    assert "secret" not in message


# Ends without a request


def test_a_refusal_before_anything_was_sent_counts_no_attempt() -> None:
    fetcher, _ = fetcher_of(page())
    done = fetcher.refused(REQUEST, "robots", "no")
    assert isinstance(done, Done)
    assert (done.visit.attempts, done.was_tried, done.visit.final_url) == (0, False, None)


def test_a_refusal_at_a_hop_counts_what_was_sent_before() -> None:
    fetcher, _ = fetcher_of(page())
    hop = REQUEST._replace(target=f"{A}/hop", redirects=(URL,))
    attempts = [
        fetcher.refused(hop, "robots", "no"),
        fetcher.refused(hop._replace(attempts=2), "robots", "no"),
        fetcher.refused(REQUEST, "connect", "no", attempts=4),
    ]
    assert [done.visit.attempts for done in attempts if isinstance(done, Done)] == [1, 3, 4]


def test_a_duplicate_names_the_record_that_has_the_content_and_is_neither_usable_nor_failed() -> None:
    fetcher, _ = fetcher_of(page())
    response = Response(URL, 301, "HTTP/1.1", Headers(), elapsed_s=0.5)
    done = fetcher.duplicate(REQUEST._replace(attempts=1), Hop(f"{A}/b", response), f"{A}/owner")
    assert isinstance(done, Done)
    visit = done.visit
    assert (visit.duplicate_of, visit.final_url, visit.redirects) == (f"{A}/owner", f"{A}/b", (URL,))
    assert (visit.ok, visit.error, visit.status, visit.attempts) == (False, None, 301, 2)


# Sitemaps

SITEMAP = REQUEST._replace(kind="sitemap")


def test_a_sitemap_is_handed_on_whole_and_makes_no_visit() -> None:
    outcome = take(Reply(body=b"<urlset/>"), SITEMAP)
    assert isinstance(outcome, SitemapDone)
    assert outcome.response is not None
    assert outcome.response.body == b"<urlset/>"


def test_a_sitemap_that_fails_says_why_after_its_retries() -> None:
    assert isinstance(take(busy(500), SITEMAP), Again)
    assert take(busy(500), SITEMAP._replace(attempts=3)) == SitemapDone(None, "http_status: 500 Internal Server Error")
    assert take(fault("dns", "no", reached=False), SITEMAP._replace(attempts=3)) == SitemapDone(
        None, "dns: no", was_tried=False
    )
    fetcher, _ = fetcher_of(page())
    assert fetcher.refused(SITEMAP, "robots", "no") == SitemapDone(None, "robots: no", was_tried=False)
    known = fetcher.duplicate(SITEMAP, Hop(f"{A}/b", Response(URL, 301, "HTTP/1.1", Headers())), f"{A}/b")
    assert known == SitemapDone(None, f"redirects to {A}/b, which is read already")


def test_a_sitemap_may_be_larger_than_a_page_but_is_bounded() -> None:
    large = Reply(body=b"x" * 5000)
    assert isinstance(take(large, SITEMAP), SitemapDone)
    assert error_after(large)[0] == "body_too_large"
    assert take(Reply(body=b"x" * (SITEMAP_BYTES + 1)), SITEMAP._replace(attempts=3)) == SitemapDone(
        None, f"body_too_large: body longer than {SITEMAP_BYTES} bytes"
    )


@pytest.mark.parametrize(
    ("status", "content_type", "worth"),
    [
        (200, "text/html; charset=x", True),
        (200, "application/xhtml+xml", True),
        (200, None, True),
        (200, "image/png", False),
        (404, "text/html", False),
        (302, "text/html", False),
    ],
)
def test_a_body_is_kept_where_it_may_hold_links(status: int, content_type: str | None, worth: bool) -> None:
    headers = Headers([] if content_type is None else [("content-type", content_type)])
    assert is_worth_reading(status, headers) is worth


def test_json_is_worth_reading_where_rules_look_into_it() -> None:
    json = Headers([("content-type", "application/json")])
    assert is_worth_reading_with_json(200, json)
    assert not is_worth_reading_with_json(404, json)
    assert is_worth_reading_with_json(200, Headers([("content-type", "text/html")]))
    assert not is_worth_reading_with_json(200, Headers([("content-type", "image/png")]))


@dataclass
class JsonRules:
    """Rules that take the text of JSON bodies, and have a form of all of them."""

    reads_json: bool = True
    text: str = ""
    heavy_bytes: int | None = None
    bodies: tuple[tuple[str, str], ...] = (("text", "t"),)

    def without_bodies(self) -> JsonRules:
        return replace(self, bodies=()) if self.bodies else self

    def reading(self, url: str) -> JsonRules:
        return self

    def look_at(self, document: Document) -> None:
        self.text = document.text

    def result(self) -> Taken:
        return Taken({"text": self.text}, ("a",), ("/next",), dict[str, str](self.bodies))


@pytest.mark.parametrize(("reads_json", "text"), [(True, "{}"), (False, None)])
def test_what_rules_take_is_in_the_visit(reads_json: bool, text: str | None) -> None:
    reply = Reply(body=b"{}", headers=(("content-type", "application/json"),))
    outcome = take(reply, rules=JsonRules(reads_json))
    assert isinstance(outcome, Done)
    visit = outcome.visit
    if text is None:
        assert (visit.data, visit.missing, visit.bodies, outcome.follow) == ({}, (), {}, ())
    else:
        assert (visit.data, visit.missing, visit.bodies) == ({"text": text}, ("a",), {"text": "t"})
        assert outcome.follow == (f"{A}/next",)


CONDITIONS = (("If-None-Match", '"1"'),)


@pytest.mark.standard("RFC 9110", "15.4.5")
def test_a_page_that_is_not_modified_is_a_visit_without_the_page() -> None:
    fetcher, client = fetcher_of(Reply(304, headers=(("etag", '"1"'),)))
    outcome = asyncio.run(fetcher.take(REQUEST, lambda: None, CONDITIONS))
    assert isinstance(outcome, Done)
    visit = outcome.visit
    assert (visit.status, visit.ok, visit.error, visit.etag) == (304, True, None, '"1"')
    assert (visit.title, visit.links, outcome.follow, visit.body_bytes) == (None, (), (), 0)
    assert [sent.headers for sent in client.sent] == [CONDITIONS]


def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    assert error_after(Reply(304))[0] == "http_status"


def test_answers_are_kept_whole_only_where_an_output_archives_them() -> None:
    binary = Reply(404, body=b"\x00", headers=(("content-type", "image/png"),))
    kept, left = visit_after(binary, keep_response=True), visit_after(binary)
    assert kept.response is not None
    assert (kept.response.body, left.response) == (b"\x00", None)


def test_a_hop_is_told_only_where_an_output_archives_it() -> None:
    outcome = take(moved(f"{A}/hop"), keep_response=True)
    assert isinstance(outcome, Hop)
    assert outcome.visit is not None
    assert (outcome.visit.is_hop, outcome.visit.status) == (True, 302)
    plain, sitemap = (
        take(moved(f"{A}/hop")),
        take(moved(f"{A}/hop"), REQUEST._replace(kind="sitemap"), keep_response=True),
    )
    assert isinstance(plain, Hop)
    assert isinstance(sitemap, Hop)
    assert (plain.visit, sitemap.visit) == (None, None)


HEAVY = page(*(f"/{number}" for number in range(120_000)), title="Large")


def take_heavy(answer: Answer, read: Any, request: Request = REQUEST) -> Outcome:
    """What comes of a page of 100,000 tags and more that `read` is asked to read."""
    return take(answer, request, max_body_bytes=10_000_000, read_heavy=read)


def test_a_heavy_page_is_read_elsewhere_and_has_the_same_visit() -> None:
    read: list[Response] = []

    async def elsewhere(response: Response) -> Page:
        read.append(response)
        return read_page(response, max_links=10)

    there, here = take_heavy(HEAVY, elsewhere), take(HEAVY, max_body_bytes=10_000_000)
    assert isinstance(there, Done)
    assert isinstance(here, Done)
    assert there._replace(visit=there.visit._replace(fetched_at=here.visit.fetched_at)) == here
    assert there.visit.title == "Large"
    take_heavy(page("/1"), elsewhere)
    take_heavy(HEAVY, elsewhere, REQUEST._replace(kind="sitemap"))
    assert len(read) == 1


def test_a_heavy_page_that_was_given_up_keeps_what_the_server_said() -> None:
    async def elsewhere(response: Response) -> Page:
        raise PageGivenUp("reading the page took longer than 10 s")

    outcome = take_heavy(HEAVY, elsewhere)
    assert isinstance(outcome, Done)
    visit = outcome.visit
    assert visit.error == ("internal", "reading the page took longer than 10 s")
    assert (visit.ok, visit.status, visit.attempts, visit.links) == (False, 200, 1, ())
    assert visit.bytes_received > 1_000_000


async def given_up(response: Response, *, with_bodies: bool = True) -> Page:
    """What reads pages elsewhere, and fails."""
    raise PageGivenUp("reading the page took longer than 10 s")


def test_a_page_is_read_elsewhere_if_what_is_asked_of_it_makes_it_heavy() -> None:
    read: list[str] = []

    async def elsewhere(response: Response) -> Page:
        read.append(response.url)
        return read_page(response)

    small = page("/1")
    assert isinstance(small, Reply)
    size = len(small.body)
    picture = replace(small, headers=(("content-type", "image/png"),))
    for heavy_bytes, answer in ((None, small), (size + 1, small), (1, Reply(headers=small.headers)), (1, picture)):
        take(answer, read_heavy=elsewhere, rules=JsonRules(heavy_bytes=heavy_bytes), keep_response=True)
        assert read == []
    take(small, read_heavy=elsewhere, rules=JsonRules(heavy_bytes=size))
    assert read == [URL]
    json_body = replace(small, headers=(("content-type", "application/ld+json"),))
    for reads_json, number in ((False, 1), (True, 2)):
        rules = JsonRules(reads_json, heavy_bytes=size)
        take(json_body, read_heavy=elsewhere, rules=rules, keep_response=True)
        assert len(read) == number


def test_a_page_that_is_given_up_for_a_form_of_its_body_is_read_without() -> None:
    html = Reply(body=b"<title>T</title><a href=/1>x</a>", headers=(("content-type", "text/html"),))
    visit = visit_after(html, read_heavy=given_up, rules=JsonRules(heavy_bytes=1))
    assert (visit.ok, visit.title, visit.links, visit.bodies) == (True, "T", (f"{A}/1",), {})
    assert visit.data == {"text": "<title>T</title><a href=/1>x</a>"}


@pytest.mark.parametrize(("bodies", "tries"), [((("text", "t"),), [True, False]), ((), [True])])
def test_a_page_that_is_heavy_in_itself_is_given_up_only_without_them_too(
    bodies: tuple[tuple[str, str], ...], tries: list[bool]
) -> None:
    asked: dict[str, Any] = {"rules": JsonRules(heavy_bytes=1, bodies=bodies), "max_body_bytes": 10_000_000}
    tried: list[bool] = []

    async def elsewhere(response: Response, *, with_bodies: bool = True) -> Page:
        tried.append(with_bodies)
        return read_page(response) if not with_bodies else await given_up(response)

    assert error_after(HEAVY, read_heavy=given_up, **asked)[0] == "internal"
    outcome = take(HEAVY, read_heavy=elsewhere, **asked)
    assert isinstance(outcome, Done)
    assert (outcome.visit.ok, tried) == (bool(bodies), tries)
