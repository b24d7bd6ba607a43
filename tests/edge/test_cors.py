"""Pages of a brand's registered sites may ask, and no others."""

from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from pushcart.companies.actions.register_site import register_site
from pushcart.companies.actions.remove_site import remove_site
from pushcart.edge import cors
from pushcart.edge.app import create_app
from tests import network

HERS = "https://www.ember.example"
BASKET = "/headless/api/1.0/cart"


@pytest.fixture
def brand(transactional_db):
    return network.brand(slug="ember")


@pytest.fixture
def edge(brand):
    app = create_app(PlainTextResponse("behind", 418), calls_per_minute=3)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def allowed(response):
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


def test_it_answers_a_preflight_of_a_registered_site(edge):
    response = edge.options(BASKET, headers={"Origin": HERS, "Access-Control-Request-Method": "POST"})
    assert (response.status_code, response.content) == (204, b"")
    assert allowed(response) == {
        "access-control-allow-origin": HERS,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": (
            "Content-Type, Idempotency-Key, Locally-Api-Session-Id, Locally-Api-Token, Locally-Sdk-Version"
        ),
        "access-control-max-age": "7200",
    }
    assert response.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", [HERS, f"{HERS}:8443", "http://www.ember.example", "https://WWW.EMBER.example"])
def test_it_lets_a_registered_site_read_the_answer_whatever_the_port(edge, origin):
    response = edge.get(BASKET, headers={"Origin": origin})
    assert response.text == "behind"
    assert allowed(response) == {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": (
            "Locally-Api-Session-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
        ),
    }
    assert response.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "https://ember.example",
            "https://www.ember.example.evil.example",
            "https://evil.example",
            "null",
            "https://[",
        ),
        *("file://www.ember.example", "chrome-extension://www.ember.example", "https://www.ember.example@evil.example"),
    ],
)
def test_it_lets_no_other_page_read_it(edge, origin):
    for response in (edge.get(BASKET, headers={"Origin": origin}), edge.options(BASKET, headers={"Origin": origin})):
        assert allowed(response) == {}
        assert response.headers["vary"] == "Origin"


def test_the_carts_of_a_company_are_for_no_page(edge):
    assert allowed(edge.get("/api/v2/carts", headers={"Origin": HERS})) == {}
    assert edge.options("/api/v2/carts", headers={"Origin": HERS}).text == "behind"


def test_a_call_that_is_no_pages_is_left_alone(edge):
    response = edge.get(BASKET)
    assert allowed(response) == {}
    assert "vary" not in response.headers


def test_a_page_can_read_that_it_asks_too_often_and_preflights_do_not_count(edge):
    for _ in range(5):
        edge.options(BASKET, headers={"Origin": HERS})
    answers = [edge.get(BASKET, headers={"Origin": HERS}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [418, 418, 418, 429]
    assert allowed(answers[3])["access-control-allow-origin"] == HERS


def test_a_removed_site_is_noticed(edge, brand, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(cors.time, "monotonic", lambda: now)
    assert allowed(edge.options(BASKET, headers={"Origin": HERS}))
    remove_site(brand, "www.ember.example")
    now += cors._KNOWN_FOR - 0.1
    assert allowed(edge.options(BASKET, headers={"Origin": HERS}))
    now += 0.1
    assert not allowed(edge.options(BASKET, headers={"Origin": HERS}))


def test_origins_that_somebody_invents_cost_no_query_each():
    asked = []

    async def ask(query):
        asked.append(query)
        return ["www.ember.example"]

    edge = TestClient(cors.Cors(PlainTextResponse("behind"), ask))
    for n in range(50):
        assert not allowed(edge.options(BASKET, headers={"Origin": f"https://{n}.evil.example"}))
    assert allowed(edge.options(BASKET, headers={"Origin": HERS}))
    assert len(asked) <= 2


def test_a_new_site_is_noticed_within_a_second(edge, brand, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(cors.time, "monotonic", lambda: now)
    new = {"Origin": "https://new.ember.example"}
    assert not allowed(edge.options(BASKET, headers=new))
    register_site(brand, "new.ember.example")
    now += cors._UNKNOWN_FOR
    assert allowed(edge.options(BASKET, headers=new))
