from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from pushcart.sandbox.supervisor.network import Network


def where_to_look(network: Network) -> Table:
    """What a person does next, once everything is up."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    rows = [
        ("", ""),
        ("The network", f"[bold green]{network.url}/[/]"),
        ("API reference", f"{network.url}/api/v2/docs"),
        ("Mails and SMS", f"http://127.0.0.1:{network.ports.outbox}/"),
        ("Order system", f"http://127.0.0.1:{network.ports.order_system}/"),
        ("Logs", f"{network.log}/"),
        ("Stop", "Ctrl-C"),
        ("", ""),
    ]
    for row in rows:
        table.add_row(*row)
    return table
