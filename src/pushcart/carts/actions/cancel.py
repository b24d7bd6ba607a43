from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.errors import IllegalTransitionError
from pushcart.carts.moves import allowed
from pushcart.carts.states import UNDECIDED
from pushcart.carts.stock import put_back

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line


def cancel(change: Change, line: Line) -> None:
    """The shopper withdraws the line before the store has decided; `settle` releases the hold. Again, nothing changes.

    Raises:
        IllegalTransitionError: the store was faster.
    """
    if line.status == "cancelled":
        return
    if line.status not in UNDECIDED:
        raise IllegalTransitionError(line.status, allowed(line), upc=line.upc)
    put_back(change, line)
    change.move(line, "cancelled")
