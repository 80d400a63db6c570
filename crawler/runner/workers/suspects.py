"""Pages whose worker process died while it had them: one of them may have been the cause."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

MOST_SUSPECTS: Final = 10_000
MOST_LOSSES: Final = 3  # times that a page may take its process along


class Suspects:
    """How often that happened to each, by URL; of more than MOST_SUSPECTS the oldest is forgotten.

    turn: to be held by whoever asks for one of them, so that it is known which page it was if a process dies again.
    """

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._losses: OrderedDict[str, int] = OrderedDict()

    def __contains__(self, url: str) -> bool:
        return url in self._losses

    def losses(self, url: str) -> int:
        """How many processes died while they had this page."""
        return self._losses.get(url, 0)

    def note(self, url: str) -> int:
        """One more died: how many did. A page that has reached MOST_LOSSES is not to be asked for again."""
        losses = self._losses.pop(url, 0) + 1
        if losses < MOST_LOSSES:
            self._losses[url] = losses
            if len(self._losses) > MOST_SUSPECTS:
                self._losses.popitem(last=False)
        return losses

    def clear(self, url: str) -> None:
        """The page is well."""
        self._losses.pop(url, None)
