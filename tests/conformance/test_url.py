"""URLs against the WHATWG standard, by its states and by an independent parser; what is the same, against RFC 3986."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.core.errors import UnusableUrl
from crawler.core.url import Base, normalise, resolve
from tests.conformance.reference_url import Failure, Record, parse

BASE = "http://example.org/a/b/c?d=e#f"
PLAIN = set(string.ascii_letters + string.digits + "-._~")  # unreserved, RFC 3986 2.3

SCHEMES = [  # scheme start, scheme and no scheme state
    ("HTTP://h", "http://h/"),
    ("hTtPs://h", "https://h/"),
    ("ht\ttp://h", "http://h/"),
    ("http ://h", "http://example.org/a/b/http%20://h"),
    ("1http://h", "http://example.org/a/b/1http://h"),
    ("://h", "http://example.org/a/b/://h"),
    (":", "http://example.org/a/b/:"),
    ("h\u00e9://x", "http://example.org/a/b/h%C3%A9://x"),
    ("a+b-c.d:x", None),
    ("mailto:a@b", None),
    ("javascript:x", None),
    ("JavaScript:x", None),
    ("data:,x", None),
    ("ws://h/", None),
    ("ftp://h/", None),
    ("file:///etc/passwd", None),
    ("blob:http://h/x", None),
    ("view-source:http://h/", None),
    ("about:blank", None),
]
RELATIVE = [  # relative, relative slash, special (relative or) authority (ignore) slashes state
    ("", "http://example.org/a/b/c?d=e"),
    ("#", "http://example.org/a/b/c?d=e"),
    ("#g", "http://example.org/a/b/c?d=e"),
    ("?", "http://example.org/a/b/c?"),
    ("?g", "http://example.org/a/b/c?g"),
    ("g", "http://example.org/a/b/g"),
    ("g?y#s", "http://example.org/a/b/g?y"),
    ("./g", "http://example.org/a/b/g"),
    ("g/", "http://example.org/a/b/g/"),
    ("/g", "http://example.org/g"),
    ("//g", "http://g/"),
    ("///g", "http://g/"),
    ("/////g", "http://g/"),
    ("\\g", "http://example.org/g"),
    ("\\\\g", "http://g/"),
    ("/\\g", "http://g/"),
    ("\\/g", "http://g/"),
    ("\\\\\\/g", "http://g/"),
    ("http:g", "http://example.org/a/b/g"),
    ("http:/g", "http://example.org/g"),
    ("http:\\g", "http://example.org/g"),
    ("http://g", "http://g/"),
    ("http:\\\\g", "http://g/"),
    ("http:/\\g", "http://g/"),
    ("http:////g", "http://g/"),
    ("http:", "http://example.org/a/b/c?d=e"),
    ("http:?g", "http://example.org/a/b/c?g"),
    ("http:#g", "http://example.org/a/b/c?d=e"),
    ("http:..", "http://example.org/a/"),
    ("https:g", "https://g/"),
    ("https:/g", "https://g/"),
    ("https:///g", "https://g/"),
    ("https:\\g", "https://g/"),
    ("https:", None),
    ("https:?g", None),
    ("//", None),
    ("///", None),
    ("//?g", None),
    ("//#g", None),
    ("\\\\", None),
    ("//\\", None),
]
STRIPPED = [  # the beginning of the basic URL parser
    (" g", "http://example.org/a/b/g"),
    ("g ", "http://example.org/a/b/g"),
    ("\x00\x1f g\x0b\x0c ", "http://example.org/a/b/g"),
    ("\u00a0g", "http://example.org/a/b/%C2%A0g"),
    ("\ufeffg", "http://example.org/a/b/%EF%BB%BFg"),
    ("g\u3000", "http://example.org/a/b/g%E3%80%80"),
    ("\x7fg", "http://example.org/a/b/%7Fg"),
    ("g\nh", "http://example.org/a/b/gh"),
    ("g\r\n\th", "http://example.org/a/b/gh"),
    ("/\n/g", "http://g/"),
    ("htt\np://g\t.org", "http://g.org/"),
    (".\t./g", "http://example.org/a/g"),
    ("%\n2e%2\te/g", "http://example.org/a/g"),
    ("g#\n", "http://example.org/a/b/g"),
    ("g #x", "http://example.org/a/b/g%20"),
    ("g\x00h", "http://example.org/a/b/g%00h"),
    ("g\x0bh", "http://example.org/a/b/g%0Bh"),
]
PATHS = [  # path state
    (".", "http://example.org/a/b/"),
    ("./", "http://example.org/a/b/"),
    ("..", "http://example.org/a/"),
    ("../", "http://example.org/a/"),
    ("../g", "http://example.org/a/g"),
    ("../..", "http://example.org/"),
    ("../../../../g", "http://example.org/g"),
    ("/./g", "http://example.org/g"),
    ("/../g", "http://example.org/g"),
    ("g.", "http://example.org/a/b/g."),
    (".g", "http://example.org/a/b/.g"),
    ("..g", "http://example.org/a/b/..g"),
    ("...", "http://example.org/a/b/..."),
    ("g/./h", "http://example.org/a/b/g/h"),
    ("g/../h", "http://example.org/a/b/h"),
    ("g;x=1/../y", "http://example.org/a/b/y"),
    ("g?y/../x", "http://example.org/a/b/g?y/../x"),
    ("%2e", "http://example.org/a/b/"),
    ("%2E/g", "http://example.org/a/b/g"),
    ("%2e%2E/g", "http://example.org/a/g"),
    (".%2e/g", "http://example.org/a/g"),
    ("%2e./g", "http://example.org/a/g"),
    ("%2e%2e%2f", "http://example.org/a/b/..%2F"),
    ("%252e%252e/g", "http://example.org/a/b/%252e%252e/g"),
    ("g//h", "http://example.org/a/b/g//h"),
    ("g//../h", "http://example.org/a/b/g/h"),
    ("/a//../..", "http://example.org/"),
    ("//h//", "http://h//"),
    ("..\\g", "http://example.org/a/g"),
    ("g\\h\\..\\i", "http://example.org/a/b/g/i"),
    ("g?\\h", "http://example.org/a/b/g?\\h"),
    ("g%5ch", "http://example.org/a/b/g%5Ch"),
    ("http://h", "http://h/"),
    ("http://h?q", "http://h/?q"),
    ("http://h#f", "http://h/"),
    ("http://h\\p", "http://h/p"),
    ("http://h/C|/x", "http://h/C|/x"),
]
ESCAPES = [  # percent-encode sets
    ("g h", "http://example.org/a/b/g%20h"),
    ('"<>', "http://example.org/a/b/%22%3C%3E"),
    ("`{}", "http://example.org/a/b/%60%7B%7D"),
    ("^", "http://example.org/a/b/%5E"),
    ("g^<", "http://example.org/a/b/g%5E%3C"),
    ("|[]'", "http://example.org/a/b/|[]'"),
    ("!$&()*+,;=:@", "http://example.org/a/b/!$&()*+,;=:@"),
    ("\u00e9\U0001f4a9", "http://example.org/a/b/%C3%A9%F0%9F%92%A9"),
    ("\ud800x", "http://example.org/a/b/%EF%BF%BDx"),
    ("%", "http://example.org/a/b/%"),
    ("%4", "http://example.org/a/b/%4"),
    ("%zz", "http://example.org/a/b/%zz"),
    ("%%%", "http://example.org/a/b/%%%"),
    ("?a b\"c<d>e'f", "http://example.org/a/b/c?a%20b%22c%3Cd%3Ee%27f"),
    ("?`{}^|\\[]", "http://example.org/a/b/c?`{}^|\\[]"),
    ("?\u00e9\x00\x7f", "http://example.org/a/b/c?%C3%A9%00%7F"),
    ("?a?b", "http://example.org/a/b/c?a?b"),
    ("?%zz%4", "http://example.org/a/b/c?%zz%4"),
]
AUTHORITIES = [  # authority, host and port state
    ("http://@h/", "http://h/"),
    ("http://:@h/", "http://h/"),
    ("http://u@h/", None),
    ("http://u:@h/", None),
    ("http://:p@h/", None),
    ("http://a@b@h/", None),
    ("http://u:p@/", None),
    ("http://@/x", None),
    ("http://@", None),
    ("http://h:", "http://h/"),
    ("http://h:/x", "http://h/x"),
    ("http://h:80", "http://h/"),
    ("http://h:0080", "http://h/"),
    ("http://h:443", "http://h:443/"),
    ("https://h:443", "https://h/"),
    ("https://h:80", "https://h:80/"),
    ("http://h:0", "http://h:0/"),
    ("http://h:00008080?q", "http://h:8080/?q"),
    ("http://h:65535", "http://h:65535/"),
    ("http://h:65536", None),
    ("http://h:99999999999999999999", None),
    ("http://h:8a", None),
    ("http://h:-1", None),
    ("http://h: 80", None),
    ("http://h:8\t0", "http://h/"),
    ("http://h:\u0661", None),
    ("http://:80", None),
    ("http://h:80:80", None),
    ("http://h@:80", None),
]
HOSTS = [  # host parser
    ("EXAMPLE.ORG", "example.org"),
    ("ex%61mple.org", "example.org"),
    ("ex%41mple.org", "example.org"),
    ("%65%78", "ex"),
    ("a%2fb", None),
    ("a%00b", None),
    ("a%zzb", None),
    ("a%", None),
    ("a b", None),
    ("a<b", None),
    ("a>b", None),
    ("a^b", None),
    ("a|b", None),
    ("a\x7fb", None),
    ("a\x00b", None),
    ("a[b", None),
    ("a]b", None),
    ("a_b", "a_b"),
    ("-a-", "-a-"),
    ("a--b", "a--b"),
    ("a!$&'()*+,;=~\"`{}b", "a!$&'()*+,;=~\"`{}b"),
    ("a..b", "a..b"),
    (".", "."),
    (".a", ".a"),
    ("a.", "a."),
    ("a" * 300, "a" * 300),
]
IDNA = [
    ("b\u00fccher.example", "xn--bcher-kva.example"),
    ("B\u00dcCHER.example", "xn--bcher-kva.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example"),
    ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
    ("fa\u00df.de", "xn--fa-hia.de"),
    ("\u03b2\u03cc\u03bb\u03bf\u03c2.com", "xn--nxasmm1c.com"),
    ("\u0dc1\u0dca\u200d\u0dbb\u0dd3.com", "xn--10cl1a0b660p.com"),
    ("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com", "xn--mgba3gch31f060k.com"),
    ("a\u200db", None),
    ("a\u200cb", None),
    ("\u00adex\u00adample.org", "example.org"),
    ("ex\u200bample.org", "example.org"),
    ("ex\ufeffample.org", "example.org"),
    ("\uff25\uff38.org", "ex.org"),
    ("a\u3002b", "a.b"),
    ("a\uff0eb", "a.b"),
    ("a\uff61b", "a.b"),
    ("\u2f8f.org", "xn--jn2a.org"),
    ("\u33a2.org", "km2.org"),
    ("\U0001f4a9.la", "xn--ls8h.la"),
    ("\u4f8b\u3048.\u30c6\u30b9\u30c8", "xn--r8jz45g.xn--zckzah"),
    ("\u05d0\u05d1.example", "xn--4dbc.example"),
    ("\u05d0a.example", None),
    ("\u0300a.example", None),
    ("a\u2100b", None),
    ("a\uff05b", None),
    ("a\uff0fb", None),
    ("\u00ad", None),
    ("\ufffd.org", None),
    ("\ue000.org", None),
    ("\u0378.org", None),
    ("xn--", None),
    ("xn--a", None),
    ("xn--a-", None),
    ("xn--ab-.org", None),
    ("a.xn--zz--zz.org", None),
    ("xn--fa-hia.de", "xn--fa-hia.de"),
    ("xn--a-ecp.ru", None),
    ("xn--u-ccb.com", None),
    ("%C3%BC.org", "xn--tda.org"),
    ("%C3.org", None),
    ("xn--1ch.com", "xn--1ch.com"),
]
IPV4 = [
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1.", "127.0.0.1"),
    ("127.0.0.1..", "127.0.0.1.."),
    ("127.0.1", "127.0.0.1"),
    ("127.1", "127.0.0.1"),
    ("127.1.", "127.0.0.1"),
    ("2130706433", "127.0.0.1"),
    ("0x7f000001", "127.0.0.1"),
    ("0X7F.0x0.0.0x1", "127.0.0.1"),
    ("0x7f.1", "127.0.0.1"),
    ("017700000001", "127.0.0.1"),
    ("0177.0.0.01", "127.0.0.1"),
    ("00000000177.1", "127.0.0.1"),
    ("0x", "0.0.0.0"),
    ("0x.0X", "0.0.0.0"),
    ("0", "0.0.0.0"),
    ("00", "0.0.0.0"),
    ("1.2.0x", "1.2.0.0"),
    ("1.2.3.08", None),
    ("1.2.3.0xg", "1.2.3.0xg"),
    ("1.2.3.09", None),
    ("09", None),
    ("256.0.0.1", None),
    ("1.256", "1.0.1.0"),
    ("1.2.65536", None),
    ("1.2.65535", "1.2.255.255"),
    ("1.16777215", "1.255.255.255"),
    ("1.16777216", None),
    ("4294967295", "255.255.255.255"),
    ("4294967296", None),
    ("1.2.3.4.5", None),
    ("1.2.3.", "1.2.0.3"),
    ("1..2", None),
    ("a.1", None),
    ("a.0x1", None),
    ("a.1.", None),
    ("1.a", "1.a"),
    ("1.2.3.4a", "1.2.3.4a"),
    ("\uff11\uff12\uff17.1", "127.0.0.1"),
    ("%31%32%37.1", "127.0.0.1"),
    ("127\u30020\u30020\u30021", "127.0.0.1"),
    ("999999999999999999999999", None),
]
IPV6 = [
    ("[::1]", "[::1]"),
    ("[::]", "[::]"),
    ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"),
    ("[0001:0:0::]", "[1::]"),
    ("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"),
    ("[1:0:2:0:3:0:4:0]", "[1:0:2:0:3:0:4:0]"),
    ("[0:0:1:2:0:0:3:4]", "[::1:2:0:0:3:4]"),
    ("[1::2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"),
    ("[FE80::ABCD]", "[fe80::abcd]"),
    ("[::127.0.0.1]", "[::7f00:1]"),
    ("[::ffff:192.0.2.1]", "[::ffff:c000:201]"),
    ("[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:102:304]"),
    ("[::1.2.3.4.5]", None),
    ("[::1.2.3]", None),
    ("[::1.2.3.256]", None),
    ("[::1.2.3.04]", None),
    ("[::0x1]", None),
    ("[1:2:3:4:5:6:7]", None),
    ("[1:2:3:4:5:6:7:8:9]", None),
    ("[1::2::3]", None),
    ("[:1]", None),
    ("[1:]", None),
    ("[12345::]", None),
    ("[::g]", None),
    ("[fe80::1%25eth0]", None),
    ("[fe80::1%eth0]", None),
    ("[]", None),
    ("[::1", None),
    ("::1]", None),
    ("[::1]a", None),
    ("a[::1]", None),
    ("[[::1]]", None),
    ("[::\uff11]", None),
]
WHATWG = "WHATWG URL"
SECTIONS = {
    "4.4 scheme states": SCHEMES,
    "4.4 relative and slash states": RELATIVE,
    "4.4 first steps": STRIPPED,
    "4.4 path state": PATHS,
    "1.3 percent-encode sets": ESCAPES,
    "4.4 authority, host and port states": AUTHORITIES,
} | {
    section: [(f"http://{host}/", written and f"http://{written}/") for host, written in hosts]
    for section, hosts in {
        "3.5 host parser": HOSTS,
        "3.3 IDNA": IDNA,
        "3.5 IPv4 parser": IPV4,
        "3.5 IPv6 parser": IPV6,
    }.items()
}
CASES = [
    pytest.param(*case, marks=pytest.mark.standard(WHATWG, section))
    for section, cases in SECTIONS.items()
    for case in cases
]
OLD_TABLES = "the URL library maps host names by tables older than Unicode 15.1"
NUMBER_FIRST = "the URL library lets labels of right-to-left scripts begin with a digit"
DEVIATIONS = [
    pytest.param(
        f"http://{host}/",
        written and f"http://{written}/",
        marks=(pytest.mark.standard(WHATWG, "3.3 IDNA"), pytest.mark.xfail(strict=True, reason=reason)),
    )
    for host, written, reason in [
        ("\u1e9e.de", "xn--zca.de", OLD_TABLES),
        ("a\u04c0b.org", "xn--ab-uyc.org", OLD_TABLES),
        ("a\U0002ee5db.org", "xn--ab-ge48b.org", OLD_TABLES),
        ("\u0661\u05d0.example", None, NUMBER_FIRST),
        ("1\u05d0.example", None, NUMBER_FIRST),
    ]
]


def outcome(href: str, base: str | None) -> str | None:
    """The normalised URL, or None."""
    try:
        return normalise(href) if base is None else resolve(href, base)
    except UnusableUrl:
        return None


@pytest.mark.parametrize(("href", "written"), CASES + DEVIATIONS)
def test_a_reference_is_parsed_as_the_standard_says(href: str, written: str | None) -> None:
    assert outcome(href, BASE) == written
    if written is not None:
        assert normalise(written) == written


def as_written(record: Record) -> str:
    """What the crawler calls a URL record: no fragment, and the equivalences of RFC 3986 6.2.2 applied."""
    text = Record(**{**vars(record), "fragment": None}).href()
    output, at = "", 0
    while at < len(text):
        digits = text[at + 1 : at + 3]
        if text[at] == "%" and len(digits) == 2 and all(digit in string.hexdigits for digit in digits):
            character = chr(int(digits, 16))
            stray = output.endswith("%") or (output[-2:-1] == "%" and output[-1] in string.hexdigits)
            output += character if character in PLAIN and not stray else text[at : at + 3].upper()
            at += 3
        else:
            output += text[at]
            at += 1
    return output


def expected(href: str, base: str | None) -> str | None:
    """By the reference parser: None for what is no URL, not on the web, or has credentials."""
    try:
        record = parse(href, base)
    except Failure:
        return None
    usable = record.scheme in ("http", "https") and not record.username and not record.password
    return as_written(record) if usable else None


@pytest.mark.parametrize(("href", "written"), [case for cases in SECTIONS.values() for case in cases])
def test_the_reference_parser_agrees_with_the_cases(href: str, written: str | None) -> None:
    assert expected(href, BASE) == written


VISIBLE = (
    "http: https: HTTP: ftp: file: data: x: // / \\ ? # : @ . .. ... %2e %2E%2e %2f %5c %41 %e9 %7E %zz % a B "
    "\u00e9 \u00df \u03c2 | ^ ` { } ' \" < > ~ - + _ ; = & 80 443 8080 0 65536 [::1] [1::2:3] [::ffff:1.2.3.4] h.org "
    "127.1 0x7f.1 017700000001 1.2.3.4. 256 0x 09 4294967296 xn--bcher-kva xn--a xn-- b\u00fccher \uff25 \u200d \u00ad "
    "\U0001f4a9 \u3002 www. ..%2e C| \ufeff \u0300 \ud800"
)
PIECES = [*VISIBLE.split(" "), " ", "\t", "\n", "\r", "\0", "\x1f", "\x7f", "\x80", "\x0b", "\u00a0"]
REFERENCES = st.builds(
    str.__add__,
    st.sampled_from(["", "", "http://", "https://", "http:\\\\", "http:", "//", "https:/", "http://h", "//h:80/", "/"]),
    st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
)
BASES = st.sampled_from(
    [
        *("http://example.org/a/b/c?d=e#f", "https://h.org:8443/", "http://h", "http://[::1]/?q", "file:///a/b"),
        *("https://h/a/./b/../c/%2e%2e/d?x y#z", "http://1.2.3/%7e/^/;p", "data:text/html,x", "mailto:a@b", "x:/a"),
        *(
            "ftp://f/x/",
            "x://y/z",
            "http://b\u00fccher.example/\u00e9/?\u00e9",
            "about:blank",
            "http://h/a//",
            "http://h:",
        ),
    ]
)


@pytest.mark.standard(WHATWG, "4.4 all states, generated")
@settings(max_examples=600, deadline=None)
@given(REFERENCES, BASES)
def test_resolving_equals_the_reference_parser(href: str, base: str) -> None:
    assert outcome(href, base) == expected(href, base)


@pytest.mark.standard(WHATWG, "4.4 all states, generated without a base")
@settings(max_examples=300, deadline=None)
@given(REFERENCES)
def test_normalising_equals_the_reference_parser(url: str) -> None:
    assert outcome(url, None) == expected(url, None)


@pytest.mark.standard(WHATWG, "4.4 any text")
@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(st.characters(codec=None), max_size=20)), BASES)
def test_any_text_is_a_url_or_unusable_and_nothing_else(text: str, base: str) -> None:
    for written in (outcome(text, base), outcome(text, None)):
        assert written is None or normalise(written) == written


@pytest.mark.standard(WHATWG, "4.4 a base set by another")
@settings(max_examples=200, deadline=None)
@given(REFERENCES, REFERENCES)
def test_a_base_element_and_a_link_resolve_like_the_reference_parser(base_href: str, href: str) -> None:
    try:
        base = Base(BASE).rebased(base_href)
    except UnusableUrl:
        with pytest.raises(Failure):
            parse(base_href, BASE)
        return
    if base.scheme in ("http", "https"):
        try:
            written = base.resolve(href)
        except UnusableUrl:
            written = None
        assert written == expected(href, parse(base_href, BASE).href())


SAME = [
    ("6.2.2.1", "HTTP://EXAMPLE.org/", "http://example.org/"),
    ("6.2.2.1", "http://example.org/%c3%a9", "http://example.org/%C3%A9"),
    ("6.2.2.1", "http://example.org/?%2f", "http://example.org/?%2F"),
    ("6.2.2.2", "http://example.org/%7Euser", "http://example.org/~user"),
    ("6.2.2.2", "http://example.org/%41%5a%61%7A%30%39", "http://example.org/AZaz09"),
    ("6.2.2.2", "http://example.org/%2D%2d%5F%7e", "http://example.org/--_~"),
    ("6.2.2.2", "http://example.org/?q=%41", "http://example.org/?q=A"),
    ("6.2.2.2", "http://example.org/a%2Eb", "http://example.org/a.b"),
    ("6.2.2.3", "http://example.org/a/./b/../c", "http://example.org/a/c"),
    ("6.2.2.3", "http://example.org/../a", "http://example.org/a"),
    ("6.2.2.3", "http://example.org/a/%2E%2E/b", "http://example.org/b"),
    ("6.2.3", "http://example.org", "http://example.org/"),
    ("6.2.3", "http://example.org:80/", "http://example.org/"),
    ("6.2.3", "http://example.org:/", "http://example.org/"),
    ("6.2.3", "https://example.org:443/", "https://example.org/"),
    ("6.2.3", "http://example.org?q", "http://example.org/?q"),
    ("3.5", "http://example.org/#a", "http://example.org/#b"),
    ("3.5", "http://example.org/#", "http://example.org/"),
]
DIFFERENT = [
    ("6.2.2.1", "http://example.org/A", "http://example.org/a"),
    ("6.2.2.1", "http://example.org/?A", "http://example.org/?a"),
    ("6.2.2.2", "http://example.org/a%2Fb", "http://example.org/a/b"),
    ("6.2.2.2", "http://example.org/a%3Fb", "http://example.org/a?b"),
    ("6.2.2.2", "http://example.org/a%23b", "http://example.org/a"),
    ("6.2.2.2", "http://example.org/%21", "http://example.org/!"),
    ("6.2.2.2", "http://example.org/%3B", "http://example.org/;"),
    ("6.2.2.2", "http://example.org/%40", "http://example.org/@"),
    ("6.2.2.2", "http://example.org/%26", "http://example.org/&"),
    ("6.2.2.2", "http://example.org/?a=%26", "http://example.org/?a=&"),
    ("6.2.2.2", "http://example.org/%2541", "http://example.org/%41"),
    ("6.2.2.2", "http://example.org/%252E", "http://example.org/."),
    ("6.2.2.2", "http://example.org/%25%34%31", "http://example.org/A"),
    ("6.2.2.2", "http://example.org/?a%2Bb", "http://example.org/?a+b"),
    ("6.2.2.2", "http://example.org/?a+b", "http://example.org/?a%20b"),
    ("6.2.2.2", "http://example.org/%E9", "http://example.org/%C3%A9"),
    ("6.2.2.2", "http://example.org/%C3%A9", "http://example.org/e%CC%81"),
    ("6.2.2.3", "http://example.org/a//b", "http://example.org/a/b"),
    ("6.2.2.3", "http://example.org/a?b/../c", "http://example.org/a?c"),
    ("6.2.3", "http://example.org/a", "http://example.org/a/"),
    ("6.2.3", "http://example.org/", "http://example.org/?"),
    ("6.2.3", "http://example.org/?a&b", "http://example.org/?b&a"),
    ("6.2.3", "http://example.org/?a", "http://example.org/?a="),
    ("6.2.3", "http://example.org/?a&", "http://example.org/?a"),
    ("6.2.3", "http://example.org/index.html", "http://example.org/"),
    ("6.2.3", "http://example.org:443/", "http://example.org/"),
    ("6.2.3", "http://example.org/", "https://example.org/"),
    ("6.2.3", "http://example.org/", "http://www.example.org/"),
    ("6.2.3", "http://example.org/", "http://example.org./"),
    ("6.2.3", "http://example.org/;jsessionid=1", "http://example.org/"),
    ("6.2.3", "http://example.org/?utm_source=x", "http://example.org/"),
    ("6.2.3", "http://example.org/\u00e9", "http://example.org/e\u0301"),
]


def of_rfc_3986(pairs: list[tuple[str, str, str]]) -> list[object]:
    """Parameters of a test, each with its section."""
    return [pytest.param(one, other, marks=pytest.mark.standard("RFC 3986", section)) for section, one, other in pairs]


@pytest.mark.parametrize(("one", "other"), of_rfc_3986(SAME))
def test_these_are_one_page(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), of_rfc_3986(DIFFERENT))
def test_these_are_two_pages(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)
