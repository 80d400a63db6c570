"""What happened, as frozen values."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from crawler.core.events import Event, RunStarted, Snapshot, Wait

KINDS = get_args(Event)


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_is_a_frozen_value_without_room_for_more(kind: Any) -> None:
    event = kind(*(None for _ in kind._fields))
    for name in (*kind._fields, "more"):
        with pytest.raises(AttributeError):
            setattr(event, name, 1)


def test_optional_is_only_what_an_emitter_may_not_know() -> None:
    assert RunStarted("site", "20261122T173400Z", False, "out.jsonl", ".crawl/site").done_before == 0
    snapshot = Snapshot(1.0, 1, 0, 1, 1, 2, 100, 1.0, 1, {}, [Wait("a.example", "delay", None, 1)])
    assert (snapshot.max_pages, snapshot.eta_s) == (None, None)
