"""A validation error in words: which key, in which line, what is wrong, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from crawler.config.document.tree import Tree
from crawler.config.mistake import MAX_SHOWN, MISSING_SPACE, Mistake, Path, Place
from crawler.config.model_keys import Model, keys_at
from crawler.config.suggestions import example_hint, key_hint, lacks_space, tellable, value_hint

_WANTED = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
}
_MAPPING_WANTED = [kind for kind, words in _WANTED.items() if words == "must be a mapping"]
_BOUNDS = {
    "greater_than": ("gt", "must be more than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
}
_KINDS = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a decimal number",
    list: "a list",
    dict: "a mapping",
}


_TAG = re.compile(r"<[a-z]+>|\[key\]")


class Located(NamedTuple):
    """One of pydantic's errors with the part of the document that it is about."""

    place: Place
    path: Path
    error: dict[str, Any]


def located(error: ValidationError, tree: Tree) -> list[Located]:
    """The single errors, those left out whose value is broken anyway."""
    found = (_locate(dict(single), tree) for single in error.errors(include_url=False))
    return [one for one in found if not tree.is_broken(one.path)]


def mistakes_in(errors: Sequence[Located], tree: Tree, model: Model) -> list[Mistake]:
    """The mistakes in words, in the order of lines. Those that will not be shown anyway get no suggestion."""
    ordered = sorted(errors, key=lambda one: one.place.line or 0)
    brief = [Mistake(one.place, one.path, "is wrong") for one in ordered[MAX_SHOWN:]]
    return [_mistake(one, tree, model) for one in ordered[:MAX_SHOWN]] + brief


def as_text(errors: Sequence[Located], tree: Tree) -> bool:
    """Whether variables that look like numbers and the like stand where their text is wanted; makes them text."""
    wrong = {one.path for one in errors if one.path in tree.substituted and not isinstance(tree.value(one.path), str)}
    for path in wrong:
        tree.set_text(path)
    return bool(wrong)


def _locate(error: dict[str, Any], tree: Tree) -> Located:
    context = error.get("ctx", {})
    path = _without_tags(error["loc"], keep_last=error["type"] == "extra_forbidden")
    if "at" in context:
        path = (context["at"],)
    elif "below" in context:
        path = (*path, context["below"])
    path = tree.written(path)
    known = tree.known_part(path)
    if known != path and error["type"] != "missing" and not isinstance(tree.value(known), dict | list):
        path = known  # a short form: `seeds: URL` is wrong, not seeds.0.url
    return Located(tree.places[known], path, error)


def _without_tags(loc: Path, *, keep_last: bool) -> Path:
    """`loc` without what stands in it for branches of unions, <list>, and for keys, [key]."""
    last = len(loc) - 1 if keep_last else -1
    return tuple(
        key for index, key in enumerate(loc) if isinstance(key, int) or index == last or not _TAG.fullmatch(key)
    )


def _mistake(one: Located, tree: Tree, model: Model) -> Mistake:
    kind, context = one.error["type"], one.error.get("ctx", {})
    if kind == "extra_forbidden":
        hint = key_hint(one.path, model, one.error.get("input"))
        return Mistake(one.place, tellable(one.path, model), "unknown key", keys_at(model, one.path[:-1]), hint)
    if kind == "literal_error":
        return _choice(one, "is not one of the known values", re.findall(r"'([^']*)'", context["expected"]) or ("1",))
    if kind == "problem" and "allowed" in context:
        return _choice(one, context["text"], context["allowed"])
    keys = keys_at(model, one.path)
    if one.path in tree.places and lacks_space(tree.value(one.path), keys):
        place = tree.starts.get(one.path, one.place)
        return Mistake(place, one.path, _words(one, tree), keys, MISSING_SPACE)
    if kind in _MAPPING_WANTED and one.error.get("input") is not None:
        hint = example_hint(one.path, one.error["input"], model)
        return Mistake(one.place, one.path, _words(one, tree), keys, hint)
    return Mistake(one.place, one.path, _words(one, tree), hint=context.get("hint") or _type_hint(one))


def _choice(one: Located, problem: str, allowed: Sequence[str]) -> Mistake:
    given = one.error.get("input")
    if isinstance(given, str):
        return Mistake(one.place, one.path, problem, allowed, value_hint(given, allowed))
    return Mistake(
        one.place, one.path, f"must be one of the known values{_not_kind(given)}", allowed, _quote_hint(given)
    )


def _words(one: Located, tree: Tree) -> str:
    kind, context = one.error["type"], one.error.get("ctx", {})
    if kind in _WANTED:
        given = "" if one.path in tree.substituted else _not_kind(one.error.get("input"))
        return _WANTED[kind] + given
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{words} {context[name]:g}"
    if kind in ("too_short", "string_too_short") and context["min_length"] == 1:
        return "must not be empty"
    if kind == "finite_number":
        return "must be a finite number"
    if kind == "missing":
        return "is missing"
    return str(one.error["msg"])


def _type_hint(one: Located) -> str:
    kind, given = one.error["type"], one.error.get("input")
    if kind == "string_type":
        return _quote_hint(given)
    if given is None and kind in ("model_type", "model_attributes_type"):
        return "leave the key out to get the defaults"
    return ""


def _quote_hint(given: Any) -> str:
    if isinstance(given, bool):
        return "YAML reads yes, no, on and off as true and false; put it in quotes if text is meant"
    return "put it in quotes if text is meant" if isinstance(given, int | float) else ""


def _not_kind(given: Any) -> str:
    return ", not null" if given is None else f", not {_KINDS[type(given)]}" if type(given) in _KINDS else ""
