"""The page behind the staff's link: in a browser's terms, and in a real Chromium on a phone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from pushcart.carts.decision_link import decision_url
from pushcart.messages.actions.post import post
from pushcart.messages.models import Message
from tests import network
from tests.carts.paid import connected_store, ordered
from tests.station.test_setup_page import _looked_at

GRILL, TOWEL = network.GRILL, network.TOWEL
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def cart(db):
    """An order of a reservation: its decisions move no money."""
    return network.cart(path="ropis", workflow="standard", lines=[(GRILL, 1), (TOWEL, 2)])


@pytest.fixture
def said(client, cart):
    """Presses a button of the page."""

    def press(**fields):
        return client.post(urlsplit(decision_url(cart)).path, fields, headers=BROWSER)

    return press


def statuses(cart):
    return list(cart.lines.order_by("position").values_list("status", "reason"))


def test_a_browser_sees_a_page_and_following_the_link_decides_nothing(client, cart):
    answer = client.get(urlsplit(decision_url(cart)).path, headers=BROWSER)

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"Order {cart.hash}" in answer.content.decode()
    assert statuses(cart) == [("ordered", ""), ("ordered", "")]


def test_a_program_gets_the_document(client, cart):
    assert client.get(urlsplit(decision_url(cart)).path)["Content-Type"] == "application/json"


def test_a_button_decides_its_line(said, cart):
    answer = said(upc=TOWEL, do="rejected", reason=" Sold out. ")

    assert (answer.status_code, answer["Location"]) == (302, urlsplit(decision_url(cart)).path)
    assert statuses(cart) == [("ordered", ""), ("rejected", "Sold out.")]


def test_one_button_confirms_all_that_wait(said, cart):
    said(upc=TOWEL, do="rejected", reason="Sold out.")
    said(do="confirmed")

    assert statuses(cart) == [("confirmed", ""), ("rejected", "Sold out.")]


@pytest.mark.parametrize(
    ("fields", "status", "trouble"),
    [
        ({"upc": GRILL, "do": "rejected", "reason": " "}, 422, "reason"),
        ({"upc": GRILL, "do": "fulfilled"}, 409, "ordered"),
        ({"upc": GRILL, "do": "refund", "refund_amount": "much"}, 422, "How much is given back?"),
        ({"upc": "012345678905", "do": "confirmed"}, 404, "012345678905"),
        ({"upc": GRILL, "do": "eaten"}, 422, "eaten"),
        ({"do": "message", "text": " "}, 422, "1 to 2000 characters"),
    ],
)
def test_what_can_not_be_said_is_explained_on_the_page(said, cart, fields, status, trouble):
    answer = said(**fields)

    assert answer.status_code == status
    alert = answer.content.decode().partition('role="alert">')[2].partition("</p>")[0]
    assert trouble in alert
    assert statuses(cart) == [("ordered", ""), ("ordered", "")]
    assert not Message.objects.exists()


def test_a_link_that_is_not_right_says_so(client, cart):
    answer = client.get(urlsplit(decision_url(cart)).path[:-1], headers=BROWSER)

    assert answer.status_code == 404
    assert "This link is not right. Was it copied whole?" in answer.content.decode()


def test_staff_answer_the_shopper(said, client, cart):
    post(cart.pk, author="shopper", text="Is it assembled?")

    said(do="message", text="It is.")

    assert list(Message.objects.order_by("pk").values_list("author", "text")) == [
        ("shopper", "Is it assembled?"),
        ("store", "It is."),
    ]
    page = client.get(urlsplit(decision_url(cart)).path, headers=BROWSER).content.decode()
    assert page.index("Is it assembled?") < page.index("It is.")


@pytest.mark.browser
@pytest.mark.long
def test_a_clerk_confirms_hands_over_and_gives_back(
    transactional_db, stripe_double, live_server, page, settings, tmp_path
):
    settings.PUBLIC_URL = live_server.url
    cart = ordered(connected_store(stripe_double), stripe_double.card_token())
    cart.workflow, cart.first_name, cart.last_name = "standard", "Ada", "Byron"
    cart.save()

    page.goto(decision_url(cart))
    _looked_at(page, "decide-waits", tmp_path)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="is handed over").click()
    page.get_by_role("textbox", name="Give back").fill("1000")
    page.get_by_role("button", name="Give back").click()
    trouble = "At most 431.92 USD can still be given back on the line 601842495575."
    assert page.get_by_role("alert").inner_text() == trouble
    _looked_at(page, "decide-trouble", tmp_path)
    page.get_by_role("textbox", name="Give back").fill("31,92")
    page.get_by_role("button", name="Give back").click()
    page.get_by_text("$31.92 given back").wait_for()
    page.get_by_label("Your message").fill("Sorry about the scratch.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Sorry about the scratch.").wait_for()
    _looked_at(page, "decide-done", tmp_path)

    books = stripe_double.books(cart.retailer)
    assert (books["captured"], books["refunded"], books["kept"]) == (43_192, 3_192, 40_000)
