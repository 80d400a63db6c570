"""The part of the YAML file about how a host is treated."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from crawler.core.section_types import PositiveDuration
from crawler.core.units import Duration, Section


class PolitenessSection(Section):
    """How gently each host is asked."""

    example: ClassVar[str] = "{delay: 1s}"

    delay: Duration = Field(
        default=0.5,
        description="Between the starts of two requests to one host, redirects and retries included; 0 = none.",
    )
    jitter: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the delay added or taken away at random, 0 to 1; 0 = an even beat.",
    )
    adaptive: bool = Field(
        default=False,
        description="Slow a host down as its answers slow down or turn to errors; never faster than delay.",
    )
    obey_robots: bool = Field(
        default=True, description="Fetch and obey robots.txt (RFC 9309). Turn it off only for hosts that are yours."
    )
    obey_crawl_delay: bool = Field(
        default=True, description="Take the Crawl-delay of robots.txt as the host's delay where it is longer."
    )
    max_crawl_delay: Duration | None = Field(
        default=30, description="A longer Crawl-delay counts as this much. null = however long it is."
    )
    robots_ttl: PositiveDuration = Field(
        default="24h", validate_default=True, description="How long a robots.txt is used before it is asked for again."
    )
