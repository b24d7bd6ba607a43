"""What cards are asked for, told by the payment double: charged once, released, given back, whatever goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.carts.actions.cancel import cancel
from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.refund import refund
from pushcart.carts.actions.reject import reject
from pushcart.carts.actions.settle import settle
from pushcart.carts.actions.sweep import sweep
from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.errors import CaptureOutstandingError
from pushcart.payments.actions.capture import capture
from pushcart.payments.models import Hold, Refund
from tests import doubles, network
from tests.carts.orders import everything, hold_of, line_of, money, say, shown, told
from tests.carts.paid import connected_store, ordered

pytestmark = pytest.mark.django_db
clock_file = doubles.clock_file

UPC = network.GRILL
CAPTURE, CANCEL, REFUNDS = "/v1/payment_intents/*/capture", "/v1/payment_intents/*/cancel", "/v1/refunds"
HALF_A_MINUTE = timedelta(seconds=31)


@pytest.fixture
def store(stripe_double, clock):
    clock.freeze(clock.now())
    yield connected_store(stripe_double)
    stripe_double.assert_sound()


@pytest.fixture
def cart(store, stripe_double):
    return ordered(store, stripe_double.card_token())


def _says(cart, status, **words):
    return update(cart.pk, [LineUpdate(UPC, status, **words)])


def test_it_charges_at_once_and_in_full(cart, store, stripe_double):
    _says(cart, "confirmed")

    assert stripe_double.movements(store.company) == [("hold", 43192), ("capture", 43192)]
    assert line_of(cart).captured == 43192
    assert shown(cart)["payment"] == {"brand": "visa", "last4": "4242", "status": "captured"}
    assert told(cart) == ["carts.ordered", "carts.confirmed", "carts.charged"]


def test_it_releases_a_rejected_line(cart, store, stripe_double):
    _says(cart, "rejected", reason="Sold at the counter.")

    assert stripe_double.movements(store.company) == [("hold", 43192), ("release", 43192)]
    assert told(cart) == ["carts.ordered", "carts.rejected", "carts.released"]
    assert shown(cart)["payment"]["status"] == "released"


def test_it_releases_what_the_shopper_withdrew(cart, store, stripe_double):
    say(cart, cancel)
    settle(cart.pk)

    assert stripe_double.movements(store.company) == [("hold", 43192), ("release", 43192)]
    assert told(cart)[-2:] == ["carts.cancelled", "carts.released"]


def test_it_gives_back_at_once(cart, store, stripe_double):
    _says(cart, "confirmed")
    _says(cart, "fulfilled")
    _says(cart, "refund", refund_amount=3192)
    _says(cart, "refund", refund_amount=40000)

    assert stripe_double.movements(store.company)[2:] == [("refund", 3192), ("refund", 40000)]
    line = line_of(cart)
    assert (line.status, line.captured, line.kept, line.refunded) == ("refunded", 43192, 0, 43192)
    assert shown(cart)["refunded_total"] == 431.92


def test_it_decides_each_line_for_itself(store, stripe_double):
    cart = ordered(store, stripe_double.card_token(), lines=[(network.GRILL, 1), (network.TOWEL, 2)])

    update(
        cart.pk,
        [LineUpdate(network.GRILL, "confirmed"), LineUpdate(network.TOWEL, "rejected", reason="None left.")],
    )

    assert sorted(stripe_double.movements(store.company)[2:]) == [("capture", 43192), ("release", 86384)]
    assert shown(cart)["captured_total"] == 431.92


def test_it_tells_of_a_charge_that_the_bank_refuses(store, stripe_double):
    cart = ordered(store, stripe_double.card_token("pm_card_captureDeclined"))

    _says(cart, "confirmed")

    line = line_of(cart)
    assert line.status == "charge_failed"
    assert line.reason
    assert (line.held, line.captured, line.released) == (0, 0, 43192)
    assert stripe_double.books(store.company)["holding"] == 0
    assert told(cart) == ["carts.ordered", "carts.confirmed", "carts.charge_failed", "carts.released"]
    assert shown(cart)["items"][0]["allowed"] == ["fulfilled", "rejected"]


@pytest.mark.parametrize(("status", "words"), [("fulfilled", {}), ("rejected", {"reason": "Never came."})])
def test_it_ends_a_line_whose_charge_failed(store, stripe_double, status, words):
    cart = ordered(store, stripe_double.card_token("pm_card_captureDeclined"))
    _says(cart, "confirmed")

    _says(cart, status, **words)

    assert line_of(cart).status == status
    assert stripe_double.books(store.company)["captured"] == 0
    assert stripe_double.books(store.company)["holding"] == 0


def test_it_releases_what_a_failed_charge_left_on_hold_even_when_the_release_is_not_answered(
    store, stripe_double, clock
):
    cart = ordered(store, stripe_double.card_token("pm_card_captureDeclined"))
    stripe_double.fault("timeout", CANCEL, seconds=0)
    _says(cart, "confirmed")
    assert (line_of(cart).status, line_of(cart).held) == ("charge_failed", 43192)
    _says(cart, "fulfilled")

    clock.move(HALF_A_MINUTE)
    sweep()

    assert (line_of(cart).status, line_of(cart).released) == ("fulfilled", 43192)
    assert stripe_double.books(store.company)["holding"] == 0


@pytest.mark.parametrize("trouble", ["answer_lost", "timeout", "error_500", "error_500_after", "rate_limited"])
def test_it_finds_a_lost_answer_to_a_charge_and_never_charges_twice(cart, store, stripe_double, clock, trouble):
    stripe_double.fault(trouble, CAPTURE, seconds=0)

    _says(cart, "confirmed")
    for _ in range(4):
        clock.move(HALF_A_MINUTE)
        sweep()

    assert stripe_double.movements(store.company) == [("hold", 43192), ("capture", 43192)]
    assert (line_of(cart).status, line_of(cart).captured) == ("confirmed", 43192)
    assert told(cart) == ["carts.ordered", "carts.confirmed", "carts.charged"]
    assert stripe_double.unmet_faults() == 0
    assert sweep() == 0


def test_it_lets_nothing_follow_a_charge_without_an_answer(cart, stripe_double, clock):
    stripe_double.fault("answer_lost", CAPTURE)
    _says(cart, "confirmed")
    before = everything(cart)

    with pytest.raises(CaptureOutstandingError):
        _says(cart, "fulfilled")
    with pytest.raises(CaptureOutstandingError):
        _says(cart, "refund", refund_amount=1)

    assert everything(cart) == before
    assert shown(cart)["payment"]["status"] == "settling"


def test_it_finds_the_answer_out_when_the_retailer_asks_again(cart, store, stripe_double, clock):
    stripe_double.fault("answer_lost", CAPTURE)
    _says(cart, "confirmed")
    clock.move(HALF_A_MINUTE)

    _says(cart, "confirmed")

    assert line_of(cart).captured == 43192
    assert stripe_double.movements(store.company) == [("hold", 43192), ("capture", 43192)]


@pytest.mark.parametrize("trouble", ["answer_lost", "timeout", "error_500", "error_500_after", "rate_limited"])
def test_it_finds_a_lost_answer_to_a_release(cart, store, stripe_double, clock, trouble):
    stripe_double.fault(trouble, CANCEL, seconds=0)

    _says(cart, "rejected", reason="Sold at the counter.")
    for _ in range(4):
        clock.move(HALF_A_MINUTE)
        sweep()

    assert stripe_double.movements(store.company) == [("hold", 43192), ("release", 43192)]
    assert (line_of(cart).held, line_of(cart).released) == (0, 43192)


@pytest.mark.parametrize("trouble", ["answer_lost", "timeout", "error_500", "error_500_after", "rate_limited"])
def test_it_finds_a_lost_answer_to_a_refund_and_never_gives_back_twice(cart, store, stripe_double, clock, trouble):
    _says(cart, "confirmed")
    stripe_double.fault(trouble, REFUNDS, method="POST", seconds=0)

    _says(cart, "refund", refund_amount=5000)
    for _ in range(4):
        clock.move(HALF_A_MINUTE)
        sweep()
    _says(cart, "refund", refund_amount=5000)

    # A service that fails for good has refunded nothing, and the retailer's retry does.
    assert stripe_double.movements(store.company)[2:] == [("refund", 5000)]
    line = line_of(cart)
    assert (line.status, line.kept, line.refunding, line.refunded) == ("partially_refunded", 38192, 0, 5000)


def test_it_waits_for_a_bank_that_works_on_a_refund(store, stripe_double, clock):
    cart = ordered(store, stripe_double.card_token("pm_card_pendingRefund"))
    _says(cart, "confirmed")
    _says(cart, "refund", refund_amount=5000)
    assert (line_of(cart).status, line_of(cart).refunding) == ("confirmed", 5000)

    stripe_double.control("POST", f"refunds/{Refund.objects.get().stripe_id}/succeed")
    clock.move(HALF_A_MINUTE)
    sweep()

    assert (line_of(cart).status, line_of(cart).refunded) == ("partially_refunded", 5000)


def test_it_keeps_what_a_bank_could_not_take_back(store, stripe_double, clock):
    cart = ordered(store, stripe_double.card_token("pm_card_pendingRefund"))
    _says(cart, "confirmed")
    _says(cart, "refund", refund_amount=5000)

    stripe_double.control("POST", f"refunds/{Refund.objects.get().stripe_id}/fail")
    clock.move(HALF_A_MINUTE)
    sweep()

    line = line_of(cart)
    assert (line.status, line.kept, line.refunding) == ("confirmed", 43192, 0)
    assert told(cart)[-1] == "carts.refund_failed"


@pytest.mark.parametrize(
    ("verb", "words", "moved"),
    [
        (confirm, {}, ("capture", 43192)),
        (reject, {"reason": "None left."}, ("release", 43192)),
        (cancel, {}, ("release", 43192)),
    ],
)
def test_it_pays_what_a_process_left_that_died_after_deciding(cart, store, stripe_double, clock, verb, words, moved):
    say(cart, verb, **words)
    assert sweep() == 0

    clock.move(HALF_A_MINUTE)

    assert sweep() == 1
    assert stripe_double.movements(store.company)[1:] == [moved]
    assert line_of(cart).held == 0
    assert sweep() == 0


def test_it_gives_back_what_a_process_left_that_died_after_deciding(cart, store, stripe_double, clock):
    _says(cart, "confirmed")
    say(cart, refund, amount=5000)
    clock.move(HALF_A_MINUTE)

    sweep()

    assert stripe_double.movements(store.company)[2:] == [("refund", 5000)]
    assert line_of(cart).refunded == 5000


def test_it_books_what_a_process_left_that_died_after_paying(cart, store, stripe_double, clock):
    say(cart, confirm)
    capture(hold_of(cart))
    assert money(line_of(cart))["held"] == 43192
    clock.move(HALF_A_MINUTE)

    sweep()

    assert money(line_of(cart))["captured"] == 43192
    assert stripe_double.movements(store.company) == [("hold", 43192), ("capture", 43192)]


def test_it_learns_with_the_charge_that_the_bank_let_the_hold_go(cart, store, stripe_double):
    stripe_double.control("POST", f"intents/{hold_of(cart).intent_id}/lapse")

    _says(cart, "confirmed")

    line = line_of(cart)
    assert (line.status, line.captured, line.released) == ("charge_failed", 0, 43192)
    assert stripe_double.books(store.company)["holding"] == 0


def test_it_learns_with_the_release_that_the_bank_let_the_hold_go(cart, stripe_double):
    stripe_double.control("POST", f"intents/{hold_of(cart).intent_id}/lapse")

    _says(cart, "rejected", reason="None left.")

    assert line_of(cart).released == 43192
    assert told(cart)[-1] == "carts.lapsed"
    assert hold_of(cart).state == "lapsed"


def test_it_moves_no_money_for_what_is_said_again(cart, store, stripe_double):
    for _ in range(3):
        _says(cart, "confirmed")
    for _ in range(3):
        _says(cart, "refund", refund_amount=43192)

    assert stripe_double.movements(store.company) == [("hold", 43192), ("capture", 43192), ("refund", 43192)]
    assert Hold.objects.get().refunded == 43192
