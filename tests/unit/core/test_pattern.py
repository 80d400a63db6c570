"""Patterns: Python's syntax, linear time where possible, a deadline elsewhere."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.core.pattern import (
    LEAST_PATIENCE_S,
    MAX_PATTERN_LENGTH,
    BacktrackingFinder,
    BacktrackingPattern,
    Finder,
    Pattern,
    PatternTimeout,
    compile_finder,
    compile_pattern,
)

URL = "https://example.org/shop/Product/12.html?page=3"
CATASTROPHIC = (r"(?=a)(a|aa)+$", "a" * 60 + "b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/Product/", True),
        ("/product/", False),
        ("(?i)/product/", True),
        (r"/\d+\.html", True),
        (r"\.html$", False),
        (r"page=\d$", True),
        (r"page=\d\Z", True),
        ("^https://example", True),
        ("^/shop", False),
        (r"(?P<kind>Product|Offer)/(?P<id>\d+)", True),
        (r"(?P<s>/)shop(?P=s)", True),
        (r"Product/(?!12)", False),
        (r"(?<=shop/)Product", True),
        (r"\bshop\b", True),
        ("pag{,3}e", True),
        ("", True),
        ("a|shop", True),
        ("[?]page", True),
        (r"(?x) / shop \/  # comment", True),
        (r"(s)hop/.*\1", False),
        (r"(o)..Pr\1", True),
    ],
)
def test_a_pattern_is_searched_as_python_would(text: str, expected: bool) -> None:
    assert compile_pattern(text).search(URL) is expected
    assert bool(re.search(text, URL)) is expected


@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")
@settings(deadline=None)
@given(st.text(alphabet="ab/.?", max_size=20), st.text(alphabet="ab.?*+|()[]^$\\w{,}12", max_size=8))
def test_whatever_python_accepts_gives_the_answer_that_python_gives(url: str, text: str) -> None:
    try:
        expected = re.compile(text)
    except (re.error, OverflowError):
        return
    assert compile_pattern(text).search(url) is bool(expected.search(url))


@pytest.mark.parametrize("text", ["/product/", r"(?i)\d+$", "(?P<a>x)", "(a+)+$", "a*" * 50])
def test_ordinary_patterns_run_in_the_linear_engine(text: str) -> None:
    assert type(compile_pattern(text)) is Pattern


@pytest.mark.parametrize("text", ["(?=a)b", "(?<!a)b", r"(a)\1", "a++", r"a\Z", "a{,3}b", "a{1001}", "(?x) a"])
def test_what_the_linear_engine_cannot_do_runs_under_a_deadline(text: str) -> None:
    assert type(compile_pattern(text)) is BacktrackingPattern


def test_nested_repeats_take_linear_time_where_a_backtracking_engine_takes_for_ever() -> None:
    assert compile_pattern("^(a+)+$").search("a" * 100_000 + "b") is False


def test_a_search_that_explodes_ends_in_a_timeout() -> None:
    text, url = CATASTROPHIC
    with pytest.raises(PatternTimeout):
        compile_pattern(text).search(url)


def test_patience_shrinks_so_that_a_page_of_hostile_links_costs_a_fraction_of_a_second() -> None:
    text, url = CATASTROPHIC
    pattern = compile_pattern(text)
    began = time.process_time()
    for _ in range(100):
        with pytest.raises(PatternTimeout):
            pattern.search(url)
    assert time.process_time() - began < 100 * 0.05 / 2
    assert pattern._patience_s == LEAST_PATIENCE_S  # type: ignore[attr-defined]
    assert pattern.search("aaa") is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(a", "missing ) at position 2"),
        ("[a", "unterminated character set at position 2"),
        ("*a", "nothing to repeat at position 0"),
        ("ab\\", "bad escape (end of pattern) at position 3"),
        ("x{2,1}", "min repeat greater than max repeat at position 2"),
        (r"(a)\2", "invalid group reference at position 5"),
        ("(?P=x)", "unknown group at position 3"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_with_its_position(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        compile_pattern(text)


def test_a_pattern_too_long_or_too_deep_is_refused() -> None:
    assert compile_pattern("a" * MAX_PATTERN_LENGTH).search("b") is False
    with pytest.raises(ValueError, match=f"at most {MAX_PATTERN_LENGTH}"):
        compile_pattern("a" * (MAX_PATTERN_LENGTH + 1))
    with pytest.raises(ValueError, match="nested too deeply"):
        compile_pattern("(?=a)" + "(" * 4000 + ")" * 4000)


@pytest.mark.parametrize(
    "text", ["(?=a)(?:a{500}){500}", "(a{1000}){1000}", "(?=a)(?:(?:a{2}){2}b){1000000}", "(?=a)a{,999999999}"]
)
def test_repeats_that_would_fill_the_memory_are_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match="longer than 100000 characters when they are written out"):
        compile_pattern(text)


@pytest.mark.parametrize(
    "text", ["(?=a)[({]{5}\\({6}\\{7}", "(?=a)(?:[a-z]{1,50}/){1,500}", "(?=a)a{50}b{50}c{50}x{y}"]
)
def test_usual_repeats_are_not(text: str) -> None:
    assert compile_pattern(text).search("b") is False


def test_non_ascii_patterns_and_urls_are_compared_as_characters() -> None:
    assert compile_pattern("caf[éè]/").search("/café/")
    assert compile_pattern("(?=c)caf./").search("/café/")
    assert compile_pattern("a").search("\ud800a")


@pytest.mark.parametrize("text", ["/shop/", "(?=S)Shop|shop"])
def test_a_pattern_survives_the_way_to_another_process(text: str) -> None:
    copy = pickle.loads(pickle.dumps(compile_pattern(text)))
    assert copy.search(URL)
    assert copy.text == text
    assert text in repr(copy)


def test_neither_engine_is_loaded_before_the_first_pattern() -> None:
    code = "import sys, crawler.core.pattern; print({'re2', 'regex'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("[0-9]+", "a 12 b 3", ["12", "3"]),
        ("n([0-9])", "n1 n2", ["1", "2"]),
        ("n([0-9])([0-9])", "n12", ["1"]),
        ("(?P<a>x)|y", "x y", ["x"]),
        ("é+", "ééa é", ["éé", "é"]),
        (r"(?<=n)\d", "n1 2 n3", ["1", "3"]),
        (r"(a)\1", "aa ab", ["a"]),
        (r"\w+", "Größe ölig", ["Größe", "ölig"]),
        (r"1\s2", "1\u00a02", ["1\u00a02"]),
        ("x", "a", []),
    ],
)
def test_a_finder_gives_first_groups_or_whole_matches(pattern: str, text: str, found: list[str]) -> None:
    assert list(compile_finder(pattern).find(text)) == found


@settings(deadline=None)
@given(st.text(alphabet="ab1é", max_size=20), st.text(alphabet="ab1é.*+|()^$\\dwbs", max_size=8))
def test_a_finder_finds_what_python_finds(text: str, pattern: str) -> None:
    try:
        expected = re.compile(pattern)
    except (re.error, OverflowError):
        return
    group = min(expected.groups, 1)
    found = [match.group(group) for match in expected.finditer(text) if match.group(group)]
    assert [one for one in compile_finder(pattern).find(text) if one] == found


def test_finders_take_the_same_engines_as_patterns() -> None:
    assert type(compile_finder("(a+)+$")) is Finder
    assert type(compile_finder("(?=a)b")) is BacktrackingFinder
    assert repr(compile_finder("a")) == "Finder('a')"
    with pytest.raises(ValueError, match="position"):
        compile_finder("(")


def test_a_finder_that_explodes_ends_in_a_timeout() -> None:
    with pytest.raises(PatternTimeout, match="takes too long on a text of 5001 characters"):
        list(compile_finder("(?=(a+)+$)(a+)+$").find("a" * 5000 + "b"))
