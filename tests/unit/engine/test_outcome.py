"""Outcomes are values: what one request came to cannot change on its way to the records."""

from __future__ import annotations

from typing import get_args

import pytest

from crawler.core.visit import Headers, Response
from crawler.engine.outcome import Again, Done, Hop, Outcome, SitemapDone, Unheard
from tests.unit.engine.fakes import A, visit_of

RESPONSE = Response(f"{A}/", 302, "HTTP/1.1", Headers())


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        (Done(visit_of(f"{A}/")), "visit"),
        (Hop(f"{A}/next", RESPONSE), "target"),
        (SitemapDone(RESPONSE), "response"),
        (Again(1.0, "backoff", False, "503"), "wait_s"),
    ],
)
def test_an_outcome_does_not_change(outcome: Outcome, field: str) -> None:
    with pytest.raises(AttributeError):
        setattr(outcome, field, None)


def test_there_are_five_things_that_a_request_may_come_to() -> None:
    assert set(get_args(Outcome)) == {Done, Hop, SitemapDone, Again, Unheard}


def test_an_end_counts_as_tried_and_brings_nothing_to_follow_unless_it_says_otherwise() -> None:
    done, sitemap = Done(visit_of(f"{A}/")), SitemapDone(None, "404")
    assert (done.was_tried, done.follow, done.refused_links) == (True, (), ())
    assert sitemap.was_tried
