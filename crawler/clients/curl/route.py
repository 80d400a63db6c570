"""One way to the hosts, direct or through a proxy: its easy handles, the names it looks up, the addresses it admits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from crawler.clients.address_guard import AddressGuard, literal_of
from crawler.clients.curl.courier import Courier
from crawler.clients.curl.kept import Kept
from crawler.clients.curl.multi import Multi
from crawler.clients.curl.options import proxy_options
from crawler.clients.identity import Identity
from crawler.clients.resolver import Resolver
from crawler.clients.wire.proxies import Proxy
from crawler.clients.wire.transfer import MULTIPLEXED, Origin, Transfer
from crawler.core.errors import FetchFailed

_BREAKING: Final = ("protocol", "timeout")  # the second where libcurl says of no stream that its connection is gone


class Route:
    """Carries any number of exchanges at once; easy handles are used again, for they remember what does not change."""

    def __init__(
        self,
        multi: Multi,
        *,
        resolver: Resolver,
        guard: AddressGuard,
        identity: Identity,
        newest_http: str,
        options: Iterable[tuple[int, Any]],
        proxy: Proxy | None,
    ) -> None:
        self._multi, self._resolver, self._proxy = multi, resolver, proxy
        self._guard = guard if proxy is None else None
        self._options = [*options, *proxy_options(proxy)]
        self._common = list(_lines(identity.common.items()))
        self._newest = newest_http
        self._free: list[Courier] = []
        self._kept = Kept(multi.connections)
        self.connections_opened = self.connections_replaced = 0

    @property
    def proxied(self) -> bool:
        """Whether a proxy stands between."""
        return self._proxy is not None

    async def carry(self, transfer: Transfer) -> None:
        """One request and its whole answer, fed into the transfer. Raises FetchFailed."""
        origin = transfer.origin
        courier = self._free.pop() if self._free else Courier(self._multi, self, self._options)
        try:
            fresh = self._kept.is_doubtful(origin)
            if transfer.exchange.new_connection:
                fresh = not self._kept.is_shared(origin)
            alone = transfer.exchange.is_retry and self._kept.has_broken(origin)
            fresh = fresh or alone
            likely_kept = not fresh and self._kept.take(origin)
            version = self._kept.version(origin) or self._newest
            fields = self._fields(transfer)
            courier.prepare(transfer, *self._asked(transfer), fields, fresh=fresh, alone=alone, version=version)
            await courier.carry(look_up=not likely_kept)
            if not transfer.has_enough:  # else the connection was given up, unless it is shared
                self._kept.give_back(origin)
        except FetchFailed as failure:
            self.connections_replaced += failure.unheard
            if failure.type in _BREAKING:
                self._kept.break_off(origin)
            raise
        finally:
            self._free.append(courier)

    def close(self) -> None:
        """Lets go of the handles; the Multi is closed by then."""
        while self._free:
            self._free.pop().close()

    async def entry(self, transfer: Transfer) -> list[str]:
        """The addresses to try for the next hop, as CURLOPT_RESOLVE wants them. Raises FetchFailed.

        They time out in libcurl's cache, which is never asked for anything that was not put there for an exchange.
        """
        host, port = transfer.origin.host, transfer.origin.port
        if self._proxy is not None:
            host, port = self._proxy.host, self._proxy.port
        if literal_of(host):
            return []
        ips = [address.ip for address in await self._resolver.resolve(host, port)]
        if self._guard is not None:
            ips = self._guard.check(host, ips)
        addresses = ",".join(f"[{ip}]" if ":" in ip else ip for ip in ips if "%" not in ip)
        return [f"+{name}:{port}:{addresses}" for name in {host, host.rstrip(".")}]

    def check(self, transfer: Transfer, ip: str) -> None:
        """The last look at an address, when a socket for it is about to be opened. Raises FetchFailed."""
        if self._guard is not None:
            self._guard.check(transfer.origin.host, [ip])

    def opened(self) -> None:
        """A connection stands."""
        self.connections_opened += 1

    def lost(self, origin: Origin) -> None:
        """A connection to `origin` has ended while nothing was asked over it."""
        self._kept.lose(origin)

    def is_shared(self, transfer: Transfer) -> bool:
        """Whether the host of `transfer` has answered in HTTP/2 or HTTP/3."""
        return self._kept.is_shared(transfer.origin)

    def answered(self, transfer: Transfer, version: str) -> None:
        """The head of an answer has come: with HTTP/2 and HTTP/3 requests can share the connection."""
        if version in MULTIPLEXED:
            self._kept.share(transfer.origin)
        if self._newest == "HTTP/3" and version != "HTTP/3" and transfer.origin.tls:
            self._kept.remember_version(transfer.origin, "HTTP/2")

    def _asked(self, transfer: Transfer) -> tuple[str, str]:
        """What comes before the path, and what the request line asks for."""
        tls, _, _, authority, _ = transfer.origin
        if self._proxy is not None and self._proxy.scheme != "socks5" and not tls:
            return f"http://{authority}", transfer.exchange.url
        return f"{'https' if tls else 'http'}://{authority}", transfer.target

    def _fields(self, transfer: Transfer) -> list[bytes]:
        if not transfer.own_fields():
            return self._common
        host = ("Host", transfer.origin.authority)  # which libcurl says by itself
        return list(_lines(field for field in transfer.fields() if field != host))


def _lines(fields: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """Header fields for libcurl, which takes a colon and nothing behind it for a field to be left out."""
    return ((f"{name}: {value}" if value else f"{name};").encode("latin-1") for name, value in fields)
