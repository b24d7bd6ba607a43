"""The life of a line (contract, section 2: Line statuses)."""

from __future__ import annotations

from pushcart.kit.states import Graph

LINE = Graph(
    name="carts.line",
    initial="placing",
    moves={
        "placing": ("ordered", "refused"),
        "ordered": ("received", "confirmed", "rejected", "auto_rejected", "cancelled"),
        "received": ("confirmed", "rejected", "auto_rejected", "cancelled"),
        "confirmed": ("fulfilled", "partially_refunded", "refunded", "charge_failed"),
        "charge_failed": ("fulfilled", "rejected"),
        "fulfilled": ("partially_refunded", "refunded"),
        # The moves back are for a refund that the bank returned late (decision 0042).
        "partially_refunded": ("fulfilled", "refunded", "confirmed"),
        "refunded": ("fulfilled", "partially_refunded", "confirmed"),
        "rejected": (),
        "auto_rejected": (),
        "cancelled": (),
        "refused": (),
    },
    meaning={
        "placing": "the shopper's card is being held; nobody but the platform sees it",
        "refused": "could not be ordered; nobody but the platform sees it",
        "ordered": "waiting for the store",
        "received": "in the retailer's system, undecided",
        "confirmed": "accepted; the card is charged at once, in full",
        "rejected": "refused by the retailer, with a reason",
        "auto_rejected": "the window ran out",
        "cancelled": "withdrawn by the shopper before the store decided",
        "charge_failed": "confirmed, but the capture failed: the shopper pays at the store or the line ends",
        "fulfilled": "picked up or handed over",
        "partially_refunded": "some of the money was given back",
        "refunded": "all of the money was given back",
    },
)

UNDECIDED = ("ordered", "received")
# What only the platform sees: such lines stand in no document.
HIDDEN = ("placing", "refused")

# A cart's status is the status of its line that has the longest way to go.
_BY_WAY_TO_GO = (
    "ordered",
    "received",
    "charge_failed",
    "confirmed",
    "fulfilled",
    "partially_refunded",
    "refunded",
    "rejected",
    "auto_rejected",
    "cancelled",
)


def cart_status(line_statuses: list[str]) -> str:
    """A cart's status from those of its lines: one that is still to be decided, paid or handed over speaks for all."""
    return min(line_statuses, key=_BY_WAY_TO_GO.index)
