"""URLs: parsed as a browser does, written in one form, and nothing taken for the same that RFC 3986 does not."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import unquote_to_bytes

import can_ada
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.core.errors import UnusableUrl
from crawler.core.url import (
    LONGEST,
    MOST_REMEMBERED,
    Base,
    cleaned,
    fingerprint,
    from_field,
    host_of,
    hostname_of,
    normalise,
    origin_of,
    path_and_query_of,
    registrable_domain,
    resolve,
    scheme_of,
)

BASE = "https://example.org/a/b/c?d=e#f"


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("HTTP://EXAMPLE.org", "http://example.org/"),
        ("http://example.org:80/", "http://example.org/"),
        ("https://example.org:443/", "https://example.org/"),
        ("https://example.org:80/", "https://example.org:80/"),
        ("http://example.org:/", "http://example.org/"),
        ("http://example.org/a/./b/../c", "http://example.org/a/c"),
        ("http://example.org/../..", "http://example.org/"),
        ("http://example.org/a/..", "http://example.org/"),
        ("http://example.org/%2e/%2E%2e/x", "http://example.org/x"),
        ("http://example.org/%7euser/%41%2d%5f", "http://example.org/~user/A-_"),
        ("http://example.org/%c3%a9?%c3%a9", "http://example.org/%C3%A9?%C3%A9"),
        ("http://example.org/é?é#é", "http://example.org/%C3%A9?%C3%A9"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("  http://example.org/\t\n", "http://example.org/"),
        ("ht\ntp://exa\tmple.org/a\rb", "http://example.org/ab"),
        ("\x00\x1fhttp://example.org/", "http://example.org/"),
        ("http:\\\\example.org\\a\\b", "http://example.org/a/b"),
        ("http:example.org", "http://example.org/"),
        ("http:///example.org", "http://example.org/"),
        ("http://@example.org/", "http://example.org/"),
        ("http://example.org/?a'b\"c", "http://example.org/?a%27b%22c"),
        ("http://example.org/#", "http://example.org/"),
        ("http://example.org/^a?^b", "http://example.org/%5Ea?^b"),
        ("http://example.org/^<", "http://example.org/%5E%3C"),
        ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://ＥＸＡＭＰＬＥ.org/", "http://example.org/"),
        ("http://ex%41mple.org/", "http://example.org/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://[0:0::1]:80/", "http://[::1]/"),
        ("http://example.org/\ud800", "http://example.org/%EF%BF%BD"),
        ("http://example.org/%%41", "http://example.org/%%41"),
        ("http://example.org/%4%31", "http://example.org/%4%31"),
        ("http://example.org/%zz%e9", "http://example.org/%zz%E9"),
        ("http://example.org/%252e", "http://example.org/%252e"),
        ("http://example.org/a/.b/../c", "http://example.org/a/c"),
        ("http://example.org/.well-known/./y/..", "http://example.org/.well-known/"),
        ("http://example.org/.a/../../..?/../#/../", "http://example.org/?/../"),
        ("http://example.org/.a/...", "http://example.org/.a/..."),
        ("http://example.org/.^/../xn--a/^", "http://example.org/xn--a/%5E"),
    ],
)
def test_a_url_is_written_in_one_form(url: str, written: str) -> None:
    assert normalise(url) == written
    assert normalise(written) == written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/A", "http://example.org/a"),
        ("http://example.org/a", "http://example.org/a/"),
        ("http://example.org/a//b", "http://example.org/a/b"),
        ("http://example.org/a%2Fb", "http://example.org/a/b"),
        ("http://example.org/?a=1&b=2", "http://example.org/?b=2&a=1"),
        ("http://example.org/", "http://example.org/?"),
        ("http://example.org/index.html", "http://example.org/"),
        ("http://example.org/", "http://www.example.org/"),
        ("http://example.org/", "http://example.org./"),
        ("http://example.org/", "https://example.org/"),
        ("http://example.org/?a=b+c", "http://example.org/?a=b%20c"),
        ("http://example.org/%3D", "http://example.org/="),
        ("http://example.org/%21", "http://example.org/!"),
    ],
)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/", "scheme"),
        ("javascript:void(0)", "scheme"),
        ("java\nscript:void(0)", "scheme"),
        ("mailto:a@example.org", "scheme"),
        ("data:text/html,x", "scheme"),
        ("http://user:secret@example.org/", "credentials"),
        ("http://user@example.org/", "credentials"),
        ("http://:secret@example.org/", "credentials"),
        ("", "invalid"),
        ("/path", "invalid"),
        ("example.org", "invalid"),
        ("http://", "invalid"),
        ("http://a b/", "invalid"),
        ("http://example.org:99999/", "invalid"),
        ("http://example.org:x/", "invalid"),
        ("http://[::1/", "invalid"),
        ("http://256.0.0.1/", "invalid"),
        ("http://exa%00mple.org/", "invalid"),
        ("http://xn--a/", "invalid"),
        ("http://xn--a-/", "invalid"),
        ("http://a.XN--abc-.b/", "invalid"),
        ("http://h\ud800/", "invalid"),
        ("http://example.org/" + "a" * LONGEST, "too_long"),
        ("http://example.org/" + "é" * 2000, "too_long"),
    ],
)
def test_what_cannot_be_crawled_says_why(url: str, reason: str) -> None:
    with pytest.raises(UnusableUrl) as refusal:
        normalise(url)
    assert refusal.value.reason == reason


def test_no_secret_and_no_control_character_is_in_the_message() -> None:
    for url in ("http://user:secret@exa mple.org/", "ftp://user:secret@example.org/\x1b[31m"):
        with pytest.raises(UnusableUrl) as refusal:
            normalise(url)
        assert "secret" not in str(refusal.value)
        assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("", "https://example.org/a/b/c?d=e"),
        ("#x", "https://example.org/a/b/c?d=e"),
        (" \t\n ", "https://example.org/a/b/c?d=e"),
        ("?x", "https://example.org/a/b/c?x"),
        ("?", "https://example.org/a/b/c?"),
        ("x", "https://example.org/a/b/x"),
        ("x/y/", "https://example.org/a/b/x/y/"),
        (".", "https://example.org/a/b/"),
        ("..", "https://example.org/a/"),
        ("../../../x", "https://example.org/x"),
        ("x/../y", "https://example.org/a/b/y"),
        ("x/.", "https://example.org/a/b/x/"),
        ("x/.y", "https://example.org/a/b/x/.y"),
        ("..\\x", "https://example.org/a/x"),
        ("/x", "https://example.org/x"),
        ("\\x", "https://example.org/x"),
        ("//other.org", "https://other.org/"),
        ("\\/other.org/x", "https://other.org/x"),
        ("///other.org/x", "https://other.org/x"),
        ("https:x", "https://example.org/a/b/x"),
        ("HTTPS:/x", "https://example.org/x"),
        ("https:?x", "https://example.org/a/b/c?x"),
        ("https:#x", "https://example.org/a/b/c?d=e"),
        ("https:\\\\other.org", "https://other.org/"),
        ("https://other.org", "https://other.org/"),
        ("http:x", "http://x/"),
        ("http:/x", "http://x/"),
        ("x y #z", "https://example.org/a/b/x%20y%20"),
        ("  x\n", "https://example.org/a/b/x"),
        ("x\ty", "https://example.org/a/b/xy"),
        ("x:80", None),
        ("./x:80", "https://example.org/a/b/x:80"),
        ("1:2", "https://example.org/a/b/1:2"),
        ("~user", "https://example.org/a/b/~user"),
        ("%7Euser", "https://example.org/a/b/~user"),
        ("é?é", "https://example.org/a/b/%C3%A9?%C3%A9"),
        ("a//b", "https://example.org/a/b/a//b"),
        ("//", None),
        ("///", None),
        ("//a b", None),
        ("https://", None),
    ],
)
def test_a_reference_means_what_a_browser_takes_it_for(href: str, url: str | None) -> None:
    if url is not None:
        assert resolve(href, BASE) == url
    else:
        with pytest.raises(UnusableUrl):
            resolve(href, BASE)


def test_octets_of_a_field_are_escaped_as_sent() -> None:
    sent = "/é?日".encode().decode("latin-1")
    assert resolve(from_field(sent), BASE) == "https://example.org/%C3%A9?%E6%97%A5"
    assert resolve(from_field("//bücher.example/".encode().decode("latin-1")), BASE) == "https://xn--bcher-kva.example/"
    assert from_field("/%C3%A9 x") == "/%C3%A9 x"


def test_references_in_a_document_elsewhere_than_on_the_web_lead_nowhere() -> None:
    base = Base("ftp://example.org/a/")
    for href in ("x", "/x", "?x", "//other.org/", ""):
        with pytest.raises(UnusableUrl) as refusal:
            base.resolve(href)
        assert refusal.value.reason == "scheme"
    assert base.resolve("http://other.org/x") == "http://other.org/x"


def test_credentials_of_the_base_are_not_passed_on() -> None:
    base = Base("http://user:secret@example.org/")
    for href in ("x", "/x", ""):
        with pytest.raises(UnusableUrl) as refusal:
            base.resolve(href)
        assert refusal.value.reason == "credentials"
    assert base.resolve("//other.org/x") == "http://other.org/x"


def test_a_long_base_does_not_multiply() -> None:
    base = Base("http://example.org/" + "a" * 100_000 + "/")
    with pytest.raises(UnusableUrl) as refusal:
        base.resolve("x")
    assert refusal.value.reason == "too_long"
    assert base.resolve("/x") == "http://example.org/x"


def test_a_base_element_is_resolved_against_the_document() -> None:
    base = Base(BASE)
    assert base.rebased("/x/").resolve("y") == "https://example.org/x/y"
    assert base.rebased("data:,x").scheme == "data"
    with pytest.raises(UnusableUrl):
        base.rebased("http://")


# Strings made of what URLs are made of reach far more states of a parser than random text.
VISIBLE = "http: https: ftp: x: // / \\ ? # : @ . .. %2e %2E%2e %41 %e9 % %4 a B é ß | ' ~ - 80 443 8080 [::1] h.org"
PIECES = st.sampled_from([*VISIBLE.split(), " ", "\t", "\n", "\x00"])
HREFS = st.lists(PIECES, max_size=8).map("".join)
HOSTS = st.sampled_from(["example.org", "EXAMPLE.org:80", "h:8443", "[::1]:1", "127.0.0.1", "bücher.example"])
PATHS = st.lists(PIECES.filter(lambda piece: piece not in ("\\",)), max_size=6).map("".join)
URLS = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https"]), HOSTS, PATHS)


@given(st.one_of(HREFS, URLS, st.text()))
def test_normalising_twice_changes_nothing(url: str) -> None:
    try:
        once = normalise(url)
    except UnusableUrl:
        return
    assert normalise(once) == once


@given(st.one_of(URLS, HREFS))
def test_the_written_form_differs_from_the_parsed_one_only_as_rfc_3986_allows(url: str) -> None:
    try:
        written = normalise(url)
    except UnusableUrl:
        return
    parsed = str(can_ada.parse(url).href).partition("#")[0]
    assert unquote_to_bytes(written) == unquote_to_bytes(parsed)
    kept = re.compile(r"%(?!2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])[0-9A-Fa-f]{2}")
    assert kept.findall(written) == [escape.upper() for escape in kept.findall(parsed)]


@given(HREFS, URLS)
def test_a_reference_is_valid_exactly_where_the_standard_says(href: str, base: str) -> None:
    assume(can_ada.can_parse(base))
    try:
        resolve(href, base)
        valid = True
    except UnusableUrl as refusal:
        valid = refusal.reason != "invalid"
    elsewhere = re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", cleaned(href)) and not cleaned(href).lower().startswith("http")
    assert elsewhere or valid == can_ada.can_parse(href, base)


def outcome(url: str, base: str | None = None) -> str:
    """The normalised URL, or the reason why there is none."""
    try:
        return normalise(url) if base is None else resolve(url, base)
    except UnusableUrl as refusal:
        return refusal.reason


@given(URLS, URLS)
def test_an_absolute_reference_does_not_depend_on_the_base(href: str, base: str) -> None:
    assume(can_ada.can_parse(base))
    assert outcome(href, base) == outcome(href)


@given(st.from_regex(r"[A-Za-z0-9_~\-./]{0,30}", fullmatch=True), URLS)
def test_plain_paths_come_out_as_the_parser_has_them(href: str, base: str) -> None:
    try:
        document = normalise(base)
    except UnusableUrl:
        return
    assume(href and not href.startswith("//"))
    directory = document.partition("?")[0].rpartition("/")[0] + "/"
    prefix = origin_of(document) if href.startswith("/") else directory
    assert resolve(href, base) == str(can_ada.parse(prefix + href).href)


def test_the_parts_of_a_url_are_cut_out_of_its_written_form() -> None:
    url = "https://h.example.org:8443/a/b?c=/d:e"
    assert (scheme_of(url), host_of(url), hostname_of(url)) == ("https", "h.example.org:8443", "h.example.org")
    assert (origin_of(url), path_and_query_of(url)) == ("https://h.example.org:8443", "/a/b?c=/d:e")
    assert (host_of("http://[::1]:81/"), hostname_of("http://[::1]:81/"), hostname_of("http://[::1]/")) == (
        "[::1]:81",
        "[::1]",
        "[::1]",
    )
    assert (host_of("http://h/"), hostname_of("http://h/")) == ("h", "h")


@pytest.mark.parametrize(
    ("hostname", "domain"),
    [
        ("example.org", "example.org"),
        ("a.b.example.org", "example.org"),
        ("a.example.co.uk", "example.co.uk"),
        ("one.github.io", "one.github.io"),
        ("github.io", "github.io"),
        ("www.example.org.", "example.org"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("[::1]", "[::1]"),
        ("a.xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_the_registrable_domain_is_what_one_owner_registers(hostname: str, domain: str) -> None:
    assert registrable_domain(hostname) == domain


def test_fingerprints_fit_a_signed_64_bit_column() -> None:
    fingerprints = {fingerprint(f"http://example.org/{number}") for number in range(1000)}
    assert len(fingerprints) == 1000
    assert min(fingerprints) < 0 < max(fingerprints)
    assert all(-(2**63) <= number < 2**63 for number in fingerprints)
    assert fingerprint("http://example.org/") == fingerprint("http://example.org/")


@given(st.sampled_from(["", "?q", "#f", "http:?q", "http:x", "\t?q", ".", "a?b#c", "//h/x", "/r", "http://h/", "x:y"]))
def test_what_leans_on_the_document_is_not_taken_from_another_of_its_folder(href: str) -> None:
    for document in ("http://example.org/folder/one?1", "http://example.org/folder/two"):
        base = Base(document)
        with suppress(UnusableUrl):
            base.resolve(href)
        other = Base("http://example.org/folder/three?3")
        if (known := other.known.get(href)) is not None:
            assert known == other.resolve(href)


def test_little_is_remembered_of_a_folder() -> None:
    base = Base("http://example.org/large/page")
    for number in range(MOST_REMEMBERED + 10):
        base.resolve(f"page{number}.html")
    assert len(base.known) == MOST_REMEMBERED
