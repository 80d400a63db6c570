"""Which keys a section model knows at which path."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, Secret

from crawler.config.mistake import Path

Model = type[BaseModel]
ANY_NAME = "NAME"  # stands in key paths for a key that people choose themselves


def section_in(annotation: Any) -> Model | None:
    """The section model that a field's annotation names, however wrapped in lists, unions and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := section_in(part))), None)


def is_by_name(annotation: Any) -> bool:
    """Whether the annotation is a mapping of names, which people choose, to sections; alone or in a union."""
    if get_origin(annotation) is dict:
        return section_in(annotation) is not None
    return any(map(is_by_name, get_args(annotation)))


def section_at(model: Model, path: Path) -> Model | None:
    """The section model at `path` below `model`; list indices do not matter, nor do names that people choose."""
    section: Model | None = model
    chosen = False  # whether the next key is such a name
    for key in path:
        if isinstance(key, int):
            continue
        if chosen:
            chosen = False
            continue
        known = section.model_fields.get(key) if section else None
        section = section_in(known.annotation) if known else None
        chosen = known is not None and is_by_name(known.annotation)
    return None if chosen else section


def keys_at(model: Model, path: Path) -> tuple[str, ...]:
    """The keys allowed in the mapping at `path`, in order; none where any key is allowed."""
    section = section_at(model, path)
    return tuple(section.model_fields) if section else ()


@cache
def all_keys(model: Model) -> tuple[str, ...]:
    """Every key path in dots, as people write it: politeness, politeness.delay, …; a section within itself once."""
    return tuple(".".join(path) for path in _walk(model, ()))


def holds_only_secrets(section: Model) -> bool:
    """Whether every field is secret, so that even a misplaced key may be one."""
    return all(_is_secret(known.annotation) for known in section.model_fields.values())


def _walk(model: Model, above: tuple[str, ...], around: tuple[Model, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, known in model.model_fields.items():
        yield (*above, name)
        section = section_in(known.annotation)
        if section is not None and section not in around:
            below = (name, ANY_NAME) if is_by_name(known.annotation) else (name,)
            yield from _walk(section, (*above, *below), (*around, section))


def _is_secret(annotation: Any) -> bool:
    if isinstance(annotation, type):
        return issubclass(annotation, Secret)
    return any(_is_secret(part) for part in get_args(annotation))
