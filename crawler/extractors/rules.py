"""What the configuration asks of pages: fields, links to follow and forms of the body, by the page's URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from crawler.core.pattern import Pattern, PatternTimeout
from crawler.core.ports import Extractor, Reading
from crawler.core.visit import BodyForm, Document, Taken
from crawler.extractors.field import MOST_VALUES, Field, Patience, TookTooLong

Body = Callable[[Document], str | None]


class FieldRules(NamedTuple):
    """Fields of the pages whose URL matches; None: of every page."""

    match: Pattern | None
    fields: Mapping[str, Field]


class FollowRules(NamedTuple):
    """Where the references to follow are, on the pages whose URL matches.

    Texts are references themselves; of an element, so are its href and those of the links inside it.
    """

    match: Pattern | None
    places: Sequence[Extractor]


class Rules:
    """The rules of a configuration. Of two rule sets with a field of the same name, the later one's counts.

    links: finds the references in an element.
    """

    def __init__(
        self,
        extract: Sequence[FieldRules],
        follow: Sequence[FollowRules],
        bodies: Mapping[BodyForm, Body],
        *,
        links: Extractor | None = None,
        reads_json: bool = False,
        heavy_bytes: int | None = None,
    ) -> None:
        self._extract = extract
        self._follow = follow
        self._bodies = bodies
        self._links = links
        self.reads_json = reads_json
        self.heavy_bytes = heavy_bytes

    def without_bodies(self) -> Rules | None:
        """The fields and the links to follow alone; None if there are none, itself if there is nothing else."""
        if not self._bodies:
            return self
        if not self._extract and not self._follow:
            return None
        return Rules(self._extract, self._follow, {}, links=self._links, reads_json=self.reads_json)

    def reading(self, url: str) -> Reading | None:
        """For the page at `url`; None if nothing is asked of it. A pattern that takes too long does not match."""
        fields: dict[str, Field] = {}
        for rules in self._extract:
            if _matches(rules.match, url):
                fields |= rules.fields
        follow = [rules for rules in self._follow if _matches(rules.match, url)]
        if not fields and not follow and not self._bodies:
            return None
        places = [place for rules in follow for place in rules.places] if follow else None
        return _Reading(fields, places, self._bodies, self._links)


class _Reading:
    """One page, document by document."""

    def __init__(
        self,
        fields: Mapping[str, Field],
        places: Sequence[Extractor] | None,
        bodies: Mapping[BodyForm, Body],
        links: Extractor | None,
    ) -> None:
        self._fields = fields
        self._gathered: dict[str, list[Any]] = {name: [] for name in fields}
        self._patience = {name: Patience() for name in fields}
        self._missing: list[str] = []
        self._patience_for_links = Patience()
        self._places = places
        self._hrefs: dict[str, None] = {}
        self._bodies = bodies
        self._texts: dict[BodyForm, list[str]] = {form: [] for form in bodies}
        self._links = links

    def look_at(self, document: Document) -> None:
        """Takes what is wanted of the document; a field that takes too long is given up and counts as missing."""
        for name, field in self._fields.items():
            gathered = self._gathered[name]
            if len(gathered) < MOST_VALUES and name not in self._missing:
                try:
                    with self._patience[name] as patience:
                        gathered += field.gather(document, patience)
                except (PatternTimeout, TookTooLong):
                    self._missing.append(name)
        if self._places:
            with suppress(TookTooLong), self._patience_for_links as patience:
                for href in self._chosen(document, self._places, patience):
                    self._hrefs[href] = None
        for form, body in self._bodies.items():
            if (text := body(document)) is not None:
                self._texts[form].append(text)

    def result(self) -> Taken:
        """All that was found."""
        data = {name: field.settle(self._gathered[name], name, self._missing) for name, field in self._fields.items()}
        return Taken(
            data,
            tuple(dict.fromkeys(self._missing)),
            None if self._places is None else tuple(self._hrefs),
            dict[str, str]({form: "\n".join(texts) for form, texts in self._texts.items() if texts}),
        )

    def _chosen(self, document: Document, places: Sequence[Extractor], patience: Patience) -> Iterator[str]:
        for found in (one for place in places for one in place.find(document)):
            patience.check()
            if isinstance(found, str):
                yield found
            elif self._links is not None and not isinstance(found, list | dict | int | float):
                yield from self._links.find(document, found)


def _matches(pattern: Pattern | None, url: str) -> bool:
    try:
        return pattern is None or pattern.search(url)
    except PatternTimeout:
        return False
