"""What somebody may have meant: a near name, a key of another place, another tool's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from crawler.config.foreign import FOREIGN, folded
from crawler.config.mistake import MISSING_SPACE, Path
from crawler.config.model_keys import ANY_NAME, Model, all_keys, holds_only_secrets, is_by_name, keys_at, section_at

_LONGEST = 60  # characters of a name that is worth comparing
_KEY = re.compile(r"[A-Za-z0-9_ -]+")
_NEAR, _VERY_NEAR = 0.7, 0.85
# Words that mean something else in each section: that one of ours is called so tells nothing.
_GENERAL = frozenset(
    (
        *("all", "bytes", "default", "depth", "file", "format", "level", "max", "meta", "min", "mode", "name"),
        *("number", "path", "records", "required", "size", "source", "text", "type", "url", "value"),
    )
)


def near(given: str, allowed: Sequence[str], likeness: float = _NEAR) -> str:
    """The name in `allowed` that `given` resembles, or nothing. likeness: at least this much, from 0 to 1."""
    by_fold = {folded(name): name for name in allowed}
    if (exact := by_fold.get(folded(given[:_LONGEST]))) is not None:
        return exact
    found = get_close_matches(folded(given[:_LONGEST]), by_fold, n=1, cutoff=likeness)
    return by_fold[found[0]] if found else ""


def value_hint(given: str, allowed: Sequence[str]) -> str:
    """A suggestion for a value out of `allowed`."""
    name = near(given, allowed)
    return f"did you mean {name}?" if name else ""


def key_hint(path: Path, model: Model, value: Any = None) -> str:
    """A suggestion for the unknown key at the end of `path`, which has `value`."""
    key = str(path[-1])
    siblings = keys_at(model, path[:-1])
    if not _KEY.fullmatch(key) or len(key) > _LONGEST:
        return MISSING_SPACE if lacks_space(key, siblings) else ""
    return next(_hints(key, path, siblings, value, model), "")


def lacks_space(text: Any, keys: Sequence[str]) -> bool:
    """Whether `text` was meant as one of `keys` with a value."""
    return isinstance(text, str) and ":" in text and text.partition(":")[0] in keys


def example_hint(path: Path, given: Any, model: Model) -> str:
    """How the mapping at `path` may look, in place of which is something else: `given`, if a key there knows it."""
    section, named = section_at(model, path), section_at(model, (*path, ANY_NAME))
    if section is not None:
        key = _key_taking(given, section)
        example = f"{{{key}: {given}}}" if key else _example(section)
    else:
        example = f"{{title: {_example(named)}}}" if named is not None else ""
    if not example:
        return ""
    is_key = path[-1:] and path[-1] in keys_at(model, path[:-1])
    return f"for example {path[-1]}: {example}" if is_key else f"for example {example}"


def tellable(path: Path, model: Model) -> Path:
    """`path`, its last key hidden where it may be a secret written in the wrong place."""
    section = section_at(model, path[:-1])
    secretive = section is not None and holds_only_secrets(section)
    return (*path[:-1], "***") if secretive and not key_hint(path, model) else path


def _hints(key: str, path: Path, siblings: Sequence[str], value: Any, model: Model) -> Iterator[str]:
    """What is allowed right there comes first, then what is called so elsewhere, then what resembles it."""
    for meant in (key, f"max_{key}"):
        if folded(meant) in map(folded, siblings):
            yield f"did you mean {near(meant, siblings)}?"
    if around := _named_in(path[:-1], value, model):
        yield f"belongs under {around}"
    if here := _foreign_here(path):
        yield f"→ {here}"
    is_general = folded(key) in _GENERAL
    if len(path) > 1 and not is_general and (sibling := near(key, siblings, _VERY_NEAR)):
        yield f"did you mean {sibling}?"
    if elsewhere := FOREIGN.get(folded(key)) or _elsewhere(model).get(folded(key)):
        yield f"→ {elsewhere}"
    if not is_general and (resembling := near(key, siblings) or _distant(key, model)):
        yield f"did you mean {resembling}?"


def _key_taking(given: Any, section: Model) -> str:
    """The key of the section that has `given` among its known names, or nothing."""
    keys = section.model_json_schema().get("properties", {}) if isinstance(given, str) else {}
    return next((key for key, schema in keys.items() if given in schema.get("enum", ())), "")


def _example(section: Model) -> str:
    return str(getattr(section, "example", ""))


def _named_in(above: Path, value: Any, model: Model) -> str:
    """The key of the mapping at `above` under which people choose names for mappings like `value`, or nothing."""
    section = section_at(model, above)
    if section is None or not isinstance(value, dict) or not value:
        return ""
    for name, known in section.model_fields.items():
        if is_by_name(known.annotation) and value.keys() <= set(keys_at(model, (*above, name, ANY_NAME))):
            return name
    return ""


def _foreign_here(path: Path) -> str:
    """What others mean by the key at the end of `path` in this section, or by one that names the section itself."""
    *above, key = (key for key in path if isinstance(key, str))
    section = ".".join(above)
    inside = f"{section}." if section else ""
    named_with_section = (f"{section}.{key}", f"{section}_{key}")
    for name in (*named_with_section, key, f"max_{key}"):
        target = FOREIGN.get(folded(name))
        if target and target != section and (name in named_with_section or target.startswith(inside)):
            return target
    return ""


def _distant(key: str, model: Model) -> str:
    return _elsewhere(model).get(near(key, tuple(_elsewhere(model))), "")


@cache
def _elsewhere(model: Model) -> dict[str, str]:
    """Every key that is found at one place only and says enough by itself, by its folded name."""
    places: dict[str, list[str]] = {}
    for path in all_keys(model):
        places.setdefault(folded(path.rpartition(".")[2]), []).append(path)
    return {name: paths[0] for name, paths in places.items() if len(paths) == 1 and name not in _GENERAL}
