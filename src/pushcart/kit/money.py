"""Money: whole minor units of a currency (ISO 4217), and the decimal major units that the wire speaks."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision, list_currencies

# What a 64-bit column and a card network both take: 99,999,999.99 in a two-digit currency.
LARGEST = 9_999_999_999
# How many digits the card network counts in (docs.stripe.com/currencies); all others have two. It differs from CLDR,
# which gives the digits of coins in use: a dinar of Serbia has none there, and a hundred para here.
_NONE = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
_THREE = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# The smallest amount that a card can move, in minor units, where it isn't one: the last of three digits is 0, and two
# currencies without coins are counted in hundredths all the same.
_STEPS = {**dict.fromkeys(_THREE, 10), "isk": 100, "ugx": 100}


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
    code = currency.lower()
    return 0 if code in _NONE else 3 if code in _THREE else 2


def step(currency: str) -> int:
    """The smallest amount that a card can move, in minor units: 1 of usd and jpy, 10 of kwd, 100 of isk."""
    return _STEPS.get(currency.lower(), 1)


def minor(amount: str | float | Decimal, currency: str) -> int:
    """The minor units of a decimal amount as the wire brings it: `110.10` usd is 11010.

    Raises:
        MoneyError: not a number, negative, too large, or finer than the smallest amount of the currency that a card
            can move.
    """
    if isinstance(amount, bool):
        raise MoneyError(f"{amount!r} is not an amount.")
    try:
        exact = Decimal(str(amount).strip()).scaleb(digits(currency))
    except InvalidOperation:
        raise MoneyError(f"{amount!r} is not an amount.") from None
    if not exact.is_finite() or exact < 0 or exact > LARGEST:
        raise MoneyError(f"{amount!r} is not an amount from 0 to {major(LARGEST, currency)}.")
    if exact % step(currency):
        raise MoneyError(f"{amount!r} is finer than the smallest coin of {currency.upper()}.")
    return int(exact)


def major(amount: int, currency: str) -> Decimal:
    """The decimal amount of minor units: 11010 usd is `110.10`, with the currency's digits."""
    return Decimal(amount).scaleb(-digits(currency))


def shown(amount: int, currency: str, *, locale: str = "en_US") -> str:
    """For people: `$399.00`, `¥500`, `KWD 1.250`, with the digits in which the card is charged."""
    # Where the card network counts finer than CLDR, the pattern's own two digits are right.
    cldr = get_currency_precision(currency.upper()) == digits(currency)
    code = currency.upper()
    value = format_currency(major(amount, currency), code, locale=locale, currency_digits=cldr)
    return value.replace(code, f"{code} ")


def share_out(amount: int, weights: list[int], *, by: int = 1) -> list[int]:
    """Parts of `amount` in proportion to `weights` that add up to it to the last cent (largest remainder).

    Each part is a multiple of `by`, as `amount` has to be. All weights zero: the first part takes it all.
    """
    whole = sum(weights)
    if whole == 0:
        return [amount, *[0] * (len(weights) - 1)]
    amount //= by
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return [part * by for part in parts]


def half_up(amount: Decimal, *, to: int = 1) -> int:
    """Minor units from an exact product, as a till rounds: half away from zero, to a multiple of `to`."""
    return int((amount / to).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * to
