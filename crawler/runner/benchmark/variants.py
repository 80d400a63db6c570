"""What is compared: the clients that are installed, each with HTTP/2 on and off where it may matter."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError

from crawler.clients import CLIENTS
from crawler.clients.section import ClientSection
from crawler.config.model import Config
from crawler.runner.assembly import named_urls


class Variant(NamedTuple):
    """One way to ask."""

    client: str
    http2: bool = False

    def __str__(self) -> str:
        return f"{self.client} with HTTP/2" if self.http2 else self.client


def installed_variants(*, tls: bool) -> list[Variant]:
    """Every client that can be used here; with `tls` a second time with HTTP/2, if it speaks that."""
    wanted = [Variant(client, http2) for client in CLIENTS for http2 in ((False, True) if tls else (False,))]
    return [variant for variant in wanted if _is_possible(variant)]


def may_use_tls(config: Config) -> bool:
    """Whether one of the URLs that the configuration names is https; a seed file may hold any."""
    return config.seed_file is not None or any(url.startswith("https:") for url in named_urls(config))


def configured(config: Config) -> Variant:
    """The way that the configuration itself chose."""
    return Variant(config.client.type, config.client.http2)


def _is_possible(variant: Variant) -> bool:
    try:
        ClientSection(type=variant.client, http2=variant.http2)
    except ValidationError:  # not installed, or HTTP/1.1 only: the section is who knows
        return False
    return True
