"""Which keys a section model knows at which path."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, Secret

from crawler.config.mistake import Path

Model = type[BaseModel]


def section_in(annotation: Any) -> Model | None:
    """The section model that a field's annotation names, however wrapped in lists, unions and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := section_in(part))), None)


def section_at(model: Model, path: Path) -> Model | None:
    """The section model at `path` below `model`; list indices do not matter."""
    section: Model | None = model
    for key in path:
        if isinstance(key, int):
            continue
        known = section.model_fields.get(key) if section else None
        section = section_in(known.annotation) if known else None
    return section


def keys_at(model: Model, path: Path) -> tuple[str, ...]:
    """The keys allowed in the mapping at `path`, in order; none where any key is allowed."""
    section = section_at(model, path)
    return tuple(section.model_fields) if section else ()


@cache
def all_keys(model: Model) -> tuple[str, ...]:
    """Every key path in dots, as people write it: politeness, politeness.delay, …"""
    return tuple(".".join(path) for path in _walk(model, ()))


def holds_only_secrets(section: Model) -> bool:
    """Whether every field is secret, so that even a misplaced key may be one."""
    return all(_is_secret(known.annotation) for known in section.model_fields.values())


def _walk(model: Model, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, known in model.model_fields.items():
        yield (*above, name)
        if section := section_in(known.annotation):
            yield from _walk(section, (*above, name))


def _is_secret(annotation: Any) -> bool:
    if isinstance(annotation, type):
        return issubclass(annotation, Secret)
    return any(_is_secret(part) for part in get_args(annotation))
