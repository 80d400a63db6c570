"""A cookie jar by RFC 6265, with the safer rules of its revision: prefixes, and secure cookies left alone by http."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Final, NamedTuple

from crawler.clients.address_guard import literal_of
from crawler.core.url import hostname_of, path_and_query_of, registrable_domain, scheme_of

# Name, value, domain, path, whether for that host only, whether for https only, and when it ends.
SavedCookie = tuple[str, str, str, str, bool, bool, float | None]

MAX_COOKIE_BYTES: Final = 4096  # name, value and attributes; RFC 6265 6.1 asks for at least this
MAX_PER_DOMAIN: Final = 50
MAX_COOKIES: Final = 3000

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DELIMITERS: Final = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D.*)?")
_DAY: Final = re.compile(r"(\d{1,2})(?:\D.*)?")
_YEAR: Final = re.compile(r"(\d{2,4})(?:\D.*)?")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class _Cookie(NamedTuple):
    name: str
    value: str
    domain: str
    path: str
    host_only: bool
    secure: bool
    expires: float | None  # seconds since 1970; None: with the session
    created: int  # serial number

    def __repr__(self) -> str:  # a dump must not show the value
        return f"<cookie {self.name} of {self.domain}{self.path}>"


class CookieJar:
    """Cookies of one session, in memory. Bounded: the oldest of a domain, then of all, give way to new ones."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._domains: dict[str, dict[tuple[str, str, bool], _Cookie]] = {}
        self._created = count()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def start_with(self, host: str, name: str, value: str) -> None:
        """Sends `name` to `host` alone, from the beginning; one that `host` has set itself since then is kept."""
        if (name, "/", True) not in self._domains.get(host, {}):
            self._put(_Cookie(name, value, host, "/", True, False, None, next(self._created)))

    def receive(self, url: str, field: str) -> None:
        """Takes a Set-Cookie `field` of the answer to the normalised `url`; what the rules refuse is ignored."""
        if cookie := self._parsed(url, field):
            self._put(cookie)

    def send_to(self, url: str) -> str | None:
        """The Cookie field for the normalised `url`, longer paths first (5.4); None if no cookie goes there."""
        if not self._domains:
            return None
        host, path = hostname_of(url), _path_of(url)
        now, secure = self._clock(), scheme_of(url) == "https"
        found = [
            cookie
            for domain in _domain_and_parents(host)
            if domain in self._domains
            for cookie in list(self._domains[domain].values())
            if (not cookie.host_only or domain == host) and (secure or not cookie.secure) and _covers(cookie.path, path)
        ]
        for cookie in found:
            if cookie.expires is not None and cookie.expires <= now:
                self._remove(cookie)
        found = [cookie for cookie in found if cookie.expires is None or cookie.expires > now]
        found.sort(key=lambda cookie: (-len(cookie.path), cookie.created))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in found) or None

    def saved(self) -> list[SavedCookie]:
        """All cookies as plain values, the oldest first."""
        found = [cookie for cookies in self._domains.values() for cookie in cookies.values()]
        found.sort(key=lambda cookie: cookie.created)
        return [(c.name, c.value, c.domain, c.path, c.host_only, c.secure, c.expires) for c in found]

    def restore(self, cookies: Iterable[SavedCookie]) -> None:
        """Takes what `saved` of another jar returned."""
        for cookie in cookies:
            self._put(_Cookie(*cookie, next(self._created)))

    def _parsed(self, url: str, field: str) -> _Cookie | None:
        pair, *rest = field.split(";")
        name, equals, value = pair.partition("=")
        name, value = name.strip(" \t"), value.strip(" \t")
        if not equals or not name or len(field) > MAX_COOKIE_BYTES or _CONTROL.search(field):
            return None
        parts = (part.partition("=") for part in rest)
        attributes = {key.strip(" \t").lower(): text.strip(" \t") for key, _, text in parts}
        host, secure = hostname_of(url), "secure" in attributes
        domain = _domain(attributes.get("domain", ""), host)
        path = attributes.get("path", "")
        if domain is None or (secure and scheme_of(url) != "https"):
            return None
        cookie = _Cookie(
            name,
            value,
            domain or host,
            path if path.startswith("/") else _default_path(_path_of(url)),
            not domain,
            secure,
            _expiry(attributes, self._clock()),
            next(self._created),
        )
        return cookie if _keeps_prefix(cookie, attributes) and not self._shadows_secure(cookie, url) else None

    def _shadows_secure(self, cookie: _Cookie, url: str) -> bool:
        """Whether an http answer would replace a cookie that https set (RFC 6265bis 5.7, step 16)."""
        if scheme_of(url) == "https":
            return False
        others = self._domains.get(cookie.domain, {}).values()
        return any(o.secure and o.name == cookie.name and _covers(o.path, cookie.path) for o in others)

    def _put(self, cookie: _Cookie) -> None:
        cookies = self._domains.setdefault(cookie.domain, {})
        key = (cookie.name, cookie.path, cookie.host_only)
        if old := cookies.pop(key, None):
            cookie = cookie._replace(created=old.created)
            self._size -= 1
        if cookie.expires is None or cookie.expires > self._clock():
            cookies[key] = cookie
            self._size += 1
        if len(cookies) > MAX_PER_DOMAIN:
            self._remove(next(iter(cookies.values())))
        elif self._size > MAX_COOKIES:
            self._remove(next(iter(next(iter(self._domains.values())).values())))
        if not cookies:
            self._domains.pop(cookie.domain, None)

    def _remove(self, cookie: _Cookie) -> None:
        cookies = self._domains[cookie.domain]
        del cookies[cookie.name, cookie.path, cookie.host_only]
        self._size -= 1
        if not cookies:
            del self._domains[cookie.domain]


def _path_of(url: str) -> str:
    return path_and_query_of(url).partition("?")[0]


def _domain_and_parents(host: str) -> Iterable[str]:
    yield host
    while not literal_of(host) and "." in host:
        host = host.partition(".")[2]
        yield host


def _domain(attribute: str, host: str) -> str | None:
    """The domain that a cookie asks for, "" for the host alone; None if `host` may not set it (5.3, steps 5 and 6)."""
    domain = attribute.lower().removeprefix(".")
    if not domain:
        return ""
    if literal_of(host) or registrable_domain(f"x.{domain}") == f"x.{domain}":  # `domain` is a public suffix
        return "" if domain == host else None
    return domain if host == domain or host.endswith(f".{domain}") else None


def _default_path(path: str) -> str:
    """5.1.4."""
    return path[: path.rindex("/")] or "/"


def _covers(cookie_path: str, path: str) -> bool:
    """5.1.4."""
    if not path.startswith(cookie_path):
        return False
    return len(path) == len(cookie_path) or cookie_path[-1] == "/" or path[len(cookie_path)] == "/"


def _keeps_prefix(cookie: _Cookie, attributes: dict[str, str]) -> bool:
    """RFC 6265bis 4.1.3."""
    name = cookie.name.lower()
    if name.startswith("__host-"):
        return cookie.secure and cookie.host_only and attributes.get("path") == "/"
    return cookie.secure or not name.startswith("__secure-")


def _expiry(attributes: dict[str, str], now: float) -> float | None:
    """5.3, step 3: Max-Age wins over Expires."""
    max_age = attributes.get("max-age", "")
    if re.fullmatch(r"-?[0-9]{1,12}", max_age):
        return now + int(max_age) if int(max_age) > 0 else 0.0
    return _date(attributes["expires"]) if "expires" in attributes else None


def _date(text: str) -> float | None:
    """5.1.1: the tokens in any order; None if it is no date."""
    clock: tuple[int, ...] | None = None
    day = month = year = None
    for token in _DELIMITERS.split(text):
        if clock is None and (match := _TIME.fullmatch(token)):
            clock = tuple(map(int, match.groups()))
        elif day is None and (match := _DAY.fullmatch(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = 1 + _MONTHS.index(token[:3].lower())
        elif year is None and (match := _YEAR.fullmatch(token)):
            year = int(match[1])
    if clock is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    if year < 1601:
        return None
    try:
        return datetime(year, month, day, *clock, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]
    except ValueError:
        return None
