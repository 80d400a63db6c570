"""Regular expressions over URLs and pages that cannot hang a crawl: linear time, or a deadline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crawler.core.registry import load

MAX_PATTERN_LENGTH = 8192
MAX_UNFOLDED_LENGTH = 100_000  # (?:a{500}){500} is 250,000 long, and takes the backtracking engine 60 MB to compile
PATIENCE_S = 0.05
LEAST_PATIENCE_S = 0.001

# Loaded when the first pattern is compiled: together they cost as much as all else that `crawl --version` imports.
_ENGINES = {
    "linear": "re2:compile",
    "linear options": "re2:Options",
    "linear error": "re2:error",
    "backtracking": "regex:compile",
    "backtracking error": "regex:error",
}
# What RE2 accepts but reads otherwise than Python: a{,3} as text, \10 as octal, and escapes that Python has not.
_READ_OTHERWISE_BY_RE2 = re.compile(r"\{,|\\[1-9QCz]|\(\?[a-zA-Z]*U")
# An escaped character, a class (to the end where it is not closed), a parenthesis, a repeat, or any other character.
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]?|[()]|\{([0-9]*),?([0-9]*)\}|.", re.DOTALL)
# What the linear engine knows of ASCII only, while Python's letters, digits and spaces are those of Unicode.
_OF_ASCII_IN_RE2 = re.compile(r"\\[wWbBdDsS]")


class PatternTimeout(Exception):
    """A search took longer than its pattern may."""


class Pattern:
    """A compiled pattern of the linear-time engine. `text` is what the user wrote."""

    def __init__(self, text: str, compiled: Any) -> None:
        self.text = text
        self._search = compiled.search

    def search(self, url: str) -> bool:
        """Whether the pattern matches anywhere in `url`. Time is linear in its length."""
        return self._search(url.encode("utf-8", "surrogatepass")) is not None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"


class BacktrackingPattern(Pattern):
    """A compiled pattern that needs look-around, back-references or the like, searched under a deadline."""

    def __init__(self, text: str, compiled: Any) -> None:
        super().__init__(text, compiled)
        self._patience_s = PATIENCE_S

    def search(self, url: str) -> bool:
        """Whether the pattern matches anywhere in `url`.

        Raises PatternTimeout after 50 ms of processor time. Each time-out halves the pattern's patience, down to 1 ms,
        so that a page of hostile links costs a fraction of a second and not 50 ms a link.
        """
        try:
            return self._search(url, timeout=self._patience_s) is not None
        except TimeoutError:
            self._patience_s = max(self._patience_s / 2, LEAST_PATIENCE_S)
            raise PatternTimeout(f"{self.text!r} takes too long on {url[:200]!r}") from None


class Finder:
    """A compiled pattern that gives what it matches: its first group if there are groups, else the whole match."""

    def __init__(self, text: str, compiled: Any, beyond_ascii: Finder | None = None) -> None:
        """beyond_ascii: what to use for texts that are not ASCII, where that makes a difference."""
        self.text = text
        self._finditer = compiled.finditer
        self._group = min(compiled.groups, 1)
        self._beyond_ascii = beyond_ascii

    def find(self, text: str) -> Iterator[str]:
        """What is matched in `text`, one match after the other; those in which the group takes no part are left out.

        Time is linear in the length of `text`. Raises PatternTimeout where the other engine is needed for it.
        """
        if self._beyond_ascii is not None and not text.isascii():
            yield from self._beyond_ascii.find(text)
            return
        for match in self._finditer(text.encode("utf-8", "surrogatepass")):
            if (found := match.group(self._group)) is not None:
                yield found.decode("utf-8", "replace")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"


class BacktrackingFinder(Finder):
    """The same for patterns that need look-around, back-references or the like, under a deadline."""

    def find(self, text: str) -> Iterator[str]:
        """What is matched in `text`. Raises PatternTimeout after 50 ms of processor time, all matches together."""
        try:
            for match in self._finditer(text, timeout=PATIENCE_S):
                if (found := match.group(self._group)) is not None:
                    yield found
        except TimeoutError:
            raise PatternTimeout(f"{self.text!r} takes too long on a text of {len(text)} characters") from None


def compile_pattern(text: str) -> Pattern:
    """The pattern that `text` describes in the syntax of Python's `re` module.

    Raises ValueError with one short sentence that gives the position of the mistake.
    """
    linear = _compiled_linear(text, never_capture=True)
    return BacktrackingPattern(text, _compile_backtracking(text)) if linear is None else Pattern(text, linear)


def compile_finder(text: str) -> Finder:
    """The pattern that `text` describes, for what it matches. Raises ValueError as `compile_pattern` does."""
    linear = _compiled_linear(text, never_capture=False)
    if linear is None:
        return BacktrackingFinder(text, _compile_backtracking(text))
    differs = _OF_ASCII_IN_RE2.search(text) is not None
    return Finder(text, linear, BacktrackingFinder(text, _compile_backtracking(text)) if differs else None)


def _compiled_linear(text: str, *, never_capture: bool) -> Any:
    """The pattern of the linear engine; None if it is beyond that, or wrong: the other engine tells which."""
    if len(text) > MAX_PATTERN_LENGTH:
        raise ValueError(f"the pattern has {len(text)} characters; at most {MAX_PATTERN_LENGTH} are allowed")
    if _READ_OTHERWISE_BY_RE2.search(text):
        return None
    options = load(_ENGINES, "linear options")()
    options.log_errors = False
    options.never_capture = never_capture
    try:
        return load(_ENGINES, "linear")(text.encode("utf-8", "surrogatepass"), options)
    except load(_ENGINES, "linear error"):
        return None


def _unfolded_length(text: str) -> float:
    """How long the pattern is with every {n} and {n,m} written out, which is what the backtracking engine does."""
    before, last = [0.0], 0.0  # in each open group what is before its last piece, and that piece
    for piece in _PIECE.finditer(text):
        if piece[0] == ")" and len(before) > 1:
            last += before.pop()
            continue
        if counts := [float(count) for count in piece.groups() if count]:
            last *= max(1.0, min(max(counts), 1e9))
            continue
        before[-1] += last
        last = 1.0
        if piece[0] == "(":
            before.append(0.0)
    return sum(before) + last


def _compile_backtracking(text: str) -> Any:
    if _unfolded_length(text) > MAX_UNFOLDED_LENGTH:
        raise ValueError(f"its repeats make it longer than {MAX_UNFOLDED_LENGTH} characters when they are written out")
    try:
        return load(_ENGINES, "backtracking")(text)
    except load(_ENGINES, "backtracking error") as error:
        raise ValueError(f"{error.msg} at position {error.pos}") from None
    except (RecursionError, OverflowError, MemoryError):
        raise ValueError("the pattern is nested too deeply or repeats too often") from None
