"""The links of a page: distinct, resolved, normalised, in document order; how many were no use; which not to follow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from crawler.core.errors import UnusableUrl
from crawler.core.url import Base, cleaned, from_field
from crawler.parsing.encodings import encode_query, encodes_queries

_LINK_RELATIONS: Final = frozenset(("next", "prev", "previous", "canonical", "alternate"))
_PARAMETER: Final = r"""\s*+;\s*+([^\s;,="]*+)\s*+(?:=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"]*+)))?+"""
_LINK_VALUE: Final = re.compile(rf"<([^<>]*+)>((?:{_PARAMETER})*+)")  # RFC 8288 3
_LINK_PARAMETER: Final = re.compile(_PARAMETER)
_NOT_TO_FOLLOW: Final = frozenset(("nofollow", "none"))
# Rules that carry a value after a colon, so that they are not taken for a robot's name.
_WITH_VALUE: Final = frozenset(("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"))


class LinkSet:
    """Links as they are gathered: `urls` has them in order, `refused` counts the distinct references that gave none."""

    __slots__ = ("_most", "refused", "urls")

    def __init__(self, most: int | None = None) -> None:
        """Takes up at most `most` links; the references beyond count as `max_links_per_page`, unresolved."""
        self.urls: dict[str, None] = {}
        self.refused: Counter[str] = Counter()
        self._most = most

    def add(self, hrefs: Iterable[str], base: Base, charset: str = "UTF-8") -> None:
        """Resolves references in a document of this encoding. 0.1 µs for one that the folder's pages share, 0.5 µs for
        one that repeats or is plain, else 3 µs."""
        urls, most, known, encoded = self.urls, self._most, base.known, encodes_queries(charset)
        distinct = distinct_references(hrefs)
        for done, href in enumerate(distinct):
            if most is not None and len(urls) >= most:
                self.refused["max_links_per_page"] += len(distinct) - done
                return
            if encoded:
                href = _query_encoded(href, charset)  # noqa: PLW2901
            if (url := known.get(href)) is None:
                try:
                    url = base.resolve(href)
                except UnusableUrl as unusable:
                    self.refused[unusable.reason] += 1
                    continue
            urls[url] = None


def distinct_references(hrefs: Iterable[str]) -> dict[str, None]:
    """The different references in order, without their fragments: what there is to resolve."""
    return dict.fromkeys([href if "#" not in href else _without_fragment(href) for href in hrefs])


def base_of(url: str, base_href: str | None, charset: str = "UTF-8") -> Base:
    """The base URL of a document at `url`, which is normalised, in this encoding, whose first base element has this
    href (HTML 4.2.3)."""
    document = Base(url, is_normalised=True)
    if base_href is None:
        return document
    try:
        base = document.rebased(_query_encoded(base_href, charset) if encodes_queries(charset) else base_href)
    except UnusableUrl:
        return document
    return document if base.scheme in ("data", "javascript") else base


def header_hrefs(values: Iterable[str]) -> list[str]:
    """The references in values of the Link field that lead from this document to a next, prev, canonical or alternate
    one (RFC 8288)."""
    return [from_field(match[1]) for match in _LINK_VALUE.finditer(",".join(values)) if _is_followed(match[2])]


def forbids_following(meta: Iterable[tuple[str, str]], fields: Iterable[str], product_token: str) -> bool:
    """Whether `nofollow` or `none` is said to all robots or to ours, in (name, content) of meta elements or in values
    of X-Robots-Tag."""
    token = product_token.lower()
    for name, content in meta:
        if name in ("robots", token) and any(map(_forbids, _rules(content))):
            return True
    return any(_field_forbids(value, token) for value in fields)


def _is_followed(text: str) -> bool:
    parameters: dict[str, str] = {}
    for name, quoted, bare in _LINK_PARAMETER.findall(text):
        parameters.setdefault(name.lower(), quoted or bare)
    relations = parameters.get("rel", "").lower().split()
    return "anchor" not in parameters and not _LINK_RELATIONS.isdisjoint(relations) and "stylesheet" not in relations


def _without_fragment(href: str) -> str:
    reference = href.partition("#")[0]
    # White space before the "#" belongs to the URL; at the end of the string the parser would strip it.
    return reference + "#" if reference and reference[-1] <= " " else reference


def _query_encoded(href: str, charset: str) -> str:
    if href.isascii() or "?" not in href:
        return href
    reference, _, fragment = cleaned(href).partition("#")
    path, mark, query = reference.partition("?")
    return f"{path}{mark}{encode_query(query, charset)}#{fragment}"


def _field_forbids(value: str, token: str) -> bool:
    addressed = True  # until a name says otherwise; it holds for the rest of the field
    for rule in _rules(value):
        name, colon, rest = rule.partition(":")
        if colon and name.strip() not in _WITH_VALUE:
            addressed = name.strip() == token
            rule = rest.strip()  # noqa: PLW2901
        if addressed and _forbids(rule):
            return True
    return False


def _forbids(rule: str) -> bool:
    """Whether a rule is `nofollow` or `none`, or several without the commas between them have one of these."""
    return ":" not in rule and not _NOT_TO_FOLLOW.isdisjoint(rule.split())


def _rules(text: str) -> list[str]:
    return [rule.strip() for rule in text.lower().split(",")]
