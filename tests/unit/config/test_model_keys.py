from __future__ import annotations

from crawler.clients.section import AuthSection, ClientSection
from crawler.config.model import Config
from crawler.config.model_keys import all_keys, holds_only_secrets, keys_at, section_at
from crawler.engine.section import Seed
from crawler.sinks.section import OutputSection


def test_sections_are_found_through_lists_unions_and_null() -> None:
    assert section_at(Config, ("client", "auth")) is AuthSection
    assert section_at(Config, ("output", 3)) is OutputSection
    assert section_at(Config, ("seeds", 0)) is Seed
    assert section_at(Config, ("client", "headers")) is None
    assert section_at(Config, ("nothing", "here")) is None


def test_the_keys_of_a_mapping_come_in_their_order() -> None:
    assert keys_at(Config, ("dns",)) == ("ttl", "negative_ttl", "max_entries")
    assert keys_at(Config, ("client", "cookies")) == ()


def test_all_keys_are_written_with_dots() -> None:
    keys = all_keys(Config)
    assert {"politeness", "politeness.delay", "retry.backoff.factor", "seeds.url", "client.auth.bearer"} <= set(keys)
    assert len(keys) == len(set(keys))


def test_only_credentials_hold_nothing_but_secrets() -> None:
    assert holds_only_secrets(AuthSection)
    assert not holds_only_secrets(ClientSection)
