from __future__ import annotations

import pytest
from pydantic import ValidationError

from crawler.frontiers import FRONTIERS
from crawler.frontiers.section import FrontierSection


@pytest.mark.parametrize("name", FRONTIERS)
def test_every_frontier_of_the_table_is_a_type(name: str) -> None:
    assert FrontierSection(type=name).type == name


def test_the_default_is_durable() -> None:
    assert (FrontierSection().type, FrontierSection().path) == ("sqlite", ".crawl/{name}")


@pytest.mark.parametrize(
    "bad", [{"type": "redis"}, {"path": ""}, {"path": "{started}"}, {"path": "a\0b"}, {"path": None}]
)
def test_what_makes_no_sense_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FrontierSection.model_validate(bad)
