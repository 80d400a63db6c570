from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from crawler.config.model import Config
from crawler.config.schema import json_schema, plain_schema, type_words
from crawler.extractors.section import FieldSection

CONFIGS = Path(__file__).parents[3] / "configs"
SCHEMA = json_schema(Config)
VALIDATOR = Draft202012Validator(SCHEMA)
SEEDS = {"seeds": "https://example.org/"}


def property_at(*keys: str) -> dict[str, Any]:
    schema = plain_schema(Config)
    for key in keys:
        schema = schema["properties"][key]
    return schema


def test_the_schema_is_valid_by_its_own_dialect() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_file_in_configs_fits_the_schema(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize(
    "text",
    [
        "seeds: https://a/",
        "seeds: [https://a/, {url: https://b/, depth: 1, headers: {A: b}}]",
        "seeds: ${URL}",
        "sitemaps: [https://a/s.xml]",
        "seed_file: urls.txt",
        "{seeds: https://a/, sitemaps: off}",
        "{seeds: https://a/, sitemaps: auto}",
        "{seeds: https://a/, politeness: {delay: 500ms, robots_ttl: 2 h}}",
        "{seeds: https://a/, politeness: {delay: '${DELAY:-2}', obey_robots: '${OBEY}'}}",
        "{seeds: https://a/, limits: {max_bytes: 5MB, max_duration: null, max_response_size: 1000}}",
        "{seeds: https://a/, timeouts: {read: null}}",
        "{seeds: https://a/, output: out.jsonl}",
        "{seeds: https://a/, output: [a.jsonl, {path: b.jsonl, body: html}]}",
        "{seeds: https://a/, client: {cookies: {a: b}, auth: {bearer: '${T}'}, allow_private: [a]}}",
        "{seeds: https://a/, recrawl: {mode: all}, extract: []}",
        "{seeds: https://a/, extract: {fields: {a: {css: h1, default: [1], type: '${T}'}}}, follow: {css: a}}",
        "{seeds: https://a/, extract: [{match: x, fields: {a: {each: b, fields: {c: {each: {css: d}, fields: {e: "
        "{css: f, all: true}}}}}}}], follow: [{match: b, css: [], json: [a]}]}",
    ],
)
def test_what_the_loader_takes_the_schema_takes(text: str) -> None:
    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "politeness: {dellay: 1}",
        "DOWNLOAD_DELAY: 1",
        "limits: 3",
        "limits:",
        "limits: {max_pages: ten}",
        "limits: {max_pages: 0}",
        "limits: {max_pages: 1.5}",
        "politeness: {delay: 5 minutes}",
        "politeness: {delay: -1}",
        "politeness: {jitter: 2}",
        "timeouts: {connect: 0}",
        "timeouts: {total: null}",
        "limits: {max_bytes: 10XB}",
        "scope: {type: hosts}",
        "scope: {include: a}",
        "client: {type: requests}",
        "client: {http2: 'yes'}",
        "client: {auth: {user: a}}",
        "client: {headers: {A: 1}}",
        "client: {cookies: [a]}",
        "sitemaps: maybe",
        "sitemaps: [3]",
        "concurrency: {workers: many}",
        "concurrency: {total: true}",
        "output: []",
        "output: 3",
        "extract: [{match: x}]",
        "extract: [{fields: {}}]",
        "extract: [{fields: {a: {css: 3}}}]",
        "extract: [{fields: {a: {fields: {b: {fields: {c: {sort: x}}}}}}}]",
        "follow: [{cs: a}]",
        "recrawl: {mode: some}",
        "seeds: ftp://a/",
        "seeds: [{depth: 1}]",
    ],
)
def test_what_the_loader_refuses_by_its_form_the_schema_refuses(text: str) -> None:
    assert not VALIDATOR.is_valid({**SEEDS, **yaml.safe_load(text)})


def test_a_file_without_a_beginning_is_refused() -> None:
    assert not VALIDATOR.is_valid({"name": "a"})
    assert not VALIDATOR.is_valid([])


def test_every_key_has_a_description() -> None:
    def bare(schema: Any, path: str) -> list[str]:
        if not isinstance(schema, dict):
            return []
        found = [
            f"{path}.{name}" for name, inner in schema.get("properties", {}).items() if not inner.get("description")
        ]
        branches = [
            *schema.get("properties", {}).items(),
            ("[]", schema.get("items")),
            *enumerate(schema.get("anyOf", [])),
        ]
        return found + [missing for name, inner in branches for missing in bare(inner, f"{path}.{name}")]

    assert bare(SCHEMA, "") == []


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("politeness", "delay"), "duration"),
        (("limits", "max_bytes"), "size or null"),
        (("limits", "max_pages"), "whole number from 1 or null"),
        (("politeness", "jitter"), "number from 0 to 1"),
        (("scope", "type"), "`page`, `prefix`, `host`, `domain`, `any`"),
        (("scope", "include"), "list of text"),
        (("client", "http2"), "`true`, `false`"),
        (("client", "headers"), "mapping of names to text"),
        (("client", "cookies"), "`true`, `false` or mapping of names to text"),
        (("retry", "backoff"), "mapping"),
        (("extract",), "mapping or list of mapping or null"),
        (("follow",), "mapping or list of mapping or null"),
    ],
)
def test_types_are_said_in_words(keys: tuple[str, ...], words: str) -> None:
    assert type_words(property_at(*keys)) == words


def test_mappings_of_sections_and_any_values_are_said_in_words() -> None:
    properties = plain_schema(FieldSection)["$defs"]["FieldSection"]["properties"]
    assert type_words(properties["fields"]) == "mapping of names to mappings or null"
    assert type_words(properties["default"]) == "any value"
