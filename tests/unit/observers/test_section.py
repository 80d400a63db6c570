from __future__ import annotations

import pytest
from pydantic import ValidationError

from crawler.observers.section import LoggingSection


def test_the_defaults_suit_a_terminal_and_a_service() -> None:
    section = LoggingSection()
    assert (section.level, section.format, section.file) == ("info", "auto", None)


@pytest.mark.parametrize(
    "bad", [{"level": "warn"}, {"level": False}, {"format": "text"}, {"file": ""}, {"file": "a/"}, {"file": "a\0b"}]
)
def test_what_makes_no_sense_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LoggingSection.model_validate(bad)
