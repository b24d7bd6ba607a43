from __future__ import annotations

from pushcart.carts.actions.expire import expire
from pushcart.carts.change import changing
from pushcart.carts.models import Cart
from pushcart.carts.one_by_one import one_by_one
from pushcart.kit import clock


def expire_due(limit: int = 200) -> int:
    """Rejects what the stores left undecided in carts whose window ran out, and counts the carts.

    No card network is asked here: a slow one keeps nobody waiting for the word. `release_expired` lets the holds go. A
    cart that is just being decided is left to whoever decides it; if it is still due then, the next run finds it.
    """
    due = Cart.objects.filter(respond_by__lte=clock.now()).order_by("respond_by").values_list("pk", flat=True)
    return len(one_by_one(_expire, list(due[:limit])))


def _expire(cart_id: int) -> bool:
    try:
        with changing(cart_id, wait=False) as change:
            respond_by = change.cart.respond_by
            if respond_by is None or respond_by > change.at:
                return False
            for line in sorted(change.lines, key=lambda line: line.upc):
                expire(change, line)
    except Cart.DoesNotExist:
        return False
    return True
