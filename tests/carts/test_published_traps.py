"""What others lost money by, as they published it: each trap by its name, with real HTTP and the double's own books."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from pushcart.carts.actions.expire_due import expire_due
from pushcart.carts.actions.place import place
from pushcart.carts.actions.release_expired import release_expired
from pushcart.carts.actions.settle import settle
from pushcart.carts.actions.sweep import sweep
from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.errors import RefundAboveCaptureError
from pushcart.kit.crypto import seal
from pushcart.payments import refunds
from pushcart.payments.actions.place import place as place_hold
from pushcart.payments.client import stripe_client
from pushcart.payments.models import Hold, Refund
from tests import network
from tests.at_once import at_once
from tests.carts import placing_orders as placing
from tests.carts.orders import hold_of, line_of, shown, told
from tests.carts.paid import connected_store, ordered

if TYPE_CHECKING:
    from pushcart.carts.models import Cart

pytestmark = pytest.mark.django_db(transaction=True)

_LATER = timedelta(seconds=31)


@pytest.fixture
def store(stripe_double, clock):
    clock.freeze(clock.now())
    yield connected_store(stripe_double)
    stripe_double.assert_sound()


@pytest.fixture
def cart(store, stripe_double) -> Cart:
    return ordered(store, stripe_double.card_token())


def say(cart: Cart, status: str, **words: Any) -> None:
    update(cart.pk, [LineUpdate(network.GRILL, status, **words)])


def post(event: tuple[bytes, str]) -> int:
    payload, signature = event
    headers = {"Stripe-Signature": signature}
    return Client().post("/stripe/events", payload, content_type="application/json", headers=headers).status_code


def kinds(cart: Cart, stripe_double: Any) -> list[str]:
    return [kind for kind, _ in stripe_double.movements(cart.retailer)]


@pytest.mark.parametrize("_round", range(4))
def test_confirm_races_the_payment_event(_round, cart, stripe_double, clock):
    with stripe_double.listening() as mailbox:
        stripe_double.control("POST", f"intents/{hold_of(cart).intent_id}/lapse")
        lapsed = mailbox.take("payment_intent.canceled")

    _, status = at_once(lambda: say(cart, "confirmed"), lambda: post(lapsed))
    clock.move(_LATER)
    sweep()

    assert status == 200
    assert line_of(cart).status == "charge_failed"
    assert kinds(cart, stripe_double) == ["hold", "release"]
    assert shown(cart)["payment"]["status"] == "failed"
    assert post(lapsed) == 200
    assert told(cart).count("carts.charge_failed") == 1


def test_the_hold_lapses_unhandled(cart, stripe_double, clock):
    """No event comes, nobody looks, and the store confirms a week later."""
    clock.move(timedelta(days=8))

    say(cart, "confirmed")

    assert (line_of(cart).status, line_of(cart).captured) == ("charge_failed", 0)
    assert shown(cart)["items"][0]["allowed"] == ["fulfilled", "rejected"]
    assert line_of(cart).reason == "The hold on the card had run out."
    assert kinds(cart, stripe_double) == ["hold", "release"]


def test_the_hold_lapses_unhandled_and_nobody_decides(cart, stripe_double, clock):
    clock.move(timedelta(days=8))
    expire_due()
    release_expired()
    assert (line_of(cart).status, hold_of(cart).state) == ("auto_rejected", "lapsed")
    assert kinds(cart, stripe_double) == ["hold", "release"]


def test_rounding_of_partial_refunds_with_tax(stripe_double, clock):
    """Three thirds of an amount that has none, one of which fails late and is made again."""
    clock.freeze(placing.NOON)
    store = placing.store(stripe_double)
    placing.sell(store, price=3_333)
    token = stripe_double.card_token("pm_card_refundFail")
    placed = place(placing.order(placing.item(store, price="33.33"), card_token=token))
    (cart,) = placed.carts
    say(cart, "confirmed")
    assert (line_of(cart).tax, line_of(cart).total) == (275, 3_608)
    for amount in (1_202, 1_203):
        say(cart, "refund", refund_amount=amount)
        clock.move(timedelta(minutes=11))
    assert [(refund.amount, refund.tax) for refund in _refunds(cart)] == [(1_202, 92), (1_203, 91)]
    stripe_double.control("POST", f"refunds/{_refunds(cart)[0].stripe_id}/fail")
    _hear_of_refunds(cart)
    assert (line_of(cart).refunded, line_of(cart).tax_refunded) == (1_203, 91)

    say(cart, "refund", refund_amount=2_405)

    line, document = line_of(cart), shown(cart)
    assert (line.refunded, line.tax_refunded) == (line.total, line.tax) == (3_608, 275)
    assert (document["refunded_total"], document["tax_refunded_total"]) == (36.08, 2.75)
    assert stripe_double.books(store.company)["kept"] == 0


def _refunds(cart: Cart) -> list[Refund]:
    return list(Refund.objects.filter(hold__line_id=line_of(cart).pk).order_by("pk"))


def _hear_of_refunds(cart: Cart) -> None:
    """What the event would have us do: look at Stripe's refund, and settle the line."""
    for refund in _refunds(cart):
        refunds.book(refund, refunds.retrieve(refund.hold, refund.stripe_id))
    settle(cart.pk)


@pytest.mark.parametrize("_round", range(3))
def test_two_refunds_at_once_exceed_the_capture(_round, cart, stripe_double):
    say(cart, "confirmed")
    total = line_of(cart).total
    amounts = [total * 6 // 10, total * 6 // 10 + 1]

    outcomes = at_once(*(lambda amount=amount: say(cart, "refund", refund_amount=amount) for amount in amounts))

    assert [type(one) for one in outcomes].count(RefundAboveCaptureError) == 1
    assert kinds(cart, stripe_double) == ["hold", "capture", "refund"]
    assert line_of(cart).refunded in amounts
    assert stripe_double.books(cart.retailer)["kept"] == total - line_of(cart).refunded


def test_event_before_the_row(stripe_double, clock):
    """Stripe tells of a hold whose id we have not written down, because its answer was lost."""
    store = connected_store(stripe_double)
    cart = network.cart(store, status="placing")
    Hold.objects.update(sealed_token=seal(stripe_double.card_token(), use="card"))
    hold = Hold.objects.get()
    stripe_double.fault("answer_lost", "/v1/payment_intents")
    with stripe_double.listening() as mailbox:
        assert place_hold(hold).state == "placing"
        account = {"stripe_account": hold.account_id}
        (intent,) = stripe_client(test=False).v1.payment_intents.list(options=account).data
        stripe_client(test=False).v1.payment_intents.cancel(intent.id, options=account)
        assert post(mailbox.take("payment_intent.canceled")) == 200
    clock.move(timedelta(minutes=3))
    sweep()
    clock.move(_LATER)
    sweep()
    assert (line_of(cart).status, hold_of(cart).state) == ("refused", "released")
    assert stripe_double.books(store.company)["holding"] == 0


def test_deauthorised_in_mid_order(cart, store, stripe_double, clock):
    with stripe_double.listening() as mailbox:
        stripe_double.control("POST", f"accounts/{store.company.stripe_account.account_id}/deauthorize")
        assert post(mailbox.take("account.application.deauthorized")) == 200

    say(cart, "confirmed")

    assert (line_of(cart).status, line_of(cart).captured) == ("charge_failed", 0)
    assert "carts.charge_failed" in told(cart)
    say(cart, "fulfilled")
    clock.move(timedelta(days=8))
    sweep()
    assert (hold_of(cart).state, line_of(cart).held) == ("lapsed", 0)
    assert shown(cart)["status"] == "fulfilled"


@pytest.mark.parametrize(
    ("currency", "country", "rate", "price", "asked", "expected"),
    [
        ("jpy", "JP", "0.10", 59_800, "59800", {"total": 59_800, "tax": 5_436, "shown": "59800", "part": 20_000}),
        ("kwd", "KW", "0.05", 12_350, "12.350", {"total": 12_350, "tax": 590, "shown": "12.350", "part": 4_120}),
        ("eur", "DE", "0.19", 39_900, "399.00", {"total": 39_900, "tax": 6_371, "shown": "399.00", "part": 13_301}),
        ("cad", "CA", "0.13", 39_900, "399.00", {"total": 45_087, "tax": 5_187, "shown": "450.87", "part": 15_000}),
    ],
)
def test_each_currency_goes_through_as_cards_count_it(
    currency, country, rate, price, asked, expected, stripe_double, clock
):
    """Ordered, held, charged, paid back in part and in full: on the wire, in the rows and at Stripe the same amount."""
    clock.freeze(placing.NOON)
    company = network.whole_retailer(currency=currency, country=country)
    network.dealer(placing.brand(), company)
    stripe_double.connect(company)
    store = network.store(company, country=country, delivery_fee=0)
    network.tax_rate(store, Decimal(rate))
    network.fed(store)
    placing.sell(store, price=price)
    (cart,) = place(placing.order(placing.item(store, price=asked), card_token=stripe_double.card_token())).carts
    assert (line_of(cart).total, line_of(cart).tax) == (expected["total"], expected["tax"])
    assert shown(cart)["tax_included"] == int(country != "CA")
    say(cart, "confirmed")
    say(cart, "refund", refund_amount=expected["part"])
    say(cart, "refund", refund_amount=expected["total"] - expected["part"])

    line = line_of(cart)
    assert (line.refunded, line.tax_refunded, line.status) == (expected["total"], expected["tax"], "refunded")
    body = cart.documents.latest("sequence").body
    assert f'"grand_total":{expected["shown"]},' in body
    assert f'"refunded_total":{expected["shown"]},' in body
    books = stripe_double.books(company)
    assert (books["captured"], books["refunded"], books["kept"]) == (expected["total"], expected["total"], 0)
