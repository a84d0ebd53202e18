"""Which resolved addresses belong to the public internet: the attacks of PROMISES R3."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sync.domain.site import is_public


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "104.192.142.1",
        "192.0.1.1",
        "168.63.129.15",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses_are_public(address: str) -> None:
    """Addresses of the public internet are called, also by way of a translator."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        # Python 3.11 calls these global.
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2002:7f00:1::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "fec0::1",
        "224.0.0.1",
        "239.255.255.250",
        "192.0.0.8",
        "192.0.0.192",
        "168.63.129.16",
        # IPv4 dressed as IPv6.
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:168.63.129.16",
        "::ffff:0:127.0.0.1",
        # Teredo: the client's address stands there inverted, the server's does not.
        "2001:0:a9fe:a9fe::1",
        "2001:0:808:808:0:0:5601:5601",
        # This machine, its network, its neighbours and its metadata.
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "2001:db8::1",
        "100::1",
    ],
)
def test_everything_else_is_not_public(address: str) -> None:
    """What belongs to a machine, a network, a cloud or a group is not called, in any dress."""
    assert not is_public(address)


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_no_dress_makes_an_address_public(inner: IPv4Address) -> None:
    """An IPv4 address within an IPv6 address is no more public than by itself."""
    number = int(inner)
    for dressed in (
        (0xFFFF << 32) | number,
        (0x0064FF9B << 96) | number,
        (0x2002 << 112) | (number << 80) | 1,
        (0x2001 << 112) | (0x08080808 << 64) | (number ^ 0xFFFFFFFF),
    ):
        assert is_public(str(IPv6Address(dressed))) == is_public(str(inner))


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_what_is_not_global_is_never_public(address: IPv4Address) -> None:
    """The judgement only ever takes away from what Python calls global."""
    assert address.is_global or not is_public(str(address))
