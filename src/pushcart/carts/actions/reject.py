from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.errors import ReasonMissingError, ReasonUnusableError
from pushcart.carts.moves import require
from pushcart.carts.out_of_stock import says_out_of_stock
from pushcart.carts.stock import put_back
from pushcart.inventory.actions.hide import hide

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line

LONGEST_REASON = 500  # characters


def reject(change: Change, line: Line, *, reason: str) -> None:
    """The store refuses the line; its stock is free again, and `settle` releases the hold. Said again, nothing changes.

    A reason that says that there is none hides the product in this store until a feed tells it anew.

    Raises:
        ReasonMissingError: `reason` is blank (the announcement, 4.2).
        ReasonUnusableError: it is longer than 500 characters, or not text.
        IllegalTransitionError: the line was decided otherwise already.
    """
    reason = _checked(reason, line.upc)
    if line.status == "rejected":
        return
    require(line, "rejected")
    put_back(change, line)
    if says_out_of_stock(reason) and not change.cart.test:
        hide(change.cart.store_id, line.upc)
    change.move(line, "rejected", reason=reason)


def _checked(reason: str, upc: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ReasonMissingError(upc=upc)
    if len(reason) > LONGEST_REASON:
        raise ReasonUnusableError(f"it has {len(reason)} characters, {LONGEST_REASON} are the most", upc=upc)
    if "\0" in reason:
        raise ReasonUnusableError("it holds a NUL character", upc=upc)
    return reason
