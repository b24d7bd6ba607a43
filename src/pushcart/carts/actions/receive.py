from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.fulfillment_url import move_with

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line


def receive(change: Change, line: Line, *, fulfillment_url: str = "") -> None:
    """The line is in the retailer's system, undecided. Said again, only another `fulfillment_url` changes something.

    Raises:
        IllegalTransitionError: it is decided already.
        FulfillmentUrlError: the address can't be used.
    """
    move_with(change, line, "received", fulfillment_url)
