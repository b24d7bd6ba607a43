from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pushcart.companies.models import Company


def _bare(number: str) -> str:
    """Without what a spreadsheet takes away or puts on."""
    return number.casefold().removesuffix(".0").lstrip("0")


_WAYS: tuple[Callable[[str], str], ...] = (str.casefold, _bare)


class Places:
    """A company's stores by their numbers, also in other letters or without leading zeros where only one store fits."""

    def __init__(self, company: Company, only: Store | None) -> None:
        self._only = only
        stores = Store.objects.filter(company=company).order_by("pk").values_list("number", "pk")
        self._by_number = dict(stores)
        # All that an answer depends on.
        self.words = (only and only.pk, *stores)
        # Whatever else a number is written like, it is found where only one store fits.
        self._alike = [_only_ones((way(number), pk) for number, pk in stores) for way in _WAYS]

    def of(self, written: str) -> int | str:
        """The store's id, or as a sentence why there is none."""
        if self._only is not None and not written:
            return self._only.pk
        if not written:
            return "The store is missing."
        found = self._by_number.get(written)
        for way, alike in zip(_WAYS, self._alike, strict=True):
            found = found or alike.get(way(written))
        if found is None:
            return f"There is no store {written[:40]!r}."
        if self._only is not None and found != self._only.pk:
            return f"The row is of store {written[:40]!r}, and this feed of store {self._only.number!r} alone."
        return found


def _only_ones(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    pairs = list(pairs)
    times = Counter(number for number, _ in pairs)
    return {number: pk for number, pk in pairs if times[number] == 1}
