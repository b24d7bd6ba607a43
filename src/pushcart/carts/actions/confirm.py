from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.fulfillment_url import move_with

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line


def confirm(change: Change, line: Line, *, fulfillment_url: str = "") -> None:
    """The store accepts the line; `settle` then charges the card at once, in full (the announcement, 4.2).

    Said again, only another `fulfillment_url` changes something.

    Raises:
        IllegalTransitionError: it is decided already.
        FulfillmentUrlError: the address can't be used.
    """
    move_with(change, line, "confirmed", fulfillment_url)
