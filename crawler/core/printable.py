"""Text that may come from anywhere, made safe to show."""

from __future__ import annotations

MOST_CHARACTERS = 200


def printable(text: str, most: int | None = MOST_CHARACTERS) -> str:
    """`text` with everything escaped that a terminal might obey or hide (\\x1b, \\u202e), cut to `most` characters.

    Escaped is what Unicode counts as "other" or "separator": control, format, bidirectional and unassigned characters,
    lone surrogates, line ends, white space that is no space.
    """
    if most is not None and len(text) > most:
        text = text[: most - 1] + "…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
