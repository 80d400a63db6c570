"""How many processes a crawl has, and what part of it each carries."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from crawler.engine.section import ConcurrencySection

# What the process that coordinates does for a page beside visiting it, measured as a part of what visiting takes: with
# many others to feed it has no time left for visits of its own.
COORDINATION: Final = 0.4
_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")


def shares_of(settings: ConcurrencySection) -> list[int]:
    """The sockets of each process, this one's first. There are no more processes than sockets or requests in flight."""
    connections = settings.connections or settings.total
    wanted = cores() if settings.workers == "auto" else settings.workers
    return shares(connections, max(1, min(wanted, settings.total, connections)))


def cores() -> int:
    """Processor cores that this process may use: those it is bound to, or what its control group is allowed."""
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:  # not every system binds processes to cores
        available = os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = _QUOTA.read_text().split()
        available = min(available, max(1, round(int(quota) / int(period))))  # "max" is no number
    return available


def shares(number: int, processes: int) -> list[int]:
    """`number` shared out, to the coordinating process first: at least one for each."""
    rest = processes - 1
    own = max(0.0, (1 - COORDINATION * rest) / processes)
    first = number if not rest else min(number - rest, max(1, round(number * own)))
    each, more = divmod(number - first, rest) if rest else (0, 0)
    return [first, *(each + (place < more) for place in range(rest))]
