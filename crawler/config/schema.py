"""The JSON Schema of a configuration model, in a form that editors' YAML language servers understand."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from crawler.config.model_keys import Model
from crawler.core.units import Duration, Size

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE: Schema = {"type": "string", "pattern": r"\$\{", "description": "A value from the environment."}
_NOTES = ("description", "default")


def schema_document(model: Model) -> str:
    """The schema of the whole file as a document."""
    return json.dumps(json_schema(model), indent=2, ensure_ascii=False) + "\n"


def json_schema(model: Model) -> Schema:
    """The schema of the file: unknown keys refused, ${NAME} allowed for every single value, no references but to that
    and to sections within themselves."""
    plain = plain_schema(model)
    inner = {name: _with_variables(part) for name, part in plain.pop("$defs", {}).items()}
    schema = _with_variables(plain)
    begin = [{"required": [key]} for key in ("seeds", "seed_file", "sitemaps") if key in schema["properties"]]
    return {
        "$schema": DIALECT,
        "title": "Crawl configuration",
        **schema,
        **({"anyOf": begin} if begin else {}),
        "$defs": {"variable": _VARIABLE, **inner},
    }


def plain_schema(model: Model) -> Schema:
    """The schema with definitions put where they are used, and nothing that was only generated from names. Those of
    sections within themselves stay under $defs."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    tidy: Schema = _tidy(schema, definitions, ())
    inner = {name: _tidy(part, definitions, (name,)) for name, part in definitions.items() if _refers(part, name)}
    return {**tidy, "$defs": inner} if inner else tidy


def type_words(schema: Schema) -> str:
    """The type in words, such as `duration or null`."""
    if "anyOf" in schema:
        if schema["anyOf"] in (_DURATION, _SIZE):
            return "duration" if schema["anyOf"] == _DURATION else "size"
        return " or ".join(dict.fromkeys(map(type_words, schema["anyOf"])))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{_literal(value)}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {type_words(schema['items'])}" if schema.get("items") else "list"
    if _is_section(schema) or schema.get("type") == "object":
        return "mapping" if _is_section(schema) else f"mapping of names to {_named_words(schema)}"
    return _NAMES[schema["type"]] + _bounds(schema) if "type" in schema else "any value"


# The generator leaves `gt` as it is beside a type that it cannot see.
_RENAMED = {"oneOf": "anyOf", "gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}
_NAMES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true`, `false`", "null": "null"}


def _tidy(schema: Any, definitions: Schema, around: tuple[str, ...]) -> Any:
    """A copy with references replaced, titles dropped, `oneOf` as `anyOf` and no type beside alternatives of other
    types. References to the definitions `around` stay."""
    if isinstance(schema, list):
        return [_tidy(item, definitions, around) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        if name in around:
            return {"$ref": reference}
        target = _tidy(definitions[name], definitions, (*around, name))
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return {**target, **_tidy(own, definitions, around)}
    tidy = {
        _RENAMED.get(key, key): value if key in _NOTES or key == "enum" else _tidy(value, definitions, around)
        for key, value in schema.items()
        if key != "title"
    }
    if "properties" in tidy:
        properties = schema["properties"].items()
        tidy["properties"] = {name: _tidy(value, definitions, around) for name, value in properties}
    if "anyOf" in tidy:
        tidy.pop("type", None)
    return tidy


def _refers(schema: Any, name: str) -> bool:
    """Whether the definition `name` is referred to in `schema`."""
    return f'"#/$defs/{name}"' in json.dumps(schema)


def _with_variables(schema: Schema) -> Schema:
    """A copy in which every single value that is not any text may also be ${NAME}."""
    variable = {"$ref": "#/$defs/variable"}
    if "$ref" in schema or not set(schema).difference(_NOTES):
        return schema
    if "anyOf" in schema:
        branches = [_with_variables(branch) for branch in schema["anyOf"]]
        flat = [leaf for branch in branches for leaf in (branch["anyOf"] if set(branch) == {"anyOf"} else [branch])]
        unique = [leaf for index, leaf in enumerate(flat) if leaf not in flat[:index]]
        return {**schema, "anyOf": unique}
    if schema.get("type") == "object":
        copy = dict(schema)
        if "properties" in schema:
            copy["properties"] = {name: _with_variables(value) for name, value in schema["properties"].items()}
        if isinstance(values := schema.get("additionalProperties"), dict):
            copy["additionalProperties"] = _with_variables(values)
        return copy
    if schema.get("type") == "array":
        return {**schema, "items": _with_variables(schema["items"])} if schema.get("items") else schema
    notes = {key: schema[key] for key in _NOTES if key in schema}
    leaf = {key: value for key, value in schema.items() if key not in notes}
    return schema if leaf in ({"type": "string"}, {"type": "null"}) else {**notes, "anyOf": [leaf, variable]}


def _named_words(schema: Schema) -> str:
    return "mappings" if _is_section(schema.get("additionalProperties")) else "text"


def _is_section(schema: Any) -> bool:
    return isinstance(schema, dict) and ("properties" in schema or "$ref" in schema)


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    return f" from {low:g}" if high is None else f" from {low:g} to {high:g}"


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _alternatives(of: Any) -> list[Schema]:
    found: list[Schema] = TypeAdapter(of).json_schema()["anyOf"]
    return found


_DURATION = _alternatives(Duration)
_SIZE = _alternatives(Size)
