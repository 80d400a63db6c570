"""Variables of the environment in the YAML file: ${NAME}, ${NAME:-default}."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\})?")
_UNQUOTED = re.compile(r"\$?\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}\n\"'\\]*)?\}")
_MASK = "\ue0f0{}\ue0f1"  # of the private use area: YAML takes it for a letter
MOST_HIDDEN = 50_000  # further ones are left to the parser, which gives up by then
_SURROGATE = re.compile("[\ud800-\udfff]")
_MALFORMED = "has a ${ that is not ${NAME} or ${NAME:-default}; write $${ for the characters themselves"
_MASKED = re.compile("\ue0f0([0-9]+)\ue0f1")


class Masks:
    """Hides variables from the YAML parser, to which the braces of `{delay: ${DELAY}}` would be a mapping."""

    def __init__(self) -> None:
        self._hidden: list[str] = []

    def hide(self, text: str) -> str:
        """`text` with stand-ins for its variables; lines stay the same."""
        return text if "\ue0f0" in text else _UNQUOTED.sub(self._mask, text, count=MOST_HIDDEN)

    def restore(self, text: str) -> str:
        """A piece of what the parser read, stand-ins replaced by what they stand for."""
        return _MASKED.sub(lambda match: self._hidden[int(match[1])], text) if self._hidden else text

    def _mask(self, match: re.Match[str]) -> str:
        self._hidden.append(match[0])
        return _MASK.format(len(self._hidden) - 1)


def substitute(text: str, environ: Mapping[str, str]) -> str:
    """`text` with ${NAME} and ${NAME:-default} replaced, $${ meaning a literal ${.

    Raises ValueError with one argument for each thing that is wrong.
    """
    problems: dict[str, None] = {}  # each once, in order

    def replacement(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        if match[0] == "$${":
            return "${"
        if name is None:
            problems[_MALFORMED] = None
            return ""
        value = environ.get(name)
        if default is not None:
            return value or default
        if value is None and _MALFORMED not in problems:  # what is behind that one may be a part of it
            problems[f"needs the environment variable {name}, which is not set; ${{{name}:-…}} gives a default"] = None
        return value or ""

    replaced = _VARIABLE.sub(replacement, text)
    if _SURROGATE.search(replaced):  # how Python shows bytes that it cannot decode
        problems["needs an environment variable that is not UTF-8"] = None
    if problems:
        raise ValueError(*problems)
    return replaced
