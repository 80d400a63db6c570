from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from crawler.sinks import SINKS, section
from crawler.sinks.section import Outputs, OutputSection

OUTPUTS = TypeAdapter(Outputs)


@pytest.mark.parametrize("name", SINKS)
def test_every_sink_of_the_table_is_a_type(name: str) -> None:
    assert OutputSection(type=name).type == name


@pytest.mark.parametrize("value", ["a.jsonl", ["a.jsonl"], {"path": "a.jsonl"}, [{"path": "a.jsonl"}]])
def test_an_output_is_a_path_a_mapping_or_a_list(value: object) -> None:
    assert OUTPUTS.validate_python(value) == (OutputSection(path="a.jsonl"),)


@pytest.mark.parametrize("value", ["path:a.jsonl", "type:csv", ["a", "compress:gzip"]])
def test_a_key_without_a_space_behind_its_colon_is_no_path(value: object) -> None:
    with pytest.raises(ValidationError, match="begins with a key"):
        OUTPUTS.validate_python(value)
    assert OUTPUTS.validate_python("a:path")[0].path == "a:path"


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


@pytest.mark.parametrize(
    ("type", "path", "compress"),
    [
        ("jsonl", "out/{name}-{started}.jsonl", "none"),
        ("csv", "out/{name}-{started}.csv", "none"),
        ("parquet", "out/{name}-{started}.parquet", "zstd"),
        ("warc", "out/{name}-{started}.warc.gz", "gzip"),
    ],
)
def test_ending_and_compression_are_by_default_what_the_type_is_known_for(type: str, path: str, compress: str) -> None:
    (output,) = OUTPUTS.validate_python({"type": type})
    assert (output.path, output.compress) == (path, compress)
    (plain,) = OUTPUTS.validate_python({"type": type, "path": "a", "compress": "none"})
    assert (plain.path, plain.compress) == ("a", "none")


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ({"type": "parquet", "path": "-"}, "must be a file"),
        ({"path": "-", "rotate": {"records": 1}}, "standard output"),
        ("out/a.csv", "ends like a file of type csv, .* add type: csv"),
        ({"path": "out/a.parquet"}, "add type: parquet"),
        ({"path": "out/a.warc.gz", "compress": "gzip"}, "add type: warc"),
        ({"path": "out/a.csv.zst", "compress": "zstd"}, "add type: csv"),
        ({"path": "-", "latest": True}, "standard output"),
        ({"path": "a-{part}"}, "needs output.rotate"),
        ({"latest": "{x}"}, "placeholder"),
        ({"latest": "a-{part}"}, "placeholder"),
        ({"type": "warc", "compress": "zstd"}, "gzip or none"),
        ({"type": "warc", "body": "html"}, "no meaning"),
        ({"type": "warc", "links": True}, "no meaning"),
        ({"rotate": {"records": 0}}, "greater than or equal to 1"),
        ({"rotate": {"bytes": 0}}, "greater than 0"),
    ],
)
def test_what_cannot_be_had_together_is_refused(bad: object, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        OUTPUTS.validate_python(bad)


@pytest.mark.parametrize(
    ("bad", "places"),
    [
        ({"type": "warc", "links": True, "headers": True, "compress": "zstd"}, ["compress", "links", "headers"]),
        ({"path": "-", "rotate": {"records": 1}, "latest": True}, ["rotate", "latest"]),
        (["a", "b", "a", "b"], [2, 3]),
    ],
)
def test_all_that_cannot_be_had_together_is_told_at_once(bad: object, places: list[object]) -> None:
    with pytest.raises(ValidationError) as caught:
        OUTPUTS.validate_python(bad)
    assert [one["ctx"]["below"] for one in caught.value.errors()] == places


def test_a_type_whose_package_is_missing_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(section.NEEDS, "parquet", "no_such_package")
    with pytest.raises(ValidationError, match=r"pip install 'crawlfile\[parquet\]'"):
        OutputSection.model_validate({"type": "parquet"})


@pytest.mark.parametrize("form", ["none", "html", "text", "markdown"])
def test_a_body_has_one_of_three_forms_or_none(form: str) -> None:
    assert OutputSection.model_validate({"body": form}).body == form


def test_there_are_no_other_forms_of_a_body() -> None:
    with pytest.raises(ValidationError, match="'text' or 'markdown'"):
        OutputSection.model_validate({"body": "pdf"})


def test_whoever_names_the_type_may_name_files_freely() -> None:
    (output,) = OUTPUTS.validate_python({"type": "jsonl", "path": "a.csv"})
    assert (output.type, output.path) == ("jsonl", "a.csv")
