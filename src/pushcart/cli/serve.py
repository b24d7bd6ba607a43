from __future__ import annotations

import os
from typing import Annotated

import typer
from granian import Granian
from granian.constants import Interfaces


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8080,
    metrics_port: Annotated[int | None, typer.Option(help="Show Prometheus metrics on this port of 127.0.0.1.")] = None,
) -> None:
    """Serves the API, the pages and the back office."""
    if metrics_port is not None:
        # The process that answers is another one than this: it inherits the environment.
        os.environ["PUSHCART_METRICS_PORT"] = str(metrics_port)
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
