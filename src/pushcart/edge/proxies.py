"""Who asks, behind proxies of ours: what they say in X-Forwarded-For (decision 0063).

Everybody can write that header, so it is read only where the connection comes from a trusted proxy; and of its
addresses, of which each proxy adds the one that it saw at the right, the right-most that is no proxy of ours counts.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

_HEADER = b"x-forwarded-for"
_KNOWN = 1000

Address = IPv4Address | IPv6Address


class TrustedProxies:
    """Puts the asker's own address where the server put the proxy's: `scope["client"]`, for all that comes behind."""

    def __init__(self, app: ASGIApp, trusted: Iterable[str]) -> None:
        """`trusted`: addresses and networks (`10.0.0.0/8`); without any nothing is changed.

        Raises:
            ValueError: one of them is neither.
        """
        self._app, self._trusted = app, tuple(ip_network(each.strip()) for each in trusted)
        # Reading and comparing an address takes longer than the rest of what stands before an answer.
        self._trusts = lru_cache(maxsize=_KNOWN)(self._lies_in_one)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._trusted and scope["type"] in {"http", "websocket"} and scope.get("client"):
            peer = scope["client"][0]
            asker = self._asker(peer, scope)
            if asker != peer:
                # From which port it asks nobody told.
                scope = {**scope, "client": (asker, 0)}
        await self._app(scope, receive, send)

    def _asker(self, peer: str, scope: Scope) -> str:
        address = address_of(peer)
        if address is None or not self._trusts(address):
            return peer
        told = b",".join(value for name, value in scope["headers"] if name == _HEADER).decode("latin-1")
        for text in reversed(told.split(",")):
            before = address_of(text)
            if before is None:
                # Nobody knows who came before this one.
                break
            address = before
            if not self._trusts(address):
                break
        return str(address)

    def _lies_in_one(self, address: Address) -> bool:
        return any(_lies_in(address, network) for network in self._trusted)


@lru_cache(maxsize=_KNOWN)
def address_of(text: str) -> Address | None:
    """With or without a port; an IPv4 address that is written as an IPv6 one is itself again. None: it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _lies_in(address: Address, network: IPv4Network | IPv6Network) -> bool:
    return address.version == network.version and address in network
