from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from pushcart.edge.app import create_app


@pytest.fixture
def edge(transactional_db):
    """A client of the edge alone; what it passes on is answered with `behind`."""
    app = create_app(PlainTextResponse("behind", 418), calls_per_minute=10_000)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client
