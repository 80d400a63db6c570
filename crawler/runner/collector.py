"""Python's collector of cyclic garbage, in the processes that crawl."""

from __future__ import annotations

import gc

COLLECT_AFTER = (20_000, 20, 50)  # new objects, and rounds: cycles are rare, and the default costs 5 % of a crawl


def begin_to_collect() -> None:
    """Has cycles collected from here on. What was made so far stays to the end, so it is never looked at again: to be
    called when all parts are there, libraries included."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()
