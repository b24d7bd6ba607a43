"""The page's views, without the programs that they speak with: what a button may ask for, and what it gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from pushcart.inventory.models import Freshness
from pushcart.sandbox import page
from pushcart.sandbox.page.feed import make_stale
from tests import network

pytestmark = pytest.mark.django_db
TUESDAY_NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)  # 12:00 in Austin
WEEK = "Mo-Sa 09:00-20:00; Su 10:00-18:00"


@pytest.fixture(autouse=True)
def sandbox(settings, tmp_path):
    settings.ROOT_URLCONF = "pushcart.sandbox.urls"
    settings.VAR = tmp_path
    settings.PORT = 1  # nobody listens on 2 to 4
    [templates] = settings.TEMPLATES
    settings.TEMPLATES = [{**templates, "DIRS": [Path(page.__file__).parent / "templates"]}]


@pytest.fixture
def press(client):
    def press(what, **said):
        answer = client.post(f"/sandbox/{what}", said)
        return answer.status_code, answer.json()["said"]

    return press


def test_it_says_what_to_do_where_there_is_no_network(client):
    answer = client.get("/")
    assert answer.status_code == 503
    assert "There is no demo network yet: run bin/dev." in answer.content.decode()


@pytest.mark.parametrize(
    ("move", "there"),
    [
        ("half-an-hour", "2026-11-24T12:30:00-06:00"),
        ("two-hours", "2026-11-24T14:00:00-06:00"),
        ("next-opening", "2026-11-25T09:00:00-06:00"),
        ("before-closing", "2026-11-24T19:30:00-06:00"),
        ("next-morning", "2026-11-25T10:00:00-06:00"),
    ],
)
def test_it_moves_the_clock(press, clock, move, there):
    store = network.store(hours=WEEK)
    clock.move_to(TUESDAY_NOON)

    status, said = press("clock", move=move, store=store.pk)

    assert status == 200
    assert timedelta(0) <= clock.now() - datetime.fromisoformat(there) < timedelta(seconds=20)
    assert said == f"It is {datetime.fromisoformat(there):%A %H:%M} in Austin."


def test_it_gives_the_machines_time_back(press, clock):
    clock.move_to(TUESDAY_NOON)
    status, _ = press("clock", move="real-time", store=network.store().pk)
    assert status == 200
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_before_closing_is_tomorrows_where_todays_is_over(press, clock):
    store = network.store(hours=WEEK)
    clock.move_to(datetime(2026, 11, 25, 1, 45, tzinfo=UTC))  # 19:45 in Austin
    press("clock", move="before-closing", store=store.pk)
    assert clock.now() - datetime(2026, 11, 26, 1, 30, tzinfo=UTC) < timedelta(seconds=20)


@pytest.mark.parametrize(
    ("move", "why"),
    [("next-opening", "never closes, so it never opens"), ("before-closing", "never closes"), ("noon", "no such move")],
)
def test_a_move_that_can_not_be_leaves_the_clock(press, clock, move, why):
    store = network.store(hours="24/7")
    clock.move_to(TUESDAY_NOON)

    status, said = press("clock", move=move, store=store.pk)

    assert status == 409
    assert why in said
    assert clock.now() - TUESDAY_NOON < timedelta(seconds=20)


@pytest.mark.parametrize("what", ["clock", "orders"])
@pytest.mark.parametrize("store", ["", "x", "999999"])
def test_it_asks_for_a_store(press, what, store):
    assert press(what, store=store) == (409, "Choose a store of the network first.")


def test_it_places_only_what_is_in_the_story(press):
    assert press("orders", store=network.store().pk, scenario="yacht") == (409, "The story has no such order.")


def test_it_decides_only_orders_that_there_are(press):
    cart = network.cart()
    refused = (409, "There is no such order, or nothing of the kind can be said of it.")
    assert press("decisions", cart="ZZZZZZ", status="confirmed") == refused
    assert press("decisions", cart=cart.hash, status="fulfilled") == refused
    cart.refresh_from_db()
    assert cart.status == "ordered"


def test_a_feed_grows_stale_and_no_staler(clock):
    clock.freeze(TUESDAY_NOON)
    store, other = network.whole_store(), network.whole_store()

    make_stale(store.company)

    store.standing.refresh_from_db()
    other.standing.refresh_from_db()
    assert [reason["code"] for reason in store.standing.reasons] == ["feed_stale"]
    assert other.standing.pushcart
    clock.freeze(TUESDAY_NOON + timedelta(hours=1))
    make_stale(store.company)
    assert Freshness.objects.get(store=store).fed_at == TUESDAY_NOON - timedelta(hours=25)


def test_the_news_are_told_although_programs_are_silent(client, clock):
    clock.move_to(TUESDAY_NOON)
    cart = network.cart(network.whole_store(hours=WEEK))

    news = client.get("/sandbox/news.json?push=7&store=x").json()

    assert news["silent"] == ["The order system", "The outbox"]
    assert news["next"] == {"push": 7, "store": 0, "letter": 0}
    [store] = news["stores"]
    assert store == {
        "id": cart.store_id,
        "time": "Tue 12:00",
        "open": True,
        "hours": "until 20:00",
        "way": "pushcart",
        "why": "",
    }
    [order] = news["orders"]
    assert (order["hash"], order["status"], order["payment"], order["grand_total"]) == (
        cart.hash,
        "ordered",
        "authorized",
        431.92,
    )
    assert order["items"] == [{"qty": 1, "name": "Kettle 57 Charcoal Grill"}]


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ("24/7", (True, "day and night")),
        ("Mo-Tu 08:00-11:00", (False, "opens Mon 08:00")),
        ("off", (False, "does not open")),
    ],
)
def test_it_tells_when_a_store_is_open(client, clock, hours, told):
    clock.move_to(TUESDAY_NOON)
    network.store(hours=hours)
    [store] = client.get("/sandbox/news.json").json()["stores"]
    assert (store["open"], store["hours"], store["way"]) == (*told, "none")


@pytest.mark.parametrize("path", ["orders", "decisions", "clock", "feed"])
def test_its_buttons_are_pressed_from_the_page_alone(path):
    asked = Client(enforce_csrf_checks=True)
    assert asked.get(f"/sandbox/{path}").status_code == 405
    assert asked.post(f"/sandbox/{path}", {"move": "two-hours"}).status_code == 403


def test_the_network_that_it_shows_is_the_one_that_was_built(client, tmp_path):
    store = network.store()
    told = {
        "keys": {"brand": "k" * 40},
        "webhook_secrets": {"live": "whsec_x"},
        "companies": {"brand": 0, "hardware": store.company_id, "outdoor": 0},
        "host_domain": "www.emberoak.example",
        "people": {"operator": {"email": "operator@pushcart.example", "password": "pass"}},
        "urls": {"api": "/api/v2/docs", "order_system": "http://127.0.0.1:4", "admin": "/admin/"},
    }
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "network.json").write_text(json.dumps(told))

    shown = client.get("/").content.decode()

    assert f'value="{store.pk}" checked' in shown
    assert "k" * 40 in shown
    assert "whsec_x" in shown
    assert "Cedar" not in shown
