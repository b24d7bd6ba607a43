"""Which network addresses a server of ours may call when a stranger named the target.

Names are no protection: a name can be resolved to one address for a check and to another for the call. So the
question is asked of the very address that is about to be connected to.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urlsplit, urlunsplit

import idna

# Not globally routable, by the IANA special-purpose registries, in addition to what `ipaddress` of every Python we
# run on knows: its list grew with the versions. Metadata services of clouds that stand on public addresses are the
# last ones.
_REFUSED_V4 = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
        ),
    )
)
# Of v6 only 2000::/3 is given out; these parts of it are not places.
_GIVEN_OUT_V6 = ip_network("2000::/3")
_REFUSED_V6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")))
# v6 addresses that carry a v4 address in their last 32 bits: NAT64 (RFC 6052). Mapped ones (::ffff:0:0/96) likewise.
_NAT64 = ip_network("64:ff9b::/96")

_PORTS = {"https": 443, "http": 80}
_WEB_PORTS = frozenset(_PORTS.values())


class TargetRefusedError(ValueError):
    """A URL that we don't call; the message says why in a sentence for its owner."""


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Whether a numeric address, v4 or v6, is a place on the public internet.

    A v6 address that carries a v4 address is as public as that one is.

    Raises:
        ValueError: `address` is not a numeric address.
    """
    parsed = _carried(ip_address(address.partition("%")[0]))
    if isinstance(parsed, IPv4Address):
        return parsed.is_global and not any(parsed in network for network in _REFUSED_V4)
    return parsed in _GIVEN_OUT_V6 and parsed.is_global and not any(parsed in network for network in _REFUSED_V6)


def is_loopback(address: str) -> bool:
    """Whether a numeric address leads back to this machine: 127.0.0.0/8, ::1, and 127.0.0.0/8 mapped into v6."""
    return _carried(ip_address(address.partition("%")[0])).is_loopback


def may_connect(address: str, allow: frozenset[str]) -> bool:
    """Whether a connection may be opened to this numeric address; `allow` may hold "loopback" (the sandbox)."""
    return is_public(address) or ("loopback" in allow and is_loopback(address))


def as_called(url: str) -> str:
    """The URL as it goes over the wire: the host's name by IDNA, other letters than ASCII's percent-encoded.

    `https://bücher.example/größe` is called as `https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe`. What the owner has
    encoded stays as it is.

    Raises:
        TargetRefusedError: a host that no name server could know.
    """
    if url.isascii() and url.isprintable() and " " not in url:
        return url
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        place = parts.netloc.lower().replace(host, host if host.isascii() else idna.encode(host, uts46=True).decode())
    except ValueError:
        raise TargetRefusedError("The URL names a host that can't be one.") from None
    kept = "%/:;,@!$&'()*+=~?[]"
    return urlunsplit(
        (parts.scheme, place, *(quote(part, safe=kept) for part in (parts.path, parts.query, parts.fragment)))
    )


def check_target(url: str, allow: frozenset[str]) -> None:
    """Looks at a target's URL before anything is resolved.

    Args:
        url: What the owner wrote.
        allow: What the operator allows besides https on port 443 of public hosts: "http", "any-port", "loopback".

    Raises:
        TargetRefusedError: not http(s), a port of another service, user and password in it, or a private address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefusedError("That is not a URL.") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise TargetRefusedError("The URL must begin with https:// and name a host.")
    if parts.scheme == "http" and "http" not in allow:
        raise TargetRefusedError("The URL must begin with https://: orders carry names and addresses.")
    if parts.username is not None or parts.password is not None:
        raise TargetRefusedError("The URL must not carry a user or a password.")
    if (port or _PORTS[parts.scheme]) not in _WEB_PORTS and "any-port" not in allow:
        raise TargetRefusedError("The URL's port must be 443 or 80.")
    if not _may_be_public(parts.hostname, allow):
        raise TargetRefusedError("The URL must name a host on the public internet.")


def _may_be_public(host: str, allow: frozenset[str]) -> bool:
    """Names are looked at when they are connected to; numbers, and the name of every machine itself, already here."""
    if host == "localhost" or host.endswith(".localhost"):
        return "loopback" in allow
    try:
        return may_connect(host, allow)
    except ValueError:
        return True


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
