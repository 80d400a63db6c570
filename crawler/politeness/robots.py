"""What a site's robots.txt allows one crawler, by RFC 9309."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, TypeVar

from protego._urlpattern import _URLPattern

from crawler.core.url import path_and_query_of
from crawler.politeness.groups import read_group
from crawler.politeness.octets import comparable_path, comparable_rule, with_encoded_query

Key = TypeVar("Key", str, tuple[str, bool])
Outcome = Literal["rules", "allow all", "disallow all"]

_STARS: Final = re.compile(r"\*+")
MOST_STARS: Final = 5_000  # "*" in all rules of a file; each costs up to 6 µs with a URL of 8 KB


class Verdict(NamedTuple):
    """Whether a URL may be asked for, and the line of robots.txt that says so (None: no line speaks of it)."""

    allowed: bool
    line: str | None


class _Rule(NamedTuple):
    """Ordered as 2.2.2 prefers: more octets first, and of two alike the one that allows."""

    octets: int
    allow: bool
    line: str  # "Disallow: /private", as written


class _Special(NamedTuple):
    """A rule that is more than a prefix or a whole path. Matching "*" is Protego's: without backtracking."""

    rule: _Rule
    pattern: _URLPattern
    in_query: bool  # compare with the path that has its query encoded


_NO_RULE: Final = _Rule(0, True, "")
_ALLOWED: Final = Verdict(True, None)
_DISALLOWED: Final = Verdict(False, None)


class RobotsRules:
    """The rules that one robots.txt file has for one crawler. Immutable once made.

    crawl_delay_s: of the crawler's own group, at most a day; the caller bounds it further. sitemaps: as written, maybe
    relative. count: the number of rules kept, as a measure of memory (about 0.3 kB each, 0.8 kB with "*").

    Rules beyond the first MOST_STARS "*" of a file are taken up to their own first "*", and only those that forbid:
    such a file may close more than it says, but never less, and asking it takes milliseconds.

    Protego's own parser is not used: it matches product tokens in the middle of names (against 2.2.1), reads misspelled
    keys, breaks lines at characters that are no line ends (2.2), takes %26 for "&" (2.2.2), reads "$" also as itself
    (2.2.3) and lets "/index.html" stand for "/".
    """

    __slots__ = ("_exact", "_lengths", "_prefixes", "_reads_queries", "_special", "count", "crawl_delay_s", "sitemaps")

    def __init__(
        self,
        rules: list[tuple[bool, bytes]],
        crawl_delay_s: float | None = None,
        sitemaps: tuple[str, ...] = (),
    ) -> None:
        self.crawl_delay_s = crawl_delay_s
        self.sitemaps = sitemaps
        self._prefixes: dict[str, _Rule] = {}
        self._exact: dict[str, _Rule] = {}
        special: dict[tuple[str, bool], _Rule] = {}
        stars = 0
        for allow, value in rules:
            if not (pattern := comparable_rule(value)):
                continue
            rule = _Rule(len(pattern), allow, f"{'Allow' if allow else 'Disallow'}: {value.decode('utf-8', 'replace')}")
            if "*" in pattern:
                pattern = _STARS.sub("*", pattern)
                stars += pattern.count("*")
                if stars > MOST_STARS:
                    pattern = "" if allow else pattern[: pattern.index("*") + 1]
            if pattern:
                self._add(pattern, rule, special)
        self._lengths = tuple(sorted({len(prefix) for prefix in self._prefixes}, reverse=True))
        self._special = [_Special(rule, _URLPattern(text), in_query) for (text, in_query), rule in special.items()]
        self._special.sort(reverse=True, key=lambda one: one.rule)
        self._reads_queries = any(one.in_query for one in self._special)
        self.count = len(self._prefixes) + len(self._exact) + len(self._special)

    @classmethod
    def parse(cls, body: bytes, product_token: str) -> RobotsRules:
        """What the file `body` says to `product_token`. Any octets will do: what cannot be read is skipped."""
        group, sitemaps = read_group(body, product_token)
        return cls(group.rules, group.crawl_delay_s, sitemaps)

    def verdict(self, url: str) -> Verdict:
        """Whether the normalised `url`, of the origin these rules are from, may be asked for. About 2 µs.

        The rule with the most octets decides (2.2.2), Allow wins a tie, /robots.txt itself is always allowed.
        """
        path = comparable_path(path_and_query_of(url))
        if path == "/robots.txt":
            return _ALLOWED
        best = self._exact.get(path) or self._longest_prefix(path)
        if self._special:
            best = self._stronger_special(path, best)
        return _ALLOWED if best is _NO_RULE else Verdict(best.allow, best.line)

    def _longest_prefix(self, path: str) -> _Rule:
        prefixes, size = self._prefixes, len(path)
        for length in self._lengths:
            if length <= size and (rule := prefixes.get(path[:length])):
                return rule
        return _NO_RULE

    def _stronger_special(self, path: str, best: _Rule) -> _Rule:
        encoded = with_encoded_query(path) if self._reads_queries else path
        for rule, pattern, in_query in self._special:
            if rule <= best:
                break
            if pattern.match(encoded if in_query else path):
                return rule
        return best

    def _add(self, pattern: str, rule: _Rule, special: dict[tuple[str, bool], _Rule]) -> None:
        if "*" in pattern:
            _prefer(special, (pattern, False), rule)
        elif pattern.endswith("$"):
            _prefer(self._exact, pattern[:-1], rule)
        else:
            _prefer(self._prefixes, pattern, rule)
        if (encoded := with_encoded_query(pattern)) != pattern or "%" in pattern.partition("?")[2]:
            _prefer(special, (encoded, True), rule)


class _Everything(RobotsRules):
    """The same verdict for every URL but /robots.txt."""

    __slots__ = ("_verdict",)

    def __init__(self, verdict: Verdict) -> None:
        super().__init__([])
        self._verdict = verdict

    def verdict(self, url: str) -> Verdict:
        return _ALLOWED if path_and_query_of(url) == "/robots.txt" else self._verdict


ALLOW_ALL: Final[RobotsRules] = _Everything(_ALLOWED)  # unavailable, 2.3.1.3
DISALLOW_ALL: Final[RobotsRules] = _Everything(_DISALLOWED)  # unreachable, 2.3.1.4


def from_answer(status: int | None, body: bytes, product_token: str) -> tuple[RobotsRules, Outcome]:
    """What the last answer to a request for robots.txt means (2.3.1), and that in words.

    status: of the answer after at most five redirects; None for a network error, a time-out or a truncated body.
    2xx: the rules in `body`. 4xx: unavailable, everything may be asked; so too after 429, to which the RFC gives no
    place of its own, and 3xx, redirected for too long. Anything else: unreachable, nothing may be asked.
    """
    if status is not None and 200 <= status < 300:
        return RobotsRules.parse(body, product_token), "rules"
    if status is not None and 300 <= status < 500:
        return ALLOW_ALL, "allow all"
    return DISALLOW_ALL, "disallow all"


def _prefer(rules: dict[Key, _Rule], key: Key, rule: _Rule) -> None:
    if rule > rules.get(key, _NO_RULE):
        rules[key] = rule
