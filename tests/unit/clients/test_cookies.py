"""The cookie jar, by the sections of RFC 6265 and its revision."""

from __future__ import annotations

import pytest

from crawler.clients.cookies import MAX_COOKIES, MAX_PER_DOMAIN, CookieJar

PAGE = "https://www.example.org/shop/cart"


class Clock:
    now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def sent_after(*fields: str, url: str = PAGE, to: str = PAGE, later_s: float = 0) -> str | None:
    clock = Clock()
    jar = CookieJar(clock=clock)
    for field in fields:
        jar.receive(url, field)
    clock.now += later_s
    return jar.send_to(to)


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("a=1", "a=1"),
        ("  a = b c ; Secure", "a=b c"),
        ('a="quoted"', 'a="quoted"'),
        ("a=b=c", "a=b=c"),
        ("a=", "a="),
        ("=b", None),
        ("novalue", None),
        ("", None),
        ("a=1\x01", None),
        ("a=" + "x" * 5000, None),
    ],
)
def test_names_and_values_are_kept_as_written(field: str, sent: str | None) -> None:
    assert sent_after(field) == sent


@pytest.mark.parametrize(
    ("domain", "to", "goes"),
    [
        ("", "https://www.example.org/", True),
        ("", "https://example.org/", False),
        ("", "https://a.www.example.org/", False),
        ("example.org", "https://example.org/", True),
        (".Example.ORG", "https://deep.er.example.org/", True),
        ("example.org", "https://badexample.org/", False),
        ("www.example.org", "https://a.www.example.org/", True),
        ("other.org", "https://www.example.org/", False),
        ("a.www.example.org", "https://www.example.org/", False),
        ("org", "https://www.example.org/", False),
    ],
)
def test_domains_match_by_labels(domain: str, to: str, goes: bool) -> None:
    field = f"a=1; Path=/; Domain={domain}" if domain else "a=1; Path=/"
    assert sent_after(field, to=to) == ("a=1" if goes else None)


@pytest.mark.parametrize(
    ("url", "domain", "other"),
    [
        ("https://shop.co.uk/", "co.uk", "https://bank.co.uk/"),
        ("https://me.github.io/", "github.io", "https://you.github.io/"),
        ("http://127.0.0.1/", "0.0.1", "http://127.0.0.1/"),
        ("http://localhost/", "localhost", "http://a.localhost/"),
    ],
)
def test_public_suffixes_and_addresses_share_no_cookies(url: str, domain: str, other: str) -> None:
    assert sent_after(f"a=1; Domain={domain}", url=url, to=other) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/", "http://[::1]/", "http://localhost/", "https://co.uk/"])
def test_a_host_keeps_its_own_cookies_whatever_it_is(url: str) -> None:
    host = url.split("/")[2].removesuffix(":8000")
    assert sent_after("a=1", url=url, to=url) == "a=1"
    assert sent_after(f"a=1; Domain={host}", url=url, to=url) == "a=1"


@pytest.mark.parametrize(
    ("path", "to", "goes"),
    [
        ("", "/shop/other", True),
        ("", "/shop", True),
        ("", "/shopping", False),
        ("", "/", False),
        ("/", "/x", True),
        ("/shop/", "/shop", False),
        ("/shop", "/shop", True),
        ("/shop", "/shop?q=/", True),
        ("/shop", "/shops", False),
        ("relative", "/shop/x", True),
    ],
)
def test_paths_match_by_segments(path: str, to: str, goes: bool) -> None:
    field = f"a=1; Path={path}" if path else "a=1"
    assert sent_after(field, to="https://www.example.org" + to) == ("a=1" if goes else None)


def test_secure_cookies_stay_with_https() -> None:
    http = PAGE.replace("https", "http")
    assert sent_after("a=1; secure", to=http) is None
    assert sent_after("a=1; secure", url=http, to=PAGE) is None
    jar = CookieJar()
    jar.receive(PAGE, "a=1; Secure; Path=/")
    jar.receive(http, "a=2; Path=/")
    assert jar.send_to(PAGE) == "a=1"


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("__Secure-a=1; Secure", True),
        ("__Secure-a=1", False),
        ("__Host-a=1; Secure; Path=/", True),
        ("__Host-a=1; Secure", False),
        ("__Host-a=1; Secure; Path=/; Domain=example.org", False),
    ],
)
def test_prefixes_are_kept_to(field: str, kept: bool) -> None:
    assert (sent_after(field, to="https://www.example.org/shop/") is not None) is kept


@pytest.mark.parametrize(
    ("attributes", "seconds"),
    [
        ("Max-Age=60", 60),
        ("Max-Age=60; Expires=Wed, 01 Jan 2020 00:00:00 GMT", 60),
        ("Max-Age=x; Expires=Sun, 09 Sep 2001 01:47:40 GMT", 60),
        ("Expires=Sunday, 09-Sep-01 01:47:40 GMT", 60),
        ("Expires=Sun Sep  9 01:47:40 2001", 60),
        ("Max-Age=0", 0),
        ("Max-Age=-1", 0),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Expires=nonsense", None),
        ("Expires=Sun, 31 Feb 2001 01:47:40 GMT", None),
        ("", None),
    ],
)
def test_cookies_live_as_long_as_they_say(attributes: str, seconds: int | None) -> None:
    field = f"a=1; {attributes}"
    if seconds is None:
        assert sent_after(field, later_s=10**9) == "a=1"
    else:
        assert sent_after(field, later_s=seconds - 1) == ("a=1" if seconds else None)
        assert sent_after(field, later_s=seconds) is None


def test_longer_paths_come_first_then_older_cookies() -> None:
    fields = ["a=1; Path=/", "b=2; Path=/shop", "c=3; Path=/", "a=4; Path=/"]
    assert sent_after(*fields) == "b=2; a=4; c=3"


def test_a_cookie_is_deleted_by_one_that_is_over() -> None:
    assert sent_after("a=1; Path=/", "a=; Path=/; Max-Age=0") is None


def test_the_jar_is_bounded() -> None:
    jar = CookieJar()
    for number in range(MAX_PER_DOMAIN + 10):
        jar.receive(PAGE, f"c{number}=1; Path=/")
    assert len(jar) == MAX_PER_DOMAIN
    assert "c9=" not in str(jar.send_to(PAGE))
    for number in range(MAX_COOKIES + 100):
        jar.receive(f"https://h{number}.test/", "a=1")
    assert len(jar) == MAX_COOKIES


def test_first_cookies_go_to_their_host_alone_and_no_dump_shows_a_value() -> None:
    jar = CookieJar()
    jar.start_with("www.example.org", "sid", "geheim")
    assert jar.send_to("http://www.example.org:8080/x") == "sid=geheim"
    assert jar.send_to("https://a.www.example.org/") is None
    jar.receive("https://www.example.org/", "sid=new; Path=/")
    jar.start_with("www.example.org", "sid", "geheim")
    assert jar.send_to(PAGE) == "sid=new"
    assert "new" not in repr(vars(jar))


def test_another_jar_goes_on_with_what_one_has_saved() -> None:
    clock = Clock()
    jar, other = CookieJar(clock=clock), CookieJar(clock=clock)
    for field in ("a=1", "b=2; Path=/shop; Max-Age=60; Secure", "c=3; Domain=example.org; Path=/"):
        jar.receive(PAGE, field)
    other.receive(PAGE, "a=old")
    other.restore(jar.saved())
    assert other.saved() == jar.saved()
    assert len(other) == 3
    assert other.send_to(PAGE) == jar.send_to(PAGE) == "a=1; b=2; c=3"
    clock.now += 61
    assert other.send_to(PAGE) == "a=1; c=3"
