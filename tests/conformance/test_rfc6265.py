"""RFC 6265, HTTP State Management: what a Set-Cookie field makes of later requests."""

from __future__ import annotations

import pytest

from crawler.clients.cookies import CookieJar

HOST = "http://www.example.com"
standard = pytest.mark.standard
NOW = 1_700_000_000.0  # 14 November 2023


def cookies_at(url: str, *received: tuple[str, str]) -> str | None:
    """The Cookie field for `url` after the Set-Cookie fields of the URLs in `received`."""
    jar = CookieJar(clock=lambda: NOW)
    for origin, field in received:
        jar.receive(origin, field)
    return jar.send_to(url)


PARSED = [
    ("a=b", "a=b"),
    ("  a \t= b\t ", "a=b"),
    ("a=b; Secure-ish; x", "a=b"),
    ("a=", "a="),
    ("a=b=c", "a=b=c"),
    ('a="quoted"', 'a="quoted"'),
    ("=b", None),
    ("b", None),
    ("a=b; PATH=/; hTTPoNLY", "a=b"),
    ("a=b\x00c", None),
]


@standard("RFC 6265", "5.2")
@pytest.mark.parametrize(("field", "expected"), PARSED)
def test_a_pair_is_taken_apart_as_it_stands(field: str, expected: str | None) -> None:
    assert cookies_at(f"{HOST}/", (f"{HOST}/", field)) == expected


FUTURE_DATES = [
    "Wed, 01 Jan 2031 00:00:00 GMT",
    "Wednesday, 01-Jan-31 00:00:00 GMT",
    "Wed Jan  1 00:00:00 2031",
    "1 January 2031 0:0:0",
    "00:00:00 2031 01 jan",
    "Thu, 01 Jan 1970 00:00:00 GMT junk 2031",
]
PAST_DATES = ["Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"]
NO_DATES = ["soon", "32 Jan 2031 00:00:00", "1 Jan 2031 24:00:00", "1 Jan 1600 00:00:00", "1 Foo 2031 00:00:00", ""]


@standard("RFC 6265", "5.1.1")
@pytest.mark.parametrize("date", FUTURE_DATES[:-1] + NO_DATES)
def test_a_date_to_come_or_none_at_all_keeps_the_cookie(date: str) -> None:
    assert cookies_at(f"{HOST}/", (f"{HOST}/", f"a=b; Expires={date}")) == "a=b"


@standard("RFC 6265", "5.1.1")
@pytest.mark.parametrize("date", [*PAST_DATES, FUTURE_DATES[-1]])
def test_a_date_in_the_past_takes_the_cookie_back(date: str) -> None:
    assert cookies_at(f"{HOST}/", (f"{HOST}/", "a=b"), (f"{HOST}/", f"a=b; Expires={date}")) is None


@standard("RFC 6265", "5.2.2")
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("Max-Age=60", "a=b"),
        ("Max-Age=0", None),
        ("Max-Age=-1", None),
        ("Max-Age=x", "a=b"),
        ("Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=b"),
        ("Expires=Wed, 01 Jan 2031 00:00:00 GMT; Max-Age=0", None),
        ("Max-Age=0; Max-Age=60", "a=b"),
    ],
)
def test_max_age_counts_seconds_and_wins(attributes: str, expected: str | None) -> None:
    assert cookies_at(f"{HOST}/", (f"{HOST}/", f"a=b; {attributes}")) == expected


@standard("RFC 6265", "5.1.3")
@pytest.mark.parametrize(
    ("domain", "url", "sent"),
    [
        ("example.com", "http://example.com/", True),
        (".EXAMPLE.com", "http://deep.er.example.com/", True),
        ("www.example.com", "http://example.com/", False),
        ("www.example.com", "http://x.www.example.com/", True),
        ("example.com", "http://badexample.com/", False),
        ("", "http://www.example.com/", True),
        ("", "http://x.www.example.com/", False),
    ],
)
def test_a_domain_covers_itself_and_what_is_below(domain: str, url: str, sent: bool) -> None:
    assert (cookies_at(url, (f"{HOST}/", f"a=b; Domain={domain}")) == "a=b") is sent


@standard("RFC 6265", "5.3")
@pytest.mark.parametrize(
    ("origin", "domain"),
    [
        (HOST, "com"),
        (HOST, "other.com"),
        (HOST, "x.www.example.com"),
        ("http://www.example.co.uk", "co.uk"),
        ("http://127.0.0.1", "0.0.1"),
        ("http://127.0.0.1", "127.0.0.2"),
        ("http://me.github.io", "github.io"),
    ],
)
def test_a_domain_of_others_or_a_public_suffix_is_refused(origin: str, domain: str) -> None:
    assert cookies_at(f"{origin}/", (f"{origin}/", f"a=b; Domain={domain}")) is None


@standard("RFC 6265", "5.1.4")
@pytest.mark.parametrize(
    ("set_at", "path", "url", "sent"),
    [
        ("/a/b", None, "/a/c", True),
        ("/a/b", None, "/ab", False),
        ("/a/b", None, "/", False),
        ("/a", None, "/x", True),
        ("/", "/a", "/a", True),
        ("/", "/a", "/a/b", True),
        ("/", "/a", "/ab", False),
        ("/", "/a/", "/a", False),
        ("/", "a", "/x", True),
        ("/", "", "/x", True),
    ],
)
def test_a_path_covers_whole_segments(set_at: str, path: str | None, url: str, sent: bool) -> None:
    attribute = "" if path is None else f"; Path={path}"
    assert (cookies_at(HOST + url, (HOST + set_at, f"a=b{attribute}")) == "a=b") is sent


@standard("RFC 6265", "5.4")
def test_longer_paths_come_first_and_older_cookies_before_younger() -> None:
    fields = ["a=1; Path=/", "b=2; Path=/x", "c=3; Path=/", "a=4; Path=/"]
    received = [(f"{HOST}/x/y", field) for field in fields]
    assert cookies_at(f"{HOST}/x/y", *received) == "b=2; a=4; c=3"


@standard("RFC 6265", "5.2.5")
def test_secure_cookies_stay_with_https() -> None:
    secure = ("https://www.example.com/", "a=b; Secure")
    assert cookies_at("https://www.example.com/", secure) == "a=b"
    assert cookies_at(f"{HOST}/", secure) is None


@standard("RFC 6265", "6.1")
def test_floods_are_bounded_and_cost_other_hosts_nothing_but_their_oldest() -> None:
    jar = CookieJar(clock=lambda: NOW)
    jar.receive("http://good.test/", "keep=me")
    for number in range(10_000):
        jar.receive(f"{HOST}/", f"c{number}=x")
    jar.receive(f"{HOST}/", f"big={'x' * 5000}")
    assert len(jar) == 51
    assert jar.send_to("http://good.test/") == "keep=me"
    assert len((jar.send_to(f"{HOST}/") or "").split("; ")) == 50
