"""What a request says about who asks: user agent, accepted forms, and secrets for those they belong to."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from crawler.clients.body import ACCEPTED
from crawler.clients.cookies import CookieJar, SavedCookie
from crawler.core.url import hostname_of, origin_of

_ACCEPT: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

_NONE: Final[Mapping[str, str]] = {}


def basic_authorization(username: str, password: str) -> str:
    """The Authorization field of RFC 7617."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


def bearer_authorization(token: str) -> str:
    """The Authorization field of RFC 6750."""
    return f"Bearer {token}"


class Identity:
    """Header fields for each URL. Fields and credentials of the configuration go to the origins of the seeds and to no
    other, fields of one seed with that seed's URL alone, cookies where the cookie rules send them.

    All URLs are normalised. authorization: a field value, as the functions above make it. cookies: False = no jar, a
    mapping = a jar with cookies to start with, for the hosts of the seeds.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        headers: Mapping[str, str] | None = None,
        authorization: str | None = None,
        cookies: bool | Mapping[str, str] = True,
        seeds: Iterable[str] = (),
        seed_headers: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        fields = dict(headers or {})
        if authorization is not None:
            fields = merged(fields.items(), {"Authorization": authorization}.items())
        self.common = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}  # for every URL
        self._for_seeds = fields
        self._for_one = {url: merged(fields.items(), own.items()) for url, own in (seed_headers or {}).items()}
        self._is_secretive = bool(fields or self._for_one)
        self._origins: set[str] = set()
        self._jar = None if cookies is False else CookieJar()
        self._listener: Callable[[str, Sequence[str]], None] | None = None
        self._first_cookies = dict(cookies) if isinstance(cookies, Mapping) else {}
        for url in (*seeds, *self._for_one):
            self.add_seed(url)

    def add_seed(self, url: str) -> None:
        """The configuration names `url`: its origin may see the secrets."""
        if self._is_secretive:
            self._origins.add(origin_of(url))
        if self._jar is not None:
            for name, value in self._first_cookies.items():
                self._jar.start_with(hostname_of(url), name, value)

    def headers_for(self, url: str) -> list[tuple[str, str]]:
        """The fields of a request for `url`."""
        return list(merged(self.common.items(), self.own_for(url).items()).items())

    def own_for(self, url: str) -> Mapping[str, str]:
        """The fields of `url` besides `common`, or instead of some. 0.2 µs while there are no secrets and cookies."""
        fields: Mapping[str, str] = _NONE
        if self._origins and origin_of(url) in self._origins:
            fields = self._for_one.get(url, self._for_seeds)
        if self._jar and (cookie := self._jar.send_to(url)):
            own = [value for name, value in fields.items() if name.lower() == "cookie"]
            fields = merged(fields.items(), {"Cookie": "; ".join([*own, cookie])}.items())
        return fields

    def receive(self, url: str, set_cookie: Iterable[str]) -> None:
        """Takes the cookies that the Set-Cookie fields of the answer to `url` set."""
        if self._jar is not None:
            fields = list(set_cookie)
            self.adopt(url, fields)
            if self._listener is not None:
                self._listener(url, fields)

    def pass_cookies_to(self, listener: Callable[[str, Sequence[str]], None]) -> None:
        """From now on `listener` is told of the Set-Cookie fields that are received, with the URL that they came from:
        for sessions in other processes, which share the jar."""
        self._listener = listener

    def adopt(self, url: str, set_cookie: Iterable[str]) -> None:
        """The same for an answer that another session received, without passing it on."""
        if self._jar is not None:
            for field in set_cookie:
                self._jar.receive(url, field)

    def cookies(self) -> list[SavedCookie]:
        """What is in the jar, for another session to begin with."""
        return [] if self._jar is None else self._jar.saved()

    def restore(self, cookies: Iterable[SavedCookie]) -> None:
        """Puts what `cookies` of another session returned into the jar."""
        if self._jar is not None:
            self._jar.restore(cookies)


def merged(fields: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> dict[str, str]:
    """`fields`, then `others`, which replace those of the same name in any case."""
    kept = {name.lower(): (name, value) for name, value in fields}
    kept |= {name.lower(): (name, value) for name, value in others}
    return dict(kept.values())
