"""What somebody may have meant: a near name, a key of another place, another tool's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache

from crawler.config.foreign import FOREIGN, folded
from crawler.config.mistake import Path
from crawler.config.model_keys import Model, all_keys, holds_only_secrets, keys_at, section_at

_LONGEST = 60  # characters of a name that is worth comparing
_KEY = re.compile(r"[A-Za-z0-9_ -]+")


def near(given: str, allowed: Sequence[str]) -> str:
    """The name in `allowed` that `given` resembles, or nothing."""
    by_fold = {folded(name): name for name in allowed}
    if (exact := by_fold.get(folded(given[:_LONGEST]))) is not None:
        return exact
    found = get_close_matches(folded(given[:_LONGEST]), by_fold, n=1, cutoff=0.7)
    return by_fold[found[0]] if found else ""


def value_hint(given: str, allowed: Sequence[str]) -> str:
    """A suggestion for a value out of `allowed`."""
    name = near(given, allowed)
    return f"did you mean {name}?" if name else ""


def key_hint(path: Path, model: Model) -> str:
    """A suggestion for the unknown key at the end of `path`: one of the same mapping, else one from elsewhere."""
    key = str(path[-1])
    siblings = keys_at(model, path[:-1])
    if not _KEY.fullmatch(key) or len(key) > _LONGEST:
        return "a space is missing behind the colon" if _begins_like(key, siblings) else ""
    if folded(key) in map(folded, siblings):
        return f"did you mean {near(key, siblings)}?"
    if elsewhere := _elsewhere(model).get(folded(key)) or _foreign(path):
        return f"→ {elsewhere}"
    if sibling := near(key, siblings):
        return f"did you mean {sibling}?"
    if distant := near(key, tuple(_elsewhere(model))):
        return f"did you mean {_elsewhere(model)[distant]}?"
    return ""


def tellable(path: Path, model: Model) -> Path:
    """`path`, its last key hidden where it may be a secret written in the wrong place."""
    section = section_at(model, path[:-1])
    secretive = section is not None and holds_only_secrets(section)
    return (*path[:-1], "***") if secretive and not key_hint(path, model) else path


def _foreign(path: Path) -> str | None:
    return FOREIGN.get(folded(".".join(map(str, path)))) or FOREIGN.get(folded(str(path[-1])))


def _begins_like(key: str, siblings: Sequence[str]) -> bool:
    return key.partition(":")[0] in siblings and ":" in key


@cache
def _elsewhere(model: Model) -> dict[str, str]:
    """Every key that is found at one place only, by its folded name."""
    places: dict[str, list[str]] = {}
    for path in all_keys(model):
        places.setdefault(folded(path.rpartition(".")[2]), []).append(path)
    return {name: paths[0] for name, paths in places.items() if len(paths) == 1}
