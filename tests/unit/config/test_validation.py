from __future__ import annotations

from pydantic import Field, ValidationError

from crawler.config.document.nodes import compose
from crawler.config.document.tree import Tree, grow
from crawler.config.mistake import MAX_SHOWN, Mistake
from crawler.config.validation import as_text, located, mistakes_in
from crawler.core.section_types import SecretText
from crawler.core.units import Section


class Inner(Section):
    number: int = Field(default=1, ge=1)
    word: str = "a"


class Outer(Section):
    inner: Inner = Field(default_factory=Inner)
    numbers: dict[str, int] = Field(default_factory=dict)
    some: dict[str, int] | None = Field(default=None, min_length=1)
    secret: SecretText | None = None
    needed: int


def told(text: str, environ: dict[str, str] | None = None) -> tuple[list[str], Tree, list[object]]:
    mistakes: list[Mistake] = []
    root = compose(text, "f", mistakes)
    assert root is not None
    tree = grow(root, environ or {}, mistakes)
    try:
        Outer.model_validate(tree.data)
    except ValidationError as error:
        errors = located(error, tree)
        return [str(mistake) for mistake in mistakes_in(errors, tree, Outer)], tree, list(errors)
    raise AssertionError("valid")


def test_errors_are_told_in_the_order_of_lines_with_what_is_wanted_and_given() -> None:
    mistakes, _, _ = told("inner:\n  word: 3\n  number: 0\nnumbers: {a: x}\n")
    assert mistakes == [
        "f:1: needed: is missing",
        "f:2: inner.word: must be text, not a number; put it in quotes if text is meant",
        "f:3: inner.number: must be at least 1",
        "f:4: numbers.a: must be a whole number, not text",
    ]


def test_a_boolean_that_was_meant_as_text_is_explained() -> None:
    assert "YAML reads yes, no, on and off as true and false" in told("needed: 1\ninner: {word: no}")[0][0]


def test_a_section_that_is_null_says_how_to_get_the_defaults() -> None:
    assert told("needed: 1\ninner:\n")[0] == [
        "f:2: inner: must be a mapping, not null; leave the key out to get the defaults"
    ]


def test_unknown_keys_name_the_allowed_ones() -> None:
    assert told("needed: 1\ninner: {wrod: x}")[0] == [
        "f:2: inner.wrod: unknown key; allowed: number, word; did you mean word?"
    ]


def test_a_value_is_never_shown() -> None:
    for text in ("needed: hunter2", "needed: 1\nsecret: [hunter2]", "needed: 1\ninner: hunter2"):
        assert "hunter2" not in told(text)[0][0]


def test_a_broken_value_is_not_told_twice() -> None:
    assert told("needed: ${X}\ninner: 3")[0] == ["f:2: inner: must be a mapping, not a number; allowed: number, word"]


def test_a_variable_that_looks_like_a_number_becomes_text_where_text_is_wanted() -> None:
    _, tree, errors = told("needed: 1\nsecret: ${S}", {"S": "123"})
    assert as_text(errors, tree)  # type: ignore[arg-type]
    assert tree.data["secret"] == "123"
    assert not as_text(errors, tree)  # type: ignore[arg-type]


def test_thousands_of_mistakes_cost_no_thousand_suggestions() -> None:
    mistakes, _, _ = told("needed: 1\n" + "".join(f"inne{n}: 1\n" for n in range(5000)))
    assert "did you mean inner?" in mistakes[0]
    assert "did you mean" not in mistakes[MAX_SHOWN]
    assert len(mistakes) == 5000


def test_what_must_not_be_empty_is_told_so() -> None:
    assert told("needed: 1\nsome: {}")[0] == ["f:2: some: must not be empty"]
