from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from crawler.sinks import SINKS
from crawler.sinks.section import Outputs, OutputSection

OUTPUTS = TypeAdapter(Outputs)


@pytest.mark.parametrize("name", SINKS)
def test_every_sink_of_the_table_is_a_type(name: str) -> None:
    assert OutputSection(type=name).type == name


@pytest.mark.parametrize("value", ["a.jsonl", ["a.jsonl"], {"path": "a.jsonl"}, [{"path": "a.jsonl"}]])
def test_an_output_is_a_path_a_mapping_or_a_list(value: object) -> None:
    assert OUTPUTS.validate_python(value) == (OutputSection(path="a.jsonl"),)


def test_several_outputs_keep_their_order() -> None:
    found = OUTPUTS.validate_python(["-", {"path": "{name}.gz", "compress": "gzip", "links": True}])
    assert [(output.path, output.compress, output.links) for output in found] == [
        ("-", "none", False),
        ("{name}.gz", "gzip", True),
    ]


@pytest.mark.parametrize(
    "bad", [[], None, 3, ["a", "a"], ["a", "./a"], ["a", 3], {}, True, "out/", "", "{x}", {"path": "a", "pth": "b"}]
)
def test_anything_else_is_no_output(bad: object) -> None:
    with pytest.raises(ValidationError):
        OUTPUTS.validate_python(bad)


def test_bodies_are_none_or_html_for_now() -> None:
    assert OutputSection(body="html").body == "html"
    for later in ("text", "markdown"):
        with pytest.raises(ValidationError, match=f"{later} is not available yet"):
            OutputSection.model_validate({"body": later})
    with pytest.raises(ValidationError, match="'none' or 'html'"):
        OutputSection.model_validate({"body": "pdf"})
