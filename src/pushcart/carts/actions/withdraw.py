from __future__ import annotations

from pushcart.carts.actions.cancel import cancel
from pushcart.carts.actions.settle import settle
from pushcart.carts.change import changing
from pushcart.carts.errors import IllegalTransitionError
from pushcart.carts.models import Cart
from pushcart.carts.states import HIDDEN, UNDECIDED


def withdraw(cart_id: int) -> Cart:
    """The shopper takes back all that the store has not decided yet; the holds are released. Again, nothing changes.

    Raises:
        IllegalTransitionError: the store has decided all of it.
    """
    with changing(cart_id) as change:
        shown = [line for line in change.lines if line.status not in HIDDEN]
        undecided = [line for line in shown if line.status in UNDECIDED]
        if not undecided and not any(line.status == "cancelled" for line in shown):
            raise IllegalTransitionError(shown[0].status, [], upc=shown[0].upc)
        # In the order of their UPCs, so that two carts never wait in a circle for each other's stock.
        for line in sorted(undecided, key=lambda line: line.upc):
            cancel(change, line)
    settle(cart_id)
    return Cart.objects.select_related("store").get(pk=cart_id)
