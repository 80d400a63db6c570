from __future__ import annotations

from crawler.clients.section import AuthSection, ClientSection
from crawler.config.model import Config
from crawler.config.model_keys import all_keys, holds_only_secrets, is_by_name, keys_at, section_at
from crawler.engine.section import Seed
from crawler.extractors.section import EachSection, ExtractSection, FieldSection
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


def test_names_that_people_choose_lead_to_the_section_behind_them() -> None:
    assert section_at(Config, ("extract", 0)) is section_at(Config, ("extract",)) is ExtractSection
    assert section_at(Config, ("extract", 0, "fields", "price")) is FieldSection
    assert section_at(Config, ("extract", "fields", "css", "fields", "type", "each")) is EachSection
    assert keys_at(Config, ("extract", 0, "fields")) == ()
    assert section_at(Config, ("extract", 0, "fields", "price", "css")) is None


def test_a_section_within_itself_is_listed_once() -> None:
    keys = all_keys(Config)
    assert {"extract.fields", "extract.fields.NAME.css", "extract.fields.NAME.each.xpath"} <= set(keys)
    assert [key for key in keys if key.count("NAME") > 1] == []


def test_mappings_by_name_are_those_of_sections() -> None:
    fields = FieldSection.model_fields
    assert is_by_name(fields["fields"].annotation)
    assert not is_by_name(fields["each"].annotation)
    assert not is_by_name(dict[str, str])
