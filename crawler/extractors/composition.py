"""Sections of the YAML file to the rules that they describe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, cast

from crawler.core.pattern import Pattern, compile_finder, compile_pattern
from crawler.core.ports import Extractor, PageRules
from crawler.core.registry import load
from crawler.core.visit import BodyForm, Document
from crawler.extractors import EXTRACTORS
from crawler.extractors.bodies import BODY_FORMS, HEAVY_BYTES
from crawler.extractors.field import Field, ObjectField, ValueField
from crawler.extractors.rules import Body, FieldRules, FollowRules, Rules
from crawler.extractors.section import ExtractSection, FieldSection, FollowSection

HEAVY_LISTS: Final = 64 * 1024  # of a page of nothing but items: 10 to 20 µs for each field of one, 40 ms all together
_LINKS = "a::attr(href), area::attr(href)"


class Place(NamedTuple):
    """Where a field stands in the file."""

    rule: int  # in `extract`, from 0
    names: tuple[str, ...] = ()  # the field's own after those of the fields around it


_FIRST = Place(0)


class Watch(Protocol):
    """Given each part of a field as it is made; what it returns takes that part's place."""

    def extractor(self, place: Place, made: Extractor) -> Extractor: ...

    def field(self, place: Place, section: FieldSection, made: Field) -> Field: ...


def compose(
    extract: Sequence[ExtractSection],
    follow: Sequence[FollowSection],
    forms: Iterable[BodyForm],
    watch: Watch | None = None,
) -> PageRules | None:
    """What `extract`, `follow` and the outputs ask of pages; None if that is nothing.

    forms: of the body, beside the decoded page itself.
    """
    bodies: dict[BodyForm, Body] = {form: partial(_body, form) for form in sorted(forms)}
    if not extract and not follow and not bodies:
        return None
    return Rules(
        [
            FieldRules(_pattern(rules.match), fields_of(rules.fields, Place(number), watch))
            for number, rules in enumerate(extract)
        ],
        [FollowRules(_pattern(rules.match), _places(rules)) for rules in follow],
        bodies,
        links=load(EXTRACTORS, "css")(_LINKS),
        reads_json=any(_reads_json(rules.fields) for rules in extract) or any(rules.json for rules in follow),
        heavy_bytes=min(_heavy_bytes(extract, bodies), default=None),
    )


def fields_of(
    sections: Mapping[str, FieldSection], place: Place = _FIRST, watch: Watch | None = None
) -> dict[str, Field]:
    """The fields that the sections describe. place: of what they are in."""
    return {name: _field(section, Place(place.rule, (*place.names, name)), watch) for name, section in sections.items()}


def _field(section: FieldSection, place: Place, watch: Watch | None) -> Field:
    extractor = _extractor(section)
    if extractor is not None and watch is not None:
        extractor = watch.extractor(place, extractor)
    field: Field
    if section.fields is not None:
        field = ObjectField(fields_of(section.fields, place, watch), extractor, required=section.required)
    else:
        assert extractor is not None  # the section allows nothing else
        field = ValueField(
            extractor,
            finder=compile_finder(section.regex) if section.regex is not None and section.kind != "regex" else None,
            type=section.type,
            all=section.all,
            join=section.join,
            default=section.default,
            required=section.required,
        )
    return field if watch is None else watch.field(place, section, field)


def _extractor(section: FieldSection) -> Extractor | None:
    """What finds the field's values or, of a list of objects, its items; None for one object."""
    if section.fields is not None:
        each = section.each
        if each is None:
            return None
        options: dict[str, Any] = {"is_inside": True} if each.kind == "css" else {}
        return cast("Extractor", load(EXTRACTORS, each.kind)(each.expression, **options))
    options = {}
    if section.attr is not None:
        options["attr"] = section.attr
    if section.source is not None:
        options["source"] = section.source
    if section.kind == "json":
        options["whole"] = not section.all and section.join is None
    extractor: Extractor = load(EXTRACTORS, section.kind)(section.expression, **options)
    return extractor


def _body(form: BodyForm, document: Document) -> str | None:
    """The document in this form. What makes it is imported in the process that needs it, which often is another."""
    made: str | None = load(BODY_FORMS, form)(document)
    return made


def _places(rules: FollowSection) -> list[Extractor]:
    css = [load(EXTRACTORS, "css")(selector) for selector in rules.css or ()]
    return css + [load(EXTRACTORS, "json")(expression) for expression in rules.json or ()]


def _heavy_bytes(extract: Iterable[ExtractSection], forms: Iterable[BodyForm]) -> Iterator[int]:
    """From how many bytes on each part of what is asked makes a page heavy. Single fields never do."""
    yield from (HEAVY_BYTES[form] for form in forms)
    if any(_has_lists(rules.fields) for rules in extract):
        yield HEAVY_LISTS


def _has_lists(fields: Mapping[str, FieldSection]) -> bool:
    return any(
        section.each is not None or (section.fields is not None and _has_lists(section.fields))
        for section in fields.values()
    )


def _reads_json(fields: Mapping[str, FieldSection]) -> bool:
    return any(
        section.kind == "json" or (section.fields is not None and _reads_json(section.fields))
        for section in fields.values()
    )


def _pattern(match: str | None) -> Pattern | None:
    return None if match is None else compile_pattern(match)
