"""Which addresses may be connected to: none inside one's own network, unless a seed or the configuration names it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from crawler.core.errors import FetchFailed

_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_COMPATIBLE: Final = IPv6Network("::/96")  # RFC 4291 2.5.5.1, deprecated
# Ranges that `is_global` of some Python versions lets pass.
_REFUSED_V4: Final = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))  # RFC 6890, RFC 7526
_REFUSED_V6: Final = (
    IPv6Network("64:ff9b:1::/48"),  # RFC 8215: NAT64 of one's own network
    IPv6Network("100::/64"),  # RFC 6666: discard
    IPv6Network("fec0::/10"),  # RFC 3879: site-local
    IPv6Network("3fff::/20"),  # RFC 9637: documentation
    IPv6Network("5f00::/16"),  # RFC 9602: segment routing
)


def literal_of(host: str) -> str | None:
    """The address that `host` spells, IPv6 without brackets; None for a name. 0.2 µs for a name."""
    if host[:1] == "[":
        return host[1:-1]
    return host if ":" in host or (host[-1:].isdigit() and _is_address(host)) else None


@lru_cache(maxsize=4096)
def is_private(address: str) -> bool:
    """Whether `address` is anything else than one host on the public Internet, IPv4 addresses inside IPv6 included.

    Source: the IANA special-purpose address registries (RFC 6890) and multicast.
    """
    return any(map(_is_special, _with_embedded(ip_address(address))))


class AddressGuard:
    """Decides on the address about to be connected to, so that an answer changed after a check has no effect.

    allow_private: True = everything; else names (also `*.example.org`), addresses and networks that may be private.
    seed_hosts: hosts that the seeds name; they may be private.
    """

    def __init__(self, allow_private: bool | Collection[str], seed_hosts: Collection[str]) -> None:
        self._everything = allow_private is True
        allowed = () if isinstance(allow_private, bool) else allow_private
        self._networks = [network for text in allowed if (network := _network(text))]
        names = [text.lower().rstrip(".") for text in allowed if _network(text) is None]
        self._endings = tuple(name[1:] for name in names if name.startswith("*."))
        self._hosts = {host.strip("[]").lower().rstrip(".") for host in (*seed_hosts, *names)}

    def add_seed_host(self, host: str) -> None:
        """A further seed names `host`; it may be private."""
        self._hosts.add(host.strip("[]").lower().rstrip("."))

    def admits(self, host: str, address: str) -> bool:
        """Whether `host` may be reached at `address`."""
        if self._everything or not is_private(address):
            return True
        name = host.strip("[]").rstrip(".")
        return name in self._hosts or name.endswith(self._endings) or self._names(address)

    def check(self, host: str, addresses: Iterable[str]) -> list[str]:
        """Those of `addresses` at which `host` may be reached. Raises FetchFailed("private_address") if none."""
        known = list(addresses)
        admitted = [address for address in known if self.admits(host, address)]
        if not admitted:
            what = f"{host} is" if literal_of(host) else f"{host} resolves to {known[0]}, which is"
            raise FetchFailed("private_address", f"{what} not a public address", reached=False)
        return admitted

    def _names(self, address: str) -> bool:
        if not self._networks:
            return False
        parsed = ip_address(address.partition("%")[0])
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._networks)


@lru_cache(maxsize=4096)
def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _with_embedded(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    if not isinstance(address, IPv6Address):
        yield address
        return
    if address.ipv4_mapped:  # the operating system connects to the IPv4 address
        yield address.ipv4_mapped
        return
    if address in _NAT64:  # a gateway does; the prefix itself counts as global
        yield IPv4Address(int(address) & 0xFFFFFFFF)
        return
    yield address
    if address in _COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE:  # ISATAP, RFC 5214 6.1
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _is_special(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        refused = any(address in network for network in _REFUSED_V4)
    else:
        refused = any(address in network for network in _REFUSED_V6)
    return refused or not address.is_global or address.is_multicast or address.is_reserved
