from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.errors import ReasonMissingError, ReasonUnusableError
from pushcart.carts.moves import require
from pushcart.carts.stock import put_back

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line

LONGEST_REASON = 500  # characters


def reject(change: Change, line: Line, *, reason: str) -> None:
    """The store refuses the line; its stock is free again, and `settle` releases the hold. Said again, nothing changes.

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
