from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.remind_due import remind_due
from pushcart.carts.models import Cart
from pushcart.events.models import Event
from tests import network
from tests.carts.orders import last_event, say, shown, told

pytestmark = pytest.mark.django_db

# A Tuesday in Austin: six hours behind UTC.
NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(clock):
    clock.freeze(NOON)


def _cart(hours="Mo-Su 09:00-21:00", at=NOON, window=timedelta(hours=2)):
    return network.cart(
        network.whole_store(hours=hours),
        path="ropis",
        ordered_at=at,
        respond_by=at + window,
        remind_at=at + timedelta(minutes=30),
    )


def _remind_at(cart):
    return Cart.objects.get(pk=cart.pk).remind_at


def test_it_reminds_every_half_hour_until_the_window_closes(clock):
    cart = _cart()

    reminded = []
    for _ in range(13):
        clock.move(timedelta(minutes=10))
        reminded.append(remind_due())

    assert reminded == [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    assert told(cart) == ["carts.ordered", *["carts.reminded"] * 3]
    assert _remind_at(cart) is None


def test_it_names_the_present_document_and_changes_none(clock):
    cart = _cart()
    before = shown(cart)
    clock.move(timedelta(minutes=30))

    remind_due()

    event = last_event(cart)
    assert (event.type, event.sequence, event.cart_hash) == ("carts.reminded", 1, cart.hash)
    assert shown(cart) == before
    assert cart.documents.count() == 1


def test_it_tells_the_retailer_alone(clock):
    cart = _cart()
    clock.move(timedelta(minutes=30))

    remind_due()

    assert list(Event.objects.filter(type="carts.reminded").values_list("company_id", flat=True)) == [cart.retailer_id]


def test_it_counts_store_open_time(clock):
    cart = _cart(hours="Mo-Su 09:00-12:40", window=timedelta(hours=22))
    clock.move(timedelta(minutes=30))

    assert remind_due() == 1

    # Ten minutes were left until closing, so that twenty of the next morning follow.
    assert _remind_at(cart) == datetime(2026, 11, 25, 15, 20, tzinfo=UTC)


def test_it_does_not_make_up_for_what_was_missed(clock):
    cart = _cart(window=timedelta(hours=6))
    clock.move(timedelta(hours=2, minutes=10))

    assert remind_due() == 1
    assert remind_due() == 0

    assert _remind_at(cart) == NOON + timedelta(hours=2, minutes=40)


def test_it_leaves_a_decided_cart_in_peace(clock):
    cart = _cart()
    say(cart, confirm)
    clock.move(timedelta(minutes=30))

    assert remind_due() == 0


def test_it_leaves_a_cart_to_its_expiry_whose_window_is_over(clock):
    cart = _cart(window=timedelta(minutes=30))
    clock.move(timedelta(minutes=30))

    assert remind_due() == 0
    assert told(cart) == ["carts.ordered"]
