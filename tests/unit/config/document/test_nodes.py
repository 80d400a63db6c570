from __future__ import annotations

import pytest

from crawler.config.document.nodes import MAX_DEPTH, MAX_VALUES, Entries, Items, Node, Scalar, compose
from crawler.config.mistake import OVERRIDE, BadConfig, Mistake


def composed(text: str) -> tuple[Node | None, list[str]]:
    mistakes: list[Mistake] = []
    return compose(text, "f", mistakes), [str(mistake) for mistake in mistakes]


def complaint(text: str) -> str:
    with pytest.raises(BadConfig) as caught:
        compose(text, "f", [])
    return str(caught.value)


def plain(node: Node | None) -> object:
    """Nodes as texts, lists and dicts."""
    if isinstance(node, Entries):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return node.text if node else None


def test_every_key_and_item_knows_its_line() -> None:
    node, _ = composed("a: 1\nb:\n  - x\n  -\n    c: d\n")
    assert isinstance(node, Entries)
    assert node.entries["b"].place.line == 2
    items = node.entries["b"].value
    assert isinstance(items, Items)
    assert [item.place.line for item in items.items] == [3, 5]


def test_keys_are_text_however_they_look() -> None:
    node, _ = composed("404: a\noff: b\n~: c\n2026-11-22: d")
    assert plain(node) == {"404": "a", "off": "b", "~": "c", "2026-11-22": "d"}


def test_quotes_and_tags_tell_text_from_what_looks_like_a_number() -> None:
    node, _ = composed("[1, '1', !!str 1, ! 1, !!int '1']")
    assert isinstance(node, Items)
    assert [item.kind for item in node.items if isinstance(item, Scalar)] == ["plain", "str", "str", "str", "int"]


def test_an_empty_document_is_nothing() -> None:
    assert composed("")[0] is None
    assert composed("# only a comment\n")[0] is None


def test_duplicate_keys_are_told_with_both_lines_and_the_first_stays() -> None:
    node, mistakes = composed("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert mistakes == ["f:2: b.c: is given twice; keep one", "f:3: a: is given twice (first in line 1); keep one"]
    assert plain(node) == {"a": "1", "b": {"c": "1"}}


def test_merge_keys_give_way_to_the_mapping_s_own() -> None:
    node, mistakes = composed("a: &a {x: 1, y: 2}\nb: &b {z: 3}\nc: {<<: [*a, *b], y: 9}\n")
    assert not mistakes
    assert plain(node) == {"a": {"x": "1", "y": "2"}, "b": {"z": "3"}, "c": {"x": "1", "y": "9", "z": "3"}}


def test_a_merge_key_needs_a_mapping() -> None:
    assert composed("a: {<<: 3}")[1] == ["f:1: a: has a merge key << that is not given a mapping"]


def test_a_quoted_merge_key_is_a_key() -> None:
    assert plain(composed("'<<': {a: b}")[0]) == {"<<": {"a": "b"}}


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!binary", "!!timestamp", "!!set", "!custom"])
def test_tags_outside_the_safe_core_are_refused(tag: str) -> None:
    assert composed(f"a:\n  b: {tag} x")[1] == [
        "f:2: a.b: has a YAML tag that is not allowed; text that begins with ! must be in quotes"
    ]


def test_a_scalar_tag_on_a_list_is_refused() -> None:
    assert "tag that is not allowed" in composed("a: !!str [x]")[1][0]


def test_depth_is_bounded_however_large_the_file() -> None:
    assert composed("[" * MAX_DEPTH + "]" * MAX_DEPTH)[1] == []
    for text in ("[" * 100_000, "{a: " * 100_000, "".join(" " * depth + "a:\n" for depth in range(1000))):
        assert f"is nested more than {MAX_DEPTH} levels deep" in complaint(text)


def test_the_number_of_values_is_bounded() -> None:
    assert f"holds more than {MAX_VALUES} values" in complaint("- a\n" * (MAX_VALUES + 1))


def test_aliases_count_as_what_they_stand_for() -> None:
    laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    laughs += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    assert "is an alias that makes the file too large" in complaint(laughs)


def test_a_chain_of_aliases_cannot_nest_deeper_than_brackets() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100))
    assert "is an alias that makes the file too large" in complaint(chain)


@pytest.mark.parametrize("text", ["a: &a [*a]", "&a b: &c {d: *c}", "a: &a {b: {c: [*a]}}"])
def test_an_alias_of_what_holds_it_is_refused(text: str) -> None:
    assert "is an alias of something that holds it" in complaint(text)


def test_a_second_document_is_refused_with_its_line() -> None:
    assert complaint("a: 1\n---\nb: 2\n") == "f:2: holds a second document; one file is one crawl"


@pytest.mark.parametrize(
    ("text", "line", "phrase"),
    [
        ("a:\n\t- b", 2, "spaces, not tabs"),
        ("a: @b", 1, "in quotes"),
        ("a: 1\nb: c: d", 2, "put text that holds ': ' in quotes"),
        ('a: 1\nb: "x\nc: d\n', 2, "a quote is not closed"),
        ("a: [b\nc: d\n", 2, "check quotes and brackets"),
        ('a: "\\d"', 1, "'single quotes'"),
        ("a: [*.example.org]", 1, '"*.example.org"'),
        ("a: *nothing", 1, "text that begins with *"),
        ("a:\n  - b\n c: d", 3, "check indentation"),
        ("? [a]\n: b", 1, "keys are text"),
        ("%YAML 9.9\n---\na: b", 1, "is not YAML"),
        ("a: }", 1, "is not YAML"),
        ("a: !x!y z", 1, "is not YAML"),
    ],
)
def test_broken_syntax_is_told_with_its_line_and_a_hint(text: str, line: int, phrase: str) -> None:
    assert complaint(text).startswith(f"f:{line}: ")
    assert phrase in complaint(text)


@pytest.mark.parametrize(
    "text", ["p: *hunter2", "p: !hunter2 x", "p: !hunter2!y x", "p: &hunter2", "p: 'hunter2", "p: [hunter2"]
)
def test_syntax_complaints_never_show_a_piece_of_the_file(text: str) -> None:
    mistakes: list[Mistake] = []
    try:
        compose(text, "f", mistakes)
    except BadConfig as error:
        mistakes += error.mistakes
    assert not any("hunter2" in str(mistake) for mistake in mistakes)


def test_a_setting_of_the_command_line_has_no_line() -> None:
    with pytest.raises(BadConfig) as caught:
        compose("[", OVERRIDE, [], ("limits", "max_pages"))
    assert str(caught.value).startswith("--set limits.max_pages: is not YAML")


def test_variables_may_stand_within_braces() -> None:
    node, _ = composed("a: {b: ${B}, c: [${C:-1}], 'd': '${D}'}")
    assert plain(node) == {"a": {"b": "${B}", "c": ["${C:-1}"], "d": "${D}"}}
