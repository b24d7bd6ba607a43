from __future__ import annotations

import pytest

from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.errors import (
    CartError,
    FulfillmentUrlError,
    IllegalTransitionError,
    ReasonMissingError,
    RefundAboveCaptureError,
    RefundAmountError,
    RepeatedLineError,
    StaleSequenceError,
    UnknownLineError,
    UnknownStatusError,
)
from tests import network
from tests.carts.orders import everything, line_of, shown, told

pytestmark = pytest.mark.django_db

GRILL, TOWEL = network.GRILL, network.TOWEL
TWO = [(GRILL, 1), (TOWEL, 2)]


def test_it_says_something_of_several_lines_at_once():
    cart = network.cart(lines=TWO)

    now = update(
        cart.pk,
        [LineUpdate(GRILL, "received"), LineUpdate(TOWEL, "received", fulfillment_url="https://orders.example/1")],
    )

    assert (line_of(cart, GRILL).status, line_of(cart, TOWEL).status) == ("received", "received")
    assert told(cart) == ["carts.ordered", "carts.received"]
    assert now.sequence == shown(cart)["sequence"] == 2
    assert now.fulfillment_url == "https://orders.example/1"


@pytest.mark.parametrize("status", ["received", "Received", " RECEIVED "])
def test_it_takes_a_status_in_any_letter_case(status):
    cart = network.cart()

    update(cart.pk, [LineUpdate(GRILL, status)])

    assert line_of(cart).status == "received"


@pytest.mark.parametrize("upc", ["0601842495575", " 601842495575 ", "6-01842-49557-5"])
def test_it_takes_a_upc_in_any_writing(upc):
    cart = network.cart()

    update(cart.pk, [LineUpdate(upc, "received")])

    assert line_of(cart).status == "received"


REFUSED = [
    (LineUpdate(TOWEL, "sold"), UnknownStatusError),
    (LineUpdate(TOWEL, "cancelled"), UnknownStatusError),
    (LineUpdate(TOWEL, "auto_rejected"), UnknownStatusError),
    (LineUpdate(TOWEL, "refunded", refund_amount=1), UnknownStatusError),
    (LineUpdate(TOWEL, ""), UnknownStatusError),
    (LineUpdate(TOWEL, "rejected"), ReasonMissingError),
    (LineUpdate(TOWEL, "fulfilled"), IllegalTransitionError),
    (LineUpdate(TOWEL, "refund", refund_amount=1), IllegalTransitionError),
    (LineUpdate(TOWEL, "refund"), RefundAmountError),
    (LineUpdate(TOWEL, "received", fulfillment_url="ftp://orders.example/1"), FulfillmentUrlError),
    (LineUpdate("012345678905", "received"), UnknownLineError),
    (LineUpdate("kettle", "received"), UnknownLineError),
    (LineUpdate("", "received"), UnknownLineError),
    (LineUpdate("0" + GRILL, "received"), RepeatedLineError),
]


@pytest.mark.parametrize(("wrong", "error"), REFUSED)
def test_it_changes_nothing_where_one_line_is_refused(wrong, error):
    cart = network.cart(lines=TWO)
    before = everything(cart)

    with pytest.raises(error) as refused:
        update(cart.pk, [LineUpdate(GRILL, "received"), wrong])

    assert isinstance(refused.value, CartError)
    assert refused.value.upc == (GRILL if error is RepeatedLineError else wrong.upc)
    assert refused.value.code
    assert str(refused.value).endswith(".")
    assert everything(cart) == before


def test_it_names_the_statuses_that_there_are():
    cart = network.cart()

    with pytest.raises(UnknownStatusError) as refused:
        update(cart.pk, [LineUpdate(GRILL, "sold")])

    assert refused.value.details == {
        "status": "sold",
        "known": ["received", "confirmed", "rejected", "fulfilled", "refund"],
    }


def test_it_hides_a_line_that_was_never_ordered():
    cart = network.cart(status="refused")

    with pytest.raises(UnknownLineError):
        update(cart.pk, [LineUpdate(GRILL, "received")])


def test_it_changes_the_cart_that_was_seen():
    cart = network.cart()

    now = update(cart.pk, [LineUpdate(GRILL, "received")], if_match=1)

    assert now.sequence == 2


def test_it_refuses_to_change_a_cart_that_was_changed_meanwhile():
    cart = network.cart(status="received")
    before = everything(cart)

    with pytest.raises(StaleSequenceError) as refused:
        update(cart.pk, [LineUpdate(GRILL, "confirmed")], if_match=1)

    assert refused.value.current == 2
    assert everything(cart) == before


def test_it_decides_a_reservation_without_a_card():
    cart = network.cart(path="ropis", lines=TWO)

    update(cart.pk, [LineUpdate(GRILL, "confirmed"), LineUpdate(TOWEL, "rejected", reason="None left.")])
    update(cart.pk, [LineUpdate(GRILL, "fulfilled")])
    with pytest.raises(RefundAboveCaptureError):
        update(cart.pk, [LineUpdate(GRILL, "refund", refund_amount=1)])

    assert (line_of(cart, GRILL).status, line_of(cart, TOWEL).status) == ("fulfilled", "rejected")
    assert sorted(told(cart)) == ["carts.confirmed", "carts.fulfilled", "carts.ordered", "carts.rejected"]
    assert shown(cart)["payment"]["status"] == "none"


def test_it_does_nothing_where_nothing_is_said():
    cart = network.cart()
    before = everything(cart)

    update(cart.pk, [])

    assert everything(cart) == before
