from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from pushcart.edge.app import create_app

PROXY = "10.0.0.2"
CART = "/headless/api/1.0/cart"
FEED = "/stores/conversion_data?company_id=1"


def edge_seen_by(address):
    return TestClient(create_app(PlainTextResponse("behind"), calls_per_minute=2), client=(address, 50000))


@pytest.fixture
def edge(transactional_db):
    with edge_seen_by("203.0.113.1") as client:
        yield client


def said(edge, *forwarded, path=CART):
    """The status of a call without a key that came through these X-Forwarded-For lines."""
    return edge.get(path, headers=[("X-Forwarded-For", line) for line in forwarded]).status_code


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


def test_it_refuses_the_headless_api_in_its_own_envelope(edge):
    for _ in range(3):
        answer = edge.post("/headless/api/1.0/cart", headers={"Locally-API-Token": "a"})
    assert answer.status_code == 429
    assert (answer.json()["success"], answer.json()["error_code"]) == (False, 429)
    assert answer.json()["msg"].startswith("This key has made its 2 calls of this minute.")


def test_it_counts_each_key_by_itself_and_writes_as_reads(edge):
    for _ in range(2):
        assert edge.post("/api/v2/cart/X/1", headers={"Locally-API-Token": "a"}).status_code == 200
    assert edge.post("/api/v2/cart/X/1", headers={"Locally-API-Token": "a"}).status_code == 429
    assert edge.post("/api/v2/cart/X/1", headers={"Locally-API-Token": "b"}).status_code == 200


def test_it_counts_no_pages(edge):
    assert [edge.get("/order/X").status_code for _ in range(5)] == [200] * 5


def test_the_open_feed_of_the_map_counts_for_its_address(edge):
    assert [edge.get(FEED, headers={"Locally-Api-Token": key}).status_code for key in "abc"] == [200, 200, 429]
    assert edge.get(FEED).json()["message"].startswith("This address has made its 2 calls of this minute.")


def test_it_believes_no_header_unless_a_proxy_is_trusted(edge):
    assert [said(edge, f"198.51.100.{n}") for n in range(3)] == [200, 200, 429]


def test_behind_a_trusted_proxy_each_shopper_counts_alone(transactional_db, settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8:1::/48"]
    with edge_seen_by(PROXY) as edge:
        assert [said(edge, "198.51.100.1") for _ in range(3)] == [200, 200, 429]
        assert said(edge, "198.51.100.2") == 200
        # What the shopper wrote stands left of what the proxies saw; a second proxy of ours is passed over.
        assert said(edge, "198.51.100.9, 198.51.100.2, 10.1.2.3, 2001:db8:1::7") == 200
        assert said(edge, "198.51.100.8", "198.51.100.2") == 429
        assert said(edge, "198.51.100.3:4711") == 200
        assert said(edge, "::ffff:198.51.100.3") == 200
        assert said(edge, "198.51.100.3") == 429


def test_what_no_proxy_saw_counts_for_the_last_that_is_known(transactional_db, settings):
    settings.TRUSTED_PROXIES = [PROXY]
    with edge_seen_by(PROXY) as edge:
        assert [said(edge), said(edge, "unknown"), said(edge, "198.51.100.1, nonsense")] == [200, 200, 429]
    with edge_seen_by("203.0.113.1") as edge:
        assert [said(edge, f"198.51.100.{n}") for n in range(3)] == [200, 200, 429]


def test_an_ipv6_household_is_one_caller(transactional_db, settings):
    settings.TRUSTED_PROXIES = [PROXY]
    with edge_seen_by(PROXY) as edge:
        assert [said(edge, f"[2001:db8:2:3::{n}]:80") for n in (1, 2, 3)] == [200, 200, 429]
        assert said(edge, "2001:db8:2:4::1") == 200


def test_the_pages_behind_see_the_shoppers_address_too(transactional_db, settings):
    settings.TRUSTED_PROXIES = [PROXY]

    async def behind(scope, receive, send):
        await PlainTextResponse(scope["client"][0])(scope, receive, send)

    with TestClient(create_app(behind, calls_per_minute=2), client=(PROXY, 50000)) as edge:
        assert edge.get("/order/X", headers={"X-Forwarded-For": "198.51.100.1"}).text == "198.51.100.1"


def test_a_proxy_that_is_no_address_is_refused_at_once(settings):
    settings.TRUSTED_PROXIES = ["proxy.example"]
    with pytest.raises(ValueError, match=r"proxy\.example"):
        create_app(PlainTextResponse("behind"), calls_per_minute=2)
