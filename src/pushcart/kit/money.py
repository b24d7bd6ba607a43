"""Money: whole minor units of a currency (ISO 4217), and the decimal major units that the wire speaks."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

# What a 64-bit column and a card network both take: 99,999,999.99 in a two-digit currency.
LARGEST = 9_999_999_999


class MoneyError(ValueError):
    """An amount that can't be: the message says what is wrong with it."""


@lru_cache
def digits(currency: str) -> int:
    """Digits behind the decimal point: 2 for usd, 0 for jpy, 3 for kwd.

    Raises:
        MoneyError: no such currency.
    """
    if currency.upper() not in list_currencies():
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency.")
    return get_currency_precision(currency.upper())


def minor(amount: str | float | Decimal, currency: str) -> int:
    """The minor units of a decimal amount as the wire brings it: `110.10` usd is 11010.

    Raises:
        MoneyError: not a number, negative, too large, or finer than the currency's smallest coin.
    """
    if isinstance(amount, bool):
        raise MoneyError(f"{amount!r} is not an amount.")
    try:
        exact = Decimal(str(amount).strip()).scaleb(digits(currency))
    except InvalidOperation:
        raise MoneyError(f"{amount!r} is not an amount.") from None
    if not exact.is_finite() or exact < 0 or exact > LARGEST:
        raise MoneyError(f"{amount!r} is not an amount from 0 to {major(LARGEST, currency)}.")
    if exact != exact.to_integral_value():
        raise MoneyError(f"{amount!r} is finer than the smallest coin of {currency.upper()}.")
    return int(exact)


def major(amount: int, currency: str) -> Decimal:
    """The decimal amount of minor units: 11010 usd is `110.10`, with the currency's digits."""
    return Decimal(amount).scaleb(-digits(currency))


def share_out(amount: int, weights: list[int]) -> list[int]:
    """Parts of `amount` in proportion to `weights` that add up to it to the last cent (largest remainder).

    All weights zero: the first part takes it all.
    """
    whole = sum(weights)
    if whole == 0:
        return [amount, *[0] * (len(weights) - 1)]
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def half_up(amount: Decimal) -> int:
    """Minor units from an exact product, as a till rounds: half away from zero."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
