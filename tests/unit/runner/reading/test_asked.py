"""What is asked of pages survives the way to another process, and makes the rules that it should."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from crawler.core.visit import Headers, Response
from crawler.extractors.rules import Rules
from crawler.extractors.section import ExtractSection, FollowSection
from crawler.extractors.traces.traced_rules import TracedRules
from crawler.parsing.page import read_page
from crawler.runner.reading.asked import Asked

EXTRACT = ExtractSection.model_validate({"fields": {"name": {"css": "h1"}}})
FOLLOW = FollowSection.model_validate({"css": "nav"})
HTML = Headers([("content-type", "text/html")])


@pytest.mark.parametrize("asked", [Asked((EXTRACT,)), Asked(follow=(FOLLOW,)), Asked(forms=("text",))])
def test_what_is_asked_makes_rules_here_and_there(asked: Asked) -> None:
    response = Response(
        "http://a.test/", 200, "HTTP/1.1", HTML, b"<h1>A</h1><nav><a href=/b>b</a></nav><a href=/c>c</a>"
    )
    there: Asked = pickle.loads(pickle.dumps(asked))
    assert isinstance(asked.rules(), Rules)
    assert read_page(response, rules=there.rules()) == read_page(response, rules=asked.rules())
    assert read_page(response, rules=asked.rules()) != read_page(response)


@pytest.mark.parametrize("is_traced", [False, True])
def test_where_nothing_is_asked_there_are_no_rules(is_traced: bool) -> None:
    assert Asked(is_traced=is_traced).rules() is None


def test_traces_are_made_only_where_they_are_wanted() -> None:
    heeded: list[Any] = []
    rules = Asked((EXTRACT,), is_traced=True).rules(heeded.append)
    assert isinstance(rules, TracedRules)
    response = Response("http://a.test/", 200, "HTTP/1.1", HTML, b"<h1>A</h1>")
    assert heeded == []
    assert [trace.field for trace in read_page(response, rules=rules).taken.traces] == [("name",)]
    assert len(heeded) == 1
    assert read_page(response, rules=Asked((EXTRACT,)).rules()).taken.traces == ()
