"""RFC 9309: what robots.txt allows, rule against rule, and what the answer to its request means."""

from __future__ import annotations

import pickle
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.politeness.robots import ALLOW_ALL, DISALLOW_ALL, MOST_STARS, RobotsRules, from_answer

ORIGIN = "https://example.org"


def rules(*lines: str) -> RobotsRules:
    return RobotsRules.parse("\n".join(("User-agent: *", *lines)).encode(), "ExampleBot")


def allows(path: str, *lines: str) -> bool:
    return rules(*lines).verdict(ORIGIN + path).allowed


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/example/", None),
        ("/example/page/x", "Allow: /example/page/"),
        ("/example/page/disallowed.gif", "Disallow: /example/page/disallowed.gif"),
        ("/example/page/disallowed.gif?x", "Disallow: /example/page/disallowed.gif"),
    ],
)
def test_the_longest_match_decides_and_is_told_5_2(path: str, line: str | None) -> None:
    found = rules("Allow: /example/page/", "Disallow: /example/page/disallowed.gif").verdict(ORIGIN + path)
    assert found.line == line
    assert found.allowed is (line is None or line.startswith("Allow"))


def test_the_order_of_lines_does_not_matter_2_2_2() -> None:
    for lines in (("Disallow: /a", "Allow: /a/b"), ("Allow: /a/b", "Disallow: /a")):
        assert allows("/a/b/c", *lines)
        assert not allows("/a/c", *lines)


@pytest.mark.parametrize(
    ("allow", "disallow"), [("/page", "/page"), ("/p*ge", "/page"), ("/page", "/*age"), ("/a$", "/a*")]
)
def test_allow_wins_between_rules_of_equal_length_2_2_2(allow: str, disallow: str) -> None:
    path = "/a" if "$" in allow else "/page"
    assert allows(path, f"Allow: {allow}", f"Disallow: {disallow}")
    assert allows(path, f"Disallow: {disallow}", f"Allow: {allow}")


@pytest.mark.parametrize("line", ["Disallow:", "Disallow: ", "Allow:", "Disallow: # all", "Disallow: private"])
def test_an_empty_or_pathless_rule_matches_nothing_2_2_2(line: str) -> None:
    assert rules(line).verdict(ORIGIN + "/private").line is None


def test_no_matching_rule_means_allowed_2_2_2() -> None:
    assert allows("/other", "Disallow: /private")
    assert allows("/", "Disallow: /private")
    assert not allows("/", "Disallow: /")


def test_robots_txt_itself_is_always_allowed_2_2_2() -> None:
    everything = rules("Disallow: /", "Disallow: /robots.txt", "Disallow: /*$")
    for some in (everything, DISALLOW_ALL):
        assert some.verdict(f"{ORIGIN}/robots.txt").allowed
        assert not some.verdict(f"{ORIGIN}/robots.txt2").allowed
        assert not some.verdict(f"{ORIGIN}/robots.txt?x").allowed
        assert not some.verdict(f"{ORIGIN}/a/robots.txt").allowed


def test_paths_are_case_sensitive_2_2_2() -> None:
    assert allows("/Private", "Disallow: /private")


@pytest.mark.parametrize(
    ("rule", "path", "same"),
    [
        # The table of 2.2.2, each spelling against each.
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz", True),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", True),
        ("/foo/bar?baz=https%3A%2F%2Ffoo.bar", "/foo/bar?baz=https://foo.bar", True),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https://foo.bar", True),
        ("/foo/bar?baz=https%3a%2f%2ffoo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", True),
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84", True),
        ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", True),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz", True),
        ("/foo/bar/baz", "/foo/bar/%62%61%7a", True),
        # Reserved characters in a path are not their escapes.
        ("/a%2Fb", "/a/b", False),
        ("/a/b", "/a%2Fb", False),
        ("/a%3Db", "/a=b", False),
        ("/a%26b", "/a&b", False),
        ("/a%3Fb", "/a?b", False),
        ("/%7Euser", "/~user", True),
        ("/a b", "/a%20b", True),
        ("/a|b", "/a|b", True),
        ("/{id}", "/%7Bid%7D", True),
        ("/a?q='x'", "/a?q=%27x%27", True),
        ("/*?u=http://", "/a?u=http%3A%2F%2Fe.org", True),
        ("/*/feed/", "/x?next=/a/feed/", True),
        ("/100%", "/100%", True),
    ],
)
def test_octets_are_compared_after_percent_encoding_2_2_2(rule: str, path: str, same: bool) -> None:
    assert allows(path, f"Disallow: {rule}") is not same


@pytest.mark.parametrize(
    ("rule", "path", "matches"),
    [
        ("/*.gif$", "/a/b.gif", True),
        ("/*.gif$", "/a/b.gif?x", False),
        ("/*.gif", "/a/b.gif?x", True),
        ("/this/*/exactly", "/this/a/b/exactly", True),
        ("/this/*/exactly", "/this/exactly", False),
        ("/fish*", "/fish", True),
        ("*", "/anything", True),
        ("*/deep", "/very/deep", True),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/a$", "/a?", False),
        ("/$", "/", True),
        ("/$", "/index.html", False),
        ("/a*$", "/abc", True),
        ("/**b", "/ab", True),
        ("/*a*b*c", "/xaybzc", True),
        ("/*a*b*c", "/xcybza", False),
        ("/*ab$", "/abab", True),
        ("/ab*ab$", "/ab", False),
        # "$" in the middle stands for itself, and never for the end.
        ("/a$b", "/a$b", True),
        ("/a$b", "/a", False),
        ("/a$", "/a$b", False),
        # Literally meant special characters are percent-encoded.
        ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html", True),
        ("/path/foo-%24", "/path/foo-$", True),
        ("/path/foo-%24", "/path/foo-", False),
        ("/x%2A", "/xyz", False),
    ],
)
def test_star_and_dollar_are_special_2_2_3(rule: str, path: str, matches: bool) -> None:
    assert allows(path, f"Disallow: {rule}") is not matches


def test_allowing_index_html_does_not_allow_its_folder_2_2_2() -> None:
    assert not allows("/docs/", "Disallow: /", "Allow: /docs/index.html")


def test_a_dollar_rule_outweighs_the_prefix_it_ends_2_2_2() -> None:
    lines = ("Allow: /$", "Disallow: /")
    assert allows("/", *lines)
    assert not allows("/page", *lines)
    assert not allows("/page.htm", "Allow: /page", "Disallow: /*.htm")
    assert allows("/page.php5", "Disallow: /*.php$", "Allow: /page")


def test_the_own_group_replaces_the_star_group_2_2_1() -> None:
    body = b"User-agent: *\nDisallow: /\nCrawl-delay: 9\n\nUser-agent: examplebot\nDisallow: /own\nCrawl-delay: 1\n"
    own = RobotsRules.parse(body, "ExampleBot")
    assert own.verdict(f"{ORIGIN}/x").allowed
    assert not own.verdict(f"{ORIGIN}/own").allowed
    assert own.crawl_delay_s == 1
    assert not RobotsRules.parse(body, "Other").verdict(f"{ORIGIN}/x").allowed


def test_sitemaps_and_the_line_are_told_as_written() -> None:
    some = rules("disallow:  /a%7e*  # no", "Sitemap: https://example.org/s.xml?a=1")
    assert some.sitemaps == ("https://example.org/s.xml?a=1",)
    assert some.verdict(f"{ORIGIN}/a~b") == (False, "Disallow: /a%7e*")


PATHS = st.text(alphabet="ab/?$*", max_size=10).map("/{}".format)
VALUES = st.text(alphabet="ab/?*$", max_size=7).map("/{}".format) | st.text(alphabet="ab*", max_size=4).map("*".__add__)


@settings(deadline=None)
@given(PATHS, st.lists(st.tuples(st.booleans(), VALUES), max_size=8))
def test_the_verdict_is_that_of_a_naive_matcher(path: str, lines: list[tuple[bool, str]]) -> None:
    found = rules(*(f"{'Allow' if allow else 'Disallow'}: {value}" for allow, value in lines)).verdict(ORIGIN + path)
    matching = [(_octets(value), allow) for allow, value in lines if _naive_match(value, path)]
    assert found.allowed is (max(matching)[1] if matching else True)
    assert (found.line is None) is (not matching)


def _octets(value: str) -> int:
    return len(value) + 2 * value[:-1].count("$")  # a "$" that stands for itself is compared as %24


def _naive_match(value: str, path: str) -> bool:
    """RFC 9309 2.2.2 and 2.2.3 as a regular expression, on paths and rules without percent-encoding."""
    end = r"\Z" if value.endswith("$") else ""
    text = "".join(".*" if octet == "*" else re.escape(octet) for octet in value.removesuffix("$"))
    return re.match(text + end, path) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"User-agent: *\n" + b"Disallow: /*%s$\n" % (b"a*" * 400_000),
        b"User-agent: *\n" + b"".join(b"Disallow: /%s%d\n" % (b"*a" * 40, n) for n in range(8000)),
        b"User-agent: *\n" + b"".join(b"Disallow: /*%d\n" % n for n in range(100_000)),
        b"User-agent: *\n" + b"".join(b"Disallow: /%d\n" % n for n in range(100_000)),
        b"User-agent: *\n" * 100_000,
        b"\x00" * 2_000_000,
        b" " * 2_000_000,
        b"Disallow" * 200_000,
    ],
    ids=["one long rule", "many stars", "many wildcards", "many prefixes", "agents", "nul", "blank", "no line end"],
)
def test_a_hostile_file_costs_bounded_time(body: bytes) -> None:
    began = time.process_time()
    hostile = RobotsRules.parse(body, "ExampleBot")
    assert time.process_time() - began < 4
    began = time.process_time()
    hostile.verdict(f"{ORIGIN}/{'a' * 8000}")
    assert time.process_time() - began < 0.2


def test_a_rule_longer_than_any_url_costs_nothing_and_repeated_stars_are_one_2_2_3() -> None:
    assert rules("Disallow: /" + "a*" * 400_000).count == 0
    many = rules(*(f"Disallow: /{'*' * 1000}{n}/x" for n in range(100)), "Allow: /****ok")
    assert (many.verdict(f"{ORIGIN}/a/7/x").allowed, many.verdict(f"{ORIGIN}/a/b/x").allowed) == (False, True)
    assert not many.verdict(f"{ORIGIN}/ok/7/x").allowed


def test_beyond_too_many_stars_a_file_closes_more_than_it_says_and_never_less() -> None:
    some = rules(*(f"Disallow: /a*{n}" for n in range(MOST_STARS)), "Disallow: /b*c", "Allow: /b*d", "Allow: /b/e")
    assert not some.verdict(f"{ORIGIN}/bc").allowed
    assert not some.verdict(f"{ORIGIN}/bd").allowed
    assert some.verdict(f"{ORIGIN}/x*").allowed
    assert not some.verdict(f"{ORIGIN}/a/{MOST_STARS - 1}").allowed
    assert some.verdict(f"{ORIGIN}/a/x").allowed


def test_the_end_of_half_a_megabyte_of_rules_is_obeyed_2_5() -> None:
    some = rules(*(f"Disallow: /{n:06}" for n in range(25_000)), "Disallow: /late")
    assert not some.verdict(f"{ORIGIN}/late").allowed
    assert not some.verdict(f"{ORIGIN}/024999").allowed
    assert some.verdict(f"{ORIGIN}/025000").allowed
    assert some.count == 25_001


@pytest.mark.parametrize("status", [200, 203, 206, 299])
def test_a_successful_answer_is_parsed_2_3_1_1(status: int) -> None:
    found, outcome = from_answer(status, b"User-agent: *\nDisallow: /a", "ExampleBot")
    assert outcome == "rules"
    assert not found.verdict(f"{ORIGIN}/a").allowed
    assert found.verdict(f"{ORIGIN}/b").allowed


def test_a_page_of_html_in_place_of_robots_txt_forbids_nothing_2_3_1_1() -> None:
    found, _ = from_answer(200, b"<!doctype html>\n<p>Disallow: / is what robots.txt says", "ExampleBot")
    assert found.verdict(f"{ORIGIN}/").allowed


@pytest.mark.parametrize("status", [301, 308, 304])
def test_redirected_for_too_long_is_unavailable_2_3_1_2(status: int) -> None:
    assert from_answer(status, b"", "ExampleBot") == (ALLOW_ALL, "allow all")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 451, 499])
def test_unavailable_means_everything_may_be_asked_2_3_1_3(status: int) -> None:
    found, outcome = from_answer(status, b"User-agent: *\nDisallow: /", "ExampleBot")
    assert (found, outcome) == (ALLOW_ALL, "allow all")
    assert found.verdict(f"{ORIGIN}/a") == (True, None)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 600, 999, 101, 0, None])
def test_unreachable_means_nothing_may_be_asked_2_3_1_4(status: int | None) -> None:
    found, outcome = from_answer(status, b"User-agent: *\nAllow: /", "ExampleBot")
    assert (found, outcome) == (DISALLOW_ALL, "disallow all")
    assert found.verdict(f"{ORIGIN}/a") == (False, None)


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf", b"\xff\xfeU\x00s\x00e\x00r\x00", b"\x1f\x8b\x08\x00"])
def test_a_file_that_cannot_be_read_forbids_nothing_2_3_1_5(body: bytes) -> None:
    assert from_answer(200, body, "ExampleBot")[0].verdict(f"{ORIGIN}/a") == (True, None)


def test_rules_survive_the_way_to_another_process() -> None:
    some = pickle.loads(pickle.dumps(rules("Disallow: /*.gif$", "Allow: /a", "Crawl-delay: 2")))
    assert some.verdict(f"{ORIGIN}/b.gif").line == "Disallow: /*.gif$"
    assert some.crawl_delay_s == 2
