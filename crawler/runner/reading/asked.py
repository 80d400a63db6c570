"""What a configuration asks of pages, as a value that another process makes the same rules of."""

from __future__ import annotations

from typing import Final, NamedTuple, cast

from crawler.core.ports import PageRules
from crawler.core.registry import load
from crawler.core.visit import BodyForm
from crawler.extractors.section import ExtractSection, FollowSection
from crawler.extractors.traces import Heed

_MAKERS: Final = {  # imported where something is asked: that takes longer than anything else in here
    "plain": "crawler.extractors.composition:compose",
    "traced": "crawler.extractors.traces.traced_rules:TracedRules",
}


class Asked(NamedTuple):
    """Can be pickled. is_traced: how fields come by their values is wanted too."""

    extract: tuple[ExtractSection, ...] = ()
    follow: tuple[FollowSection, ...] = ()
    forms: tuple[BodyForm, ...] = ()  # of the body, beside the decoded page itself
    is_traced: bool = False

    def rules(self, heed: Heed = lambda traces: None) -> PageRules | None:
        """None if nothing is asked. heed: told how the fields of each page came by their values, if that is wanted."""
        if not (self.extract or self.follow or self.forms):
            return None
        asked = (self.extract, self.follow, self.forms)
        made = load(_MAKERS, "traced")(*asked, heed) if self.is_traced else load(_MAKERS, "plain")(*asked)
        return cast("PageRules | None", made)
