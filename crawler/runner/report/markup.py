"""HTML from values: everything that is shown goes through `text`, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from crawler.core.printable import printable
from crawler.observers.figures import count, duration

MOST_CHARACTERS = 300
NUMBER = "number"  # the class of cells that line up at the right


def text(value: object) -> str:
    """`value` as text of an element or of a quoted attribute, control characters written out, cut to 300."""
    return escape(printable(str(value), MOST_CHARACTERS))


def link(url: str) -> str:
    """`url`, to be followed where it is one of the web."""
    if not url.startswith(("http://", "https://")):
        return text(url)
    return f'<a href="{escape(printable(url, None))}" rel="noreferrer">{text(url)}</a>'


def cell(shown: str, *, is_number: bool = False) -> str:
    """One cell of a table; `shown` is HTML."""
    return f'<td class="{NUMBER}">{shown}</td>' if is_number else f"<td>{shown}</td>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "wide") -> str:
    """A table whose `rows` are made of cells; heads that begin with > are of columns of numbers. kind: narrow = these
    take no more room than they need."""
    heads = "".join(
        f'<th class="{NUMBER}">{text(name[1:])}</th>' if name.startswith(">") else f"<th>{text(name)}</th>"
        for name in head
    )
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<table class="{kind}"><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table>'


def shares(head: str, counts: Iterable[tuple[str, int]], kind: str = "") -> str:
    """A table of names, numbers and bars, the longest for the largest; kind: a class for their colour."""
    listed = list(counts)
    most, total = max((number for _, number in listed), default=0), sum(number for _, number in listed)
    return table(
        (head, ">", "", ">"),
        (
            (
                cell(text(name)),
                cell(count(number), is_number=True),
                f'<td class="bar"><i class="{kind}" style="width:{100 * number / most:.1f}%"></i></td>',
                cell(percent(number, total), is_number=True),
            )
            for name, number in listed
        ),
    )


def section(title: str, *parts: str, wide: bool = False) -> str:
    """A titled box; nothing if no part has anything."""
    inside = "\n".join(filter(None, parts))
    if not inside:
        return ""
    return f"<section{' class=wide' if wide else ''}><h2>{text(title)}</h2>\n{inside}\n</section>\n"


def percent(part: float, whole: float) -> str:
    """3.1 %; a share that rounds to nothing is told from none at all."""
    if not whole or not part:
        return "0 %"
    share = 100 * part / whole
    return "< 0.1 %" if share < 0.05 else f"{share:.1f} %"


def seconds(value: float) -> str:
    """Latencies: < 1 ms, 2.5 ms, 34 ms, 1.2 s, 2 min 3 s."""
    if 0 < value < 0.001:
        return "< 1 ms"
    if value < 0.00995:
        return f"{value * 1000:.2g} ms"
    return f"{value * 1000:.0f} ms" if value < 0.9995 else duration(value)
