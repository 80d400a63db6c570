from __future__ import annotations

import pytest

from crawler.config.mistake import Path
from crawler.config.model import Config
from crawler.config.suggestions import key_hint, near, tellable, value_hint


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (("politeness", "dellay"), "did you mean delay?"),
        (("politeness", "Delay"), "did you mean delay?"),
        (("limits", "maxPages"), "did you mean max_pages?"),
        (("politness",), "did you mean politeness?"),
        (("delay",), "→ politeness.delay"),
        (("timeout",), "→ timeouts.total"),
        (("max_pages",), "→ limits.max_pages"),
        (("obey_robots",), "→ politeness.obey_robots"),
        (("scope", "domains"), "→ scope.hosts"),
        (("domains",), "→ seeds"),
        (("client", "delay"), "→ politeness.delay"),
        (("client", "retries"), "→ retry.max_retries"),
        (("max_depht",), "did you mean limits.max_depth?"),
        (("qqqqqq",), ""),
        (("client", "auth", "bearer:xyz"), "a space is missing behind the colon"),
        (("x" * 10_000,), ""),
    ],
)
def test_an_unknown_key_gets_the_nearest_known_one(path: Path, hint: str) -> None:
    assert key_hint(path, Config) == hint


def test_values_get_suggestions_too() -> None:
    assert value_hint("hosts", ("page", "host")) == "did you mean host?"
    assert value_hint("HTTPX", ("aiohttp", "httpx")) == "did you mean httpx?"
    assert value_hint("zzz", ("page", "host")) == ""


def test_nothing_is_near_to_nothing() -> None:
    assert near("delay", ()) == ""


def test_a_misplaced_key_among_secrets_is_hidden_unless_it_resembles_one() -> None:
    assert tellable(("client", "auth", "hunter2"), Config) == ("client", "auth", "***")
    assert tellable(("client", "auth", "pasword"), Config) == ("client", "auth", "pasword")
    assert tellable(("client", "hunter2"), Config) == ("client", "hunter2")
