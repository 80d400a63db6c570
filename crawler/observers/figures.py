"""Numbers, sizes and times as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from crawler.core.printable import printable

_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def count(number: float) -> str:
    """1234567 → 1,234,567."""
    return f"{number:,.0f}"


def size(number: float) -> str:
    """Bytes: 12345678 → 12.3 MB."""
    for unit, name in _SIZES:
        if number >= unit * 0.99995:
            return f"{number / unit:.1f} {name}"
    return f"{number:.0f} B"


def duration(seconds: float) -> str:
    """Two units at most: 0.3 s, 12 s, 2 min 3 s, 1 h 20 min, 3 d 4 h."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit_s, name, part_s, part_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit_s:
            rest = whole % unit_s // part_s
            return f"{whole // unit_s} {name} {rest} {part_name}" if rest else f"{whole // unit_s} {name}"
    return f"{whole} s"


def stopwatch(seconds: float) -> str:
    """Hours, minutes, seconds: 0:12:34."""
    return f"{int(seconds) // 3600}:{int(seconds) % 3600 // 60:02}:{int(seconds) % 60:02}"


def rate(per_second: float) -> str:
    """Pages a second: 23.4 pages/s; slow ones by the minute."""
    if 0 < per_second < 0.5:
        return f"{per_second * 60:.1f} pages/min"
    return f"{per_second:.1f} pages/s" if per_second < 100 else f"{count(per_second)} pages/s"


def moment(wait_s: float, now: datetime) -> str:
    """The time of day in `wait_s` seconds, with the date where that is another day."""
    then = now + timedelta(seconds=wait_s)
    return f"{then:%H:%M:%S}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M:%S}"


def ranking(counts: Mapping[str, int], most: int = 8, sign: str = " ") -> list[str]:
    """The largest `counts` first, name and number with `sign` between, and how many more there are; safe to print."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{printable(str(name), 40)}{sign}{count(number)}" for name, number in ranked[:most]]
    return [*shown, f"{count(len(ranked) - most)} more"] if len(ranked) > most else shown
