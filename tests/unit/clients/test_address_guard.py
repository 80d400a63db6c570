"""The guard: every spelling of an inner address is refused, every outer one is not."""

from __future__ import annotations

import pytest

from crawler.clients.address_guard import AddressGuard, is_private, literal_of
from crawler.core.errors import FetchFailed

INNER = [
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001:db8::1",
    "2001::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2600:1234::5efe:10.0.0.1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%2",
    "fec0::1",
    "ff02::1",
]
OUTER = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_refused_for_hosts_nobody_named(address: str) -> None:
    guard = AddressGuard(False, {"seed.test"})
    with pytest.raises(FetchFailed) as caught:
        guard.check("evil.test", [address])
    assert (caught.value.type, caught.value.reached) == ("private_address", False)
    assert caught.value.message == f"evil.test resolves to {address}, which is not a public address"


@pytest.mark.parametrize("address", OUTER)
def test_outer_addresses_are_not(address: str) -> None:
    assert not is_private(address)
    assert AddressGuard(False, ()).check("any.test", [address]) == [address]


@pytest.mark.parametrize("address", INNER)
def test_hosts_of_seeds_may_be_anywhere(address: str) -> None:
    guard = AddressGuard(False, {"Seed.test.", "[::1]"})
    assert guard.check("seed.test", [address]) == [address]
    assert guard.check("seed.test.", [address]) == [address]
    assert guard.admits("::1", "::1")
    assert guard.admits("[::1]", "::1")
    guard.add_seed_host("later.test")
    assert guard.admits("later.test", address)


def test_only_the_inner_ones_of_several_addresses_are_left_out() -> None:
    assert AddressGuard(False, ()).check("a.test", ["10.0.0.1", "8.8.8.8", "::1"]) == ["8.8.8.8"]


@pytest.mark.parametrize(
    ("allowed", "host", "address", "admitted"),
    [
        (True, "a.test", "10.0.0.1", True),
        (["a.test"], "a.test", "10.0.0.1", True),
        (["a.test"], "b.a.test", "10.0.0.1", False),
        (["*.a.test"], "b.a.test", "10.0.0.1", True),
        (["*.a.test"], "a.test", "10.0.0.1", False),
        (["10.0.0.1"], "a.test", "10.0.0.1", True),
        (["10.0.0.1"], "a.test", "10.0.0.2", False),
        (["10.0.0.0/8"], "a.test", "10.9.9.9", True),
        (["10.0.0.0/8"], "a.test", "::ffff:10.9.9.9", True),
        (["10.0.0.0/8"], "a.test", "127.0.0.1", False),
        (["[::1]", "fd00::/8"], "::1", "::1", True),
        (["fd00::/8"], "a.test", "fd12::1", True),
        (["169.254.169.254"], "169.254.169.254", "169.254.169.254", True),
        ([], "a.test", "10.0.0.1", False),
    ],
)
def test_lists_allow_names_addresses_and_networks(
    allowed: bool | list[str], host: str, address: str, admitted: bool
) -> None:
    assert AddressGuard(allowed, ()).admits(host, address) is admitted


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("example.org", None),
        ("web1", None),
        ("1.2.3", None),
        ("a.b.c.1", None),
    ],
)
def test_a_host_that_spells_an_address_is_told_from_a_name(host: str, address: str | None) -> None:
    assert literal_of(host) == address


def test_an_address_that_a_url_spells_is_refused_without_talk_of_names() -> None:
    with pytest.raises(FetchFailed, match=r"^10\.0\.0\.1 is not a public address$"):
        AddressGuard(False, ()).check("10.0.0.1", ["10.0.0.1"])
