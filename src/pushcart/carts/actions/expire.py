from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.states import UNDECIDED
from pushcart.carts.stock import put_back

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line


def expire(change: Change, line: Line) -> None:
    """The window ran out: an undecided line is rejected by the platform; `settle` releases its hold.

    A line that was decided in time stays as it is.
    """
    if line.status in UNDECIDED:
        put_back(change, line)
        change.move(line, "auto_rejected")
