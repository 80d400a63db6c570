"""Nodes as plain values, with the place of every key path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawler.config.document.nodes import Entries, Items, Node, Scalar
from crawler.config.document.scalars import Value, resolve, typed
from crawler.config.document.variables import substitute
from crawler.config.mistake import Mistake, Path, Place


class Tree:
    """A document as plain values, and what its places tell.

    starts: where single values begin that do not begin in the line of their key. substituted: texts of unquoted values
    that hold variables. broken: paths whose mistake is already told.
    """

    __slots__ = ("broken", "data", "places", "starts", "substituted")

    def __init__(self, broken: set[Path]) -> None:
        self.data: Any = None
        self.places: dict[Path, Place] = {}
        self.starts: dict[Path, Place] = {}
        self.substituted: dict[Path, str] = {}
        self.broken = broken

    def written(self, path: Path) -> Path:
        """`path` without the indices of lists that are written in their short form, as one value."""
        kept: list[str | int] = []
        value = self.data
        for key in path:
            if isinstance(key, int) and not isinstance(value, list):
                continue
            kept.append(key)
            try:
                value = value[key]
            except (LookupError, TypeError):  # not in the document: a default, or a key that is missing
                value = None
        return tuple(kept)

    def known_part(self, path: Path) -> Path:
        """The longest beginning of `path` that stands in the document."""
        while path and path not in self.places:
            path = path[:-1]
        return path

    def value(self, path: Path) -> Any:
        """The value at a path of the document."""
        value = self.data
        for key in path:
            value = value[key]
        return value

    def set_text(self, path: Path) -> None:
        """Makes a substituted value the text that it was."""
        self.value(path[:-1])[path[-1]] = self.substituted[path]

    def is_broken(self, path: Path) -> bool:
        """Whether a mistake at or above `path` was already told."""
        return any(path[:length] in self.broken for length in range(len(path) + 1)) if self.broken else False


def grow(root: Node, environ: Mapping[str, str], mistakes: list[Mistake]) -> Tree:
    """The tree of `root`, variables replaced; single values that mean nothing are added to `mistakes`."""
    tree = Tree(broken={mistake.path for mistake in mistakes if mistake.path})
    tree.data = _Grower(tree, environ, mistakes).value(root, (), root.place)
    return tree


class _Grower:
    def __init__(self, tree: Tree, environ: Mapping[str, str], mistakes: list[Mistake]) -> None:
        self._tree = tree
        self._environ = environ
        self._mistakes = mistakes

    def value(self, node: Node, path: Path, place: Place) -> Any:
        self._tree.places[path] = place
        if isinstance(node, Entries):
            return {key: self.value(entry.value, (*path, key), entry.place) for key, entry in node.entries.items()}
        if isinstance(node, Items):
            return [self.value(item, (*path, index), item.place) for index, item in enumerate(node.items)]
        if node.place != place:
            self._tree.starts[path] = node.place
        try:
            return self._scalar(node, path)
        except ValueError as error:
            self._mistakes.extend(Mistake(place, path, problem) for problem in error.args)
            self._tree.broken.add(path)
            return node.text

    def _scalar(self, node: Scalar, path: Path) -> Value:
        if "${" not in node.text:
            try:
                return typed(node.text, node.kind)
            except ValueError as error:
                raise ValueError(f"{error}; put it in quotes if text is meant") from None
        text = substitute(node.text, self._environ)
        if node.kind != "plain":
            return typed(text, node.kind)
        self._tree.substituted[path] = text
        return _resolved_or_text(text)


def _resolved_or_text(text: str) -> Value:
    try:
        return resolve(text)
    except ValueError:
        return text
