"""Which slots can be wanted at all, remembered for as long as neither the network nor the clock changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

_MOST = 500  # of one byte a store


class Mask(NamedTuple):
    """For each slot whether it fits, from the moment `begin` until before `end` (microseconds since 1970)."""

    slots: NDArray[np.bool_]
    begin: int
    end: int


class Masks:
    """By what they narrow to."""

    def __init__(self) -> None:
        self._known: dict[object, Mask] = {}

    def get(self, narrowed_to: object, at: int, make: Callable[[], Mask]) -> NDArray[np.bool_]:
        """The mask that holds at a moment."""
        known = self._known.get(narrowed_to)
        if known is None or not known.begin <= at < known.end:
            known = make()
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[narrowed_to] = known
        return known.slots
