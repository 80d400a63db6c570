"""RFC 9309 sentence by sentence: what robots.txt files of every kind allow, from the standard and not from the code."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.core.url import normalise
from crawler.politeness.robots import RobotsRules, from_answer

TOKEN = "ExampleBot"
SITE = "https://example.org"
STAR = "User-agent: *\n"


def allowed(robots: str | bytes, path: str = "/x", token: str = TOKEN) -> bool:
    """Whether the file lets `token` ask for `path`."""
    body = robots.encode() if isinstance(robots, str) else robots
    return RobotsRules.parse(body, token).verdict(normalise(SITE + path)).allowed


# 2.1 and 2.2: lines, groups, and what stands between them

LINES = {
    "no file content": ("", "/x", True),
    "only a user-agent line": ("User-agent: *\n", "/x", True),
    "a rule before any user-agent line": ("Disallow: /\n", "/x", True),
    "a rule before and one after": ("Disallow: /a\nUser-agent: *\nDisallow: /b\n", "/a", True),
    "an empty disallow": (STAR + "Disallow:\n", "/x", True),
    "an empty disallow with a blank": (STAR + "Disallow: \n", "/x", True),
    "an empty allow": (STAR + "Allow:\nDisallow: /x", "/x", False),
    "no line end at the end": (STAR + "Disallow: /x", "/x", False),
    "lines that end in cr": ("User-agent: *\rDisallow: /x\r", "/x", False),
    "lines that end in crlf": ("User-agent: *\r\nDisallow: /x\r\n", "/x", False),
    "lines that end in all forms": ("User-agent: *\rAllow: /a\r\nDisallow: /x\nDisallow: /y", "/x", False),
    "keys in capitals": ("USER-AGENT: *\nDISALLOW: /x", "/x", False),
    "keys in small letters": ("user-agent: *\ndisallow: /x", "/x", False),
    "blanks before the key": ("  User-agent: *\n\t Disallow: /x", "/x", False),
    "blanks around the colon": ("User-agent : *\nDisallow\t:\t/x", "/x", False),
    "no blank after the colon": ("User-agent:*\nDisallow:/x", "/x", False),
    "blanks at the end": ("User-agent: *  \nDisallow: /x \t ", "/x", False),
    "a comment behind a rule": (STAR + "Disallow: /x # why", "/x", False),
    "a comment without a blank": (STAR + "Disallow: /x#why", "/x", False),
    "a comment behind the user agent": ("User-agent: * # all\nDisallow: /x", "/x", False),
    "a rule that is a comment": (STAR + "# Disallow: /x", "/x", True),
    "a rule whose value is a comment": (STAR + "Disallow: # /x", "/x", True),
    "an empty line within a group": (STAR + "\n\nDisallow: /x", "/x", False),
    "an empty line between rules": (STAR + "Disallow: /a\n\nDisallow: /x", "/x", False),
    "a comment within a group": (STAR + "# a\n  # b\nDisallow: /x", "/x", False),
    "a line without a colon": (STAR + "Disallow /x\nwhat is this\nDisallow: /y", "/x", True),
    "rules after a line without a colon": (STAR + "what is this\nDisallow: /x", "/x", False),
    "a misspelled key": (STAR + "Dissalow: /x", "/x", True),
    "a value with a colon": (STAR + "Disallow: /a:b", "/a:b", False),
    "a byte order mark": ("\ufeffUser-agent: *\nDisallow: /x", "/x", False),
    "a byte order mark in the middle": (STAR + "\ufeffDisallow: /x", "/x", True),
    "html": ("<!doctype html><title>User-agent: *</title>\n<p>\nDisallow: /x</p>", "/x", True),
}


@pytest.mark.standard("RFC 9309", "2.2")
@pytest.mark.parametrize(("robots", "path", "expected"), LINES.values(), ids=LINES)
def test_lines(robots: str, path: str, expected: bool) -> None:
    assert allowed(robots, path) is expected


OCTETS = {
    "bad utf-8 in a comment": b"# \xff\xfe caf\xe9\nUser-agent: *\nDisallow: /x",
    "bad utf-8 in another rule": b"User-agent: *\nDisallow: /\xff\xfe\nDisallow: /x",
    "bad utf-8 in another key": b"User-agent: *\n\xff\xfe: /\nDisallow: /x",
    "nul in a comment": b"# \x00\x00\nUser-agent: *\nDisallow: /x",
    "nul in another rule": b"User-agent: *\nDisallow: /a\x00b\nDisallow: /x",
    "nul lines": b"\x00\n\x00\nUser-agent: *\nDisallow: /x",
    "escape sequences": b"\x1b[2J\nUser-agent: *\n\x1b]0;x\x07\nDisallow: /x",
    "a very long line before": b"# " + b"a" * 400_000 + b"\nUser-agent: *\nDisallow: /x",
    "a very long rule before": b"User-agent: *\nDisallow: /" + b"a" * 400_000 + b"\nDisallow: /x",
    "a byte order mark and crlf": b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /x\r\n",
}


@pytest.mark.standard("RFC 9309", "2.2")
@pytest.mark.parametrize("robots", OCTETS.values(), ids=OCTETS)
def test_octets_that_are_no_text_spoil_nothing_but_their_line(robots: bytes) -> None:
    assert not allowed(robots, "/x")
    assert allowed(robots, "/free")


# 2.2.1: the user-agent line

GROUPS = {
    "the own token": ("User-agent: ExampleBot\nDisallow: /x", "/x", False),
    "the own token in another case": ("User-agent: eXAMPLEbOT\nDisallow: /x", "/x", False),
    "the own token with a version": ("User-agent: ExampleBot/1.0\nDisallow: /x", "/x", False),
    "the own token with a remark": ("User-agent: ExampleBot (all)\nDisallow: /x", "/x", False),
    "another token": ("User-agent: OtherBot\nDisallow: /x", "/x", True),
    "a token that begins like the own": ("User-agent: ExampleBotNews\nDisallow: /x", "/x", True),
    "a token that ends like the own": ("User-agent: MyExampleBot\nDisallow: /x", "/x", True),
    "the beginning of the own token": ("User-agent: Example\nDisallow: /x", "/x", True),
    "own group before the star": ("User-agent: ExampleBot\nAllow: /\n\nUser-agent: *\nDisallow: /", "/x", True),
    "own group after the star": ("User-agent: *\nDisallow: /\n\nUser-agent: ExampleBot\nAllow: /", "/x", True),
    "own empty group": ("User-agent: *\nDisallow: /\n\nUser-agent: ExampleBot\nDisallow:", "/x", True),
    "own group without rules": ("User-agent: *\nDisallow: /\n\nUser-agent: ExampleBot\n", "/x", True),
    "star rules do not add to own ones": (
        "User-agent: ExampleBot\nDisallow: /a\n\nUser-agent: *\nDisallow: /x",
        "/x",
        True,
    ),
    "two user-agent lines, own first": ("User-agent: ExampleBot\nUser-agent: b\nDisallow: /x", "/x", False),
    "two user-agent lines, own second": ("User-agent: b\nUser-agent: ExampleBot\nDisallow: /x", "/x", False),
    "an empty line between user-agent lines": ("User-agent: ExampleBot\n\nUser-agent: b\nDisallow: /x", "/x", False),
    "a comment between user-agent lines": ("User-agent: ExampleBot\n# b\nUser-agent: b\nDisallow: /x", "/x", False),
    "a rule ends the user-agent lines": (
        "User-agent: ExampleBot\nDisallow: /a\nUser-agent: b\nDisallow: /x",
        "/x",
        True,
    ),
    "own groups are merged": (
        "User-agent: ExampleBot\nDisallow: /a\n\nUser-agent: b\nDisallow: /\n\nUser-agent: ExampleBot\nDisallow: /x",
        "/x",
        False,
    ),
    "merged groups, the first one's rule": (
        "User-agent: ExampleBot\nDisallow: /x\n\nUser-agent: b\nDisallow: /\n\nUser-agent: ExampleBot\nDisallow: /a",
        "/x",
        False,
    ),
    "star groups are merged": (
        "User-agent: *\nDisallow: /a\nUser-agent: b\nDisallow:\nUser-agent: *\nDisallow: /x",
        "/x",
        False,
    ),
    "star and own together": ("User-agent: *\nUser-agent: ExampleBot\nDisallow: /x", "/x", False),
    "star and another together": ("User-agent: b\nUser-agent: *\nDisallow: /x", "/x", False),
    "an empty token": ("User-agent:\nDisallow: /x", "/x", True),
    "a sitemap line within a group": ("User-agent: ExampleBot\nSitemap: /s\nDisallow: /x", "/x", False),
    "a sitemap line between user-agent lines": (
        "User-agent: ExampleBot\nSitemap: /s\nUser-agent: b\nDisallow: /x",
        "/x",
        False,
    ),
    "crawl-delay between user-agent lines": (
        "User-agent: ExampleBot\nCrawl-delay: 2\nUser-agent: b\nDisallow: /x",
        "/x",
        False,
    ),
    "an unknown line within a group": ("User-agent: ExampleBot\nClean-param: s /\nDisallow: /x", "/x", False),
}


@pytest.mark.standard("RFC 9309", "2.2.1")
@pytest.mark.parametrize(("robots", "path", "expected"), GROUPS.values(), ids=GROUPS)
def test_groups(robots: str, path: str, expected: bool) -> None:
    assert allowed(robots, path) is expected


# 2.2.2: which rule matches, and which of them decides

RULES = {  # rules, path, allowed; sections 2.2.2 and 5.2
    "no rule matches": ("Disallow: /a", "/b", True),
    "a prefix": ("Disallow: /a", "/abc", False),
    "a folder": ("Disallow: /a/", "/a/b", False),
    "a folder is not the file": ("Disallow: /a/", "/a", True),
    "case counts": ("Disallow: /A", "/a", True),
    "everything": ("Disallow: /", "/", False),
    "everything but robots.txt": ("Disallow: /", "/robots.txt", True),
    "the rule from the beginning only": ("Disallow: /b", "/a/b", True),
    "the longer rule wins, allow": ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
    "the longer rule wins, disallow": ("Allow: /a\nDisallow: /a/b", "/a/b/c", False),
    "the order is of no account": ("Allow: /a/b\nDisallow: /a", "/a/b/c", True),
    "the RFC's example, allowed": (
        "Allow: /example/page/\nDisallow: /example/page/disallowed.gif",
        "/example/page/",
        True,
    ),
    "the RFC's example, disallowed": (
        "Allow: /example/page/\nDisallow: /example/page/disallowed.gif",
        "/example/page/disallowed.gif",
        False,
    ),
    "equal rules, allow wins": ("Disallow: /a\nAllow: /a", "/a", True),
    "equal rules in the other order": ("Allow: /a\nDisallow: /a", "/a", True),
    "the same rule twice": ("Disallow: /a\nDisallow: /a", "/a", False),
    "the query counts": ("Disallow: /a?b", "/a?b=1", False),
    "another query": ("Disallow: /a?b", "/a?c", True),
    "a rule for the path and any query": ("Disallow: /a", "/a?b", False),
    "a rule without a slash": ("Disallow: a", "/a", True),
    "octets of UTF-8, rule written plainly": ("Disallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", False),
    "octets of UTF-8, rule encoded": ("Disallow: /foo/bar/%E3%83%84", "/foo/bar/ツ", False),
    "octets of UTF-8, small hex digits": ("Disallow: /foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", False),
    "unreserved octets, rule encoded": ("Disallow: /foo/bar/%62%61%7A", "/foo/bar/baz", False),
    "unreserved octets, path encoded": ("Disallow: /foo/bar/baz", "/foo/bar/%62%61%7A", False),
    "tilde encoded": ("Disallow: /%7Ejoe/", "/~joe/index.html", False),
    "tilde plain": ("Disallow: /~joe/", "/%7ejoe/index.html", False),
    "an encoded slash is another path": ("Disallow: /a%2fb.html", "/a/b.html", True),
    "an encoded slash is itself": ("Disallow: /a%2fb.html", "/a%2Fb.html", False),
    "a plain slash is no encoded one": ("Disallow: /a/b.html", "/a%2fb.html", True),
    "reserved in the query, the RFC's table": (
        "Disallow: /bar?baz=https://foo.bar",
        "/bar?baz=https%3A%2F%2Ffoo.bar",
        False,
    ),
    "a blank in the rule": ("Disallow: /a b", "/a%20b", False),
    "a stray percent sign": ("Disallow: /100%", "/100%", False),
    "an encoded ampersand is not a plain one": ("Disallow: /a?b&c", "/a?b%26c", True),
    "umlauts in latin-1 are no UTF-8": ("Disallow: /caf%E9", "/café", True),
}


@pytest.mark.standard("RFC 9309", "2.2.2")
@pytest.mark.parametrize(("lines", "path", "expected"), RULES.values(), ids=RULES)
def test_rules(lines: str, path: str, expected: bool) -> None:
    assert allowed(STAR + lines, path) is expected


# 2.2.3: special characters

SPECIAL = {
    "star in the middle": ("Disallow: /a*c", "/abbbc", False),
    "star for nothing": ("Disallow: /a*c", "/ac", False),
    "star over slashes": ("Disallow: /a*c", "/a/b/c/d", False),
    "star that finds no end": ("Disallow: /a*c", "/ab", True),
    "star at the end": ("Disallow: /a*", "/ab", False),
    "star at the beginning": ("Disallow: *.gif", "/a/b.gif", False),
    "only a star": ("Disallow: *", "/a", False),
    "stars in a row": ("Disallow: /a***c", "/abc", False),
    "stars apart": ("Disallow: /*/private/*.html", "/a/private/b/c.html?d", False),
    "stars apart in the wrong order": ("Disallow: /*b*a", "/a/b", True),
    "star in the query": ("Disallow: /*?session=", "/a?session=1", False),
    "dollar ends": ("Disallow: /*.gif$", "/a.gif", False),
    "dollar excludes a query": ("Disallow: /*.gif$", "/a.gif?b", True),
    "dollar excludes more path": ("Disallow: /a$", "/ab", True),
    "dollar and no star": ("Disallow: /a$", "/a", False),
    "only the root": ("Disallow: /$", "/", False),
    "only the root and nothing else": ("Disallow: /$", "/a", True),
    "star before dollar": ("Disallow: /a*$", "/abc", False),
    "the last of several ends": ("Disallow: /*a$", "/aba", False),
    "dollar in the middle is itself": ("Disallow: /a$b", "/a$b", False),
    "dollar in the middle is no end": ("Disallow: /a$b", "/a", True),
    "an encoded star is itself": ("Disallow: /a%2Ab", "/a*b", False),
    "an encoded star is no wild one": ("Disallow: /a%2Ab", "/axb", True),
    "an encoded dollar is itself": ("Disallow: /a%24", "/a$", False),
    "an encoded dollar is no end": ("Disallow: /a%24", "/a", True),
    "a path with a star of its own": ("Disallow: /a*b$", "/a*x*b", False),
    "wild allow against a shorter disallow": ("Disallow: /a/\nAllow: /a/*.html", "/a/b.html", True),
    "wild disallow against a shorter allow": ("Allow: /a\nDisallow: /*.htm$", "/a.htm", False),
    "wild and plain of one length": ("Disallow: /*b\nAllow: /ab", "/ab", True),
    "the RFC's star example": ("Disallow: /path/file-with-a-%2A.html", "/path/file-with-a-*.html", False),
    "a hash cannot be matched plainly": ("Disallow: /a#b", "/a", False),
}


@pytest.mark.standard("RFC 9309", "2.2.3")
@pytest.mark.parametrize(("lines", "path", "expected"), SPECIAL.values(), ids=SPECIAL)
def test_special_characters(lines: str, path: str, expected: bool) -> None:
    assert allowed(STAR + lines, path) is expected


# 2.2.4: other records

DELAYS = {
    "a whole number": ("Crawl-delay: 3", 3.0),
    "a decimal": ("Crawl-delay: 0.25", 0.25),
    "zero": ("Crawl-delay: 0", 0.0),
    "in capitals": ("CRAWL-DELAY:4", 4.0),
    "with a comment": ("Crawl-delay: 5 # s", 5.0),
    "negative": ("Crawl-delay: -3", None),
    "not a number": ("Crawl-delay: soon", None),
    "NaN": ("Crawl-delay: NaN", None),
    "infinite": ("Crawl-delay: inf", None),
    "an exponent": ("Crawl-delay: 1e9", None),
    "nothing": ("Crawl-delay:", None),
    "huge": ("Crawl-delay: " + "9" * 5000, 86400.0),
}


@pytest.mark.standard("RFC 9309", "2.2.4")
@pytest.mark.parametrize(("line", "seconds"), DELAYS.values(), ids=DELAYS)
def test_crawl_delay_is_read_and_ends_no_group(line: str, seconds: float | None) -> None:
    other = "User-agent: b\nCrawl-delay: 99\n"
    rules = RobotsRules.parse(f"{other}\nUser-agent: ExampleBot\n{line}\nDisallow: /x\n\n{other}".encode(), TOKEN)
    assert rules.crawl_delay_s == seconds
    assert not rules.verdict(f"{SITE}/x").allowed


@pytest.mark.standard("RFC 9309", "2.2.4")
def test_sitemaps_are_of_no_group() -> None:
    text = "Sitemap: https://a/1\nUser-agent: b\nSitemap: /2\nDisallow: /\n# Sitemap: /no\nSITEMAP : https://c/3?x#y\n"
    assert RobotsRules.parse(text.encode(), TOKEN).sitemaps == ("https://a/1", "/2", "https://c/3?x")


# 2.3.1: what an answer means


@pytest.mark.standard("RFC 9309", "2.3.1")
@pytest.mark.parametrize(
    ("status", "expected"),
    [(status, False) for status in (200, 201, 206, 299)]  # 2.3.1.1: the rules hold
    + [(status, True) for status in (300, 301, 307, 308)]  # 2.3.1.2: after five redirects, unavailable
    + [(status, True) for status in (400, 401, 403, 404, 410, 418, 429, 451, 499)]  # 2.3.1.3
    + [(status, False) for status in (500, 501, 502, 503, 504, 599, 600, 100, None)],  # 2.3.1.4
)
def test_the_status_decides(status: int | None, expected: bool) -> None:
    rules, _ = from_answer(status, b"User-agent: *\nDisallow: /x", TOKEN)
    assert rules.verdict(f"{SITE}/x").allowed is expected


# 2.5: limits


@pytest.mark.standard("RFC 9309", "2.5")
@pytest.mark.parametrize("filler", [b"# a\n", b"Disallow: /%d\n", b"junk\r\n"])
def test_the_first_500_kib_are_parsed(filler: bytes) -> None:
    begun = b"User-agent: *\nDisallow: /first\n"
    last = b"User-agent: *\nDisallow: /last\n"
    filling = b"".join(filler.replace(b"%d", b"%d" % n) for n in range(500 * 1024 // len(filler)))
    filling = filling[: filling.rindex(b"\n", 0, 500 * 1024 - len(begun) - len(last)) + 1]
    for robots in (begun + filling + last, begun + filling + last + b"Disallow: /%s\n" % (b"x" * 3_000_000)):
        assert not allowed(robots, "/first")
        assert not allowed(robots, "/last")
        assert allowed(robots, "/other")


@pytest.mark.standard("RFC 9309", "2.5")
def test_hostile_files_are_parsed_in_seconds_and_asked_in_milliseconds() -> None:
    path = f"{SITE}/{'ab' * 4000}"
    for line in (b"Disallow: /*a*b*a*%d$\n", b"Disallow: /%d\n", b"Disallow: " + b"*a" * 50 + b"%d\n"):
        rules = RobotsRules.parse(STAR.encode() + b"".join(line % n for n in range(10_000)), TOKEN)
        began = time.process_time()
        for _ in range(3):
            rules.verdict(path)
        assert time.process_time() - began < 0.3


# Against a reference that is slow and plainly right


def reference(lines: list[tuple[bool, str]], path: str) -> bool:
    """2.2.2 and 2.2.3 as written: a regular expression a rule; the longest decides, allow on a tie."""
    matches = [
        (len("".join(_units(value))), allow) for allow, value in lines if value[:1] in ("/", "*") and _hit(value, path)
    ]
    return max(matches)[1] if matches else True


def _hit(value: str, path: str) -> bool:
    ends = value.endswith("$")
    pattern = "".join(".*?" if unit == "*" else re.escape(unit) for unit in _units(value.removesuffix("$")))
    return re.match(pattern + (r"\Z" if ends else ""), "".join(_units(path, path=True)), re.DOTALL) is not None


def _units(text: str, *, path: bool = False) -> list[str]:
    """Octets: unreserved ones decoded, others than ASCII encoded, "*" of a path encoded."""
    units = []
    for part in re.findall(r"%[0-9A-Fa-f]{2}|.", text):
        char = chr(int(part[1:], 16)) if len(part) == 3 else part
        if re.fullmatch(r"[A-Za-z0-9._~-]", char) or (len(part) == 1 and not (path and char in "*$") and char < "\x7f"):
            units.append(char)
        elif len(part) == 3:
            units.append(part.upper())
        else:
            units.extend(f"%{octet:02X}" for octet in char.encode())
    return units


_PIECES = st.lists(
    st.sampled_from(["a", "b", "/", "*", "%61", "%2F", "%2f", "%2A", "é", "%C3%A9", "%c3%a9", ".", "%7E"]), max_size=7
)


@pytest.mark.standard("RFC 9309", "2.2.2")
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), _PIECES, st.sampled_from(["", "$"])), max_size=5),
    st.lists(st.sampled_from(["a", "b", "/", "%61", "%2F", "%2A", "*", "é", ".x", "~", "%7e"]), max_size=8),
)
@example([(True, ["a", "*"], ""), (False, ["*", "a"], "$")], ["a"])
def test_random_rules_match_as_the_reference_does(
    parts: list[tuple[bool, list[str], str]], path_parts: list[str]
) -> None:
    path = normalise(f"{SITE}/" + "".join(path_parts))[len(SITE) :]
    lines = [(allow, f"/{''.join(pieces)}{end}") for allow, pieces, end in parts]
    robots = STAR + "".join(f"{'Allow' if allow else 'Disallow'}: {value}\n" for allow, value in lines)
    assert allowed(robots, path) is reference(lines, path)


@pytest.mark.standard("RFC 9309", "2.2")
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_octets_are_a_file(robots: bytes, path: str) -> None:
    rules = RobotsRules.parse(robots, TOKEN)
    url = normalise(f"{SITE}/{path.replace('#', '')}")
    assert rules.verdict(url) == RobotsRules.parse(robots + b"\n# the end", TOKEN).verdict(url)


RECORDS = ["Disallow: /1", "Disallow: /2", "Allow: /1"]


@pytest.mark.standard("RFC 9309", "2.2.1")
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "User-agent: a",
                "User-agent: b",
                "User-agent: *",
                "Disallow: /1",
                "Disallow: /2",
                "Allow: /1",
                "",
                "x",
                "Crawl-delay: 1",
            ]
        ),
        max_size=14,
    ),
    st.sampled_from(["\n", "\r", "\r\n"]),
)
def test_random_groups_are_chosen_as_the_reference_does(lines: list[str], end: str) -> None:
    rules = reference_group(lines, "a")
    for path in ("/1", "/2"):
        assert allowed(end.join(lines), path, "A") is reference(rules, path)


def reference_group(lines: list[str], token: str) -> list[tuple[bool, str]]:
    """2.2.1 as written: groups first, then those that name the token, else those of the star."""
    groups: list[tuple[set[str], list[tuple[bool, str]]]] = []
    in_heading = False
    for line in lines:
        key, _, value = line.partition(": ")
        if key == "User-agent":
            if not in_heading:
                groups.append((set(), []))
            groups[-1][0].add(value)
            in_heading = True
        elif key in ("Allow", "Disallow"):
            in_heading = False
            if groups:
                groups[-1][1].append((key == "Allow", value))
    wanted = token if any(token in names for names, _ in groups) else "*"
    return [rule for names, rules in groups if wanted in names for rule in rules]
