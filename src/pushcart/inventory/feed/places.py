from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.stores.models import Store

if TYPE_CHECKING:
    from pushcart.companies.models import Company


class Places:
    """A company's stores by their numbers; a number that lost its leading zeros is found where only one store fits."""

    def __init__(self, company: Company, only: Store | None) -> None:
        self._only = only
        stores = Store.objects.filter(company=company).order_by("pk").values_list("number", "pk")
        self._by_number = {number.casefold(): pk for number, pk in stores}
        short: dict[str, list[int]] = {}
        for number, pk in self._by_number.items():
            short.setdefault(number.lstrip("0"), []).append(pk)
        self._by_short = {number: pks[0] for number, pks in short.items() if len(pks) == 1}

    def of(self, written: str) -> int | str:
        """The store's id, or as a sentence why there is none."""
        if self._only is not None and not written:
            return self._only.pk
        if not written:
            return "The store is missing."
        number = written.casefold()
        found = self._by_number.get(number) or self._by_short.get(number.removesuffix(".0").lstrip("0"))
        if found is None:
            return f"There is no store {written[:40]!r}."
        if self._only is not None and found != self._only.pk:
            return f"The row is of store {written[:40]!r}, and this feed of store {self._only.number!r} alone."
        return found
