"""Regular expressions on a page's text, markup or URL."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.core.pattern import PatternTimeout
from crawler.extractors.regex_extractor import RegexExtractor
from tests.unit.extractors.documents import found, html, json_body

PAGE = html("<p class=c>No 1</p><p>No 2<script>No 3</script>")


@pytest.mark.parametrize(
    ("expression", "source", "values"),
    [
        (r"No \d", "text", ["No 1", "No 2"]),
        (r"No (\d)", "text", ["1", "2"]),
        (r"No (\d)", "html", ["1", "2", "3"]),
        (r"(?m)^No (\d)$", "text", ["1", "2"]),
        (r"class=(\w)", "html", ["c"]),
        (r"class", "text", []),
        (r"/product/(\d+)", "url", ["7"]),
        (r"(?<=product/)\d+", "url", ["7"]),  # beyond the linear engine
        (r"No 1|No (2)", "text", ["2"]),  # a group without part in a match is no value
    ],
)
def test_matches_or_their_first_groups_are_the_values(expression: str, source: Any, values: list[str]) -> None:
    assert found("regex", expression, PAGE, source=source) == values


def test_of_a_json_body_the_text_is_the_json() -> None:
    assert found("regex", r'"a": (\d)', json_body('{"a": 1}')) == ["1"]


def test_a_pattern_that_takes_too_long_says_so() -> None:
    with pytest.raises(PatternTimeout):
        list(RegexExtractor(r"(?=(a+)+$)(a+)+$", "html").find(html("a" * 5000 + "b")))
