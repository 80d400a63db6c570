"""A YAML file and the command line's settings to a validated model, or all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from crawler.config.document.nodes import Entries, Node, Scalar, compose
from crawler.config.document.overrides import override
from crawler.config.document.source import read_source, shown_file
from crawler.config.document.tree import Tree, grow
from crawler.config.mistake import MISSING_SPACE, OVERRIDE, BadConfig, Mistake, Place
from crawler.config.model_keys import keys_at
from crawler.config.suggestions import lacks_space
from crawler.config.validation import as_text, located, mistakes_in

M = TypeVar("M", bound=BaseModel)


def load(
    path: str,
    model: type[M],
    overrides: Iterable[str] = (),
    *,
    environ: Mapping[str, str],
    stdin: IO[Any],
    presets: Mapping[str, Any] | None = None,
    short_forms: Mapping[str, str] | None = None,
) -> M:
    """The file `path` ("-" = `stdin`) as a `model`.

    overrides: "key.path=value", over the file. presets: top-level values for keys that neither gives.
    short_forms: top-level keys whose single value stands for one key of a mapping, as {"output": "path"}.
    Raises BadConfig with every mistake found, in the order of lines.
    """
    file = shown_file(path)
    mistakes: list[Mistake] = []
    root = _composed(read_source(path, stdin), file, mistakes)
    root = override(root, overrides, mistakes, short_forms)
    if not isinstance(root, Entries):
        raise _no_mapping(root, file, mistakes, model)
    tree = grow(root, environ, mistakes)
    for key, value in (presets or {}).items():
        if tree.data.get(key) is None and not tree.is_broken((key,)):
            tree.data[key] = value
    instance = _validated(model, tree, mistakes)
    if instance is None or mistakes:
        raise BadConfig(_ordered(mistakes))
    return instance


def _composed(text: str, file: str, mistakes: list[Mistake]) -> Node | None:
    try:
        return compose(text, file, mistakes)
    except BadConfig as error:
        raise BadConfig(_ordered([*mistakes, *error.mistakes])) from None


def _validated(model: type[M], tree: Tree, mistakes: list[Mistake]) -> M | None:
    """The model, or None with its mistakes added. A variable that looks like a number may turn out to be text."""
    for _ in range(2):
        try:
            return model.model_validate(tree.data)
        except ValidationError as error:
            errors = located(error, tree)
            if not as_text(errors, tree):
                break
        except OverflowError:  # digits without end in a duration or size
            mistakes.append(Mistake(tree.places[()], (), "holds a number that is too large"))
            return None
    mistakes.extend(mistakes_in(errors, tree, model))
    return None


def _no_mapping(root: Node | None, file: str, mistakes: Sequence[Mistake], model: type[BaseModel]) -> BadConfig:
    hint, place = "a complete file is: seeds: https://example.org/", Place(file, 1)
    if root is None or (isinstance(root, Scalar) and root.kind == "plain" and not root.text):
        problem = "is empty"
    else:
        problem = "must hold a mapping (key: value lines) at the top"
        if isinstance(root, Scalar) and lacks_space(root.text, keys_at(model, ())):
            hint, place = MISSING_SPACE, root.place
    return BadConfig([*_ordered(mistakes), Mistake(place, (), problem, hint=hint)])


def _ordered(mistakes: Iterable[Mistake]) -> list[Mistake]:
    return sorted(mistakes, key=lambda mistake: (mistake.place.file == OVERRIDE, mistake.place.line or 0))
