from __future__ import annotations

from crawler.config.document.nodes import compose
from crawler.config.document.tree import Tree, grow
from crawler.config.mistake import Mistake, Place


def grown(text: str, environ: dict[str, str] | None = None) -> tuple[Tree, list[str]]:
    mistakes: list[Mistake] = []
    root = compose(text, "f", mistakes)
    assert root is not None
    return grow(root, environ or {}, mistakes), [str(mistake) for mistake in mistakes]


def test_values_have_their_types_and_every_path_its_place() -> None:
    tree, mistakes = grown("a: 1\nb:\n  - off\n  - {c: x}\n")
    assert tree.data == {"a": 1, "b": [False, {"c": "x"}]}
    assert tree.places[("b", 1, "c")] == Place("f", 4)
    assert mistakes == []


def test_a_value_that_begins_below_its_key_has_a_start_of_its_own() -> None:
    tree, _ = grown("a:\n\n  b:1\nc: d\n")
    assert tree.places[("a",)] == Place("f", 1)
    assert tree.starts == {("a",): Place("f", 3)}


def test_an_unquoted_variable_has_the_type_of_its_text_and_a_quoted_one_is_text() -> None:
    tree, _ = grown("a: ${N}\nb: '${N}'\nc: ${N}s\nd: ${E}\ne: ${Z}", {"N": "2", "E": "", "Z": "007"})
    assert tree.data == {"a": 2, "b": "2", "c": "2s", "d": None, "e": "007"}


def test_a_variable_never_changes_the_structure() -> None:
    tree, _ = grown("a: ${X}", {"X": "b\nc: [d, {e: f}] # g"})
    assert tree.data == {"a": "b\nc: [d, {e: f}] # g"}


def test_a_substituted_value_can_be_made_text_again() -> None:
    tree, _ = grown("a: [${N}]", {"N": "0x10"})
    assert tree.data == {"a": [16]}
    tree.set_text(("a", 0))
    assert tree.data == {"a": ["0x10"]}


def test_every_value_that_means_nothing_is_told_with_its_place_and_is_broken() -> None:
    tree, mistakes = grown("a: ${X}\nb: 12:30\n")
    assert mistakes == [
        "f:1: a: needs the environment variable X, which is not set; ${X:-…} gives a default",
        "f:2: b: has digits with colons, which YAML reads as a base-60 number; put it in quotes if text is meant",
    ]
    assert tree.is_broken(("a",))
    assert tree.is_broken(("b", "c"))
    assert not tree.is_broken(("c",))


def test_what_was_told_while_reading_is_broken_too() -> None:
    tree, _ = grown("a: {b: !x 1}")
    assert tree.is_broken(("a", "b"))
    assert not tree.is_broken(("a",))


def test_a_path_is_cut_to_what_is_written() -> None:
    tree, _ = grown("a: text\nb: {c: 1}\nd: [{e: 1}]")
    assert tree.known_part(("a", "x")) == ("a",)
    assert tree.written(("b", 0, "c")) == ("b", "c")
    assert tree.written(("d", 0, "e")) == ("d", 0, "e")
    assert tree.written(("missing", 0, "e")) == ("missing", "e")
