"""The text of elements: folded into one line, or laid out in lines as a browser would show it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

# A tag of APART, in lower case, or a text. No other tag changes the layout.
Event = tuple[Literal["start", "text", "end"], str]

# What is never shown. The contents of a template are not among an element's children anyway.
UNSEEN: Final = frozenset(("script", "style", "template", "noscript", "head", "datalist"))
_LISTS: Final = ("dd", "dir", "dl", "dt", "li", "menu", "ol", "ul", "option", "optgroup")
_TABLES: Final = ("caption", "table", "tbody", "tfoot", "thead", "tr")
_SECTIONS: Final = ("address", "article", "aside", "body", "details", "dialog", "div", "fieldset", "figure", "footer")
_TEXTS: Final = (
    "blockquote",
    "center",
    "figcaption",
    "form",
    "header",
    "hgroup",
    "hr",
    "html",
    "legend",
    "main",
    "nav",
)
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "search", "section", "summary")
BLOCKS: Final = frozenset((*_LISTS, *_TABLES, *_SECTIONS, *_TEXTS, *_HEADINGS))
_VERBATIM: Final = frozenset(("pre", "textarea", "listing", "xmp"))
APART: Final = frozenset((*BLOCKS, *_VERBATIM, "br", "td", "th"))  # what stands on either side is not one word
_BLANKS: Final = re.compile(r"[\t\n\f\r ]+")
_CELLS: Final = frozenset(("td", "th"))


def folded(events: Iterable[Event]) -> str:
    """The text in one line, white space folded; blocks, cells and line breaks part words."""
    return " ".join("".join([value if kind == "text" else " " for kind, value in events]).split())


def laid_out(events: Iterable[Event]) -> str:
    """The text in lines: blocks on lines of their own, an empty line around paragraphs, a tab between cells, and
    preformatted text as it is (after "rendered text collection", HTML 3.2.7)."""
    lines = _Lines()
    for kind, value in events:
        if kind == "text":
            lines.add(value)
        else:
            lines.turn(value, is_start=kind == "start")
    return lines.text()


class _Lines:
    """Text as it is laid out: what was written, and the line breaks that are due before more is."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._due = 0
        self._verbatim = 0
        self._has_blank = True  # at the end of what was written, so that another is not

    def add(self, text: str) -> None:
        if not self._verbatim:
            if not text.isprintable() or "  " in text:
                text = _BLANKS.sub(" ", text)
            if self._has_blank and text[:1] == " ":
                text = text[1:]
        if not text:
            return
        if self._due:
            self._break()
        self._parts.append(text)
        self._has_blank = text[-1] in "\n\t "

    def turn(self, tag: str, *, is_start: bool) -> None:
        if tag in BLOCKS:
            self._due = max(self._due, 2 if tag == "p" else 1)
            self._has_blank = True
        elif tag == "br" and is_start:
            self._break()
            self._parts.append("\n")
            self._has_blank = True
        elif tag in _CELLS and is_start and self._parts and not self._due:
            self._parts.append("\t")
            self._has_blank = True
        if tag in _VERBATIM:
            self._verbatim += 1 if is_start else -1

    def text(self) -> str:
        return "".join(self._parts).lstrip("\n").rstrip()

    def _break(self) -> None:
        if self._due and self._parts:
            self._parts[-1] = self._parts[-1].rstrip(" ") if not self._verbatim else self._parts[-1]
            self._parts.append("\n" * self._due)
        self._due = 0
