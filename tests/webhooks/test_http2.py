"""HTTP/2 by ALPN, many pushes at a time on one kept connection; the server is granian, a program of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pushcart.companies.actions.set_authorities import set_authorities
from pushcart.webhooks.models import Attempt
from tests import network
from tests.serving import PROJECT
from tests.webhooks.authority import Authority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "requests"


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def address(tmp_path: Path, log: Path, authority: Authority) -> Iterator[str]:
    issued = authority.server()
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    certificate.write_text(issued.certificate)
    key.write_text(issued.key)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.webhooks.h2_server", *map(str, (port, certificate, key, log))]
    process = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)})
    try:
        yield f"https://127.0.0.1:{port}/hook"
    finally:
        process.terminate()
        process.wait(20)


def answers(address: str) -> bool:
    host, _, port = address.removeprefix("https://").removesuffix("/hook").partition(":")
    with closing(socket.socket()) as line:
        return line.connect_ex((host, int(port))) == 0


def test_many_pushes_share_one_connection(
    still: None,
    store: Store,
    endpoint: Endpoint,
    address: str,
    log: Path,
    authority: Authority,
    push: Callable[[], int],
) -> None:
    endpoint.url = address
    endpoint.save()
    set_authorities(endpoint.pk, authority.certificate)
    for _ in range(5):  # as many as a pusher takes at first for an endpoint that it does not know
        network.cart(store, status="received")
    while not answers(address):
        pass
    assert push() == 10
    requests = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(requests) == 10
    assert {version for version, _, _ in requests} == {"2"}
    assert len({port for _, port, _ in requests}) == 1
    assert max(at_once for _, _, at_once in requests) == 5
    attempts = Attempt.objects.order_by("id")
    assert {attempt.error for attempt in attempts} == {""}
    assert all(attempt.connect_us == 0 for attempt in attempts[5:])  # the kept connection
