"""The part of the YAML file about where records go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from crawler.core.section_types import PositiveSize, listed, one_of, path_template, problem, refuse, writable_file
from crawler.core.units import Section
from crawler.sinks import SINKS
from crawler.sinks.files.stream_output import STDOUT_PATHS
from crawler.sinks.files.template import PLACEHOLDERS

NEEDS = {"parquet": "pyarrow", "warc": "warcio"}  # the package that a type's extra brings
BY_TYPE = {"csv": ("csv", "none"), "parquet": ("parquet", "zstd"), "warc": ("warc", "gzip")}  # ending, compression
_TYPES = {".jsonl": "jsonl", ".ndjson": "jsonl"} | {f".{ending}": type for type, (ending, _) in BY_TYPE.items()}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_PACKED_THEIR_WAY = ("parquet", "warc")  # inside the file, or each record by itself
_template = path_template(*PLACEHOLDERS, doubled=True)


def _file(path: str) -> str:
    if path.endswith("/"):
        raise problem("must name a file, not a folder")
    return path


def _yes_no_or_path(latest: Any) -> Any:
    if not isinstance(latest, bool | str):
        raise problem("must be true, false or the path of a link")
    return latest


def _link(latest: bool | str) -> bool | str:
    return _file(path_template("name", "started", "date", doubled=True)(latest)) if isinstance(latest, str) else latest


def _installed(type: str) -> str:
    needed = NEEDS.get(type)
    if needed is not None and find_spec(needed) is None:
        raise problem(f"{type} needs a package that is not installed: pip install 'crawlfile[{type}]'")
    return type


class RotateSection(Section):
    """When a file is complete and the next one, numbered, begins. `null` means no limit; both null = one file."""

    example: ClassVar[str] = "{bytes: 1GB}"

    bytes: PositiveSize | None = Field(
        default=None, description="Bytes of one file, as it lies on disk; only a single larger record exceeds them."
    )
    records: int | None = Field(default=None, ge=1, description="Records in one file.")


class OutputSection(Section):
    """One place that every record goes to."""

    example: ClassVar[str] = "{path: out/pages.jsonl}"

    type: Annotated[
        str, AfterValidator(one_of(SINKS)), AfterValidator(_installed), Field(json_schema_extra={"enum": list(SINKS)})
    ] = Field(
        default="jsonl",
        description="jsonl = one JSON object a line; csv = a table for spreadsheets; parquet = a table for DuckDB and "
        "pandas (needs crawlfile[parquet]); warc = an archive of requests and responses (needs crawlfile[warc]).",
    )
    path: Annotated[str, AfterValidator(_template), AfterValidator(_file), AfterValidator(writable_file)] = Field(
        default="out/{name}-{started}.jsonl",
        description='A file, seen from the current folder; "-" = standard output. {name} is the crawl\'s name, '
        "{started} "
        "when the run began (20261122T173400Z), {date} its day (2026-11-22), {part} the file's number with rotate "
        "(else it goes before the ending). Default ending: that of the type; one of another type or "
        "compression is a mistake.",
    )
    on_exists: Literal["fail", "append", "replace"] = Field(
        default="fail",
        description="When a new run finds the file there: fail = exit with 2 and say so; append = go on behind it; "
        "replace = overwrite it. A resumed run always continues its own file.",
    )
    compress: Literal["none", "gzip", "zstd"] = Field(
        default="none",
        description="Compression of the file; it stays readable if the run is killed. Default for warc: gzip, each "
        "record by itself; for parquet, inside the file: zstd.",
    )
    links: bool = Field(
        default=False, description="true = records hold the list of a page's outgoing links; false = their number."
    )
    headers: bool = Field(default=False, description="true = records hold the response's header fields.")
    body: Literal["none", "html", "text", "markdown"] = Field(
        default="none",
        description="html = records hold the decoded page; text = its readable text in lines; markdown = its main "
        "content as Markdown (about 2 ms of work for each kilobyte of a page; none for pages above 1 MB); none = no "
        "body.",
    )

    unchanged: bool = Field(
        default=True,
        description="false = pages that did not change since the last run get no record here; needs recrawl.mode: "
        "changed.",
    )
    rotate: RotateSection = Field(
        default_factory=RotateSection, description="Several numbered files in place of one large one."
    )
    latest: Annotated[bool | str, BeforeValidator(_yes_no_or_path), AfterValidator(_link)] = Field(
        default=False,
        description="true = a symbolic link beside the output, named latest in place of {started} or {date}, names the "
        "newest complete file; or the path of that link; false = none.",
    )

    @model_validator(mode="before")
    @classmethod
    def _as_its_type_needs(cls, given: Any) -> Any:
        type = given.get("type") if isinstance(given, dict) else None
        if not isinstance(type, str) or type not in BY_TYPE:
            return given
        ending, compress = BY_TYPE[type]
        gzipped = ".gz" if type == "warc" and given.get("compress", "gzip") == "gzip" else ""
        return {"path": f"out/{{name}}-{{started}}.{ending}{gzipped}", "compress": compress} | given

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        refuse(self._contradictions())
        return self

    def _contradictions(self) -> Iterator[PydanticCustomError]:
        is_stream, rotates = self.path in STDOUT_PATHS, self.rotate.bytes or self.rotate.records
        if self.type == "parquet" and is_stream:
            yield problem("must be a file with type parquet", below="path")
        if self.type == "parquet" and self.on_exists == "append" and not rotates:
            yield problem(
                "cannot be append with type parquet, unless output.rotate makes a new file", below="on_exists"
            )
        if is_stream and rotates:
            yield problem("cannot be had for standard output", below="rotate")
        if is_stream and self.latest:
            yield problem("cannot be had for standard output", below="latest")
        if "{part}" in self.path.replace("{{", "").replace("}}", "") and not rotates:
            yield problem("has {part}, which needs output.rotate", below="path")
        if self.type == "warc":
            yield from self._not_archivable()
        yield from self._ending_otherwise()

    def _ending_otherwise(self) -> Iterator[PydanticCustomError]:
        """A path that ends like what would not be in the file."""
        stem, packed = os.path.splitext(self.path.lower())
        compress = _COMPRESSIONS.get(packed)
        type = _TYPES.get(packed if compress is None else os.path.splitext(stem)[1], self.type)
        if type != self.type:
            yield problem(
                f"ends like a file of type {type}, and would be of type {self.type}: write type: {type}, or another "
                "ending",
                below="path",
            )
        if type == "parquet" and compress is not None:
            yield problem(f"ends with {packed}, and parquet is compressed inside the file: leave it out", below="path")
        elif compress not in (None, self.compress) and (type == self.type or type not in _PACKED_THEIR_WAY):
            would_be = "not be compressed" if self.compress == "none" else f"be compressed with {self.compress}"
            remedy = f"write compress: {compress}, or " if (type, compress) != ("warc", "zstd") else ""
            yield problem(f"ends with {packed}, and would {would_be}: {remedy}leave {packed} out", below="path")

    def _not_archivable(self) -> Iterator[PydanticCustomError]:
        """An archive holds answers as they came, not records made of them."""
        if self.compress == "zstd":
            yield problem("must be gzip or none with type warc", below="compress")
        for name in ("links", "headers", "body"):
            if getattr(self, name) not in (False, "none"):
                yield problem("has no meaning with type warc: everything is archived", below=name)


def _output(value: Any) -> Any:
    if isinstance(value, str) and ":" in value and value.partition(":")[0] in OutputSection.model_fields:
        raise problem("must be a path or a mapping, and begins with a key")  # without a space behind its colon
    return {"path": value} if isinstance(value, str) else value


def _some(value: Any) -> Any:
    if not isinstance(value, str | dict | list | tuple) or len(value) == 0:
        raise problem("must be a path, a mapping, or a list with at least one of them")
    return listed(value)


def _different(outputs: tuple[OutputSection, ...]) -> tuple[OutputSection, ...]:
    paths = [os.path.realpath(output.path) for output in outputs]
    refuse(
        problem("has the same path as an earlier output", below=index)
        for index, path in enumerate(paths)
        if path in paths[:index]
    )
    return outputs


Outputs = Annotated[
    tuple[Annotated[OutputSection, BeforeValidator(_output, json_schema_input_type=str | OutputSection)], ...],
    Field(strict=False),
    BeforeValidator(
        _some,
        json_schema_input_type=str | OutputSection | Annotated[list[str | OutputSection], Field(min_length=1)],
    ),
    AfterValidator(_different),
]
