"""An order that can't stand is taken back: lines refused, stock on the shelf again, every hold released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.actions.settle import settle
from pushcart.carts.change import changing
from pushcart.carts.stock import put_back

if TYPE_CHECKING:
    from pushcart.carts.models import Cart
    from pushcart.carts.placing.check import Refusals


def give_up(carts: list[Cart], refusals: Refusals) -> None:
    """Refuses whatever of the carts is still being placed; a line that became an order meanwhile stays one.

    A release without an answer is left to the sweeper, which asks until there is one.
    """
    for cart in carts:
        _refuse(cart, refusals)
    for cart in carts:
        settle(cart.pk)


def _refuse(cart: Cart, refusals: Refusals) -> None:
    with changing(cart.pk) as change:
        # Shelves are locked in the order of UPCs, by orders too.
        for line in sorted(change.lines, key=lambda line: line.upc):
            if line.status == "placing":
                reason = refusals[line.position].message if line.position in refusals else ""
                change.move(line, "refused", reason=reason)
                put_back(change, line)
