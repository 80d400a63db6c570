"""Placeholders in output paths."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.sinks.files.template import PART_MARK, expand, latest_name


def filled(template: str) -> str:
    return expand(template, "site", "20261122T173400Z", date(2026, 11, 22))


def test_every_placeholder_is_filled_in() -> None:
    assert filled("out/{name}/{date}/{name}-{started}.jsonl") == "out/site/2026-11-22/site-20261122T173400Z.jsonl"


def test_a_path_without_placeholders_stays_as_it_is() -> None:
    assert filled("-") == "-"


def test_doubled_braces_are_braces() -> None:
    assert filled("{{{name}}}{{x}}") == "{site}{x}"


@pytest.mark.parametrize("template", ["{host}.jsonl", "{}", "{name:>9}", "{ name }", "{Name}"])
def test_an_unknown_placeholder_is_refused_and_the_known_ones_are_named(template: str) -> None:
    with pytest.raises(ValueError, match=r"unknown placeholder .* allowed: \{name\}, \{started\}, \{date\}"):
        filled(template)


@pytest.mark.parametrize("template", ["{name", "name}", "{na{me}"])
def test_a_lone_brace_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="allowed"):
        filled(template)


@pytest.mark.parametrize(
    ("template", "link"),
    [
        ("out/{name}-{started}.jsonl", "out/site-latest.jsonl"),
        ("out/{name}-{started}-{part}.jsonl.gz", "out/site-latest.jsonl.gz"),
        ("out/{date}/{name}.csv", "out/latest/site.csv"),
        ("out/{name}.warc.gz", "out/site-latest.warc.gz"),
        ("{{part}}", "{part}-latest"),
    ],
)
def test_the_link_to_the_newest_file_is_named_latest(template: str, link: str) -> None:
    assert latest_name(template, "site") == link


def test_the_place_of_the_number_is_kept_open() -> None:
    assert expand("{part}-{{part}}", "n", "s", date(2026, 11, 22)) == f"{PART_MARK}-{{part}}"
