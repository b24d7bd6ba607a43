from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection, transaction

from pushcart.carts.actions import place as placing_steps
from pushcart.carts.actions.place import place
from pushcart.carts.actions.sweep import sweep
from pushcart.carts.models import Cart, Line
from pushcart.payments.models import Hold
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL, NOON, TOWEL, assert_nothing_stands

if TYPE_CHECKING:
    from types import ModuleType

    from pushcart.carts.order import Placement
    from pushcart.stores.models import Store
    from tests.doubles import StripeDouble

pytestmark = pytest.mark.django_db(transaction=True)

INTENTS = "/v1/payment_intents"
CANCEL = "/v1/payment_intents/*/cancel"


class PowerCutError(BaseException):
    """What no handler expects: the process is gone."""


@pytest.fixture
def store(stripe_double: StripeDouble, clock: ModuleType) -> Store:
    """Sells grills and towels."""
    clock.freeze(NOON)
    store = placing.store(stripe_double)
    placing.sell(store)
    placing.sell(store, TOWEL, price=1_000)
    return store


def two_lines(store: Store, card_token: str = "pm_card_visa") -> Placement:
    return place(placing.order(placing.item(store), placing.item(store, TOWEL, 1, "10.00"), card_token=card_token))


def test_it_leaves_nothing_of_an_order_whose_card_is_declined(stripe_double: StripeDouble, store: Store):
    placement = two_lines(store, stripe_double.card_token("pm_card_chargeCustomerFail"))

    assert not placement.ordered
    # Once for the card, and not once for each line.
    assert placing.said(placement) == ["card_declined", ""]
    assert placing.holds(placement) == ["declined", "not_tried"]
    refusal = placement.lines[0].refusal
    assert refusal is not None
    assert (refusal.message, refusal.field) == ("Your card was declined.", "card_token")
    assert refusal.details == {"failure_code": "generic_decline"}
    assert placing.moved(stripe_double) == []
    assert_nothing_stands(stripe_double)
    assert sorted(Line.objects.values_list("status", "reason")) == [
        ("refused", ""),
        ("refused", "Your card was declined."),
    ]
    # The card's token is not kept.
    assert set(Hold.objects.values_list("sealed_token", flat=True)) == {""}


def test_it_refuses_a_card_that_needs_its_shopper(stripe_double: StripeDouble, store: Store):
    placement = two_lines(store, "pm_card_authenticationRequired")

    assert placing.said(placement) == ["card_declined", ""]
    assert_nothing_stands(stripe_double)


def test_it_refuses_a_token_that_nobody_knows(stripe_double: StripeDouble, store: Store):
    placement = two_lines(store, "seti_nobodyKnows")

    assert placing.said(placement) == ["card_declined", ""]
    assert placing.moved(stripe_double) == []
    assert_nothing_stands(stripe_double)


def test_it_releases_the_holds_that_stood_when_another_failed(stripe_double: StripeDouble, store: Store):
    far = placing.store(stripe_double)
    placing.sell(far)
    stripe_double.control("POST", f"accounts/{far.company.stripe_account.account_id}/disable")
    placement = place(placing.order(placing.item(store), placing.item(store, TOWEL, 1, "10.00"), placing.item(far)))

    assert placing.said(placement) == ["", "", "card_declined"]
    assert placing.holds(placement) == ["released", "released", "declined"]
    assert sorted(placing.moved(stripe_double)) == [
        ("hold", 1_083),
        ("hold", 43_192),
        ("release", 1_083),
        ("release", 43_192),
    ]
    assert_nothing_stands(stripe_double)


def test_it_finds_out_a_lost_answer_when_it_takes_the_order_back(stripe_double: StripeDouble, store: Store):
    stripe_double.fault("answer_lost", INTENTS)
    placement = two_lines(store)

    assert placing.said(placement) == ["payment_trouble", ""]
    assert placing.holds(placement) == ["released", "not_tried"]
    assert placing.moved(stripe_double) == [("hold", 43_192), ("release", 43_192)]
    assert_nothing_stands(stripe_double)
    refusal = placement.lines[0].refusal
    assert refusal is not None
    assert refusal.message == ("The payment processor gave no answer. Try again, or reserve and pay in the store.")


def test_it_leaves_a_release_without_an_answer_to_the_sweeper(
    stripe_double: StripeDouble, store: Store, clock: ModuleType
):
    stripe_double.fault("answer_lost", INTENTS, after=1)
    stripe_double.fault("timeout", CANCEL, times=2, seconds=0.01)
    placement = two_lines(store)

    assert placing.said(placement) == ["", "payment_trouble"]
    assert placing.holds(placement) == ["releasing", "releasing"]
    assert placing.holding(stripe_double) == 43_192 + 1_083
    assert placing.taken() == {}
    clock.move(timedelta(seconds=31))
    sweep()

    assert_nothing_stands(stripe_double)


def test_it_takes_an_order_again_after_the_processors_trouble(stripe_double: StripeDouble, store: Store):
    token = stripe_double.card_token()
    stripe_double.fault("error_500", INTENTS)
    assert not two_lines(store, token).ordered
    assert_nothing_stands(stripe_double)

    assert two_lines(store, token).ordered
    assert placing.holding(stripe_double) == 43_192 + 1_083


def test_it_refuses_a_hold_that_would_lapse_before_the_store_answers(
    stripe_double: StripeDouble, store: Store, clock: ModuleType
):
    store.hours = "2026 Dec 24 09:00-21:00"
    store.save()
    placement = two_lines(store)

    assert placing.said(placement) == ["hold_too_short", "hold_too_short"]
    assert placing.holds(placement) == ["released", "released"]
    assert_nothing_stands(stripe_double)


def test_it_refuses_where_the_stripe_account_went_away_between_check_and_hold(
    stripe_double: StripeDouble, store: Store, monkeypatch: pytest.MonkeyPatch
):
    check = placing_steps.check

    def check_and_disconnect(*args: Any) -> Any:
        checked = check(*args)
        store.company.stripe_account.delete()
        return checked

    monkeypatch.setattr(placing_steps, "check", check_and_disconnect)
    placement = two_lines(store)

    assert placing.said(placement) == ["payment_trouble", "payment_trouble"]
    assert Cart.objects.count() == 0
    assert_nothing_stands(stripe_double)


def test_it_takes_back_what_the_sweeper_refused_meanwhile(
    stripe_double: StripeDouble, store: Store, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    """Its process hung for minutes between the holds and the last step."""
    place_holds = placing_steps.place_holds

    def hang(*args: Any) -> Any:
        refusals = place_holds(*args)
        clock.move(timedelta(minutes=3))
        assert sweep() == 1
        return refusals

    monkeypatch.setattr(placing_steps, "place_holds", hang)
    placement = two_lines(store)

    assert placing.said(placement) == ["payment_trouble", "payment_trouble"]
    assert placing.holds(placement) == ["released", "released"]
    assert_nothing_stands(stripe_double)


@pytest.mark.parametrize("step", ["place_holds", "complete"])
def test_it_takes_back_what_an_error_of_its_own_left(
    stripe_double: StripeDouble, store: Store, monkeypatch: pytest.MonkeyPatch, step: str
):
    done = getattr(placing_steps, step)

    def break_down(*args: Any) -> None:
        if step == "place_holds":
            done(*args)
        raise ZeroDivisionError

    monkeypatch.setattr(placing_steps, step, break_down)
    with pytest.raises(ZeroDivisionError):
        two_lines(store)

    assert len(placing.moved(stripe_double)) == 4
    assert_nothing_stands(stripe_double)


def test_it_keeps_an_order_whose_last_answer_got_lost(
    stripe_double: StripeDouble, store: Store, monkeypatch: pytest.MonkeyPatch
):
    """The commit went through and the connection broke: the order stands, and so do its holds."""
    complete = placing_steps.complete

    def break_after(carts: list[Cart]) -> None:
        complete(carts)
        raise ZeroDivisionError

    monkeypatch.setattr(placing_steps, "complete", break_after)
    with pytest.raises(ZeroDivisionError):
        two_lines(store)

    assert set(Line.objects.values_list("status", flat=True)) == {"ordered"}
    assert placing.holding(stripe_double) == 43_192 + 1_083
    monkeypatch.undo()
    assert two_lines(store).repeated


@pytest.mark.parametrize("step", ["reserve", "place_holds", "give_up"])
def test_it_is_swept_up_after_a_crash(
    stripe_double: StripeDouble, store: Store, clock: ModuleType, monkeypatch: pytest.MonkeyPatch, step: str
):
    done = getattr(placing_steps, step)

    def crash_after(*args: Any) -> None:
        done(*args)
        raise PowerCutError

    monkeypatch.setattr(placing_steps, step, crash_after)
    token = stripe_double.card_token("pm_card_chargeCustomerFail" if step == "give_up" else "pm_card_visa")
    with pytest.raises(PowerCutError):
        two_lines(store, token)
    monkeypatch.undo()

    if step != "give_up":
        assert placing.taken() == {(store.pk, GRILL): 1, (store.pk, TOWEL): 1}
        # The same order is not placed over what is left of the first.
        assert placing.said(two_lines(store, token)) == ["being_placed", "being_placed"]
    clock.move(timedelta(minutes=2, seconds=1))
    sweep()

    assert_nothing_stands(stripe_double)
    assert two_lines(store).ordered


def test_it_ends_a_hold_that_a_crash_left_unanswered(
    stripe_double: StripeDouble, store: Store, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    """Stripe holds the amount, nobody has heard of it, and the process is gone."""
    stripe_double.fault("answer_lost", INTENTS)
    monkeypatch.setattr(placing_steps, "give_up", _power_cut)
    with pytest.raises(PowerCutError):
        two_lines(store)
    assert placing.holding(stripe_double) == 43_192

    clock.move(timedelta(minutes=2, seconds=1))
    sweep()
    assert_nothing_stands(stripe_double)


def test_it_lets_go_of_its_lock_when_the_database_goes_away(
    stripe_double: StripeDouble, store: Store, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    place_holds = placing_steps.place_holds

    def lose_the_database(carts: list[Cart]) -> Any:
        refusals = place_holds(carts)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return refusals

    monkeypatch.setattr(placing_steps, "place_holds", lose_the_database)
    with pytest.raises(OperationalError):
        two_lines(store)
    monkeypatch.undo()

    assert placing.said(two_lines(store)) == ["being_placed", "being_placed"]
    assert placing.holding(stripe_double) == 43_192 + 1_083
    clock.move(timedelta(minutes=2, seconds=1))
    sweep()
    assert_nothing_stands(stripe_double)
    assert two_lines(store).ordered


def _power_cut(*_: Any) -> None:
    raise PowerCutError


def test_it_is_not_placed_within_a_transaction(stripe_double: StripeDouble, store: Store):
    with pytest.raises(RuntimeError), transaction.atomic():
        two_lines(store)
    assert Cart.objects.count() == 0


def test_it_keeps_no_time_out_for_locks_behind(stripe_double: StripeDouble, store: Store):
    two_lines(store)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
        # Other processes of the tests have databases of their own in the same cluster.
        of_ours = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        cursor.execute(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {of_ours}")  # noqa: S608 ours
        assert cursor.fetchone() == (0,)


def test_it_hands_over_at_the_very_edge_of_a_lapse(stripe_double: StripeDouble, store: Store):
    """A hold lasts seven days; a window that ends six days on is inside."""
    store.hours = "2026 Nov 30 09:00-21:00"
    store.save()
    [cart] = two_lines(store).carts
    assert cart.respond_by == datetime(2026, 11, 30, 17, tzinfo=UTC)
