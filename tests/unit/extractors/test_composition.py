"""Sections to rules; the heavy libraries only where a field needs them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from crawler.extractors.composition import compose
from crawler.extractors.section import ExtractSection, FollowSection


@pytest.mark.parametrize(
    ("extract", "follow", "reads_json"),
    [
        ([{"fields": {"a": {"css": "h1"}}}], [], False),
        ([{"fields": {"a": {"json": "a"}}}], [], True),
        ([{"fields": {"a": {"fields": {"b": {"json": "a"}}}}}], [], True),
        ([{"fields": {"a": {"each": {"json": "a"}, "fields": {"b": {"json": "a"}}}}}], [], True),
        ([], [{"css": "a"}], False),
        ([], [{"json": "next"}], True),
        ([], [{"json": []}], False),
    ],
)
def test_json_bodies_are_kept_where_a_rule_looks_into_them(extract: Any, follow: Any, reads_json: bool) -> None:
    sections = [ExtractSection.model_validate(one) for one in extract]
    rules = compose(sections, [FollowSection.model_validate(one) for one in follow], ())
    assert rules is not None
    assert rules.reads_json is reads_json


@pytest.mark.parametrize(
    ("field", "loaded"),
    [
        ("{'css': 'h1'}", ["selectolax"]),
        ("{'xpath': '//h1'}", ["lxml", "selectolax"]),
        ("{'json': 'a'}", ["jmespath", "selectolax"]),
        ("{'css': 'time', 'type': 'date'}", ["selectolax"]),
    ],
)
def test_a_library_is_loaded_where_a_field_needs_it(field: str, loaded: list[str]) -> None:
    program = (
        "import sys; from crawler.extractors.composition import compose;"
        "from crawler.extractors.section import ExtractSection;"
        f"compose([ExtractSection(fields={{'a': {field}}})], (), ());"
        "print(sorted({'lxml', 'jmespath', 'trafilatura', 'dateutil', 'selectolax'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(loaded)


@pytest.mark.parametrize(
    ("forms", "heavy_bytes"), [((), None), (("text",), 384 * 1024), (("markdown",), 1), (("markdown", "text"), 1)]
)
def test_pages_are_heavy_from_the_size_on_that_the_costliest_form_of_the_body_has(
    forms: Any, heavy_bytes: int | None
) -> None:
    rules = compose([ExtractSection.model_validate({"fields": {"a": {"css": "h1"}}})], (), forms)
    assert rules is not None
    assert rules.heavy_bytes == heavy_bytes


@pytest.mark.parametrize(
    ("field", "forms", "heavy_bytes"),
    [
        ({"each": "li", "fields": {"b": {"css": "b"}}}, (), 64 * 1024),
        ({"fields": {"l": {"each": {"json": "i"}, "fields": {"b": {"json": "b"}}}}}, ("text",), 64 * 1024),
        ({"each": "li", "fields": {"b": {"css": "b"}}}, ("markdown",), 1),
        ({"fields": {"b": {"css": "b", "all": True}}}, (), None),
    ],
)
def test_lists_of_objects_make_pages_heavy_too(field: Any, forms: Any, heavy_bytes: int | None) -> None:
    rules = compose([ExtractSection.model_validate({"fields": {"a": field}})], (), forms)
    assert rules is not None
    assert rules.heavy_bytes == heavy_bytes


def test_a_form_of_the_body_is_loaded_where_the_first_page_is_read() -> None:
    program = (
        "import sys; from crawler.extractors.composition import compose; from crawler.core.visit import Document;"
        "rules = compose((), (), ['markdown']); before = 'trafilatura' in sys.modules;"
        "rules.reading('http://a.test/').look_at(Document('http://a.test/', '<p>', None, object()));"
        "print(before, 'trafilatura' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True"


def test_a_section_alone_loads_none_of_them() -> None:
    program = (
        "import sys; import crawler.extractors.section;"
        "print({'lxml', 'jmespath', 'trafilatura', 'dateutil', 'selectolax', 're2', 'regex'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
