"""A late confirm against the end of the window: real threads, real connections, real money at the double."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.expire_due import expire_due
from pushcart.carts.actions.release_expired import release_expired
from pushcart.carts.actions.settle import settle
from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.change import changing
from pushcart.carts.errors import IllegalTransitionError
from tests import doubles, network
from tests.at_once import at_once
from tests.carts.orders import hold_of, line_of, say, shown, told
from tests.carts.paid import connected_store, ordered

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
clock_file = doubles.clock_file

ROUNDS = 40
# How much later the one starts than the other, in seconds: from far before to far behind, and all close calls between.
_LEADS = [(n - ROUNDS // 2) / 1000 for n in range(ROUNDS)]


@pytest.fixture
def store(stripe_double, clock):
    clock.freeze(clock.now())
    yield connected_store(stripe_double)
    stripe_double.assert_sound()


def _at_once(*acts):
    """All let go together, each after so many seconds; what each returned."""
    return at_once(*[partial(_after, seconds, act) for act, seconds in acts])


def _after(seconds, act):
    time.sleep(max(0, seconds))
    return act()


def _confirmed(cart):
    try:
        update(cart.pk, [LineUpdate(network.GRILL, "confirmed")])
    except IllegalTransitionError as refused:
        return refused.status
    return "confirmed"


def test_a_late_confirm_and_the_expiry_have_one_winner(store, stripe_double, clock):
    token = stripe_double.card_token(customer=True)
    winners = Counter()
    for lead in _LEADS:
        cart = ordered(store, token)
        clock.move(timedelta(hours=2))
        moved = len(stripe_double.movements(store.company))

        answer, expired = _at_once((lambda: _confirmed(cart), lead), (expire_due, -lead))  # noqa: B023 run at once

        release_expired()

        status = line_of(cart).status
        winners[status] += 1
        assert (status, answer, expired) in {("confirmed", "confirmed", 0), ("auto_rejected", "auto_rejected", 1)}
        charged = status == "confirmed"
        assert stripe_double.movements(store.company)[moved:] == [("capture" if charged else "release", 43192)]
        assert hold_of(cart).state == ("captured" if charged else "released")
        ends = ["carts.confirmed", "carts.charged"] if charged else ["carts.auto_rejected", "carts.released"]
        assert told(cart) == ["carts.ordered", *ends]
        assert shown(cart)["respond_by"] is None
    assert winners["confirmed"] >= 5
    assert winners["auto_rejected"] >= 5
    assert sum(winners.values()) == ROUNDS


def test_an_expiry_does_not_wait_for_a_cart_that_is_being_decided(store, stripe_double, clock):
    cart = ordered(store, stripe_double.card_token())
    clock.move(timedelta(hours=2))

    with changing(cart.pk) as change:
        confirm(change, change.lines[0])
        assert _at_once((expire_due, 0)) == [0]

    assert line_of(cart).status == "confirmed"
    assert expire_due() == 0


def test_many_settlers_charge_once(store, stripe_double):
    token = stripe_double.card_token(customer=True)
    for _ in range(5):
        cart = ordered(store, token)
        say(cart, confirm)
        moved = len(stripe_double.movements(store.company))

        _at_once(*[(lambda: settle(cart.pk), 0)] * 4)  # noqa: B023 run at once
        settle(cart.pk)

        assert stripe_double.movements(store.company)[moved:] == [("capture", 43192)]
        assert told(cart) == ["carts.ordered", "carts.confirmed", "carts.charged"]
        assert line_of(cart).captured == 43192


def test_many_refunds_never_exceed_the_charge(store, stripe_double):
    cart = ordered(store, stripe_double.card_token())
    update(cart.pk, [LineUpdate(network.GRILL, "confirmed")])

    def refunded(number):
        said = LineUpdate(network.GRILL, "refund", refund_amount=20000, key=f"return-{number}")
        try:
            update(cart.pk, [said])
        except Exception as refused:  # noqa: BLE001 the type is what is looked at
            return type(refused).__name__
        return "refunded"

    answers = _at_once(*[(lambda number=number: refunded(number), 0) for number in range(4)])

    assert Counter(answers) == {"refunded": 2, "RefundAboveCaptureError": 2}
    assert stripe_double.books(store.company)["refunded"] == 40000
    line = line_of(cart)
    assert (line.kept, line.refunding, line.refunded) == (3192, 0, 40000)
