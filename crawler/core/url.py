"""One written form of a URL: parsed as a browser does (WHATWG), compared as RFC 3986 6.2.2-6.2.3 allows."""

from __future__ import annotations

import re
from collections import OrderedDict
from functools import cache, lru_cache
from sys import maxsize
from typing import Final

import can_ada
from xxhash import xxh3_64_intdigest

from crawler.core.errors import UnusableUrl
from crawler.core.registry import load

SCHEMES: Final = ("http", "https")
LONGEST: Final = 8192  # characters; RFC 9110 4.1 asks for 8000. Without an end, a long base times many links is a bomb
_LAZY: Final = {"public suffixes": "publicsuffixlist:PublicSuffixList"}  # 80 ms, and only some scopes need it
_C0_OR_SPACE: Final = "".join(map(chr, range(0x21)))
_TAB_OR_NEWLINE: Final = str.maketrans("", "", "\t\n\r")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Unreserved octets (RFC 3986 2.3), unless a stray "%" before them would turn the decoded character into a new escape.
_UNRESERVED: Final = re.compile(
    r"(?<!%)(?<!%[0-9A-Fa-f])%(2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])"
)
_LOWER_HEX: Final = re.compile(r"%(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f])")
MOST_FOLDERS: Final = 32  # whose references are remembered; pages of a folder mostly share their navigation
MOST_REMEMBERED: Final = 2000  # references of one folder
LONGEST_REMEMBERED: Final = 200  # characters: 16 MB in all at the worst
_remembered: Final[OrderedDict[str, dict[str, str]]] = OrderedDict()
# A reference that means the same in all documents of a folder, unlike "", "#…", "?…" and "http:?…".
_LEANS_ON_FOLDER: Final = re.compile(r"https?://|[A-Za-z0-9_.~/\-][^:]*\Z")
_BEFORE_QUERY: Final = re.compile(r"[^?#]*")
_DOT_SEGMENT: Final = re.compile(r"/\.\.?(?=/|\Z)")
_ASCII_IN_PUNYCODE: Final = re.compile(r"https?://(?:[^/?#]*[@.])?xn--[^./?#:]*-[./:]")
# A path, relative or absolute, that joining leaves as it is: nothing to encode, to decode or to remove.
_PLAIN_PATH: Final = re.compile(r"/?[A-Za-z0-9_~\-][A-Za-z0-9_.~\-/]{,999}")


def normalise(url: str) -> str:
    """The one written form of an absolute `url`, fragment dropped; applying it twice changes nothing.

    Raises UnusableUrl: `scheme` (not http or https), `credentials` (user information), `too_long`, `invalid`. 1.7 µs.
    """
    return _written(_absolute(cleaned(url)))


def resolve(href: str, base: str) -> str:
    """What `href` means in a document at `base`, normalised. Raises UnusableUrl."""
    return Base(base).resolve(href)


def from_field(value: str) -> str:
    """A reference in a header field: octets beyond ASCII (there should be none) are escaped as sent, as browsers do."""
    return value if value.isascii() else "".join(c if c.isascii() else f"%{ord(c):02X}" for c in value)


def cleaned(url: str) -> str:
    """As the URL parser begins: C0 controls and spaces cut off both ends, tabs and newlines removed everywhere."""
    url = url.strip(_C0_OR_SPACE)
    return url if url.isprintable() else url.translate(_TAB_OR_NEWLINE)


class Base:
    """A document's base URL, taken apart once, for the many references that are resolved against it.

    Raises UnusableUrl("invalid") for a string that is no URL. The library parses absolute strings only; the standard's
    states for references without a scheme come down to joining text, since the parser sees to dot segments itself.
    """

    __slots__ = ("_directory", "_document", "_origin", "_path", "_plain", "known", "scheme")

    def __init__(self, url: str, *, is_normalised: bool = False) -> None:
        href = url if is_normalised else _equivalent(_href(cleaned(url)))
        self.scheme = href[: href.index(":")]
        self._plain = False
        self.known: dict[str, str] = {}  # what references meant in documents of this folder, as far as remembered
        if self.scheme in SCHEMES:
            self._document = href.partition("#")[0]
            self._path = self._document.partition("?")[0]
            self._origin = self._path[: self._path.index("/", len(self.scheme) + 3)]
            self._directory = self._path[: self._path.rindex("/") + 1]
            self._plain = "@" not in self._origin and len(self._directory) < LONGEST - 1000
            self.known = _known_in(self._directory)

    def resolve(self, href: str) -> str:
        """What `href` means here, normalised. Raises UnusableUrl. 0.4 µs for a plain path, else 2 to 3 µs;
        what `known` holds need not be asked."""
        if self._plain and _PLAIN_PATH.fullmatch(href) and "/." not in href:
            url = (self._origin if href[0] == "/" else self._directory) + href
        else:
            joined = self._joined(cleaned(href))
            url = _written(joined if joined.startswith(("http:", "https:")) else _absolute(joined))
        if len(self.known) < MOST_REMEMBERED and len(href) <= LONGEST_REMEMBERED and _LEANS_ON_FOLDER.match(href):
            self.known[href] = url
        return url

    def rebased(self, href: str) -> Base:
        """The base that `<base href>` sets in a document with this one, of whatever scheme. Raises UnusableUrl."""
        return Base(self._joined(cleaned(href), longest=maxsize))

    def _joined(self, href: str, longest: int = LONGEST) -> str:
        if match := _SCHEME.match(href):
            # "http:page" without "//" is relative to a base of the same scheme (special relative or authority state).
            if match[1].lower() != self.scheme or href.startswith("//", match.end()):
                return href
            href = href[match.end() :]
        if self.scheme not in SCHEMES:
            raise UnusableUrl("scheme", f"not an http or https URL: relative to {self.scheme}:")
        prefix = self._prefix(href)
        if len(prefix) + len(href) > longest:
            raise UnusableUrl("too_long", f"longer than {longest} characters")
        return prefix + href

    def _prefix(self, href: str) -> str:
        match href[:1]:
            case "/" | "\\":
                return f"{self.scheme}:" if href[1:2] in ("/", "\\") else self._origin
            case "?":
                return self._path
            case "" | "#":
                return self._document
            case _:
                return self._directory


def _known_in(directory: str) -> dict[str, str]:
    """What is remembered of references in documents of a folder, for its documents to share."""
    known = _remembered.get(directory)
    if known is None:
        known = _remembered[directory] = {}
        if len(_remembered) > MOST_FOLDERS:
            _remembered.popitem(last=False)
    else:
        _remembered.move_to_end(directory)
    return known


def fingerprint(url: str) -> int:
    """A signed 64-bit number that stands for a normalised URL (xxh3; two of 10^8 URLs collide with p ≈ 0.0003)."""
    digest = xxh3_64_intdigest(url.encode())
    return digest - (1 << 64) if digest >> 63 else digest


def scheme_of(url: str) -> str:
    """`https` of a normalised URL."""
    return url[: url.index(":")]


def host_of(url: str) -> str:
    """`host[:port]` of a normalised URL: the port only if it is not the scheme's, IPv6 addresses in brackets."""
    return url.split("/", 3)[2]


def hostname_of(url: str) -> str:
    """The host of a normalised URL without port, IPv6 addresses in brackets."""
    host = url.split("/", 3)[2]
    return host if host[-1] == "]" else host.partition("]")[0] + "]" if host[0] == "[" else host.partition(":")[0]


def origin_of(url: str) -> str:
    """`https://host[:port]` of a normalised URL."""
    return url[: url.index("/", 8)]


def path_and_query_of(url: str) -> str:
    """What a request line asks for: a normalised URL from the `/` after the host on."""
    return url[url.index("/", 8) :]


@lru_cache(maxsize=4096)
def registrable_domain(hostname: str) -> str:
    """The registrable domain of a host, by the Public Suffix List with its private section, so that two customers of
    one hosting service are two domains. Addresses, public suffixes and single labels are returned as they are."""
    name = hostname.rstrip(".")
    if name.startswith("[") or name.rpartition(".")[2].isdigit():
        return hostname
    return _public_suffixes().privatesuffix(name) or name


@cache
def _public_suffixes():  # type: ignore[no-untyped-def]  # noqa: ANN202  (the library has no types)
    return load(_LAZY, "public suffixes")()


def _absolute(url: str) -> str:
    match = _SCHEME.match(url)
    if match is None:
        raise UnusableUrl("invalid", f"not an absolute URL: {_shown(url)}")
    if match[1].lower() not in SCHEMES:
        raise UnusableUrl("scheme", f"not an http or https URL: {_shown(url)}")
    return url


def _written(url: str) -> str:
    href = _equivalent(_href(url))
    if "#" in href:
        href = href.partition("#")[0]
    if len(href) > LONGEST:
        raise UnusableUrl("too_long", f"longer than {LONGEST} characters")
    if "@" in href and "@" in href[: href.index("/", 8)]:
        raise UnusableUrl("credentials", "a user name or password in the URL")
    return href


def _href(url: str) -> str:
    try:
        href = str(can_ada.parse(url).href)
    except ValueError:
        raise UnusableUrl("invalid", f"not a URL: {_shown(url)}") from None
    except TypeError:  # lone surrogates, which the standard's USVString turns into U+FFFD
        return _href(_SURROGATE.sub("\ufffd", url))
    if "/." in href:
        href = _without_dots(href)
    return _corrected(href) if "^" in href or "xn--" in href else href


def _without_dots(href: str) -> str:
    """`href` without dot segments in its path (URL Standard 4.4): the library leaves those behind a segment that begins
    with a dot and is none, unless they are escaped."""
    escaped = _BEFORE_QUERY.sub(lambda path: _DOT_SEGMENT.sub(_escaped_dots, path[0]), href, count=1)
    return href if escaped == href else str(can_ada.parse(escaped).href)


def _escaped_dots(segment: re.Match[str]) -> str:
    return segment[0].replace(".", "%2e")


def _corrected(href: str) -> str:
    """What the library leaves undone: "^" is escaped in paths (URL Standard 1.3), and a label whose Punycode stands for
    ASCII is no label (UTS 46, validity criteria)."""
    if _ASCII_IN_PUNYCODE.match(href):
        raise UnusableUrl("invalid", f"not a URL: {_shown(href)}")
    return _BEFORE_QUERY.sub(lambda path: path[0].replace("^", "%5E"), href, count=1)


def _equivalent(href: str) -> str:
    """RFC 3986 6.2.2.1-6.2.2.2, for what the URL parser leaves: case of escapes, escaped unreserved octets."""
    if "%" not in href:
        return href
    href = _UNRESERVED.sub(lambda escape: chr(int(escape[1], 16)), href)
    return _LOWER_HEX.sub(lambda escape: escape[0].upper(), href)


def _shown(url: str) -> str:
    """At most 200 characters, and none that a terminal would obey; no user information."""
    return repr(re.sub(r"//[^/\\?#]*@", "//…@", url[:200]))
