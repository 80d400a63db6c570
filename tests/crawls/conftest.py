"""Fixtures of whole crawls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crawls.running import Crawl

CLIENTS = ("aiohttp", "httpx", "httpx2", "curl")


@pytest.fixture
def crawl(tmp_path: Path) -> Callable[..., Crawl]:
    """Makes crawls from configuration sections, each in a folder of its own."""
    made: list[Crawl] = []

    def make(**sections: Any) -> Crawl:
        folder = tmp_path / f"crawl{len(made)}"
        folder.mkdir()
        made.append(Crawl(folder, **sections))
        return made[-1]

    return make


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    """Each client in turn."""
    name: str = request.param
    return name
