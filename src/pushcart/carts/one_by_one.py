from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_log = structlog.get_logger()


def one_by_one(act: Callable[[int], bool | None], cart_ids: Iterable[int]) -> list[int]:
    """Does `act` for each cart and returns those for which it was done; `act` answers False where nothing was to do.

    A cart for which it fails is logged, left as it was for the next time, and does not stand in the others' way.
    """
    done = []
    for cart_id in cart_ids:
        try:
            if act(cart_id) is not False:
                done.append(cart_id)
        except Exception:  # noqa: BLE001 whatever it is, the next cart has nothing to do with it
            _log.exception("carts.left_for_next_time", cart_id=cart_id, act=act.__qualname__)
    return done
