from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_log = structlog.get_logger()


def in_seconds(seconds: float) -> float:
    """So far from now, for `until`."""
    return time.monotonic() + seconds


def is_over(until: float) -> bool:
    """Whether that moment of the machine's time has passed."""
    return time.monotonic() > until


def one_by_one(act: Callable[[int], bool | None], cart_ids: Iterable[int], *, until: float = math.inf) -> list[int]:
    """Does `act` for each cart and returns those for which it was done; `act` answers False where nothing was to do.

    A cart for which it fails is logged, left as it was for the next time, and does not stand in the others' way. After
    `until`, a moment of the machine's time, no further one is begun: what is left has to be found again.
    """
    done: list[int] = []
    for number, cart_id in enumerate(cart_ids):
        if number and is_over(until):
            break
        try:
            if act(cart_id) is not False:
                done.append(cart_id)
        except Exception:  # noqa: BLE001 whatever it is, the next cart has nothing to do with it
            _log.exception("carts.left_for_next_time", cart_id=cart_id, act=getattr(act, "func", act).__qualname__)
    return done
