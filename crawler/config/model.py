"""The YAML file as one frozen model: a section from each room."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any, TextIO

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from crawler.clients.section import ClientSection, DnsSection, TimeoutsSection
from crawler.config.loader import load
from crawler.core import registry
from crawler.core.errors import BadInput
from crawler.core.section_types import ExistingFile, problem, refuse
from crawler.core.units import Section
from crawler.engine.section import (
    ConcurrencySection,
    FailIfSection,
    LimitsSection,
    RecrawlSection,
    RetrySection,
    ScopeSection,
    Seeds,
    Sitemaps,
)
from crawler.extractors.section import Extract, Follow
from crawler.frontiers.section import FrontierSection
from crawler.observers.section import LoggingSection
from crawler.politeness.section import PolitenessSection
from crawler.sinks.section import Outputs, OutputSection

_DOCUMENTS = {  # loaded on demand: no run needs them
    "json": "crawler.config.schema:schema_document",
    "yaml": "crawler.config.reference:example_document",
    "markdown": "crawler.config.reference:reference_document",
}
_NAME = re.compile(r"\w[\w.-]*")
_MAX_NAME_BYTES = 100  # leaves room for {started} and an ending in a file name of 255 bytes


def _safe_name(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name.encode(errors="replace")) > _MAX_NAME_BYTES:
        raise problem("must be usable as a file name: letters, digits, '.', '_' and '-', at most 100 bytes")
    return name


class Config(Section):
    """What one YAML file describes: a crawl."""

    name: Annotated[str, AfterValidator(_safe_name)] = Field(
        default="crawl",
        description="Names state and output. Default: the file's name without its ending; `crawl` for standard input.",
    )
    seeds: Seeds = Field(
        default=(),
        description="Where to begin: one URL, a list of URLs, or a list of {url: …, depth: …, headers: …}. Seeds "
        "alone are a complete file; a seed_file or a list under sitemaps may stand in for them.",
    )
    seed_file: ExistingFile | None = Field(
        default=None,
        description="A text file, seen from the current folder, with one URL a line; lines that begin with # are "
        "skipped. It may be large. null = none.",
    )
    sitemaps: Sitemaps = Field(
        default="auto",
        description="auto = what robots.txt of the seeds' hosts names, else /sitemap.xml; off = none; or a list of "
        "URLs of sitemaps, feeds or robots.txt files. Pages found there are seeds (depth 0) as far as scope goes.",
    )
    scope: ScopeSection = Field(default_factory=ScopeSection, description="Which links are followed.")
    limits: LimitsSection = Field(
        default_factory=LimitsSection, description="Where the crawl ends, and what is a trap."
    )
    client: ClientSection = Field(default_factory=ClientSection, description="Who asks, and with which HTTP library.")
    concurrency: ConcurrencySection = Field(default_factory=ConcurrencySection, description="How much happens at once.")
    politeness: PolitenessSection = Field(
        default_factory=PolitenessSection, description="How gently each host is asked."
    )
    timeouts: TimeoutsSection = Field(
        default_factory=TimeoutsSection,
        description="Deadlines; every wait has one. null for one of the first four = as long as total.",
    )
    dns: DnsSection = Field(
        default_factory=DnsSection, description="The cache of looked-up host names, for every client alike."
    )
    retry: RetrySection = Field(
        default_factory=RetrySection, description="What is tried again. Waits hold no connection and survive a restart."
    )
    extract: Extract = Field(
        default=(),
        description="Fields to take from pages, into data of their records: one mapping or a list. Where several match "
        "a page, all count; of two fields with one name, the later.",
    )
    follow: Follow = Field(
        default=(),
        description="Which links to follow: one mapping or a list. From pages that several match, the links of all; "
        "from pages that none matches, every link, as without this key. Scope, limits and robots rules hold as always.",
    )
    recrawl: RecrawlSection = Field(default_factory=RecrawlSection, description="What a later run asks for again.")
    output: Outputs = Field(
        default_factory=lambda: (OutputSection(),),
        description="Where records go: a path, one mapping, or a list of mappings, each of which gets every record.",
    )
    frontier: FrontierSection = Field(
        default_factory=FrontierSection, description="Where the crawl remembers what is to do and what was seen."
    )
    fail_if: FailIfSection = Field(
        default_factory=FailIfSection,
        description="When a finished run exits with 3, so that a scheduler raises an alarm.",
    )
    logging: LoggingSection = Field(
        default_factory=LoggingSection,
        description="Log lines; they go to standard error unless a file is given.",
    )

    @field_validator("sitemaps")
    @classmethod
    def _somewhere_to_begin(cls, sitemaps: Any, info: ValidationInfo) -> Any:
        known = info.data
        if known.get("seeds") == () and known.get("seed_file", "") is None and isinstance(sitemaps, str):
            raise problem(
                "is missing: where to begin? Give seeds, a seed_file, or a list under sitemaps",
                at="seeds",
                hint="for example seeds: https://example.org/",
            )
        return sitemaps

    @field_validator("logging")
    @classmethod
    def _files_apart(cls, logging: LoggingSection, info: ValidationInfo) -> LoggingSection:
        """No output is a file that something else reads or writes: `on_exists: replace` would destroy it."""
        client: ClientSection | None = info.data.get("client")
        others = {
            "logging.file": logging.file,
            "seed_file": info.data.get("seed_file"),
            "client.ca_file": client.ca_file if client else None,
        }
        taken = {os.path.realpath(file): key for key, file in others.items() if file is not None}
        refuse(
            problem(f"is the same file as {key}", at="output")
            for output in info.data.get("output", ())
            if (key := taken.get(os.path.realpath(output.path)))
        )
        return logging

    @field_validator("output")
    @classmethod
    def _leaves_out_what_is_known(cls, output: Any, info: ValidationInfo) -> Any:
        recrawl = info.data.get("recrawl")
        if recrawl is not None and recrawl.mode == "all" and not all(one.unchanged for one in output):
            raise problem("has unchanged: false, which needs recrawl.mode: changed")
        return output

    @field_validator("frontier")
    @classmethod
    def _outlives_the_run(cls, frontier: Any, info: ValidationInfo) -> Any:
        recrawl = info.data.get("recrawl")
        if recrawl is not None and recrawl.mode == "changed" and frontier.type == "memory":
            raise problem("must be sqlite with recrawl.mode: changed, since memory keeps nothing", below="type")
        return frontier

    def redacted(self) -> dict[str, Any]:
        """The configuration as plain values without its secrets, for run summaries."""
        return self.model_dump(mode="json")


def _check_folder() -> None:
    try:
        os.getcwd()
    except OSError as error:
        raise BadInput(f"the current folder cannot be used ({error.strerror}): change into another one") from None


def load_config(
    path: str,
    overrides: Sequence[str] = (),
    *,
    environ: Mapping[str, str] = os.environ,
    stdin: TextIO | None = None,
) -> Config:
    """The configuration in the file `path` ("-" = standard input) with `overrides` such as "politeness.delay=2" on top.

    Raises BadConfig (a BadInput) whose text is one line for each mistake.
    """
    _check_folder()
    name = "crawl" if path == "-" else _name_from(path)
    return load(
        path,
        Config,
        overrides,
        environ=environ,
        stdin=stdin or sys.stdin,
        presets={"name": name},
        short_forms={"output": "path"},
    )


def rendered(form: str) -> str:
    """What describes every option: `json` (the schema), `yaml` (an example) or `markdown` (the reference)."""
    return str(registry.load(_DOCUMENTS, form)(Config))


def _name_from(path: str) -> str:
    name = re.sub(r"[^\w.-]+", "-", PurePath(path).stem).lstrip(".-")
    return name.encode()[:_MAX_NAME_BYTES].decode(errors="ignore") or "crawl"
