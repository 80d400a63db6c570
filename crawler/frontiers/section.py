"""The part of the YAML file about the frontier."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from crawler.core.section_types import one_of, path_template, writable_folder
from crawler.core.units import Section
from crawler.frontiers import FRONTIERS


class FrontierSection(Section):
    """Where the crawl remembers what is to do and what was seen."""

    example: ClassVar[str] = "{type: memory}"

    type: Annotated[str, AfterValidator(one_of(FRONTIERS)), Field(json_schema_extra={"enum": list(FRONTIERS)})] = Field(
        default="sqlite",
        description="sqlite = on disk: a killed run goes on where it was, and memory does not grow with the crawl; "
        "memory = gone with the process.",
    )
    path: Annotated[str, AfterValidator(path_template("name")), AfterValidator(writable_folder)] = Field(
        default=".crawl/{name}",
        description="A folder for state, lock and run summaries, seen from the current folder; {name} is the crawl's "
        "name.",
    )
