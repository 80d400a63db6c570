from __future__ import annotations

import pytest
from pydantic import ValidationError

from crawler.politeness.section import PolitenessSection


def test_the_defaults_are_polite() -> None:
    section = PolitenessSection()
    assert (section.delay, section.jitter, section.adaptive) == (0.5, 0.0, False)
    assert (section.obey_robots, section.obey_crawl_delay) == (True, True)
    assert (section.max_crawl_delay, section.robots_ttl) == (30, 86400)


def test_durations_take_units() -> None:
    section = PolitenessSection.model_validate({"delay": "250ms", "max_crawl_delay": None, "robots_ttl": "1d"})
    assert (section.delay, section.max_crawl_delay, section.robots_ttl) == (0.25, None, 86400)


@pytest.mark.parametrize(
    "bad",
    [
        {"delay": -1},
        {"delay": None},
        {"delay": True},
        {"jitter": -0.1},
        {"jitter": 1.1},
        {"jitter": float("nan")},
        {"adaptive": 1},
        {"obey_robots": "yes"},
        {"robots_ttl": 0},
        {"delays": 1},
    ],
)
def test_what_makes_no_sense_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PolitenessSection.model_validate(bad)


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PolitenessSection().delay = 0
