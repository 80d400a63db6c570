"""The lines of a robots.txt file that concern one crawler: groups by RFC 9309 2.2.1, other records by 2.2.4."""

from __future__ import annotations

import re

MAX_ROBOTS_BYTES = 1 << 20  # the RFC asks for 500 KiB at least (2.5)
MAX_CRAWL_DELAY_S = 86400.0

_RECORD = re.compile(
    rb"^[ \t]*(user-agent|allow|disallow|crawl-delay|sitemap)[ \t]*:[ \t]*([^\n#]*)", re.IGNORECASE | re.MULTILINE
)
_SECONDS = re.compile(rb"\d+(?:\.\d*)?|\.\d+").fullmatch
_TOKEN = re.compile(rb"[^\s/]*")


class Group:
    """What a robots.txt file says to one crawler, all its groups merged, in the order of the file."""

    __slots__ = ("crawl_delay_s", "named", "rules")

    def __init__(self) -> None:
        self.rules: list[tuple[bool, bytes]] = []  # (allow, value as written)
        self.crawl_delay_s: float | None = None  # the longest, if there are several
        self.named = False  # a User-agent line asked for it

    def slow_down(self, value: bytes) -> None:
        """Takes a Crawl-delay; anything but a plain non-negative number is ignored."""
        if _SECONDS(value):
            self.crawl_delay_s = max(self.crawl_delay_s or 0.0, min(float(value), MAX_CRAWL_DELAY_S))


def read_group(body: bytes, product_token: str) -> tuple[Group, tuple[str, ...]]:
    """What `body` says to `product_token`, else to "*" if no group names it; and the file's sitemaps, as written.

    Time and memory are linear in the length of `body`, of which the first 1 MiB is read, whole lines only.
    """
    own, everyone, sitemaps = Group(), Group(), dict[str, None]()
    groups = {product_token.lower().encode(): own, b"": Group(), b"*": everyone}
    current: list[Group] = []
    heading = False  # whether User-agent lines still add to the current group; other records do not end it (2.2.4)
    for key, value in _records(body):
        match key:
            case b"user-agent":
                current = current if heading else []
                heading = True
                if group := groups.get(_token(value)):
                    group.named = True
                    current.append(group)
            case b"allow" | b"disallow":
                heading = False
                for group in current:
                    group.rules.append((key == b"allow", value))
            case b"crawl-delay":
                for group in current:
                    group.slow_down(value)
            case _:
                sitemaps[value.decode("utf-8", "replace")] = None
    return (own if own.named else everyone), tuple(filter(None, sitemaps))


def _records(body: bytes) -> list[tuple[bytes, bytes]]:
    """Key in lower case and value of every line that has a meaning here. Lines end in CR, LF or both (2.2)."""
    if len(body) > MAX_ROBOTS_BYTES:
        cut = body[:MAX_ROBOTS_BYTES]
        body = cut[: max(cut.rfind(b"\n"), cut.rfind(b"\r")) + 1]
    text = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r", b"\n")
    return [(match[1].lower(), match[2].rstrip(b" \t")) for match in _RECORD.finditer(text)]


def _token(value: bytes) -> bytes:
    """The product token of a User-agent line, lower case: versions and remarks after it are no part of it."""
    match = _TOKEN.match(value)
    return match[0].lower() if match else b""
