"""Stripe's rules of amounts: minor units, the least that can be charged, and what Stripe itself takes."""

from __future__ import annotations

from babel.numbers import is_currency

from pushcart.sandbox.stripe.errors import Refusal

# docs.stripe.com/currencies: amounts of these have no minor units …
ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
# … and of these three, the last of which must be 0.
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# Without coins, and counted in hundredths all the same, which must be 00.
_WHOLE = frozenset(["isk", "ugx"])
# docs.stripe.com/currencies#minimum-and-maximum-charge-amounts; where it names none, any amount will do.
_LEAST = {
    **dict.fromkeys(["usd", "aud", "brl", "cad", "chf", "eur", "inr", "nzd", "sgd", "jpy"], 50),
    "gbp": 30,
    "dkk": 250,
    "nok": 300,
    "sek": 300,
    "hkd": 400,
    "mxn": 1000,
    "pln": 200,
    "czk": 1500,
    "huf": 17500,
}
_MOST = 99_999_999
# What Stripe takes of each payment in the United States: 2.9 % and 30 cents.
_FEE_BASIS_POINTS = 290
_FEE_FIXED = 30


def checked_currency(code: str) -> str:
    """The code in lower case. Raises Refusal where there is no such currency."""
    if len(code) != 3 or not is_currency(code.upper()):  # noqa: PLR2004 - ISO 4217
        raise Refusal(400, f"Invalid currency: {code.lower()}.", param="currency")
    return code.lower()


def check_amount(amount: int, currency: str) -> None:
    """Raises Refusal: below 1, below the currency's least, above the most, or a half fils."""
    check_positive(amount, "amount")
    if amount < _LEAST.get(currency, 1):
        raise Refusal(
            400,
            f"Amount must be at least {shown(_LEAST[currency], currency)} {currency}",
            code="amount_too_small",
            param="amount",
        )
    if amount > _MOST:
        raise Refusal(
            400,
            f"Amount must be no more than {shown(_MOST, currency)}",
            code="amount_too_large",
            param="amount",
        )
    check_rounded(amount, currency, "amount")


def check_rounded(amount: int, currency: str, param: str) -> None:
    """Raises Refusal: finer than a card can be charged or given back in that currency."""
    if currency in THREE_DECIMAL and amount % 10:
        raise Refusal(400, "Invalid amount. The last digit must be 0 in a three-decimal currency.", param=param)
    if currency in _WHOLE and amount % 100:
        raise Refusal(400, f"Invalid amount. The last two digits must be 00 in {currency}.", param=param)


def check_positive(amount: int, param: str) -> None:
    if amount < 1:
        raise Refusal(
            400,
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=param,
        )


def stripe_fee(amount: int, currency: str) -> int:
    """What Stripe keeps of a payment, half a unit rounded up."""
    fixed = 0 if currency in ZERO_DECIMAL else _FEE_FIXED * (10 if currency in THREE_DECIMAL else 1)
    return min(amount, (amount * _FEE_BASIS_POINTS + 5_000) // 10_000 + fixed)


def shown(amount: int, currency: str) -> str:
    """An amount as Stripe's messages write it: $12.00, €12.00, ¥1200."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    sign = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "CA$", "aud": "A$"}.get(currency, "")
    value = f"{amount / 10**digits:,.{digits}f}"
    return f"{sign}{value}" if sign else f"{value} {currency.upper()}"
