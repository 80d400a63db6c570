"""The engine's part of the YAML file: seeds, scope, limits, retries, concurrency, thresholds."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator

from crawler.core.section_types import (
    CrawlableUrl,
    HeaderFields,
    PositiveDuration,
    PositiveSize,
    RegularExpression,
    crawlable_url,
    listed,
    problem,
)
from crawler.core.units import Duration, Section
from crawler.core.url import hostname_of

_SUFFIX = re.compile(r":\d+|[\s/\\?#@%]")


class Seed(Section):
    """A URL to begin with."""

    example: ClassVar[str] = "{url: https://example.org/}"

    url: CrawlableUrl = Field(description="Where to begin; http or https.")
    depth: int = Field(
        default=0, ge=0, description="The depth this seed counts as; pages linked from it count one more."
    )
    headers: HeaderFields = Field(
        default_factory=dict,
        description="Header fields sent with the request for this seed alone, beside client.headers.",
    )


def _seed(value: Any) -> Any:
    if not isinstance(value, str | dict | Seed):
        raise problem("must be a URL, or a mapping {url: …, depth: …, headers: …}")
    return {"url": value} if isinstance(value, str) else value


def _seeds(value: Any) -> Any:
    return [] if value is None else listed(value)


Seeds = Annotated[
    tuple[Annotated[Seed, BeforeValidator(_seed, json_schema_input_type=CrawlableUrl | Seed)], ...],
    Field(strict=False),
    BeforeValidator(
        _seeds, json_schema_input_type=CrawlableUrl | Annotated[list[CrawlableUrl | Seed], Field(min_length=1)] | None
    ),
]


def _on_or_off(value: Any) -> Any:
    """YAML 1.1 reads a bare `off` (and `no`) as false and `on` as true: both are what was meant."""
    if isinstance(value, str):
        return value if value in ("auto", "off") else [value] if "/" in value else value
    return {True: "auto", False: "off"}[value] if isinstance(value, bool) else value


def _sitemaps_form(value: Any) -> str | None:
    value = _on_or_off(value)
    return "<list>" if isinstance(value, list | tuple) else "<word>" if value in ("auto", "off") else None


Sitemaps = Annotated[
    Annotated[
        Literal["auto", "off"],
        BeforeValidator(_on_or_off, json_schema_input_type=Literal["auto", "off", True, False]),
        Tag("<word>"),
    ]
    | Annotated[
        tuple[CrawlableUrl, ...],
        Field(strict=False),
        BeforeValidator(_on_or_off, json_schema_input_type=CrawlableUrl | list[CrawlableUrl]),
        Tag("<list>"),
    ],
    Discriminator(
        _sitemaps_form, custom_error_type="problem", custom_error_message="must be auto, off or a list of URLs"
    ),
]


def _host(name: str) -> str:
    """A host as URLs write it: lower case, IDNA, IPv6 in brackets; a leading `*.` stays."""
    wildcard, bare = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    bare = f"[{bare}]" if bare.count(":") > 1 and not bare.startswith("[") else bare
    if (
        not bare
        or bare.startswith(".")
        or ".." in bare
        or "*" in bare
        or _SUFFIX.search(bare.rpartition("]")[2] if bare.startswith("[") else bare)
    ):
        raise problem("must be a host name, an address or *.example.org, without scheme, port or path")
    try:
        return wildcard + hostname_of(crawlable_url(f"http://{bare}/"))
    except ValueError:
        raise problem("must be a host name, an address or *.example.org") from None


def _workers_form(value: Any) -> str | None:
    if value == "auto":
        return "<word>"
    return "<number>" if isinstance(value, int) and not isinstance(value, bool) else None


HostPattern = Annotated[str, AfterValidator(_host)]


class ScopeSection(Section):
    """Which URLs belong to the crawl, beside the seeds themselves."""

    example: ClassVar[str] = "{type: domain}"

    type: Literal["page", "prefix", "host", "domain", "any"] = Field(
        default="host",
        description="What a link must share with a seed: page = the seeds only; prefix = the URL up to its last slash; "
        "host = the host; domain = the registrable domain (www.example.org and shop.example.org alike); any = nothing.",
    )
    hosts: tuple[HostPattern, ...] = Field(
        default=(),
        strict=False,
        description='Further hosts in scope: names, addresses, or "*.example.org" for every host below example.org '
        "(in quotes, since YAML reads a bare * as something else).",
    )
    include: tuple[RegularExpression, ...] = Field(
        default=(),
        strict=False,
        description="Regular expressions searched in the whole URL; if any are given, one must match, except in "
        "seeds. Write them in 'single quotes'.",
    )
    exclude: tuple[RegularExpression, ...] = Field(
        default=(),
        strict=False,
        description="Regular expressions searched in the whole URL; any match refuses it, whatever include says.",
    )
    extra_hops: int = Field(default=0, ge=0, description="How many steps links are followed out of scope; 0 = none.")


class LimitsSection(Section):
    """Where the crawl ends, and what counts as a trap. `null` means no limit."""

    example: ClassVar[str] = "{max_pages: 100}"

    max_pages: int | None = Field(
        default=None,
        ge=1,
        description="URLs visited, that is records written, failures included; exact. null = no limit.",
    )
    max_pages_per_host: int | None = Field(
        default=None, ge=1, description="The same for each host by itself. null = no limit."
    )
    max_depth: int | None = Field(
        default=None, ge=0, description="Links from a seed; a seed has depth 0, so 0 = the seeds only. null = no limit."
    )
    max_duration: PositiveDuration | None = Field(
        default=None,
        description="Time budget of one run; then it stops, exits with 5 and can be resumed. null = no limit.",
    )
    max_bytes: PositiveSize | None = Field(
        default=None,
        description="Body bytes received, before decompression; then the run stops, exits with 5 and can be resumed. "
        "null = no limit.",
    )
    max_response_size: PositiveSize = Field(
        default="10MiB",
        validate_default=True,
        description="Of one body after decompression; a longer one is a failed record of type body_too_large. There is "
        "always a limit, so that memory is bounded.",
    )
    max_redirects: int = Field(
        default=10,
        ge=0,
        description="Redirects followed for one URL; 0 = none, so that each redirect is a failed record.",
    )
    max_url_length: int | None = Field(
        default=2048, ge=1, description="Characters; longer links are refused. null = no limit."
    )
    max_path_segments: int | None = Field(
        default=32, ge=1, description="Segments between slashes in one path; more are refused. null = no limit."
    )
    max_path_repeats: int | None = Field(
        default=3, ge=2, description="A path that holds one segment this often is a trap and refused. null = no limit."
    )
    max_query_params: int | None = Field(
        default=32, ge=0, description="Parameters in one query; more are refused; 0 = no query at all. null = no limit."
    )
    max_links_per_page: int | None = Field(
        default=10000, ge=0, description="Links followed from one page, the first ones; 0 = none. null = no limit."
    )
    min_free_disk: PositiveSize | None = Field(
        default=None,
        description="Room that is to be left on the disks of output and state; with less the run stops, exits with 5 "
        "and can be resumed. Looked at once a second. null = no limit: a full disk ends the run with 7.",
    )


Workers = Annotated[
    Annotated[int, Field(ge=1, le=256), Tag("<number>")] | Annotated[Literal["auto"], Tag("<word>")],
    Discriminator(_workers_form, custom_error_type="problem", custom_error_message="must be a whole number or auto"),
]


class ConcurrencySection(Section):
    """How much happens at once."""

    example: ClassVar[str] = "{total: 8}"

    total: int = Field(default=32, ge=1, le=10_000, description="Requests in flight in the whole crawl.")
    per_host: int = Field(
        default=2, ge=1, le=10_000, description="Requests in flight to one host (politeness.delay may allow fewer)."
    )
    connections: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Sockets in the client's pool, a limit of its own beside total; null = as many as total.",
    )
    workers: Workers = Field(
        default=1,
        description="Processes that fetch and parse pages; auto = one per core. Every limit holds for all of them "
        "together. 1 is enough where politeness.delay sets the pace.",
    )


class BackoffSection(Section):
    """How long a failed URL waits before its next attempt: initial × factor^n, at most max."""

    example: ClassVar[str] = "{initial: 1s}"

    initial: Duration = Field(default=1, description="The first wait; 0 = at once (the host's delay still holds).")
    factor: float = Field(
        default=2, ge=1, description="Each wait is this many times the one before; 1 = always the same."
    )
    max: Duration = Field(default=60, description="The longest wait.")
    jitter: bool = Field(
        default=True, description="Wait a random part of that time, so that retries do not come in waves."
    )

    @field_validator("max")
    @classmethod
    def _not_below_initial(cls, longest: float, info: ValidationInfo) -> float:
        if longest < info.data.get("initial", 0):
            raise problem("must not be less than retry.backoff.initial")
        return longest


class RetrySection(Section):
    """What is tried again. Waits hold no connection and survive a restart."""

    example: ClassVar[str] = "{max_retries: 3}"

    max_retries: int = Field(default=3, ge=0, le=100, description="Retries after the first attempt; 0 = none.")
    statuses: tuple[Annotated[int, Field(ge=400, le=599)], ...] = Field(
        default=(408, 429, 500, 502, 503, 504),
        strict=False,
        description="HTTP statuses worth another attempt; [] = none.",
    )
    backoff: BackoffSection = Field(default_factory=BackoffSection, description="Waits between attempts.")
    respect_retry_after: bool = Field(
        default=True, description="Wait as long as a Retry-After field of the answer says, in place of the backoff."
    )
    max_retry_after: Duration | None = Field(
        default=300,
        description="A longer Retry-After is not waited for: the URL fails as retry_after_too_long. null = wait "
        "however long.",
    )


class FailIfSection(Section):
    """When a finished run exits with 3, so that a scheduler raises an alarm."""

    example: ClassVar[str] = "{failed_ratio: 0.1}"

    failed_ratio: float | None = Field(
        default=None, ge=0, le=1, description="More than this share of the visits failed; 0 = any. null = never."
    )
    failed_pages: int | None = Field(
        default=None, ge=0, description="More than this many visits failed; 0 = any. null = never."
    )


class RecrawlSection(Section):
    """What a later run asks for again."""

    example: ClassVar[str] = "{mode: changed}"

    mode: Literal["all", "changed"] = Field(
        default="all",
        description="all = everything, as if for the first time; changed = servers are asked for pages only if they "
        "changed since the last finished run of this mode, and records say new, changed, unchanged or gone. Runs of "
        "mode all keep nothing to compare with.",
    )
