"""The adapters of a probe: those of a run, each telling what passes through it; nothing is stored anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from crawler.clients.address_guard import AddressGuard, is_private
from crawler.clients.resolver import Address, Resolver
from crawler.core.errors import FetchFailed
from crawler.core.ports import Client, WaitReason
from crawler.core.visit import Exchange, Kind, Request, Response, Visit
from crawler.engine.fetcher import describe_status
from crawler.frontiers.memory_frontier import MemoryFrontier
from crawler.observers.figures import size


class Step(NamedTuple):
    """One decision, or one thing that happened, in the order in which it did."""

    kind: str  # url | scope | limits | robots | dns | address | request | answer | redirect | retry | …
    text: str  # as it came: not safe to print
    fields: Mapping[str, Any]


class Teller:
    """Gathers steps, and passes each on at once."""

    def __init__(self, listen: Callable[[Step], None]) -> None:
        self.steps: list[Step] = []
        self._listen = listen

    def tell(self, kind: str, text: str, **fields: Any) -> None:
        """One more step. Clients may ask the same of resolver and guard again: that is told once."""
        step = Step(kind, text, fields)
        if not self.steps or self.steps[-1] != step:
            self.steps.append(step)
            self._listen(step)


class TellingResolver(Resolver):
    """Tells answers, and whether they came from the cache."""

    def __init__(self, teller: Teller, **options: Any) -> None:
        super().__init__(**options)
        self._teller = teller

    async def resolve(self, host: str, port: int, family: int = 0) -> list[Address]:
        hits, began = self.counts()["dns_hits"], time.monotonic()
        try:
            addresses = await super().resolve(host, port, family)
        except FetchFailed as failure:
            self._teller.tell("dns", failure.message, host=host, addresses=[], cached=False)
            raise
        cached = self.counts()["dns_hits"] > hits
        found = [address.ip for address in addresses]
        how = "from the cache" if cached else f"looked up in {(time.monotonic() - began) * 1000:.0f} ms"
        self._teller.tell("dns", f"{host} is {', '.join(found)}, {how}", host=host, addresses=found, cached=cached)
        return addresses


class TellingGuard(AddressGuard):
    """Tells which addresses may be connected to."""

    def __init__(self, teller: Teller, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._teller = teller

    def check(self, host: str, addresses: Iterable[str]) -> list[str]:
        known = list(addresses)
        try:
            admitted = super().check(host, known)
        except FetchFailed as failure:
            self._teller.tell("address", f"refused: {failure.message}", host=host, admitted=[])
            raise
        is_inside = any(map(is_private, admitted))
        why = "private, and a seed or client.allow_private names it" if is_inside else "public"
        self._teller.tell("address", f"{', '.join(admitted)} may be connected to: {why}", host=host, admitted=admitted)
        return admitted


class TellingClient:
    """Tells what is sent and what came back. verdict: the rule of robots.txt about a URL, for people."""

    def __init__(self, client: Client, teller: Teller, verdict: Callable[[str], str | None]) -> None:
        self._client = client
        self._teller = teller
        self._verdict = verdict
        self.newest_http = client.newest_http

    async def __aenter__(self) -> TellingClient:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._client.__aexit__(*exc_info)

    async def send(self, exchange: Exchange) -> Response:
        """As the wrapped client's."""
        if not exchange.url.endswith("/robots.txt") and (rule := self._verdict(exchange.url)) is not None:
            self._teller.tell("robots", f"allowed: {rule}", url=exchange.url)
        self._teller.tell("request", f"GET {exchange.url}", url=exchange.url)
        opened = self.counts().get("connections_opened", 0)
        try:
            response = await self._client.send(exchange)
        except FetchFailed as failure:
            self._teller.tell(
                "answer", f"none: {failure.type}: {failure.message}", url=exchange.url, error=failure.type
            )
            raise
        is_new = self.counts().get("connections_opened", 0) > opened
        text, fields = _told(response, is_new=is_new)
        self._teller.tell("answer", text, **fields)
        return response

    def counts(self) -> Mapping[str, int]:
        """As the wrapped client's."""
        return self._client.counts()


class TellingFrontier(MemoryFrontier):
    """Has one URL to do and takes up no other: those that a run would take up are gathered."""

    def __init__(self, teller: Teller, **options: Any) -> None:
        super().__init__(**options)
        self._teller = teller
        self.kept: dict[str, None] = {}  # links of the page, in order
        self.sitemaps: dict[str, None] = {}
        self.seed_depth: int | None = None  # of the one URL, if the configuration names it
        self.only = ""
        self.explain: Callable[[str], str] = lambda url: ""  # what scope says of the target of a redirect

    def discover(
        self, urls: Iterable[str], *, depth: int, parent: str | None, kind: Kind = "page", hops_out: int = 0
    ) -> int:
        offered = dict.fromkeys(urls)
        if kind == "sitemap":
            self.sitemaps.update(offered)
        elif parent is not None:
            self.kept.update(offered)
        elif self.only in offered:
            self.seed_depth = depth
        return 0

    def begin(self, depth: int, parent: str | None) -> None:
        """Puts the one URL into the queue."""
        super().discover([self.only], depth=depth, parent=parent)

    def postpone(self, request: Request, not_before: float, reason: WaitReason) -> None:
        super().postpone(request, not_before, reason)
        if request.redirects and request.target != request.redirects[-1] and reason == "delay":
            number = len(request.redirects)
            scope = self.explain(request.target)
            told = f"{number}: to {request.target}" + (f", {scope}" if scope else "")
            self._teller.tell("redirect", told, url=request.target, number=number, scope=scope)


class Keeper:
    """A sink that keeps the visit."""

    def __init__(self) -> None:
        self.visit: Visit | None = None

    def open(self, position: str | None) -> None:
        """Nothing to open."""

    def write(self, visit: Visit) -> None:
        self.visit = visit

    def flush(self, *, final: bool = False) -> str:
        return ""

    def close(self, *, for_good: bool = False) -> None:
        """Nothing to close."""

    def describe(self) -> str:
        return ""


def _told(response: Response, *, is_new: bool) -> tuple[str, Mapping[str, Any]]:
    headers = {name: response.headers.get(name) for name in ("content-type", "location", "retry-after")}
    said = "".join(f", {name}: {value}" for name, value in headers.items() if value is not None)
    connection = f"{response.http_version} over a {'new' if is_new else 'kept'} connection"
    took = f"{size(response.bytes_received)} in {response.elapsed_s * 1000:.0f} ms"
    fields = {
        "url": response.url,
        "status": response.status,
        "http_version": response.http_version,
        "new_connection": is_new,
        "bytes": response.bytes_received,
        "elapsed": round(response.elapsed_s, 6),
        **{name.replace("-", "_"): value for name, value in headers.items()},
    }
    return f"{describe_status(response.status)}, {connection}, {took}{said}", fields
