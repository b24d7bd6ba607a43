from __future__ import annotations

from typing import Annotated

import typer
from granian import Granian
from granian.constants import Interfaces


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8080,
) -> None:
    """Serves the API, the pages and the back office."""
    Granian(
        "pushcart.config.asgi:app",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,  # the rate limit counts in one process; put more machines behind a balancer, not more workers
        log_access=False,  # queries hold names and card tokens
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()
