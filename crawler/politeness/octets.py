"""Paths and rules of robots.txt in the one written form in which RFC 9309 2.2.2 compares octets."""

from __future__ import annotations

import re
from typing import Final

from crawler.core.url import LONGEST

# RFC 3986: unreserved and reserved characters, and "%". All others are percent-encoded before comparison.
_ENCODE_OR_DECODE = re.compile(rb"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
LONGEST_PATH: Final = 3 * LONGEST  # of a URL, each octet encoded
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PLAIN = r"A-Za-z0-9\-._~:/?#\[\]@!&'()+,;="
_PLAIN_PATH = re.compile(f"[{_PLAIN}]*").fullmatch
_UNFINISHED = re.compile(f"[^{_PLAIN}%]|%(?![89A-F][0-9A-F])").search  # escapes of octets above ASCII are final
# Delimiters that mean nothing in a query: the RFC's table writes "?baz=https://foo.bar" with %3A%2F%2F.
_IDLE_IN_QUERY = str.maketrans({c: f"%{ord(c):02X}" for c in ":/?@[]'"})


def comparable_path(path: str) -> str:
    """A URL's path and query as it is compared; its own "*" and "$" are encoded, since in rules they are special."""
    if _PLAIN_PATH(path) or not _UNFINISHED(path):
        return path
    return _encoded(path.encode("utf-8", "replace")).replace("*", "%2A").replace("$", "%24")


def comparable_rule(value: bytes) -> str | None:
    """The value of an Allow or Disallow line as it is compared; None for one that can match nothing.

    "*" and a final "$" keep their meaning (2.2.3); any other "$" stands for itself.
    """
    if not value.startswith((b"/", b"*")) or len(value) - value.count(b"*") > LONGEST_PATH:
        return None
    anchor = "$" if value.endswith(b"$") else ""
    return _encoded(value.removesuffix(b"$")).replace("$", "%24") + anchor


def with_encoded_query(comparable: str) -> str:
    """A comparable path or rule with the delimiters encoded that may stand in a query either way."""
    path, mark, query = comparable.partition("?")
    return path + mark + query.translate(_IDLE_IN_QUERY)


def _encoded(octets: bytes) -> str:
    return _ENCODE_OR_DECODE.sub(_octet, octets).decode("ascii")


def _octet(match: re.Match[bytes]) -> bytes:
    octet = int(match[1], 16) if match[1] else match[0][0]
    return bytes((octet,)) if octet in _UNRESERVED else b"%%%02X" % octet
