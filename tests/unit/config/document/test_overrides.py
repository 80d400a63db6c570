from __future__ import annotations

import pytest

from crawler.config.document.nodes import Entries, Scalar, compose
from crawler.config.document.overrides import override
from crawler.config.document.tree import grow
from crawler.config.mistake import OVERRIDE, Mistake, Place

FILE = "a: {b: 1, c: [x, y]}\nd: text\n"


def laid(*settings: str, text: str = FILE) -> tuple[object, list[str]]:
    mistakes: list[Mistake] = []
    root = override(compose(text, "f", mistakes), settings, mistakes, {"d": "path"})
    return (grow(root, {"V": "3"}, mistakes).data if root else None), [str(mistake) for mistake in mistakes]


@pytest.mark.parametrize(
    ("setting", "data"),
    [
        ("a.b=2", {"a": {"b": 2, "c": ["x", "y"]}, "d": "text"}),
        ("a.b=", {"a": {"b": None, "c": ["x", "y"]}, "d": "text"}),
        ("a.b=x=y", {"a": {"b": "x=y", "c": ["x", "y"]}, "d": "text"}),
        ("a.b='off'", {"a": {"b": "off", "c": ["x", "y"]}, "d": "text"}),
        ("a.b=${V}", {"a": {"b": 3, "c": ["x", "y"]}, "d": "text"}),
        ("a.c.0=z", {"a": {"b": 1, "c": ["z", "y"]}, "d": "text"}),
        ("a.c.2=z", {"a": {"b": 1, "c": ["x", "y", "z"]}, "d": "text"}),
        ("a.c=[1, {k: v}]", {"a": {"b": 1, "c": [1, {"k": "v"}]}, "d": "text"}),
        ("a=null", {"a": None, "d": "text"}),
        ("e.f.g=off", {"a": {"b": 1, "c": ["x", "y"]}, "d": "text", "e": {"f": {"g": False}}}),
        ("e.0=1", {"a": {"b": 1, "c": ["x", "y"]}, "d": "text", "e": [1]}),
        ("d.0=other", {"a": {"b": 1, "c": ["x", "y"]}, "d": ["other"]}),
        ("d.1=other", {"a": {"b": 1, "c": ["x", "y"]}, "d": ["text", "other"]}),
        ("d.k=v", {"a": {"b": 1, "c": ["x", "y"]}, "d": {"path": "text", "k": "v"}}),
    ],
)
def test_a_setting_wins_over_the_file(setting: str, data: object) -> None:
    assert laid(setting) == (data, [])


def test_a_later_setting_wins_over_an_earlier_one() -> None:
    assert laid("a=1", "a=2", text="a: 0") == ({"a": 2}, [])


def test_settings_alone_make_a_file() -> None:
    assert laid("a.b=1", text="") == ({"a": {"b": 1}}, [])


def test_a_value_shared_by_an_alias_changes_at_one_place_only() -> None:
    assert laid("b.x=2", text="a: &a {x: 1}\nb: *a") == ({"a": {"x": 1}, "b": {"x": 2}}, [])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("a", "--set a: must be key.path=value"),
        ("=1", "--set: must be key.path=value"),
        ("a..b=1", "--set: must be key.path=value"),
        (".".join("a" * 100) + "=1", "must be key.path=value"),
        ("a.b=[", "--set a.b: is not YAML"),
        ("a.b=\udcff", "--set a.b: is not UTF-8"),
        ("a.b=\x1b", "--set a.b: holds the control character U+001B"),
        ("a.b={x: 1, x: 2}", "--set a.b.x: is given twice"),
        ("a.b=!x 1", "--set a.b: has a YAML tag"),
        ("a.b.x=1", "--set a.b.x: cannot be set inside a single value"),
        ("a.c.9=1", "--set a.c.9: must be a number from 0 to 2"),
        ("a.c.x=1", "--set a.c.x: must be a number from 0 to 2"),
        ("a.b=${NO}", "--set a.b: needs the environment variable NO"),
        ("a.b=010", "--set a.b: begins with a zero"),
        ("client.auth.bearer:hunter2", "--set client.auth.bearer…: must be key.path=value"),
    ],
)
def test_a_bad_setting_is_told_by_its_option_and_key(setting: str, words: str) -> None:
    mistakes = laid(setting)[1]
    assert len(mistakes) == 1
    assert mistakes[0].startswith(words) or words in mistakes[0]
    assert "hunter2" not in mistakes[0]


@pytest.mark.parametrize("text", ["-", "{name}.jsonl", "{name}-{started}.jsonl.gz"])
def test_a_dash_and_a_path_template_are_text_as_they_stand(text: str) -> None:
    mistakes: list[Mistake] = []
    root = override(None, [f"output={text}"], mistakes)
    assert mistakes == []
    assert isinstance(root, Entries)
    assert root.entries["output"].value == Scalar(Place(OVERRIDE, None), text)


def test_a_mapping_in_braces_stays_a_mapping() -> None:
    root = override(None, ["limits={max_pages: 3}"], [])
    assert isinstance(root, Entries)
    assert isinstance(root.entries["limits"].value, Entries)
