"""The part of the YAML file about what is said to people."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from crawler.core.section_types import WritableFile
from crawler.core.units import Section


class LoggingSection(Section):
    """Log lines; they go to standard error unless a file is given."""

    example: ClassVar[str] = "{level: debug}"

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important lines that are written."
    )
    format: Literal["auto", "console", "json"] = Field(
        default="auto",
        description="console = for people; json = one object a line; auto = console on a terminal, else json.",
    )
    file: WritableFile | None = Field(
        default=None,
        description="A file that lines are appended to, seen from the current folder. null = standard error.",
    )
