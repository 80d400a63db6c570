"""Sections of the YAML file to the rules that they describe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crawler.core.pattern import Pattern, compile_finder, compile_pattern
from crawler.core.ports import Extractor, PageRules
from crawler.core.registry import load
from crawler.core.visit import BodyForm
from crawler.extractors import EXTRACTORS
from crawler.extractors.bodies import BODY_FORMS
from crawler.extractors.field import Field, ObjectField, ValueField
from crawler.extractors.rules import FieldRules, FollowRules, Rules
from crawler.extractors.section import ExtractSection, FieldSection, FollowSection

_LINKS = "a::attr(href), area::attr(href)"


def compose(
    extract: Sequence[ExtractSection], follow: Sequence[FollowSection], forms: Iterable[BodyForm]
) -> PageRules | None:
    """What `extract`, `follow` and the outputs ask of pages; None if that is nothing.

    forms: of the body, beside the decoded page itself.
    """
    bodies: dict[BodyForm, Any] = {form: load(BODY_FORMS, form) for form in sorted(forms)}
    if not extract and not follow and not bodies:
        return None
    return Rules(
        [FieldRules(_pattern(rules.match), fields_of(rules.fields)) for rules in extract],
        [FollowRules(_pattern(rules.match), _places(rules)) for rules in follow],
        bodies,
        links=load(EXTRACTORS, "css")(_LINKS),
        reads_json=any(_reads_json(rules.fields) for rules in extract) or any(rules.json for rules in follow),
    )


def fields_of(sections: Mapping[str, FieldSection]) -> dict[str, Field]:
    """The fields that the sections describe."""
    return {name: _field(section) for name, section in sections.items()}


def _field(section: FieldSection) -> Field:
    if section.fields is not None:
        each = section.each
        items = None if each is None else load(EXTRACTORS, each.kind)(each.expression)
        return ObjectField(fields_of(section.fields), items, required=section.required)
    return ValueField(
        _extractor(section),
        finder=compile_finder(section.regex) if section.regex is not None and section.kind != "regex" else None,
        type=section.type,
        all=section.all,
        join=section.join,
        default=section.default,
        required=section.required,
    )


def _extractor(section: FieldSection) -> Extractor:
    options: dict[str, Any] = {}
    if section.attr is not None:
        options["attr"] = section.attr
    if section.source is not None:
        options["source"] = section.source
    if section.kind == "json":
        options["whole"] = not section.all and section.join is None
    extractor: Extractor = load(EXTRACTORS, section.kind)(section.expression, **options)
    return extractor


def _places(rules: FollowSection) -> list[Extractor]:
    css = [load(EXTRACTORS, "css")(selector) for selector in rules.css or ()]
    return css + [load(EXTRACTORS, "json")(expression) for expression in rules.json or ()]


def _reads_json(fields: Mapping[str, FieldSection]) -> bool:
    return any(
        section.kind == "json" or (section.fields is not None and _reads_json(section.fields))
        for section in fields.values()
    )


def _pattern(match: str | None) -> Pattern | None:
    return None if match is None else compile_pattern(match)
