"""One hold's whole way, read back from the double's own books."""

from __future__ import annotations

from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.place import place
from pushcart.payments.actions.release import release
from pushcart.payments.actions.reserve_refund import reserve_refund


def test_it_holds_captures_and_refunds_to_the_cent(prepared, retailer, stripe_double):
    hold = place(prepared())

    assert (hold.state, hold.failure_message, hold.card_brand, hold.card_last4, hold.card_token) == (
        "held",
        "",
        "visa",
        "4242",
        "",
    )
    assert stripe_double.books(retailer)["holding"] == 11_010

    hold = capture(hold)

    assert (hold.state, hold.captured) == ("captured", 11_010)
    refund = give_back(reserve_refund(hold, 1_010))

    assert refund.state == "succeeded"
    hold.refresh_from_db()
    assert (hold.refunding, hold.refunded) == (0, 1_010)
    assert stripe_double.movements(retailer) == [("hold", 11_010), ("capture", 11_010), ("refund", 1_010)]
    stripe_double.assert_sound()


def test_it_releases(prepared, retailer, stripe_double):
    hold = release(place(prepared()))

    assert hold.state == "released"
    assert stripe_double.movements(retailer) == [("hold", 11_010), ("release", 11_010)]
