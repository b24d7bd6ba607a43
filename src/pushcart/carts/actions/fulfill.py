from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.moves import require, require_charged

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line


def fulfill(change: Change, line: Line) -> None:
    """The line was picked up or handed over. Said again, nothing changes.

    A line whose charge failed can be fulfilled too: it was paid at the store.

    Raises:
        IllegalTransitionError: it was not accepted.
        CaptureOutstandingError: its charge has no answer yet.
    """
    if line.status == "fulfilled":
        return
    require(line, "fulfilled")
    require_charged(line)
    change.move(line, "fulfilled", fulfilled_at=change.at, reason="")
