"""Time for the engine's tests: it passes only where somebody waits for it."""

from __future__ import annotations

import time

import pytest

from crawler.engine import gate
from crawler.politeness.robots_cache import RobotsCache
from tests.unit.engine.fakes import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that `time.monotonic`, event loops and frontiers of a test share."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.now)
    monkeypatch.setattr(gate, "RobotsCache", RobotsCache)  # a world sets its own; this brings the real one back
    return clock
