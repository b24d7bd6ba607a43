"""What a line costs: the store's price, its tax and its part of the delivery fee, in minor units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushcart.carts.order import Cause, Refusal
from pushcart.kit.money import MoneyError, half_up, major, minor, share_out, step

if TYPE_CHECKING:
    from decimal import Decimal

    from pushcart.carts.order import Item
    from pushcart.carts.placing.parts import PricedLine


def price_differs(item: Item, price: int, currency: str) -> Refusal | None:
    """Why the shopper's price isn't the store's, if it isn't."""
    right = major(price, currency)
    if item.price_per_unit == right:
        return None
    return Refusal(
        Cause.PRICE_CHANGED,
        f"The store's price is {right} {currency.upper()}, not {item.price_per_unit.normalize():f}.",
        field="price_per_unit",
        details={"price_per_unit": right},
    )


def tax_of(item: Item, price: int, rate: Decimal, currency: str, *, included: bool) -> tuple[int, int] | Refusal:
    """The tax on one piece and on the line: by the store's rate, or the site's own amount (decision 0046).

    The line is rounded once, half up, so that its tax need not be its pieces' together. `included`: the price holds
    the tax already (decision 0115).
    """
    if item.tax_per_unit is None:
        return _tax(price, rate, currency, included=included), _tax(price * item.qty, rate, currency, included=included)
    try:
        given = minor(item.tax_per_unit, currency)
    except MoneyError:
        return _no_tax(f"tax_per_unit is an amount of {currency.upper()}, and {item.tax_per_unit:f} is none.")
    if given > price:
        return _no_tax("tax_per_unit is more than the price.")
    by_rate = _tax(price, rate, currency, included=included)
    if item.tax_per_unit == rate and given != by_rate:
        right = major(by_rate, currency)
        return _no_tax(f"tax_per_unit is an amount, not a rate: at the store's rate it is {right}.", {"tax": right})
    return given, given * item.qty


def _tax(amount: int, rate: Decimal, currency: str, *, included: bool) -> int:
    return half_up(amount * rate / (1 + rate) if included else amount * rate, to=step(currency))


def _no_tax(message: str, details: dict[str, Decimal] | None = None) -> Refusal:
    return Refusal(Cause.TAX_MISMATCH, message, field="tax_per_unit", details=details or {})


def with_delivery_fee(lines: list[PricedLine], fee: int, currency: str) -> list[PricedLine]:
    """The fee shared out over the lines by what they cost, so that each hold covers its line whole (decision 0048)."""
    parts = share_out(fee, [line.subtotal for line in lines], by=step(currency))
    return [replace(line, shipping=part) for line, part in zip(lines, parts, strict=True)]
