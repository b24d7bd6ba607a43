"""An endpoint with HTTP/2 over TLS, by a server not ours: `python -m tests.webhooks.h2_server PORT CERT KEY LOG`.

A line of JSON for each request: the HTTP version, the client's port (one for each connection), and how many were
being answered at a time.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

# Answers wait until so many requests are here, or for so long (seconds): on a busy machine they come one by one.
_TOGETHER, _WAIT = 5, 1.0


async def serve(port: int, certificate: Path, key: Path, log: Path) -> None:
    at_once, gathered = 0, asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal at_once
        if scope["type"] != "http":
            return
        at_once += 1
        seen = at_once
        while (await receive()).get("more_body"):
            pass
        if at_once == _TOGETHER:
            gathered.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(gathered.wait(), _WAIT)
        with log.open("a") as lines:
            lines.write(json.dumps([scope["http_version"], scope["client"][1], seen]) + "\n")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
        at_once -= 1
        if at_once == 0:
            gathered.clear()

    await Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.auto,
        ssl_cert=certificate,
        ssl_key=key,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *map(Path, sys.argv[2:5])))
