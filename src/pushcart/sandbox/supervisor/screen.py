from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.sandbox.supervisor.network import Network


def where_to_look(network: Network) -> Iterator[tuple[str, str]]:
    """What a person wants once everything is up: what it is, and where."""
    yield "The network", f"{network.url}/"
    yield "API reference", f"{network.url}/api/v2/docs"
    yield "Mails and SMS", f"http://127.0.0.1:{network.ports.outbox}/"
    yield "Order system", f"http://127.0.0.1:{network.ports.order_system}/"
    yield "Logs", f"{network.log}/"
    yield "Stop", "Ctrl-C"
