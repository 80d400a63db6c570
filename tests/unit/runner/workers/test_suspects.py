"""Pages that may kill whoever has them are counted, forgotten when they are well, and bounded in number."""

from __future__ import annotations

import pytest

from crawler.runner.workers import suspects as module
from crawler.runner.workers.suspects import MOST_LOSSES, Suspects


def test_a_page_is_one_until_it_is_well_or_has_had_its_last_chance() -> None:
    suspects = Suspects()
    assert "a" not in suspects
    assert suspects.note("a") == suspects.losses("a") == 1
    assert "a" in suspects
    suspects.clear("a")
    suspects.clear("a")
    assert ("a" in suspects, suspects.losses("a")) == (False, 0)
    assert [suspects.note("a") for _ in range(MOST_LOSSES)] == [*range(1, MOST_LOSSES + 1)]
    assert "a" not in suspects


def test_of_too_many_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SUSPECTS", 2)
    suspects = Suspects()
    for url in "abac":
        suspects.note(url)
    assert [url for url in "abc" if url in suspects] == ["a", "c"]
