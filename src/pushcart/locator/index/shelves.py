"""What stands on the shelves: for each product the stores that can sell some of it, by slot.

All of it, as it was read, in five long arrays; and beside them the products that changed since, each whole. A search
sees a product as it was or as it is, never half of a change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

# Beyond this share of all rows the changed products are laid to the rest.
_MOST_BESIDE = 0.1
_FEWEST_BESIDE = 100_000
_LARGE = 2**31 - 1


class Row(NamedTuple):
    """A product: slots in order, and of each the pieces left and the store's price (minor units; -1: none)."""

    slots: NDArray[np.int32]
    qty: NDArray[np.int32]
    price: NDArray[np.signedinteger[Any]]


_EMPTY = Row(np.array([], dtype=np.int32), np.array([], dtype=np.int32), np.array([], dtype=np.int32))

Told = dict[int, tuple[int, int]]  # slot -> pieces left (0: none) and price, of one product


class Shelves:
    """By product, as its number: `int(upc)`."""

    def __init__(
        self, upcs: NDArray[np.int64], slots: NDArray[np.int32], qty: NDArray[np.int32], price: NDArray[np.int64]
    ) -> None:
        """All rows, in any order."""
        order = np.lexsort((slots, upcs))
        upcs = upcs[order]
        self._upcs, starts = np.unique(upcs, return_index=True)
        self._starts = np.append(starts, len(upcs))
        del upcs
        self._slots, self._qty = slots[order], qty[order]
        self._price = narrow(price)[order]
        self._beside: dict[int, Row] = {}
        self._rows_beside = 0

    def of(self, upc: int) -> Row:
        """The product's row, empty where no store has any."""
        row = self._beside.get(upc)
        return self._laid(upc) if row is None else row

    def change(self, upc: int, told: Told) -> None:
        """What these slots have of a product now."""
        row = self.of(upc)
        changed = np.fromiter(told, dtype=np.int32, count=len(told))
        stays = ~np.isin(row.slots, changed)
        fresh = [(slot, *values) for slot, values in told.items() if values[0] > 0]
        slots = np.concatenate((row.slots[stays], np.array([one[0] for one in fresh], dtype=np.int32)))
        qty = np.concatenate((row.qty[stays], np.array([one[1] for one in fresh], dtype=np.int32)))
        price = np.concatenate((row.price[stays], np.array([one[2] for one in fresh], dtype=np.int64)))
        order = slots.argsort()
        self._rows_beside += len(order) - len(self._beside.get(upc, _EMPTY).slots)
        self._beside[upc] = Row(slots[order], qty[order], price[order])

    def in_slots(self, slots: Iterable[int], of: int) -> dict[int, dict[int, tuple[int, int]]]:
        """All that these slots have, by slot and product. `of`: how many slots there are."""
        wanted = np.zeros(of, dtype=np.bool_)
        wanted[list(slots)] = True
        found: dict[int, dict[int, tuple[int, int]]] = {slot: {} for slot in slots}
        at = np.flatnonzero(wanted[self._slots])
        upcs = self._upcs[self._starts.searchsorted(at, side="right") - 1]
        columns = (upcs, self._slots[at], self._qty[at], self._price[at])
        for upc, slot, qty, price in zip(*(column.tolist() for column in columns), strict=True):
            if upc not in self._beside:
                found[slot][upc] = qty, price
        for upc, row in self._beside.items():
            here = np.flatnonzero(wanted[row.slots])
            for i in here.tolist():
                found[int(row.slots[i])][upc] = int(row.qty[i]), int(row.price[i])
        return found

    @property
    def is_untidy(self) -> bool:
        """So much stands beside that it should be laid to the rest."""
        return self._rows_beside > max(_FEWEST_BESIDE, _MOST_BESIDE * len(self._slots))

    def tidied(self) -> Shelves:
        """The same in one piece."""
        beside = np.fromiter(self._beside, dtype=np.int64, count=len(self._beside))
        laid = np.repeat(~np.isin(self._upcs, beside), np.diff(self._starts))
        rows = list(self._beside.values())
        return Shelves(
            np.concatenate(
                (
                    np.repeat(self._upcs, np.diff(self._starts))[laid],
                    np.repeat(beside, [len(row.slots) for row in rows]),
                )
            ),
            np.concatenate((self._slots[laid], *(row.slots for row in rows))),
            np.concatenate((self._qty[laid], *(row.qty for row in rows))),
            np.concatenate((self._price[laid].astype(np.int64), *(row.price for row in rows))),
        )

    @property
    def rows(self) -> int:
        """Products on shelves, those that were replaced since counted twice."""
        return len(self._slots) + self._rows_beside

    @property
    def nbytes(self) -> int:
        laid = (self._upcs, self._starts, self._slots, self._qty, self._price)
        return sum(array.nbytes for array in laid) + self._rows_beside * 16 + len(self._beside) * 600

    def _laid(self, upc: int) -> Row:
        at = int(self._upcs.searchsorted(upc))
        if at == len(self._upcs) or self._upcs[at] != upc:
            return _EMPTY
        first, last = self._starts[at], self._starts[at + 1]
        return Row(self._slots[first:last], self._qty[first:last], self._price[first:last])


def narrow(price: NDArray[np.int64]) -> NDArray[np.signedinteger[Any]]:
    """In half the space, where no price is too large for it."""
    return price if len(price) and int(price.max()) > _LARGE else price.astype(np.int32)
