"""What a configuration asks of pages, as a value that another process makes the same rules of."""

from __future__ import annotations

from typing import NamedTuple

from crawler.core.ports import PageRules
from crawler.core.visit import BodyForm
from crawler.extractors.composition import compose
from crawler.extractors.section import ExtractSection, FollowSection
from crawler.extractors.traces.traced_rules import Heed, TracedRules


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
        if self.is_traced:
            return TracedRules(self.extract, self.follow, self.forms, heed)
        return compose(self.extract, self.follow, self.forms)
