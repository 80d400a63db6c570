"""Settings of the command line, `--set key.path=value`, laid over the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from crawler.config.document.nodes import MAX_DEPTH, Entries, Entry, Items, Node, Scalar, compose
from crawler.config.document.source import control_character
from crawler.config.mistake import OVERRIDE, BadConfig, Mistake, Path, Place

_PLACE = Place(OVERRIDE, None)
_SURROGATE = re.compile("[\ud800-\udfff]")
_TEMPLATE = re.compile(r"\{\w+\}[^,:]")
_NULL = ("", "~", "null")


def override(
    root: Node | None, settings: Iterable[str], mistakes: list[Mistake], short_forms: Mapping[str, str] | None = None
) -> Node | None:
    """`root` with every setting laid over it, later ones over earlier ones; bad ones are added to `mistakes`.

    short_forms: top-level keys whose single value stands for one key of a mapping, as {"output": "path"}.
    """
    for setting in settings:
        keys, separator, text = setting.partition("=")
        path = tuple(
            int(key) if key.isascii() and key.isdigit() and len(key) < 9 else key for key in keys.strip().split(".")
        )
        if not separator or "" in path or len(path) > MAX_DEPTH:
            mistakes.append(
                Mistake(_PLACE, path if all(path) else (), "must be key.path=value, as in politeness.delay=2")
            )
            continue
        if _SURROGATE.search(setting):  # how Python shows bytes that it cannot decode
            mistakes.append(Mistake(_PLACE, path, "is not UTF-8"))
            continue
        if found := control_character(text):
            mistakes.append(Mistake(_PLACE, path, f"holds the control character U+{ord(found[0]):04X}"))
            continue
        try:
            value = _plain(text) or compose(text, OVERRIDE, mistakes, path) or Scalar(_PLACE, "")
            root = _laid(_in_full(root, path, short_forms or {}), path, value, ())
        except BadConfig as error:
            mistakes.extend(error.mistakes)
    return root


def _plain(text: str) -> Scalar | None:
    """What is meant as text although YAML reads it as structure: a lone dash (standard output), `{name}.jsonl`."""
    return Scalar(_PLACE, text) if text == "-" or _TEMPLATE.match(text) else None


def _in_full(root: Node | None, path: Path, short_forms: Mapping[str, str]) -> Node | None:
    """`root` with the single value at the top of `path` in its long form, if something within it is to be set."""
    inner = short_forms.get(str(path[0]))
    entry = root.entries.get(str(path[0])) if isinstance(root, Entries) else None
    if len(path) == 1 or inner is None or entry is None or not _is_value(entry.value) or isinstance(path[1], int):
        return root
    return _laid(root, path[:1], Entries(entry.place, {inner: entry}), ())


def _is_value(node: Node) -> bool:
    return isinstance(node, Scalar) and not (node.kind == "plain" and node.text in _NULL)


def _laid(node: Node | None, path: Path, value: Node, above: Path) -> Node:
    """`node` with `value` at `path` below it, lists and mappings made on the way as needed."""
    if not path:
        return value
    key, below = path[0], path[1:]
    if isinstance(node, Scalar) and isinstance(key, int) and _is_value(node):
        node = Items(node.place, (node,))  # the short form of a list of one
    if node is None or (isinstance(node, Scalar) and not _is_value(node)):
        node = Items(_PLACE, ()) if key == 0 else Entries(_PLACE, {})
    if isinstance(node, Items):
        return _laid_in_list(node, path, value, above)
    if not isinstance(node, Entries):
        raise BadConfig([Mistake(_PLACE, (*above, *path), "cannot be set inside a single value; set the whole of it")])
    name = str(key)
    old = node.entries.get(name)
    new = _laid(old.value if old else None, below, value, (*above, name))
    entry = Entry(old.place if old and below else _PLACE, new)
    return Entries(node.place, {**node.entries, name: entry})


def _laid_in_list(node: Items, path: Path, value: Node, above: Path) -> Node:
    index, below = path[0], path[1:]
    if not isinstance(index, int) or index > len(node.items):
        allowed = f"must be a number from 0 to {len(node.items)} behind the list's name (the last one appends)"
        raise BadConfig([Mistake(_PLACE, (*above, *path), allowed)])
    old = node.items[index] if index < len(node.items) else None
    new = _laid(old, below, value, (*above, index))
    return Items(node.place, (*node.items[:index], new, *node.items[index + 1 :]))
