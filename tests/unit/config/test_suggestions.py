from __future__ import annotations

import pytest
import yaml

from crawler.config.mistake import Path
from crawler.config.model import Config
from crawler.config.model_keys import Model, section_in
from crawler.config.suggestions import example_hint, key_hint, near, tellable, value_hint


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (("politeness", "dellay"), "did you mean delay?"),
        (("politeness", "Delay"), "did you mean delay?"),
        (("limits", "maxPages"), "did you mean max_pages?"),
        (("politness",), "did you mean politeness?"),
        (("delay",), "→ politeness.delay"),
        (("timeout",), "→ timeouts.total"),
        (("max_pages",), "→ limits.max_pages"),
        (("obey_robots",), "→ politeness.obey_robots"),
        (("scope", "domains"), "→ scope.hosts"),
        (("domains",), "→ seeds"),
        (("client", "delay"), "→ politeness.delay"),
        (("client", "retries"), "→ retry.max_retries"),
        (("max_depht",), "did you mean limits.max_depth?"),
        (("qqqqqq",), ""),
        (("client", "auth", "bearer:xyz"), "a space is missing behind the colon"),
        (("x" * 10_000,), ""),
    ],
)
def test_an_unknown_key_gets_the_nearest_known_one(path: Path, hint: str) -> None:
    assert key_hint(path, Config) == hint


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("output.format", "→ output.type"),
        ("output.file", "→ output.path"),
        ("output.0.file", "→ output.path"),
        ("limits.depth", "did you mean max_depth?"),
        ("scope.depth", "→ limits.max_depth"),
        ("limits.max", "→ limits.max_pages"),
        ("timeouts.max", "→ timeouts.total"),
        ("concurrency.max", "→ concurrency.total"),
        ("retry.delay", "→ retry.backoff"),
        ("retry.attempts", "→ retry.max_retries"),
        ("retry.backoff.delay", "→ retry.backoff.initial"),
        ("limits.bytes", "did you mean max_bytes?"),
        ("limits.time", "→ limits.max_duration"),
        ("limits.max_retries", "→ retry.max_retries"),
        ("seeds.0.header", "did you mean headers?"),
        ("scope.host", "did you mean hosts?"),
        ("politeness.robots", "→ politeness.obey_robots"),
    ],
)
def test_what_is_allowed_right_there_comes_before_what_is_called_so_elsewhere(path: str, hint: str) -> None:
    assert key_hint(tuple(int(key) if key.isdigit() else key for key in path.split(".")), Config) == hint


@pytest.mark.parametrize("path", ["client.path", "scope.path", "client.max", "politeness.file", "dns.format", "max"])
def test_words_that_mean_something_else_in_each_section_bring_no_other_section_to_mind(path: str) -> None:
    assert key_hint(tuple(path.split(".")), Config) == ""


def test_what_is_written_in_place_of_a_name_that_people_choose_belongs_under_the_names() -> None:
    field = {"css": "h1"}
    assert key_hint(("extract", "name"), Config, field) == "belongs under fields"
    assert key_hint(("extract", 0, "title"), Config, field) == "belongs under fields"
    assert key_hint(("extract", "fields", "item", "title"), Config, field) == "belongs under fields"
    assert key_hint(("extract", "feilds"), Config, {"title": field}) == "did you mean fields?"
    assert key_hint(("extract", "name"), Config, {}) == key_hint(("extract", "name"), Config, "h1") == ""


@pytest.mark.parametrize(
    ("path", "given", "hint"),
    [
        ("client", "curl", "for example client: {type: curl}"),
        ("scope", "prefix", "for example scope: {type: prefix}"),
        ("logging", "json", "for example logging: {format: json}"),
        ("scope", "hunter2", "for example scope: {type: domain}"),
        ("timeouts", 30, "for example timeouts: {total: 30s}"),
        ("client.auth", "hunter2", "for example auth: {bearer: '${TOKEN}'}"),
        ("extract.0.fields.name", "h1", "for example {css: h1}"),
        ("extract.0", "h1", "for example {fields: {title: {css: h1}}}"),
        ("extract.fields", "h1", "for example fields: {title: {css: h1}}"),
        ("client.headers", "a", ""),
    ],
)
def test_a_mapping_is_shown_where_another_value_stands(path: str, given: object, hint: str) -> None:
    assert example_hint(tuple(int(key) if key.isdigit() else key for key in path.split(".")), given, Config) == hint


def sections(model: Model) -> set[Model]:
    inner = {found for known in model.model_fields.values() if (found := section_in(known.annotation))} - {model}
    return inner.union(*map(sections, inner))


@pytest.mark.parametrize("section", sorted(sections(Config), key=lambda section: section.__name__))
def test_the_example_of_each_section_can_be_used(section: Model) -> None:
    section.model_validate(yaml.safe_load(section.example))  # type: ignore[attr-defined]


def test_values_get_suggestions_too() -> None:
    assert value_hint("hosts", ("page", "host")) == "did you mean host?"
    assert value_hint("HTTPX", ("aiohttp", "httpx")) == "did you mean httpx?"
    assert value_hint("zzz", ("page", "host")) == ""


def test_nothing_is_near_to_nothing() -> None:
    assert near("delay", ()) == ""


def test_a_misplaced_key_among_secrets_is_hidden_unless_it_resembles_one() -> None:
    assert tellable(("client", "auth", "hunter2"), Config) == ("client", "auth", "***")
    assert tellable(("client", "auth", "pasword"), Config) == ("client", "auth", "pasword")
    assert tellable(("client", "hunter2"), Config) == ("client", "hunter2")
