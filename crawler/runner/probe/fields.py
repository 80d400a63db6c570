"""How declared fields came by their values, and which rules speak of a page, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from crawler.core.pattern import PatternTimeout, compile_pattern
from crawler.core.visit import FieldTrace
from crawler.extractors.section import ExtractSection, FollowSection

Source = Literal["selector", "default", "nothing"]


class RuleTold(NamedTuple):
    """Whether a rule of `extract` or `follow` speaks of a page."""

    key: str  # extract.0
    match: str | None
    applies: bool

    @property
    def text(self) -> str:
        """In words."""
        if self.match is None:
            return f"{self.key} applies: it has no match, so it is for every page"
        return f"{self.key} {'applies' if self.applies else 'does not apply'}: match {self.match}"


def rules_told(kind: str, rules: Sequence[ExtractSection | FollowSection], url: str) -> Iterator[RuleTold]:
    """Each rule of the section `kind` with whether it speaks of the page at `url`, where redirects ended."""
    for number, rule in enumerate(rules):
        yield RuleTold(f"{kind}.{number}", rule.match, _applies(rule.match, url))


def _applies(match: str | None, url: str) -> bool:
    try:
        return match is None or compile_pattern(match).search(url)
    except PatternTimeout:
        return False


def source_of(trace: FieldTrace) -> Source:
    """Where the value came from; of several objects' fields, where any did."""
    if trace.passed and not trace.was_given_up:
        return "selector"
    return "default" if trace.has_default else "nothing"


def trace_text(trace: FieldTrace) -> str:
    """The rule, the selector, and what it came to."""
    selector = ", ".join(f"{name}: {value}" for name, value in trace.selector.items())
    each = "each " if trace.is_list else ""
    by = f", by {' and '.join(trace.matched)}" if trace.matched else ""
    return f"extract.{trace.rule} {each}{selector} → {_outcome(trace)}{by}"


def trace_fields(trace: FieldTrace) -> dict[str, Any]:
    """The same for machines."""
    return {
        "field": ".".join(trace.field),
        "rule": f"extract.{trace.rule}",
        "each" if trace.is_list else "selector": dict(trace.selector),
        "source": source_of(trace),
        "matched": _matched(trace),
        "found": trace.found,
        "passed": trace.passed,
        "objects": trace.places,
        "objects_without": trace.empty,
    }


def _matched(trace: FieldTrace) -> list[str]:
    """The expressions that gave the value."""
    if trace.matched or source_of(trace) != "selector":
        return list(trace.matched)
    return [next(iter(trace.selector.values()))]


def _outcome(trace: FieldTrace) -> str:
    otherwise = "" if trace.is_list else "; the default" if trace.has_default else "; no value"
    if trace.was_given_up:
        return f"given up, since it takes too long{otherwise}"
    if not trace.places:
        return "not looked for: there is no object around it"
    if not trace.found:
        return f"nothing matched{otherwise}"
    if not trace.passed:
        return f"{trace.found} found, but {_refusal(trace)}{otherwise}"
    return _success(trace)


def _success(trace: FieldTrace) -> str:
    if trace.places > 1:
        others = f", {'the default' if trace.has_default else 'no value'} in the others" if trace.empty else ""
        return f"matched in {trace.places - trace.empty} of {trace.places} objects{others}"
    if trace.is_list:
        return f"{trace.found} objects"
    if trace.passed > 1:
        return f"{trace.passed} values" + (f" of {trace.found} found" if trace.found > trace.passed else "")
    return "matched" if trace.found == 1 else f"matched; number {trace.found} of what is found is the first that passes"


def _refusal(trace: FieldTrace) -> str:
    """Why what was found is no value."""
    regex = "regex" in trace.selector and len(trace.selector) > 1 and next(iter(trace.selector)) != "regex"
    whys = ["passes regex"] if regex else []
    whys += [f"is of type {trace.selector['type']}"] if "type" in trace.selector else []
    return f"none {' and '.join(whys)}" if whys else "empty"
