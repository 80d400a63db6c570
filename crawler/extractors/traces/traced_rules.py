"""Rules that also tell of each field which selector gave its value, how often it matched, and what passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from crawler.core.pattern import PatternTimeout
from crawler.core.ports import Extractor, PageRules, Reading, TextForm
from crawler.core.visit import BodyForm, Document, FieldTrace, Taken
from crawler.extractors.composition import Place, compose
from crawler.extractors.field import Field, Patience, TookTooLong
from crawler.extractors.section import ExtractSection, FieldSection, FollowSection
from crawler.extractors.traces import Heed

_FILTERS = ("attr", "source", "regex", "type")
MOST_SEEN = 100  # of what a field finds, to be compared with what each selector of a list finds


@runtime_checkable
class HasAlternatives(Protocol):
    """Finds what any of several expressions means."""

    def alternatives(self) -> list[tuple[str, Any]]:
        """Each expression, with the extractor that finds what it alone means; none where there is one."""
        ...


class TracedRules:
    """The rules of `compose`, made anew for each page. heed: told the traces of each page that was read."""

    def __init__(
        self,
        extract: Sequence[ExtractSection],
        follow: Sequence[FollowSection],
        forms: Iterable[BodyForm],
        heed: Heed = lambda traces: None,
    ) -> None:
        self._asked = (extract, follow, tuple(forms))
        self._heed = heed
        rules = compose(*self._asked)
        self.reads_json = rules is not None and rules.reads_json
        self.heavy_bytes = rules.heavy_bytes if rules is not None else None

    def without_bodies(self) -> TracedRules:
        """The same fields and links to follow, traced too; itself if there is nothing else."""
        extract, follow, forms = self._asked
        return TracedRules(extract, follow, (), self._heed) if forms else self

    def reading(self, url: str) -> Reading | None:
        """For the page at `url`; None if nothing is asked of it."""
        counts = _Counts()
        rules: PageRules | None = compose(*self._asked, counts)
        reading = rules.reading(url) if rules is not None else None
        return None if reading is None else _TracedReading(reading, counts, self._heed)


class _TracedReading:
    """One page; its result has traces."""

    def __init__(self, reading: Reading, counts: _Counts, heed: Heed) -> None:
        self._reading = reading
        self._counts = counts
        self._heed = heed
        self.look_at = reading.look_at

    def result(self) -> Taken:
        """All that was found, and how."""
        taken = self._reading.result()
        traces = tuple(self._counts.traces())
        self._heed(traces)
        return taken._replace(traces=traces)


class _Count:
    """What happened to one field."""

    def __init__(self) -> None:
        self.found = self.passed = self.places = self.empty = 0
        self.was_given_up = self.wants_all = False
        self.matched: dict[str, None] = {}
        self.alternatives: list[tuple[str, Extractor]] = []
        self.seen: list[Any] = []  # since it was last asked what passed

    def pass_on(self, number: int, document: Document, within: Any) -> None:
        """Of what was seen `number` passed: the last, if one was wanted."""
        self.passed += number
        seen, self.seen = self.seen, []
        for found in (seen if self.wants_all else seen[-1:]) if number else ():
            for part, extractor in self.alternatives:
                if any(_is_same(found, other) for other in extractor.find(document, within)):
                    self.matched[part] = None
                    break


class _Counts:
    """Watches how fields are made, and has each of them counted."""

    def __init__(self) -> None:
        self._counts: dict[Place, _Count] = {}
        self._sections: dict[Place, FieldSection] = {}

    def extractor(self, place: Place, made: Extractor) -> Extractor:
        """`made`, counting what it finds."""
        count = self._count(place)
        if isinstance(made, HasAlternatives):
            count.alternatives = made.alternatives()
        return _CountingExtractor(made, count)

    def field(self, place: Place, section: FieldSection, made: Field) -> Field:
        """`made`, counting what passes."""
        self._sections[place], count = section, self._count(place)
        count.wants_all = section.all or section.join is not None or section.each is not None
        return _CountingField(made, count)

    def traces(self) -> Iterator[FieldTrace]:
        """Of the fields that count on this page, in the order of the file, outer ones before inner ones. One object
        without `each` finds nothing itself."""
        for place, count in self._counts.items():
            section = self._sections[place]
            is_list = section.each is not None
            if self._counts[place._replace(names=place.names[:1])].places and (is_list or section.fields is None):
                yield FieldTrace(
                    place.names,
                    place.rule,
                    _selector(section),
                    is_list,
                    count.found,
                    count.passed,
                    count.places,
                    count.empty,
                    section.default is not None,
                    count.was_given_up,
                    tuple(count.matched),
                )

    def _count(self, place: Place) -> _Count:
        return self._counts.setdefault(place, _Count())


class _CountingExtractor:
    def __init__(self, inner: Extractor, count: _Count) -> None:
        self._inner = inner
        self._count = count

    def find(self, document: Document, within: Any = None) -> Iterator[Any]:
        for found in self._inner.find(document, within):
            self._count.found += 1
            if self._count.alternatives and len(self._count.seen) < MOST_SEEN:
                self._count.seen.append(found)
            yield found

    def shown(self, found: Any, form: TextForm) -> Any:
        return self._inner.shown(found, form)


class _CountingField:
    def __init__(self, inner: Field, count: _Count) -> None:
        self._inner = inner
        self._count = count

    def gather(self, document: Document, patience: Patience, within: Any = None) -> list[Any]:
        try:
            gathered = self._inner.gather(document, patience, within)
        except (PatternTimeout, TookTooLong):
            self._count.was_given_up = True
            raise
        self._count.pass_on(len(gathered), document, within)
        return gathered

    def settle(self, gathered: list[Any], path: str, missing: list[str]) -> Any:
        self._count.places += 1
        self._count.empty += not gathered
        return self._inner.settle(gathered, path, missing)


def _is_same(one: Any, other: Any) -> bool:
    """Elements are the same where they stand at the same place; texts where they are equal."""
    places = getattr(one, "mem_id", None), getattr(other, "mem_id", None)
    return places[0] == places[1] if places != (None, None) else bool(one == other)


def _selector(section: FieldSection) -> dict[str, str]:
    """The options of the section that say what its value is, the expression first."""
    if section.each is not None:
        return {section.each.kind: section.each.expression}
    others = {name: str(value) for name in _FILTERS if (value := getattr(section, name)) is not None}
    return {section.kind: section.expression} | others
