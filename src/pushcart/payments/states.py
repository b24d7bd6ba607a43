"""The life of a card hold, and of a refund.

The states in the middle (placing, renewing, capturing, releasing, pending) are written before the call to Stripe.
Whatever stands there without an answer is settled by asking Stripe again with the same idempotency key.
"""

from __future__ import annotations

from pushcart.kit.states import Graph

HOLD = Graph(
    name="payments.hold",
    initial="placing",
    moves={
        "placing": ("held", "failed", "releasing"),
        "held": ("renewing", "capturing", "releasing", "lapsed"),
        "renewing": ("held", "lapsed"),
        "capturing": ("captured", "capture_failed"),
        "capture_failed": ("releasing",),
        "releasing": ("released", "failed", "lapsed"),
        "captured": (),
        "released": (),
        "failed": (),
        "lapsed": (),
    },
    meaning={
        "placing": "asked for; no answer yet",
        "held": "the amount is authorised on the card",
        "renewing": "a further hold is asked for, to stand in for this one before it lapses; no answer yet",
        "capturing": "the capture is asked for; no answer yet",
        "captured": "the money is the retailer's",
        "capture_failed": "the card refused the capture",
        "releasing": "the release is asked for; no answer yet",
        "released": "given back to the card",
        "failed": "the card refused the hold: nothing was ever held",
        "lapsed": "the bank let the hold go by itself",
    },
)

REFUND = Graph(
    name="payments.refund",
    initial="pending",
    moves={"pending": ("succeeded", "failed"), "succeeded": ("failed",), "failed": ()},
    meaning={
        "pending": "asked for; no answer yet, or the bank works on it",
        "succeeded": "given back",
        "failed": "refused, or come back late: the amount can be refunded again",
    },
)

DISPUTE = Graph(
    name="payments.dispute",
    initial="open",
    moves={"open": ("won", "lost", "dropped"), "won": (), "lost": (), "dropped": ()},
    meaning={
        "open": "the shopper's bank decides; what it took meanwhile is neither kept nor given back",
        "won": "the money is the retailer's again",
        "lost": "the money is the shopper's: it counts as refunded",
        "dropped": "an inquiry that came to nothing",
    },
)
