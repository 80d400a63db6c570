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


@pytest.mark.parametrize(
    ("bad", "complaints"),
    [
        ("out/a.csv", ["ends like a file of type csv, and would be of type jsonl: write type: csv"]),
        ({"path": "out/a.parquet"}, ["write type: parquet"]),
        ({"path": "out/a.warc.gz", "compress": "gzip"}, ["write type: warc"]),
        ("out/a.warc.gz", ["write type: warc"]),
        ({"path": "out/a.csv.zst", "compress": "zstd"}, ["write type: csv"]),
        ({"type": "jsonl", "path": "a.csv"}, ["write type: csv"]),
        ({"type": "csv", "path": "a.jsonl"}, ["write type: jsonl"]),
        ({"type": "csv", "path": "{name}.NDJSON"}, ["write type: jsonl"]),
        ({"type": "parquet", "path": "a.csv"}, ["write type: csv"]),
        ({"type": "warc", "path": "a.jsonl.gz"}, ["write type: jsonl"]),
        ("a.jsonl.gz", ["ends with .gz, and would not be compressed: write compress: gzip, or leave .gz out"]),
        ("{name}.gz", ["would not be compressed"]),
        ("a.csv.gz", ["write type: csv", "write compress: gzip"]),
        ({"path": "a.jsonl.zst", "compress": "gzip"}, ["be compressed with gzip: write compress: zstd"]),
        ({"path": "a.gz", "compress": "zstd"}, ["be compressed with zstd: write compress: gzip"]),
        ({"type": "csv", "path": "a.csv.zst"}, ["would not be compressed: write compress: zstd"]),
        ({"type": "warc", "path": "a.warc.gz", "compress": "none"}, ["would not be compressed"]),
        ({"type": "warc", "path": "a.warc.zst"}, ["ends with .zst, and would be compressed with gzip: leave .zst out"]),
        ({"type": "parquet", "path": "a.parquet.zst"}, ["compressed inside the file: leave it out"]),
    ],
)
def test_a_path_does_not_end_like_something_else(bad: object, complaints: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        OUTPUTS.validate_python(bad)
    errors = caught.value.errors()
    assert [one["ctx"]["below"] for one in errors] == ["path"] * len(complaints)
    assert all(words in one["msg"] for one, words in zip(errors, complaints, strict=True))


@pytest.mark.parametrize(
    "good",
    [
        *("a.json", "a.log", "a", "-", "/dev/null", "out/a.csv/b", "a.csv.{date}", ".csv"),
        *({"path": "a.json.gz", "compress": "gzip"}, {"path": "a.jsonl.zst", "compress": "zstd"}),
        *({"path": "a.jsonl", "compress": "gzip"}, {"path": "a.zstd", "compress": "zstd"}, {"compress": "gzip"}),
        *({"type": "warc", "path": "a.warc.gz"}, {"type": "warc", "path": "a.warc", "compress": "none"}),
        *({"type": "parquet", "path": "a.parquet", "compress": "gzip"}, {"type": "csv", "path": "a.tsv"}),
        *({"type": "warc", "path": "a.warc"}, {"type": "csv", "path": "A.CSV.GZ", "compress": "gzip"}),
    ],
)
def test_other_endings_are_free(good: object) -> None:
    assert len(OUTPUTS.validate_python(good)) == 1
