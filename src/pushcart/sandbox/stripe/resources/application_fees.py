"""What the platform earns: `/v1/application_fees`, and what it gives back of it."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import listing
from pushcart.sandbox.stripe.balances import application_fee_given_back
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Refusal
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.money import check_positive, shown


def retrieve(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "application_fee", call.path["id"])


def many(call: Call) -> dict[str, Any]:
    where = {"charge": call.params.get("charge")}
    return listing.listed(call, "application_fee", url="/v1/application_fees", where=where)


def refund(call: Call) -> dict[str, Any]:
    fee = retrieve(call)
    left = fee["amount"] - fee["amount_refunded"]
    amount = call.params.get("amount", left)
    if left == 0:
        raise Refusal(
            400, f"Application fee {fee['id']} has already been refunded.", code="application_fee_already_refunded"
        )
    check_positive(amount, "amount")
    if amount > left:
        raise Refusal(
            400,
            f"Refund amount ({shown(amount, fee['currency'])}) is greater than unrefunded amount on fee "
            f"({shown(left, fee['currency'])})",
            param="amount",
        )
    return application_fee_given_back(call, fee, amount, merged({}, call.params))


def refunds(call: Call) -> dict[str, Any]:
    fee = retrieve(call)
    url = f"/v1/application_fees/{fee['id']}/refunds"
    return listing.listed(call, "fee_refund", url=url, where={"fee": fee["id"]})


_ONE = "/v1/application_fees/{id}"

ROUTES = [
    Route("GET", "/v1/application_fees", many, params.ApplicationFeeListParams, listing.PAGING | {"charge"}),
    Route("GET", _ONE, retrieve, params.ApplicationFeeRetrieveParams, frozenset({"expand"})),
    Route(
        "POST",
        f"{_ONE}/refunds",
        refund,
        params.ApplicationFeeCreateRefundParams,
        frozenset({"amount", "metadata", "expand"}),
    ),
    Route(
        "GET",
        f"{_ONE}/refunds",
        refunds,
        params.ApplicationFeeListRefundsParams,
        listing.PAGING - {"created"},
    ),
]
