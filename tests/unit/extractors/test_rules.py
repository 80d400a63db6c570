"""Which rules hold for which page, and what they give together."""

from __future__ import annotations

from time import process_time
from typing import Any

from crawler.core.visit import Document, Taken
from crawler.extractors.composition import compose
from crawler.extractors.section import ExtractSection, FollowSection
from tests.unit.extractors.documents import URL, html, json_body

PAGE = html(
    "<h1>A</h1><h2>B</h2><div id=n><a href=/1>1</a><a href=/2>2</a></div><a id=z href=/1>1</a><i data-u=/3></i>"
)


def taken(*documents: Document, url: str = URL, extract: Any = (), follow: Any = (), forms: Any = ()) -> Taken | None:
    """What is taken from the documents of one page; None if nothing is asked of it."""
    rules = compose(
        [ExtractSection.model_validate(one) for one in extract],
        [FollowSection.model_validate(one) for one in follow],
        forms,
    )
    reading = rules.reading(url) if rules is not None else None
    for document in documents or (PAGE,):
        if reading is not None:
            reading.look_at(document)
    return None if reading is None else reading.result()


def hrefs(*rules: Any, url: str = URL, document: Document = PAGE) -> tuple[str, ...] | None:
    """The references that rules choose."""
    result = taken(document, url=url, follow=rules)
    return None if result is None else result.hrefs


def test_nothing_is_asked_of_pages_that_no_rule_matches() -> None:
    assert compose((), (), ()) is None
    assert taken(extract=[{"match": "/blog/", "fields": {"a": {"css": "h1"}}}]) is None


def test_all_rule_sets_that_match_count_and_the_later_one_of_two_fields() -> None:
    rules = [
        {"fields": {"a": {"css": "h1"}, "b": {"css": "h1"}}},
        {"match": "/product/", "fields": {"b": {"css": "h2"}, "c": {"css": "h2"}}},
        {"match": "/blog/", "fields": {"a": {"css": "h2"}}},
    ]
    result = taken(extract=rules)
    assert result is not None
    assert dict(result.data) == {"a": "A", "b": "B", "c": "B"}
    assert list(result.data) == ["a", "b", "c"]
    assert (result.hrefs, dict(result.bodies)) == (None, {})


def test_links_are_chosen_by_elements_that_are_or_hold_links_or_by_references() -> None:
    assert hrefs({"css": "#n"}) == ("/1", "/2")
    assert hrefs({"css": "#z"}) == ("/1",)
    assert hrefs({"css": ["#z", "#n", "[data-u]::attr(data-u)"]}) == ("/1", "/2", "/3")
    assert hrefs({"css": "h1"}) == ()
    assert hrefs({"css": []}) == ()


def test_rules_about_links_add_up_and_leave_other_pages_alone() -> None:
    assert hrefs({"match": "/product/", "css": "#z"}, {"css": "[data-u]::attr(data-u)"}) == ("/1", "/3")
    assert hrefs({"match": "/product/", "css": []}, {"match": "/blog/", "css": "#z"}) == ()
    assert hrefs({"match": "/blog/", "css": "#z"}) is None


def test_references_in_json_are_texts() -> None:
    body = json_body('{"next": "/p2", "items": [{"u": "/1"}, {"u": null}, {"u": 5}], "o": {"a": 1}}')
    assert hrefs({"json": ["next", "items[].u", "o"]}, document=body) == ("/p2", "/1")
    assert hrefs({"css": "a"}, document=body) == ()


def test_missing_fields_are_named_once_a_page() -> None:
    fields = {"x": {"each": "a", "fields": {"y": {"css": "q", "required": True}}}, "z": {"css": "q", "required": True}}
    result = taken(extract=[{"fields": fields}])
    assert result is not None
    assert result.missing == ("x.y", "z")


def test_a_field_whose_pattern_takes_too_long_counts_as_missing_and_costs_no_other() -> None:
    slow = html("<h1>A</h1><p>" + "a" * 5000 + "b")
    fields = {"slow": {"css": "p", "regex": "(?=(a+)+$)(a+)+$"}, "fine": {"css": "h1"}}
    result = taken(slow, extract=[{"fields": fields}])
    assert result is not None
    assert (dict(result.data), result.missing) == ({"slow": None, "fine": "A"}, ("slow",))


def test_a_match_that_takes_too_long_is_none() -> None:
    rules = [{"match": "(?=(a+)+$)(a+)+$", "fields": {"a": {"css": "h1"}}}]
    assert taken(url="https://example.org/" + "a" * 5000 + "b", extract=rules) is None


def test_forms_of_the_body_are_made_for_every_page() -> None:
    result = taken(html("<p>a"), html("<p>b"), forms={"text"})
    assert result is not None
    assert dict(result.bodies) == {"text": "a\nb"}


def test_there_is_no_body_where_there_is_no_html() -> None:
    result = taken(json_body("{}"), forms={"text", "markdown"})
    assert result is not None
    assert dict(result.bodies) == {}


def test_elements_inside_each_other_take_a_bounded_time_and_cost_no_other_field() -> None:
    deep = html("<div>" * 256 + "<p>" * 50_000)
    started = process_time()
    fields = {"all": {"css": "div, p", "all": True, "default": "none"}, "one": {"css": "p", "attr": "x", "default": 1}}
    result = taken(deep, extract=[{"fields": fields}], follow=[{"css": ["div", "p"]}])
    assert result is not None
    assert (dict(result.data), result.missing) == ({"all": "none", "one": 1}, ("all",))
    assert process_time() - started < 15


def test_rules_can_do_without_the_forms_of_the_body() -> None:
    rules = compose(
        [ExtractSection.model_validate({"fields": {"a": {"css": "h1"}}})],
        [FollowSection.model_validate({"css": "#n"})],
        ["text"],
    )
    assert rules is not None
    plain = rules.without_bodies()
    results = []
    for one in (rules, plain):
        assert one is not None
        reading = one.reading(URL)
        assert reading is not None
        reading.look_at(PAGE)
        results.append(reading.result())
    assert results[0].bodies.keys() == {"text"}
    assert results[1] == results[0]._replace(bodies={})
    assert plain is not None
    assert plain.heavy_bytes is None
    assert plain.without_bodies() is plain
    only_bodies = compose((), (), ["text"])
    assert only_bodies is not None
    assert only_bodies.without_bodies() is None
