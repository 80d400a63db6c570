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


@pytest.mark.parametrize("form", ["none", "html", "text", "markdown"])
def test_a_body_has_one_of_three_forms_or_none(form: str) -> None:
    assert OutputSection.model_validate({"body": form}).body == form


def test_there_are_no_other_forms_of_a_body() -> None:
    with pytest.raises(ValidationError, match="'text' or 'markdown'"):
        OutputSection.model_validate({"body": "pdf"})
