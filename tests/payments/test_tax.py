from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pushcart.payments.tax import share


@some.composite
def payments(draw: some.DrawFn) -> tuple[int, int]:
    whole = draw(some.integers(1, 1_000_000))
    return draw(some.integers(0, whole)), whole


@settings(max_examples=1_000)
@given(payment=payments(), data=some.data())
def test_the_parts_of_a_tax_add_up_to_it_whatever_came_back_in_between(payment: tuple[int, int], data: some.DataObject):
    tax, whole = payment
    stand: list[tuple[int, int]] = []
    for _ in range(data.draw(some.integers(1, 8))):
        if stand and data.draw(some.integers(0, 3)) == 0:
            stand.pop(data.draw(some.integers(0, len(stand) - 1)))  # it failed late
        left = whole - sum(amount for amount, _ in stand)
        if left:
            _refund(tax, whole, stand, data.draw(some.integers(1, left)))
    left = whole - sum(amount for amount, _ in stand)
    if left:
        _refund(tax, whole, stand, left)

    assert sum(amount for amount, _ in stand) == whole
    assert sum(part for _, part in stand) == tax


def _refund(tax: int, whole: int, stand: list[tuple[int, int]], amount: int) -> None:
    before = (sum(amount for amount, _ in stand), sum(part for _, part in stand))
    part = share(tax, whole, before=before, amount=amount)
    assert 0 <= part <= amount
    stand.append((amount, part))


@pytest.mark.parametrize(
    ("amounts", "parts"),
    [
        ([11_010], [840]),
        ([1, 1, 11_008], [0, 0, 840]),
        ([3_670, 3_670, 3_670], [280, 280, 280]),
        ([100, 5_000, 5_910], [8, 381, 451]),
    ],
)
def test_a_part_gives_back_its_share_of_the_tax(amounts: list[int], parts: list[int]):
    stand: list[tuple[int, int]] = []
    for amount in amounts:
        _refund(840, 11_010, stand, amount)
    assert [part for _, part in stand] == parts
