from __future__ import annotations

import pytest
from django.db import transaction

from pushcart.events.record import record
from pushcart.kit import clock
from pushcart.notifications.models import Notice
from pushcart.notifications.react import react
from pushcart.payments.models import Dispute
from tests import network
from tests.carts.orders import hold_of

pytestmark = pytest.mark.django_db


def _written(cart, kind):
    with transaction.atomic():
        events = record(
            kind,
            companies=[cart.retailer_id],
            test=cart.test,
            cart_id=cart.pk,
            cart_hash=cart.hash,
            data={"upcs": [network.GRILL], "amounts": {network.GRILL: 4_000}},
        )
        react(events)
    return [(notice.recipient, notice.subject, notice.text) for notice in Notice.objects.all()]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("carts.refund_failed", "A refund of $40.00 on order {} came back"),
        ("carts.dispute_inquiry", "The shopper's bank asks about $40.00 of order {}"),
        ("carts.disputed", "The shopper's bank disputes $40.00 of order {}"),
        ("carts.dispute_won", "The dispute over order {} is won"),
        ("carts.dispute_lost", "The dispute over order {} is lost"),
    ],
)
def test_it_tells_the_owner(kind, subject):
    cart = network.cart(status="confirmed")

    ((recipient, said, text),) = _written(cart, kind)

    assert (recipient, said) == (cart.retailer.email, subject.format(cart.hash))
    assert "$40.00" in text
    assert cart.hash in text


def test_it_says_until_when_the_bank_takes_an_answer():
    cart = network.cart(status="confirmed")
    due = clock.now().replace(year=2027, month=6, day=17, hour=15, minute=0)
    Dispute.objects.create(
        hold=hold_of(cart),
        stripe_id="du_1",
        amount=1,
        status="open",
        opened_at=due,
        evidence_due_at=due,
    )

    ((_, _, text),) = _written(cart, "carts.disputed")

    assert "It takes your answer until Thu, Jun 17, 10:00 AM CDT." in text


def test_it_tells_nobody_of_a_test_order():
    assert _written(network.cart(status="confirmed", test=True), "carts.disputed") == []
