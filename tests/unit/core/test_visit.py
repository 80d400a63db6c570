"""The values a URL becomes on its way."""

from __future__ import annotations

import json

import pytest

from crawler.core.url import Base
from crawler.core.visit import Document, Exchange, Headers, Page, Request, Response, Visit, VisitError

URL = "https://example.org/a"
VISIT = Visit(
    url=URL,
    final_url=URL,
    status=200,
    ok=True,
    error=None,
    fetched_at="2026-11-22T17:34:00.000Z",
    elapsed_s=0.1,
    attempts=1,
    depth=0,
    parent=None,
)


def test_a_request_is_by_default_a_seed_never_asked() -> None:
    request = Request(URL, URL, "example.org")
    assert request[3:] == (0, None, "page", 0, 0, (), False)
    assert not request.is_taken_up


@pytest.mark.parametrize("change", [{"attempts": 1}, {"redirects": (URL,)}])
def test_a_request_is_taken_up_once_it_was_asked_or_redirected(change: dict[str, object]) -> None:
    assert Request(URL, URL, "example.org")._replace(**change).is_taken_up  # type: ignore[arg-type]


def test_a_sitemap_is_never_taken_up_since_it_has_no_record() -> None:
    assert not Request(URL, URL, "example.org", kind="sitemap", attempts=2).is_taken_up


def test_a_request_keeps_its_url_whatever_it_asks_now() -> None:
    moved = Request(URL, URL, "example.org")._replace(target="https://example.com/", host="example.com")
    assert (moved.url, moved.target) == (URL, "https://example.com/")


def test_a_request_can_be_stored_as_json() -> None:
    request = Request(URL, URL, "example.org", 2, "https://example.org/", "page", 1, 3, (URL,))
    restored = Request(*json.loads(json.dumps(request)))
    assert restored._replace(redirects=tuple(restored.redirects)) == request


def test_fields_are_found_by_name_and_kept_in_order() -> None:
    headers = Headers([("link", "<a>"), ("etag", '"1"'), ("link", "<b>"), ("x", "")])
    assert headers.get("link") == "<a>"
    assert headers.all("link") == ["<a>", "<b>"]
    assert headers.get("x") == ""
    assert list(headers)[1] == ("etag", '"1"')


def test_absent_fields_are_none_or_nothing() -> None:
    assert Headers().get("etag") is None
    assert Headers([("etag", "1")]).all("Etag") == []


def test_an_exchange_keeps_every_body_and_tells_nobody_unless_asked_to() -> None:
    exchange = Exchange(URL, max_body_bytes=10)
    assert exchange.keep_body(200, Headers()) is True
    assert exchange.enough_bytes(200, Headers()) is None
    exchange.on_sent()
    assert exchange.headers == ()


def test_a_response_without_a_body_has_no_bytes_and_no_hash() -> None:
    response = Response(URL, 204, "HTTP/1.1", Headers())
    assert (response.body, response.bytes_received, response.body_bytes, response.sha256) == (b"", 0, 0, None)


def test_pages_and_visits_have_empty_mappings_that_nobody_can_fill_by_default() -> None:
    for mapping in (Page().refused, VISIT.data):
        with pytest.raises(TypeError):
            mapping["x"] = 1  # type: ignore[index]
    assert (VISIT.data, VISIT.links, VISIT.redirects) == ({}, (), ())


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (VISIT, "status"),
        (Page(), "title"),
        (VisitError("dns", "no such host"), "type"),
        (Response(URL, 200, "HTTP/2", Headers()), "status"),
        (Exchange(URL, 1), "url"),
    ],
)
def test_values_do_not_change(value: object, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(value, name, None)


def test_visits_with_the_same_content_are_equal() -> None:
    failed = VISIT._replace(status=None, ok=False, error=VisitError("timeout", "connect: 10 s"))
    assert failed == failed._replace(error=VisitError("timeout", "connect: 10 s"))
    assert failed != VISIT


def test_what_is_made_of_a_document_is_made_once() -> None:
    made: list[str] = []

    def length(document: Document) -> int:
        made.append(document.url)
        return len(document.text)

    document = Document(URL, "abc", Base(URL))
    assert (document.once(length), document.once(length), made) == (3, 3, [URL])
    assert document.once(lambda document: document.root) is None


def test_a_visit_gives_its_body_in_the_form_asked_for() -> None:
    visit = VISIT._replace(body="<p>a", bodies={"text": "a"})
    assert [visit.body_as("html"), visit.body_as("text"), visit.body_as("markdown")] == ["<p>a", "a", None]
