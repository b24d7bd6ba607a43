"""PushCart's web as a process of its own, on the tests' database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.cluster import database_address

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def web_server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one server for all tests that need no other settings: its start takes longer than they do."""
    log = tmp_path_factory.mktemp("web") / "web.log"
    with serving(log, PUSHCART_RATE_LIMIT_PER_MINUTE="1000000") as url:
        yield url


@pytest.fixture
def web(transactional_db: None, web_server: str) -> str:
    """The server's address, and a database whose rows it sees."""
    return web_server


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
        "DATABASE_URL": database_address(),
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
