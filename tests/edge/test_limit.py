from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from pushcart.edge.app import create_app


@pytest.fixture
def edge(transactional_db):
    with TestClient(create_app(PlainTextResponse("behind"), calls_per_minute=2)) as client:
        yield client


def test_it_refuses_more_than_the_limit_with_the_seconds_to_wait(edge):
    for left in ("1", "0"):
        granted = edge.get("/api/v2/carts", headers={"Locally-API-Token": "a"})
        assert (granted.status_code, granted.headers["ratelimit-remaining"]) == (401, left)
        assert granted.headers["ratelimit-limit"] == "2"
    refused = edge.get("/api/v2/carts", headers={"Locally-API-Token": "a"})
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert refused.headers["ratelimit-remaining"] == "0"
    assert refused.json()["error"] == {
        "code": "rate_limited",
        "field": None,
        "details": {"retry_after": int(refused.headers["retry-after"])},
    }


def test_it_counts_each_key_by_itself_and_writes_as_reads(edge):
    for _ in range(2):
        assert edge.post("/api/v2/cart/X/1", headers={"Locally-API-Token": "a"}).status_code == 200
    assert edge.post("/api/v2/cart/X/1", headers={"Locally-API-Token": "a"}).status_code == 429
    assert edge.post("/api/v2/cart/X/1", headers={"Locally-API-Token": "b"}).status_code == 200


def test_it_counts_no_pages(edge):
    assert [edge.get("/order/X").status_code for _ in range(5)] == [200] * 5
