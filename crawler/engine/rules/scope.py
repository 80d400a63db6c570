"""Which URLs belong to the crawl: what a link must share with a seed, further hosts, and patterns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal

from crawler.core.pattern import Pattern, PatternTimeout, compile_pattern
from crawler.core.url import host_of, hostname_of, path_and_query_of, registrable_domain

ScopeType = Literal["page", "prefix", "host", "domain", "any"]
Refusal = Literal["scope", "include", "exclude", "pattern_timeout"]

MOST_REMEMBERED = 20_000  # answers about hosts, and about URLs where there are patterns
MOST_PAGES = 10_000  # seeds remembered by scope type page; older ones are in the frontier anyway
_DEFAULT_PORTS = (":80", ":443")


class Scope:
    """Answers for normalised URLs; http and https count alike.

    type: page = the seeds themselves; prefix = below a seed's folder (its path up to the last slash) on the same host;
    host = on a seed's host and port; domain = under a seed's registrable domain, or at the same address; any.
    hosts: added to every type. A name or an address holds for any port, unless it is written with one; "*.example.org"
    means the hosts below example.org, and not example.org itself.
    include: if there are any, one must match. exclude: none may match, and this goes before everything else. Patterns
    are searched in the whole URL; one that takes too long refuses it.

    Seeds are subject to `exclude` alone: who takes up a seed passes over any other refusal. Raises ValueError for a
    pattern that cannot be compiled.
    """

    def __init__(
        self,
        type: ScopeType,
        seeds: Iterable[str],
        hosts: Iterable[str] = (),
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> None:
        self._type = type
        self._hosts = _Hosts(hosts)
        self._include = [compile_pattern(text) for text in include]
        self._exclude = [compile_pattern(text) for text in exclude]
        self._has_patterns = bool(self._include or self._exclude)
        self._shared: dict[str, None] = {}  # pages, folders, hosts or domains of the seeds, as the type needs them
        self._answers: dict[str, bool] = {}  # by host, or by folder for prefix
        self._pattern_answers: dict[str, Refusal | None] = {}
        for url in seeds:
            self.add_seed(url)

    def add_seed(self, url: str) -> None:
        """Widens the scope by what a seed `url` stands for: its folder, host or registrable domain."""
        key = _KEYS[self._type](url)
        if key in self._shared or (self._type == "prefix" and self._is_inside(url)):
            return
        self._shared[key] = None
        self._answers.clear()
        if self._type == "page" and len(self._shared) > MOST_PAGES:
            del self._shared[next(iter(self._shared))]

    def refusal(self, url: str) -> Refusal | None:
        """Why `url` is not in scope, or None if it is: exclude first, then scope, then include."""
        reason = self._refusal_by_pattern(url) if self._has_patterns else None
        if reason is None or reason == "include":
            return reason if self._is_inside(url) else "scope"
        return reason

    def explanation(self, url: str) -> str:
        """The rule that decides about `url`, for people. What `refusal` says, in a sentence."""
        match self.refusal(url):
            case "exclude":
                return f"refused: exclude has {self._first_match(self._exclude, url)}"
            case "include":
                return "refused: no pattern of include matches"
            case "pattern_timeout":
                return "refused: a pattern takes too long on it"
            case "scope":
                return f"refused: outside of scope.type {self._type} as the seeds have it, and not named in scope.hosts"
        named = f"{host_of(url)} is named in scope.hosts" if host_of(url) in self._hosts else f"scope.type {self._type}"
        matched = f", and include has {self._first_match(self._include, url)}" if self._include else ""
        return f"in scope: {named}{matched}"

    @staticmethod
    def _first_match(patterns: list[Pattern], url: str) -> str:
        return next((repr(pattern.text) for pattern in patterns if _any_matches([pattern], url)), "a match")

    def sort(self, urls: Iterable[str]) -> tuple[list[str], Counter[str], list[str]]:
        """The URLs in scope; the number of the others by reason; and those, not counted, that only type and hosts
        refuse (for extra hops). About 0.3 µs a URL; where there are patterns, 0.1 µs more if it was seen lately, else
        2 µs a pattern."""
        is_inside, has_patterns = self._is_inside, self._has_patterns
        inside: list[str] = []
        outside: list[str] = []
        refused: Counter[str] = Counter()
        for url in urls:
            reason = self._refusal_by_pattern(url) if has_patterns else None
            if is_inside(url):
                if reason is None:
                    inside.append(url)
                    continue
            elif reason is None:
                outside.append(url)
                continue
            elif reason == "include":
                reason = "scope"
            refused[reason] += 1
        return inside, refused, outside

    def _is_inside(self, url: str) -> bool:
        place = url.partition("?")[0].rpartition("/")[0] if self._type == "prefix" else url.split("/", 3)[2]
        answer = self._answers.get(place)
        if answer is None:
            answer = self._remember(place, url)
        return answer or (self._type == "page" and url in self._shared)

    def _remember(self, place: str, url: str) -> bool:
        """Whether everything at `place`, the host or folder of `url`, is in scope."""
        if self._type == "any" or host_of(url) in self._hosts:
            answer = True
        elif self._type == "prefix":
            answer = self._is_below_a_seed(url)
        else:
            answer = self._type != "page" and _KEYS[self._type](url) in self._shared
        if len(self._answers) >= MOST_REMEMBERED:
            self._answers.clear()
        self._answers[place] = answer
        return answer

    def _is_below_a_seed(self, url: str) -> bool:
        folder = _folder(url)
        while folder not in self._shared:
            slash = folder.rfind("/", 0, -1)
            if slash < 0:
                return False
            folder = folder[: slash + 1]
        return True

    def _refusal_by_pattern(self, url: str) -> Refusal | None:
        answers = self._pattern_answers
        if url in answers:
            return answers[url]
        if len(answers) >= MOST_REMEMBERED:
            answers.clear()
        answers[url] = answer = self._search(url)
        return answer

    def _search(self, url: str) -> Refusal | None:
        try:
            if _any_matches(self._exclude, url):
                return "exclude"
            return None if not self._include or _any_matches(self._include, url) else "include"
        except PatternTimeout:
            return "pattern_timeout"


class _Hosts:
    """Host names, addresses and wildcards as the configuration gives them."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._exact: set[str] = set()  # host[:port] as in URLs
        self._any_port: set[str] = set()
        self._parents: set[str] = set()
        for host in map(str.lower, hosts):
            if host.startswith("*."):
                self._parents.add(host[2:])
            elif host.count(":") > 1 and not host.startswith("["):
                self._any_port.add(f"[{host}]")
            elif host.rpartition("]")[2].partition(":")[1]:
                name, port = host[: host.rindex(":")], host[host.rindex(":") :]
                self._exact.add(name if port in _DEFAULT_PORTS else host)
            else:
                self._any_port.add(host)

    def __contains__(self, host: str) -> bool:
        name = hostname_of(f"//{host}/")
        if host in self._exact or name in self._any_port:
            return True
        parent = name.partition(".")[2] if self._parents else ""
        while parent:
            if parent in self._parents:
                return True
            parent = parent.partition(".")[2]
        return False


def _folder(url: str) -> str:
    """host[:port] and path up to the last slash, so that http and https are alike."""
    path = path_and_query_of(url).partition("?")[0]
    return host_of(url) + path[: path.rindex("/") + 1]


def _any_matches(patterns: list[Pattern], url: str) -> bool:
    return any(pattern.search(url) for pattern in patterns)


_KEYS: dict[ScopeType, Callable[[str], str]] = {
    "page": str,
    "prefix": _folder,
    "host": host_of,
    "domain": lambda url: registrable_domain(hostname_of(url)),
    "any": lambda url: "",
}
