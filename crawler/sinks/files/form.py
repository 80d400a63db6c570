"""What records of a file look like: stored with its position, since a run goes on as it began."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from crawler.core.errors import BadInput
from crawler.sinks.files.stream_output import STDOUT_PATHS
from crawler.sinks.files.writing import JOURNAL, Position

Form = dict[str, Any]  # settings of an output by their names in the YAML file, and the keys of its records
KEYS = "keys"


def form_of(type: str, keys: Iterable[str], **settings: Any) -> Form:
    """The form of an output of this type whose records have these keys, in their order."""
    return {"type": type, **settings, KEYS: " ".join(keys)}


def check_form(position: Position, form: Form, compress: str) -> None:
    """Raises BadInput where the unfinished run writes other records than `form` and `compress` would make. What an
    earlier version did not store is not compared."""
    before = (position.form or {}) | {"compress": position.compress}
    now = form | {"compress": compress}
    changed = [key for key in before if key in now and before[key] != now[key]]
    if changed:
        raise not_as_begun(position.path.removesuffix(JOURNAL), *_told(before, now, changed))


def not_as_begun(path: str, before: str, now: str) -> BadInput:
    """What to say where an unfinished run has `before` and the configuration `now`."""
    output = "standard output" if path in STDOUT_PATHS else path
    return BadInput(
        f"the unfinished run writes to {output} with {before}, and output has {now} now; keep output as it was until "
        "that run is complete, or begin a new run with --fresh"
    )


def _told(before: Form, now: Form, changed: list[str]) -> tuple[str, str]:
    """What was and what is, as in the YAML file. With another type the rest follows from it, keys from settings."""
    if "type" in changed:
        changed = ["type"]
    elif changed == [KEYS]:  # by another version of the program
        was, is_now = before[KEYS].split(), now[KEYS].split()
        other = ", ".join(sorted({*was} ^ {*is_now})) or "in another order"
        return f"{len(was)} keys", f"{len(is_now)} keys ({other})"
    settings = [key for key in changed if key != KEYS]
    return _settings(before, settings), _settings(now, settings)


def _settings(form: Form, names: Iterable[str]) -> str:
    return ", ".join(f"{name}: {_yaml(form[name])}" for name in names)


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
