"""The part of the YAML file about where records go."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from crawler.core.section_types import listed, not_available_yet, one_of, path_template, problem
from crawler.core.units import Section
from crawler.sinks import SINKS
from crawler.sinks.files.template import PLACEHOLDERS


def _file(path: str) -> str:
    if path.endswith("/"):
        raise problem("must name a file, not a folder")
    return path


class OutputSection(Section):
    """One place that every record goes to."""

    type: Annotated[str, AfterValidator(one_of(SINKS)), Field(json_schema_extra={"enum": list(SINKS)})] = Field(
        default="jsonl", description="jsonl = one JSON object a line."
    )
    path: Annotated[str, AfterValidator(path_template(*PLACEHOLDERS, doubled=True)), AfterValidator(_file)] = Field(
        default="out/{name}-{started}.jsonl",
        description='A file, seen from the current folder; "-" = standard output. {name} is the crawl\'s name, '
        "{started} "
        "when the run began (20261122T173400Z), {date} its day (2026-11-22).",
    )
    on_exists: Literal["fail", "append", "replace"] = Field(
        default="fail",
        description="When a new run finds the file there: fail = exit with 2 and say so; append = go on behind it; "
        "replace = overwrite it. A resumed run always continues its own file.",
    )
    compress: Literal["none", "gzip", "zstd"] = Field(
        default="none", description="Compression of the file; it stays readable if the run is killed."
    )
    links: bool = Field(
        default=False, description="true = records hold the list of a page's outgoing links; false = their number."
    )
    headers: bool = Field(default=False, description="true = records hold the response's header fields.")
    body: Literal["none", "html"] = Field(
        default="none",
        description="html = records hold the decoded page; none = they do not. text and markdown are not available "
        "yet.",
    )

    @field_validator("body", mode="before")
    @classmethod
    def _available(cls, body: Any) -> Any:
        if body in ("text", "markdown"):
            raise not_available_yet(body)
        return body


def _output(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _different(outputs: tuple[OutputSection, ...]) -> tuple[OutputSection, ...]:
    if not outputs:
        raise problem("must be a path, a mapping, or a list with at least one of them")
    paths = [output.path for output in outputs]
    for index, path in enumerate(paths):
        if path in paths[:index]:
            raise problem("has the same path as an earlier output", below=index)
    return outputs


Outputs = Annotated[
    tuple[Annotated[OutputSection, BeforeValidator(_output, json_schema_input_type=str | OutputSection)], ...],
    Field(strict=False),
    BeforeValidator(
        listed,
        json_schema_input_type=str | OutputSection | Annotated[list[str | OutputSection], Field(min_length=1)],
    ),
    AfterValidator(_different),
]
