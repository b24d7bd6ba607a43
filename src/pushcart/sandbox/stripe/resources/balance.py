"""What the accounts own: `/v1/balance` and `/v1/balance_transactions`."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import listing
from pushcart.sandbox.stripe.calling import Call, Route

_FILTERS = ("currency", "payout", "source", "type")


def balance(call: Call) -> dict[str, Any]:
    """The sums of the account's balance transactions, by currency."""
    available: dict[str, int] = {}
    pending: dict[str, int] = {}
    for booking in call.store.all("balance_transaction", account=call.account):
        side = available if booking["available_on"] <= call.now else pending
        side[booking["currency"]] = side.get(booking["currency"], 0) + booking["net"]
    currencies = sorted({*available, *pending}) or ["usd"]
    return {
        "object": "balance",
        "available": [_line(currency, available.get(currency, 0)) for currency in currencies],
        "livemode": False,
        "pending": [_line(currency, pending.get(currency, 0)) for currency in currencies],
    }


def retrieve(call: Call) -> dict[str, Any]:
    return _as_of(call, call.store.read(call.account, "balance_transaction", call.path["id"]))


def many(call: Call) -> dict[str, Any]:
    page = listing.listed(
        call,
        "balance_transaction",
        url="/v1/balance_transactions",
        where={name: call.params.get(name) for name in _FILTERS},
    )
    return {**page, "data": [_as_of(call, booking) for booking in page["data"]]}


def _as_of(call: Call, booking: dict[str, Any]) -> dict[str, Any]:
    return {**booking, "status": "available" if booking["available_on"] <= call.now else "pending"}


def _line(currency: str, amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


ROUTES = [
    Route("GET", "/v1/balance", balance, params.BalanceRetrieveParams, frozenset({"expand"})),
    Route(
        "GET",
        "/v1/balance_transactions",
        many,
        params.BalanceTransactionListParams,
        listing.PAGING | frozenset(_FILTERS),
    ),
    Route(
        "GET",
        "/v1/balance_transactions/{id}",
        retrieve,
        params.BalanceTransactionRetrieveParams,
        frozenset({"expand"}),
    ),
]
