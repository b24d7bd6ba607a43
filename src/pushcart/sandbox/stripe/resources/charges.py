"""What was asked of cards: `/v1/charges`, read only; they are made by payment intents."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import events, listing
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.metadata import merged


def retrieve(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "charge", call.path["id"])


def modify(call: Call) -> dict[str, Any]:
    before = retrieve(call)
    after = {**before, "metadata": merged(before["metadata"], call.params)}
    if "description" in call.params:
        after["description"] = call.params["description"] or None
    call.store.save(after)
    events.tell(call, "charge.updated", after, before=before)
    return after


def many(call: Call) -> dict[str, Any]:
    where = {name: call.params.get(name) for name in ("customer", "payment_intent", "transfer_group")}
    return listing.listed(call, "charge", url="/v1/charges", where=where)


_LISTED = listing.PAGING | {"customer", "payment_intent", "transfer_group"}

ROUTES = [
    Route("GET", "/v1/charges", many, params.ChargeListParams, _LISTED),
    Route("GET", "/v1/charges/{id}", retrieve, params.ChargeRetrieveParams, frozenset({"expand"})),
    Route(
        "POST",
        "/v1/charges/{id}",
        modify,
        params.ChargeModifyParams,
        frozenset({"description", "metadata", "expand"}),
    ),
]
