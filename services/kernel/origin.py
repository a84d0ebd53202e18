"""Where a call came from, as far as it may be kept."""

import ipaddress
from dataclasses import dataclass

LONGEST_DEVICE = 200
_PREFIX_BITS = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call came from: a network and not an address, so that nobody is pinned down by it.

    `address_prefix` is an IPv4 /24 or an IPv6 /48; `device` is what the client calls itself;
    `trace_id` is W3C's. Each is empty where it is not known.
    """

    address_prefix: str = ""
    device: str = ""
    trace_id: str = ""


NOWHERE = Origin()


def prefix_of(address: str) -> str:
    """Tell the network of an address; empty where it is none."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    bits = _PREFIX_BITS[parsed.version]
    return str(ipaddress.ip_network((parsed, bits), strict=False))
