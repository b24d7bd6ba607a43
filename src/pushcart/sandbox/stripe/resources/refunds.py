"""Money given back: `/v1/refunds`."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import events, listing
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Malformed, Refusal
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.refunding import refunded


def create(call: Call) -> dict[str, Any]:
    metadata = merged({}, call.params)
    charge = _charge(call)
    with_fee = call.params.get("refund_application_fee", False)
    if with_fee and not charge["application_fee"]:
        raise Refusal(
            400,
            "Attempting to refund_application_fee on charge, but it has no application fee.",
            param="refund_application_fee",
        )
    return refunded(call, charge, call.params.get("amount"), metadata, with_fee=with_fee)


def retrieve(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "refund", call.path["id"])


def modify(call: Call) -> dict[str, Any]:
    before = retrieve(call)
    after = call.store.save({**before, "metadata": merged(before["metadata"], call.params)})
    events.tell(call, "refund.updated", after, before=before)
    return after


def cancel(call: Call) -> dict[str, Any]:
    refund = retrieve(call)
    raise Refusal(400, f"You cannot cancel this refund because it has a status of {refund['status']}.")


def many(call: Call) -> dict[str, Any]:
    where = {name: call.params.get(name) for name in ("charge", "payment_intent")}
    return listing.listed(call, "refund", url="/v1/refunds", where=where)


def _charge(call: Call) -> dict[str, Any]:
    if "payment_intent" in call.params:
        intent = call.store.read(call.account, "payment_intent", call.params["payment_intent"], param="payment_intent")
        if intent["latest_charge"] is None:
            raise Refusal(
                400,
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        return call.store.read(call.account, "charge", intent["latest_charge"])
    if "charge" in call.params:
        return call.store.read(call.account, "charge", call.params["charge"], param="charge")
    raise Malformed(
        "One of the following params should be provided for this request: payment_intent or charge.",
        code="parameter_missing",
    )


_ONE = "/v1/refunds/{id}"
_CREATED = frozenset({"amount", "charge", "payment_intent", "reason", "refund_application_fee", "metadata", "expand"})

ROUTES = [
    Route("POST", "/v1/refunds", create, params.RefundCreateParams, _CREATED),
    Route("GET", "/v1/refunds", many, params.RefundListParams, listing.PAGING | {"charge", "payment_intent"}),
    Route("GET", _ONE, retrieve, params.RefundRetrieveParams, frozenset({"expand"})),
    Route("POST", _ONE, modify, params.RefundModifyParams, frozenset({"metadata", "expand"})),
    Route("POST", f"{_ONE}/cancel", cancel, params.RefundCancelParams, frozenset({"expand"})),
]
