"""The reference page and the example with every option, written from the models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from crawler.configfile.model_keys import Model, section_in
from crawler.configfile.schema import Schema, plain_schema, type_words

_WIDTH = 110
_PLAIN_TEXT = re.compile(r"(?!(?i:null|true|false|yes|no|on|off)$)[A-Za-z][\w.-]*|\d+[A-Za-z]+")


def reference(model: Model, introduction: str) -> str:
    """A Markdown page: each key's type, default and meaning, one table a section."""
    schema = plain_schema(model)
    single, sections = [], []
    for name, known in model.model_fields.items():
        section = section_in(known.annotation)
        if section is None:
            single.append(_row(name, known, schema["properties"][name]))
            continue
        heading = f"\n## {name}\n\n{known.description}\n"
        inner = _section_schema(schema["properties"][name])
        sections += [heading, *_table(_rows(section, inner, ""))]
    return "\n".join([introduction, *_table(single), *sections, ""])


def example(model: Model, introduction: str, examples: Mapping[str, str]) -> str:
    """A YAML file with every option at its default, its meaning above it. examples: top-level keys' YAML instead."""
    lines = [introduction]
    for name, known in model.model_fields.items():
        lines += ["", *_comment(known, "")]
        section = section_in(known.annotation)
        if name in examples:
            lines.append(f"{name}:{examples[name]}")
        elif section is not None:
            lines += [f"{name}:", *_options(section, "  ")]
        else:
            lines.append(f"{name}: {yaml_text(known.get_default(call_default_factory=True, validated_data={}))}")
    return "\n".join(lines) + "\n"


def yaml_text(value: Any) -> str:
    """`value` in one line of YAML."""
    if isinstance(value, str):
        return value if _PLAIN_TEXT.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(yaml_text, value)) + "]"
    return json.dumps(value)


def _options(section: Model, indent: str) -> Iterator[str]:
    for name, known in section.model_fields.items():
        yield from _comment(known, indent)
        default = _default(known)
        if default is PydanticUndefined:
            yield f"{indent}{name}:"
            yield from _options(_section_of(known), indent + "  ")
        else:
            yield f"{indent}{name}: {yaml_text(default)}"


def _comment(known: FieldInfo, indent: str) -> list[str]:
    return [f"{indent}# {line}" for line in wrap(known.description or "", _WIDTH - len(indent))]


def _default(known: FieldInfo) -> Any:
    """The default as it would be written; PydanticUndefined for a section, whose keys have their own."""
    if known.default_factory is None:
        return None if known.default == () and "null" in (known.description or "") else known.default
    made = known.get_default(call_default_factory=True, validated_data={})
    return made if isinstance(made, dict) else PydanticUndefined


def _section_of(known: FieldInfo) -> Model:
    section = section_in(known.annotation)
    if section is None:
        raise TypeError("a default factory that makes no section")
    return section


def _rows(section: Model, schema: Schema, above: str) -> Iterator[str]:
    for name, known in section.model_fields.items():
        yield _row(above + name, known, schema["properties"][name])
        if inner := section_in(known.annotation):
            yield from _rows(inner, _section_schema(schema["properties"][name]), f"{above}{name}.")


def _section_schema(schema: Schema) -> Schema:
    """The mapping's schema within one that allows short forms, null or lists beside it."""
    if "properties" in schema:
        return schema
    inner = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]
    return next(
        _section_schema(branch) for branch in inner if "anyOf" in branch or "properties" in branch or "items" in branch
    )


def _table(rows: Any) -> list[str]:
    return ["| key | type | default | meaning |", "|---|---|---|---|", *rows]


def _row(key: str, known: FieldInfo, schema: Schema) -> str:
    default = _default(known) if not known.is_required() else PydanticUndefined
    shown = "" if default is PydanticUndefined else f"`{yaml_text(default)}`"
    cells = (f"`{key}`", type_words(schema), shown, known.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
