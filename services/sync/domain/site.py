"""Which sites may be called: the address is a stranger's word (PROMISES R1 and R3)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from services.kernel.errors import SiteNotAllowed

FIELD = "site_url"
LONGEST_URL = 300
# Behind Atlassian's gateway, by cloud id: there alone tokens with scopes are taken
# (https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account).
CLOUD_GATEWAY = "https://api.atlassian.com"
BEHIND_GATEWAY = re.compile(r"/ex/jira/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CALLED = (
    f"a Jira Cloud site is https://NAME.atlassian.net, or {CLOUD_GATEWAY}/ex/jira/CLOUD_ID for a "
    "token with scopes"
)
# One label or more under Atlassian's own domain; letters, digits and hyphens only.
CLOUD = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+atlassian\.net"
    rf"|{re.escape(CLOUD_GATEWAY)}{BEHIND_GATEWAY.pattern}"
)
NAT64 = IPv6Network("64:ff9b::/96")
# Public by registration, and yet not the public's: Python 3.11 calls these global.
NOT_PUBLIC_V4 = (IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16/32"))
NOT_PUBLIC_V6 = (IPv6Network("fec0::/10"), IPv6Network("::/96"), IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class Site:
    """Where a site is called: at its origin, or behind Atlassian's gateway by its cloud id.

    `registered` where the operator named the origin: its address is not judged.
    """

    origin: str
    registered: bool

    @property
    def behind_gateway(self) -> bool:
        """Tell whether calls go through Atlassian's gateway, which wants to know who calls."""
        return BEHIND_GATEWAY.search(self.origin) is not None


def site_of(url: str, *, registered: Collection[str] = ()) -> Site:
    """Read a site's address; SiteNotAllowed unless it is Jira Cloud's or the operator named it."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise SiteNotAllowed(FIELD, "write the site's address as https://example.atlassian.net")
    if "\\" in url or "@" in url or "#" in url or "?" in url:
        raise SiteNotAllowed(FIELD, "an address may hold no user, query, fragment or backslash")
    try:
        parts = urlsplit(url.strip().lower())
        port = parts.port
    except ValueError as unreadable:
        raise SiteNotAllowed(FIELD, "this cannot be read as an address") from unreadable
    path = parts.path.removesuffix("/")
    if path and not BEHIND_GATEWAY.fullmatch(path):
        raise SiteNotAllowed(FIELD, f"leave out the path: {CALLED}")
    address = f"{parts.scheme}://{parts.netloc}{path}"
    if address in registered:
        return Site(origin=address, registered=True)
    if parts.scheme != "https" or port not in (None, 443):
        raise SiteNotAllowed(FIELD, "a site is called by https on port 443")
    address = f"https://{parts.hostname}{path}"
    if not CLOUD.fullmatch(address):
        raise SiteNotAllowed(FIELD, CALLED)
    return Site(origin=address, registered=False)


def is_public(address: str) -> bool:
    """Tell whether a resolved address belongs to the public internet, in whatever dress it comes.

    `ipaddress.is_global` alone says yes to NAT64, 6to4, IPv4-compatible, site-local, multicast and
    a cloud's metadata addresses (checked on Python 3.11.7).
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return _is_public_v6(parsed)
    return _is_public_v4(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in NOT_PUBLIC_V4)
    )


def _is_public_v6(address: IPv6Address) -> bool:
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    wrapped = [v4 for v4 in inner if v4 is not None]
    if wrapped:
        return all(_is_public_v4(v4) for v4 in wrapped)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in NOT_PUBLIC_V6)
    )
