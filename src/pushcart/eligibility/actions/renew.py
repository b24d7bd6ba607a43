from __future__ import annotations

from pushcart.eligibility.actions.renew_all import renew_all


def renew(store_id: int) -> bool:
    """Finds out anew what a store can do, writes it down and records `eligibility.changed` where it changed.

    Call it in, or right after, the transaction that changed one of the facts. Returns whether anything changed.
    """
    return renew_all([store_id]) == 1
