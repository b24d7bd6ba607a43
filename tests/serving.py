"""PushCart's web as a process of its own, on the database of the test that asks for it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[1]


@contextmanager
def serving(log: Path, **environment: str) -> Iterator[str]:
    """`pushcart serve` on a free port; its address. It is ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(PROJECT),
        "DATABASE_URL": _database_url(),
        **environment,
    }
    with log.open("wb") as out:
        command = [sys.executable, "-m", "pushcart.cli", "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=told, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _database_url() -> str:
    told = connection.settings_dict
    user, password = (quote(str(told[name]), safe="") for name in ("USER", "PASSWORD"))
    host = quote(str(told["HOST"]), safe="")
    port = f"&port={told['PORT']}" if told["PORT"] else ""
    return f"postgresql://{user}:{password}@/{told['NAME']}?host={host}{port}"


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"{url}/api/v2/carts", trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > until or process.poll() is not None:
                raise
            time.sleep(0.05)
        else:
            return
