"""What goes to another process comes out as it went in."""

from __future__ import annotations

import marshal
from typing import Any

import pytest

from crawler.core.visit import Headers, Page, Request, Response, Visit, VisitError
from crawler.engine.outcome import Again, Done, Hop, SitemapDone
from crawler.runner.workers.packing import (
    packed_outcome,
    packed_page,
    packed_request,
    packed_response,
    unpacked_outcome,
    unpacked_page,
    unpacked_request,
    unpacked_response,
)

REQUEST = Request("http://a.test/", "http://b.test/x", "b.test", 2, None, "page", 1, 3, ("http://a.test/",))
RESPONSE = Response(
    "http://a.test/", 301, "HTTP/2", Headers([("location", "/é"), ("x", "1")]), b"\x00x", 2, 3, "ab", 0.5
)
LINKS = ("http://a.test/1", "http://a.test/2", "http://a.test/3")
VISIT = Visit(
    *("http://a.test/", "http://b.test/", 200, True, None, "2026-11-27T00:00:00.000Z", 0.25, 1, 2, "http://p.test/"),
    redirects=("http://a.test/",),
    title="lone \ud800 title",
    links=LINKS,
    data={"price": 1.5, "tags": ["a", None]},
    headers=Headers([("set-cookie", "a=1"), ("set-cookie", "b=2")]),
    body="text",
)
FAILED = VISIT._replace(error=VisitError("timeout", "no answer"), ok=False, links=(), data={}, headers=None, body=None)


def carried(values: Any) -> Any:
    return marshal.loads(marshal.dumps(values))


@pytest.mark.parametrize(
    "outcome",
    [
        Done(VISIT, LINKS, (("scheme", 2),)),
        Done(VISIT, LINKS[:2]),
        Done(VISIT, ()),
        Done(VISIT, (LINKS[2], LINKS[0])),
        Done(FAILED, was_tried=False),
        Hop("http://b.test/", RESPONSE),
        SitemapDone(RESPONSE),
        SitemapDone(None, "too large", was_tried=False),
        Again(1.5, "retry-after", True, "http_status: 503"),
    ],
)
def test_outcomes(outcome: Any) -> None:
    found = unpacked_outcome(carried(packed_outcome(outcome)))
    assert found == outcome
    assert type(found) is type(outcome)


def test_fields_have_their_types_again() -> None:
    found = unpacked_outcome(carried(packed_outcome(Done(FAILED._replace(headers=Headers([("a", "b")]))))))
    assert isinstance(found, Done)
    assert isinstance(found.visit.error, VisitError)
    assert isinstance(found.visit.headers, Headers)
    assert isinstance(unpacked_response(carried(packed_response(RESPONSE))).headers, Headers)


def test_requests_and_responses() -> None:
    assert unpacked_request(carried(packed_request(REQUEST))) == REQUEST
    assert unpacked_response(carried(packed_response(RESPONSE))) == RESPONSE


@pytest.mark.parametrize("follow", [LINKS, LINKS[:1], ()])
def test_pages(follow: tuple[str, ...]) -> None:
    page = Page("text/html", "utf-8", "meta", "A title", LINKS, follow, {"scheme": 1}, "text")
    assert unpacked_page(carried(packed_page(page))) == page
